"""Outlined copies become RGB pictures; the only module of this room that knows Pillow."""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageOps

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.cases import ImageRecord
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.images import OutlineOverlay
from radiomics_mammo.release.files import DECODER_ERRORS, printable, read_bytes
from radiomics_mammo.release.pixels import prolonged, was_cut

_FORMATS = ("JPEG", "PNG")
"""JPEG as the release says; a PNG saved under a ``.jpg`` name loses nothing and is read for what it is."""

_COLOR_MODES = ("RGB", "L", "CMYK", "YCbCr", "P", "RGBA", "LA", "1")
_REMEDY = "replace the file, or leave the image out"


def read_overlay(record: ImageRecord, *, config: ReleaseConfig = DEFAULT_RELEASE) -> OutlineOverlay:
    """Decode one outlined copy.

    Parameters
    ----------
    record : ImageRecord
    config : ReleaseConfig

    Returns
    -------
    OutlineOverlay
        8-bit RGB. Grey and CMYK pictures are converted; an EXIF orientation is applied, since the reader who drew
        the outline saw the picture turned that way; transparency is ignored.

    Raises
    ------
    ImageError
        If the file is missing, no JPEG or PNG, truncated, deeper than 8 bits, or larger than allowed. Its `code`
        names the audit code.
    """
    if record.overlay is None:
        raise ImageError(str(record.key), "an outlined copy", "none", _REMEDY, code="MISSING_GT")
    data = read_bytes(record.overlay, config=config)
    name = printable(record.overlay.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rgb = _decode(data, name, config)
    except Image.DecompressionBombError as error:
        raise _too_large(name, "far more", config) from error
    except DECODER_ERRORS as error:
        found = f"a picture that cannot be decoded ({type(error).__name__})"
        raise ImageError(name, "a complete JPEG picture", found, _REMEDY, code="GT_UNREADABLE") from error
    return OutlineOverlay(record.key, rgb)


def _decode(data: bytes, name: str, config: ReleaseConfig) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        cols, rows = picture.size
        if rows * cols > config.max_image_pixels:
            raise _too_large(name, f"{rows} x {cols}", config)
        if picture.mode not in _COLOR_MODES:
            raise ImageError(name, "8 bits a channel", f"mode {picture.mode}", _REMEDY, code="GT_UNREADABLE")
        picture.load()
        if picture.format == "JPEG" and _is_cut_short(picture, data):
            found = "one that was cut short and closed by an end marker"
            raise ImageError(name, "a complete JPEG picture", found, _REMEDY, code="GT_UNREADABLE")
        return np.asarray(_turned(picture).convert("RGB"), dtype=np.uint8)


def _is_cut_short(picture: Image.Image, data: bytes) -> bool:
    """Whether a JPEG was cut and then closed by an end marker, so that the rest of the picture is made up."""
    with Image.open(io.BytesIO(prolonged(data)), formats=("JPEG",)) as longer:
        return was_cut(np.asarray(picture.convert("L")), np.asarray(longer.convert("L")))


def _too_large(name: str, found: str, config: ReleaseConfig) -> ImageError:
    remedy = "raise max_image_pixels if it is genuine"
    return ImageError(name, f"at most {config.max_image_pixels} pixels", found, remedy, code="IMAGE_TOO_LARGE")


def _turned(picture: Image.Image) -> Image.Image:
    """The picture as its EXIF orientation shows it; a damaged EXIF block says nothing."""
    try:
        return ImageOps.exif_transpose(picture)
    except DECODER_ERRORS:
        return picture
