"""Pixel data before a decoder sees them: size and completeness of a codestream, spare bits, decoders kept quiet."""

from __future__ import annotations

import logging
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

_JPEG_START = b"\xff\xd8"
_J2K_START = b"\xff\x4f\xff\x51"
_J2K_BOX = b"\x00\x00\x00\x0cjP"
_END = b"\xff\xd9"
_PADDING = b"\x00\xff"
"""What writers fill a fragment with to an even length: zero, as PS3.5 A.4 says, or FF, as many write."""
_SCAN = b"\xff\xda"
_MORE = b"".join(bytes(1 + (37 * k) % 254 for k in range(400)) + bytes([0xFF, 0xD0 + n % 8]) for n in range(16))
"""Put before an end marker to see whether a decoder wants it: data with restart markers between them."""
_WIDEST_BLOCK_PX = 16
_SIZE_MARKERS = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
"""Start-of-frame markers of JPEG (ITU-T T.81) and JPEG-LS (T.87); C4, C8, CC are tables and an extension."""
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_START_OF_SCAN = 0xDA

_CHATTY_LOGGERS = ("pydicom", "pylibjpeg", "openjpeg", "jpeg_ls")
_CUT_BY_DECODER = ".*RLE segment contains non-conformant padding"
"""pydicom's warning that it cuts a picture of another size to the stated one; taken for the error it is."""


def stated_size(stream: bytes) -> tuple[int, int] | None:
    """(rows, cols) that a JPEG, JPEG-LS or JPEG 2000 stream states of itself; None where it states none.

    Examples
    --------
    >>> stated_size(bytes.fromhex("ffd8 ffc0 000b 08 0040 0030 01 01 11 00"))
    (64, 48)
    """
    if stream.startswith(_JPEG_START):
        return _jpeg_size(stream)
    start = stream.find(_J2K_START) if stream.startswith(_J2K_BOX) else 0
    if start < 0 or not stream.startswith(_J2K_START, start) or len(stream) < start + 24:
        return None
    width, height, left, top = struct.unpack_from(">4I", stream, start + 8)
    return height - top, width - left


def _jpeg_size(stream: bytes) -> tuple[int, int] | None:
    at = len(_JPEG_START)
    while at + 9 <= len(stream) and stream[at] == 0xFF and stream[at + 1] != _START_OF_SCAN:
        marker = stream[at + 1]
        if marker in _SIZE_MARKERS:
            rows, cols = struct.unpack_from(">HH", stream, at + 5)
            return rows, cols
        if marker == 0xFF:
            at += 1
        elif marker in _BARE_MARKERS:
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", stream, at + 2)[0]
    return None


def is_complete(stream: bytes) -> bool:
    r"""Whether a JPEG-family stream reaches its end marker; trailing padding bytes (00 or FF) are allowed.

    Decoders fill what a truncated stream lacks with grey, so completeness is checked before decoding.

    Examples
    --------
    >>> [is_complete(b"\xff\xd8 data" + end) for end in (b"\xff\xd9\x00", b"\xff\xd9\xff", b"", b"\xff")]
    [True, True, False, False]
    """
    return stream.rstrip(_PADDING).endswith(_END)


def prolonged(stream: bytes) -> bytes:
    """A JPEG stream with more entropy-coded data before its end marker; unchanged where it has no scan and end.

    A decoder that has all it needs passes over them; one that lacks data, which it would fill with grey, takes them.

    Examples
    --------
    >>> len(prolonged(bytes.fromhex("ffd8 ffda 0102 ffd9"))) - 8 == len(_MORE), prolonged(b"none")
    (True, b'none')
    """
    scan = stream.rfind(_SCAN)
    end = stream.find(_END, scan) if scan >= 0 else -1
    return stream[:end] + _MORE + stream[end:] if end >= 0 else stream


def was_cut(picture: NDArray[np.generic], longer: NDArray[np.generic], *, block_px: int = _WIDEST_BLOCK_PX) -> bool:
    """Whether a decoder took more data than a stream holds: it was cut short and closed by an end marker.

    Parameters
    ----------
    picture, longer : ndarray of shape (rows, cols)
        What it makes of the stream and of the stream `prolonged`.
    block_px : int
        Side of the widest block of the code; as much as one of them may lack.
    """
    return picture.shape != longer.shape or int(np.count_nonzero(picture != longer)) > block_px**2


def spare_bits_vary(words: NDArray[np.unsignedinteger[Any]], *, bits_stored: int, signed: bool) -> bool:
    """Whether the bits above the stored ones differ between pixels, other than by repeating the sign.

    Bits that are the same everywhere are padding, which decoders drop. Bits that vary are part of the values, so that
    dropping them would turn the brightest pixels dark, or something else that nobody has named.

    Parameters
    ----------
    words : array of unsigned int
        Pixel cells as they lie in the file.
    bits_stored : int
        At most the bits of a cell.
    signed : bool
        Whether the values are two's complement.

    Examples
    --------
    >>> spare_bits_vary(np.array([0xF001, 0xF0FF], np.uint16), bits_stored=12, signed=False)
    False
    >>> spare_bits_vary(np.array([0x0FFF, 0x1001], np.uint16), bits_stored=12, signed=False)
    True
    """
    n_spare = 8 * words.dtype.itemsize - bits_stored
    if not (n_spare and words.size):
        return False
    spare = words >> bits_stored
    sign = (words >> (bits_stored - 1)) & 1
    if signed and bool((spare == sign * ((1 << n_spare) - 1)).all()):
        return False
    return bool((spare != spare.flat[0]).any())


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the decoding libraries for the length of the block: what matters comes back as finding or error.

    Raises
    ------
    UserWarning
        Where a decoder warns that it cuts a picture.

    Examples
    --------
    >>> with quiet():
    ...     logging.getLogger("pydicom").error("not shown")
    """
    loggers = [logging.getLogger(name) for name in _CHATTY_LOGGERS]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", message=_CUT_BY_DECODER)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
