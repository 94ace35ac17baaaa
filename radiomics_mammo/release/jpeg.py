"""The JPEG family but JPEG 2000, decoded by imagecodecs: a plugin of pydicom, whose own choices are GPL or crash.

`pylibjpeg-libjpeg` is licensed under the GPL, and GDCM ends the whole process on damaged data. libjpeg-turbo (baseline,
12 bits, lossless) and CharLS (JPEG-LS), which imagecodecs brings, are neither.
"""

from __future__ import annotations

import imagecodecs
from pydicom.pixels import get_decoder
from pydicom.pixels.decoders.base import DecodeRunner
from pydicom.uid import (
    UID,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
)

from radiomics_mammo.release.pixels import prolonged, was_cut

PLUGIN = "imagecodecs"
"""Name under which pydicom knows this module as a decoder."""
_TURBO = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1)
_CHARLS = (JPEGLSLossless, JPEGLSNearLossless)

DECODER_DEPENDENCIES = dict.fromkeys((*_TURBO, *_CHARLS), ("imagecodecs",))
"""Asked for by pydicom: what each transfer syntax needs."""


def is_available(uid: str) -> bool:
    """Whether this module decodes a transfer syntax; asked by pydicom.

    Examples
    --------
    >>> is_available(JPEGLosslessSV1), is_available("1.2.840.10008.1.2.5")
    (True, False)
    """
    return uid in DECODER_DEPENDENCIES


def decode_frame(src: bytes, runner: DecodeRunner) -> bytearray:
    """Stored values of one grey picture as bytes in the machine's order; asked for by pydicom.

    Raises
    ------
    RuntimeError
        If the stream is damaged.
    ValueError
        If it holds colours.
    """
    decode = imagecodecs.jpegls_decode if runner.transfer_syntax in _CHARLS else imagecodecs.jpeg8_decode
    frame = decode(src)
    if frame.ndim != 2:
        raise ValueError(f"a picture of shape {frame.shape} is not grey")
    runner.set_option("bits_allocated", 8 * frame.dtype.itemsize)
    return bytearray(frame.tobytes())


def is_cut_short(stream: bytes, syntax: UID) -> bool:
    """Whether a JPEG stream was cut and then closed by an end marker.

    JPEG-LS and JPEG 2000 decoders refuse such a stream themselves; streams that cannot be decoded are no answer here.
    """
    if syntax not in _TURBO:
        return False
    try:
        picture = imagecodecs.jpeg8_decode(stream)
    except (RuntimeError, ValueError):
        return False
    try:
        return was_cut(picture, imagecodecs.jpeg8_decode(prolonged(stream)))
    except (RuntimeError, ValueError):
        return True


def decoder_of(syntax: UID) -> str:
    """Name of the plugin that pydicom shall use, made known to it; empty where the choice is its own.

    Examples
    --------
    >>> decoder_of(JPEGLSLossless), decoder_of(UID("1.2.840.10008.1.2.4.90"))
    ('imagecodecs', '')
    """
    if not is_available(syntax):
        return ""
    decoder = get_decoder(syntax)
    if PLUGIN not in decoder.available_plugins:
        decoder.add_plugin(PLUGIN, (__name__, decode_frame.__name__))
    return PLUGIN
