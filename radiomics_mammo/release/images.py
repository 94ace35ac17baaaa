"""DICOM files become mammograms: one grey frame, whole, upright, in detector values."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import get_frame
from pydicom.errors import InvalidDicomError
from pydicom.pixels import pixel_array
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.cases import FiledImage, FileRef, ImageRecord
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.images import Acquisition, Mammogram
from radiomics_mammo.release.files import printable, read_bytes
from radiomics_mammo.release.header import (
    PYDICOM_ERRORS,
    DicomHeader,
    grouped,
    header_findings,
    integer_of,
    laterality_of,
    numbers_of,
    read_header,
)
from radiomics_mammo.release.jpeg import decoder_of, is_cut_short
from radiomics_mammo.release.overlays import read_overlay
from radiomics_mammo.release.pixels import is_complete, quiet, spare_bits_vary, stated_size
from radiomics_mammo.release.polarity import (
    Air,
    air_of,
    air_within,
    display_inverts,
    filled_with_air,
    frame_lines,
    padding_of,
    white_frame,
    without,
)
from radiomics_mammo.release.spacing import settled_spacing

_UNREADABLE, _OTHER_KIND = AuditCode.DICOM_UNREADABLE, AuditCode.DICOM_NOT_MAMMOGRAM
_FIRST_GROUPS = (b"\x02\x00", b"\x08\x00")
_META_BYTES = 4096
_SCALAR_PHOTOMETRIC = ("MONOCHROME1", "MONOCHROME2")
_ALLOCATED_BITS = (8, 16)
_OVERLAY_GROUPS, _OVERLAY_BIT = range(0x6000, 0x6020, 2), 0x0102
_LARGEST_GREY = 1e30
"""Beyond, 32-bit arithmetic on grey values overflows; no detector comes near."""


def read_mammogram(
    record: ImageRecord, *, assumed_spacing_mm: float | None = None, config: ReleaseConfig = DEFAULT_RELEASE
) -> tuple[Mammogram, tuple[Finding, ...]]:
    """Decode one DICOM file.

    Parameters
    ----------
    record : ImageRecord
    assumed_spacing_mm : float, optional
        Pixel spacing where the header has none, mm.
    config : ReleaseConfig

    Returns
    -------
    mammogram : Mammogram
        Stored orientation, MONOCHROME1 inverted, rescale slope and intercept applied; no window is applied.
    findings : tuple of Finding

    Raises
    ------
    ImageError
        If the file is missing, damaged, truncated, no single-frame grey mammogram, too large, or empty. Its `code`
        names the audit code.
    """
    if record.dicom is None:
        _refuse(str(record.key), "a DICOM file", "none", AuditCode.MISSING_DICOM)
    data, name = read_bytes(record.dicom, config=config), printable(record.dicom.name)
    with quiet():
        dataset = _parse(data, name)
        header = read_header(dataset)
        rows, cols = _check_mammogram(dataset, header, name, config)
        shown = _shown(dataset, header, name, shape=(rows, cols))
        shown = _judged(shown, record, display_inverts(dataset, lut_shape=header.lut_shape), config=config)
        shown = _unpadded(shown)
        _check_content(shown.pixels, name, config)
    others = _headers_beside(record, config)
    spacing, rival = settled_spacing(header, others, assumed_spacing_mm=assumed_spacing_mm, config=config)
    grid = PixelGrid(rows, cols, spacing.row_mm, spacing.col_mm)
    acquisition = Acquisition(
        bits_stored=header.bits_stored,
        photometric=header.photometric,
        spacing_source=spacing.source,
        manufacturer=header.manufacturer,
        laterality=laterality_of(header),
        view_position=header.view_position,
        row_direction=header.patient_orientation.partition("\\")[0],
        study_date=header.study_date,
        grey_step=shown.grey_step,
        polarity_doubted=shown.doubted,
        frame_px=frame_lines(shown.hidden),
        spacing_rival=rival,
    )
    said = tuple(Finding.of(code, words, image_id=str(record.key), file=name) for code, words in shown.notes)
    findings = (*header_findings(header, spacing, record, file=name), *said)
    return Mammogram(record.key, grid, shown.pixels, acquisition), findings


def header_in(path: Path) -> DicomHeader | None:
    """Header of a DICOM file, its pixels unread; None for a file of another format, or one that is damaged.

    Parameters
    ----------
    path : Path
    """
    with quiet(), suppress(OSError, *PYDICOM_ERRORS):
        return read_header(pydicom.dcmread(path, stop_before_pixels=True))
    return None


def _headers_beside(record: ImageRecord, config: ReleaseConfig) -> Iterator[DicomHeader]:
    """Headers of the patient's other images, each read when it is asked for; those that cannot be read are silent."""
    for ref in record.beside if isinstance(record, FiledImage) else ():
        with suppress(ImageError):
            yield _header_of(ref, config)


def _header_of(ref: FileRef, config: ReleaseConfig) -> DicomHeader:
    with quiet():
        return read_header(_parse(read_bytes(ref, config=config), printable(ref.name)))


def _refuse(
    name: str,
    expected: str,
    found: str,
    code: AuditCode = _UNREADABLE,
    *,
    remedy: str = "replace the file, or leave the image out",
) -> NoReturn:
    raise ImageError(name, expected, found, remedy, code=code.name)


def _parse(data: bytes, name: str) -> Dataset:
    """Data set of a DICOM file, also without the 128-byte preamble; deflated files are refused unread."""
    if DeflatedExplicitVRLittleEndian.encode() in data[:_META_BYTES]:
        remedy = "convert it to an ordinary transfer syntax"
        _refuse(name, "pixel data of known size", "a deflated data set", remedy=remedy)
    try:
        try:
            dataset = pydicom.dcmread(io.BytesIO(data))
        except InvalidDicomError:
            if data[:2] not in _FIRST_GROUPS:
                raise
            dataset = pydicom.dcmread(io.BytesIO(data), force=True)
        if "TransferSyntaxUID" not in dataset.file_meta:
            implicit = dataset.original_encoding[0]
            dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    except PYDICOM_ERRORS as error:
        found = f"{len(data)} bytes that are none ({type(error).__name__})"
        raise ImageError(name, "a DICOM file", found, "replace the file", code=_UNREADABLE.name) from error
    return dataset


def _check_mammogram(dataset: Dataset, header: DicomHeader, name: str, config: ReleaseConfig) -> tuple[int, int]:
    """Shape of the image, once everything that can be told without decoding fits."""
    if header.modality and header.modality not in config.accepted_modalities:
        expected = "modality " + " or ".join(config.accepted_modalities)
        _refuse(name, expected, header.modality[:16], _OTHER_KIND)
    if "PixelData" not in dataset:
        _refuse(name, "pixel data", "a header only, or a truncated file")
    frames = integer_of(dataset, "NumberOfFrames", 1)
    if frames != 1:
        _refuse(name, "one frame", f"{frames} frames", _OTHER_KIND)
    if integer_of(dataset, "SamplesPerPixel", 1) != 1 or header.photometric not in _SCALAR_PHOTOMETRIC:
        found = header.photometric[:16] or "no PhotometricInterpretation"
        _refuse(name, "one grey channel", found, _OTHER_KIND)
    rows, cols = integer_of(dataset, "Rows") or 0, integer_of(dataset, "Columns") or 0
    if rows < 1 or cols < 1:
        _refuse(name, "rows and columns", f"{rows} x {cols}")
    if rows * cols > config.max_image_pixels:
        expected, remedy = f"at most {config.max_image_pixels} pixels", "raise max_image_pixels if it is genuine"
        _refuse(name, expected, f"{rows} x {cols}", AuditCode.IMAGE_TOO_LARGE, remedy=remedy)
    allocated, high = integer_of(dataset, "BitsAllocated"), integer_of(dataset, "HighBit", header.bits_stored - 1)
    if allocated not in _ALLOCATED_BITS or not 1 <= header.bits_stored <= allocated or high != header.bits_stored - 1:
        found = f"{header.bits_stored} bits stored, high bit {high}, in {allocated}"
        _refuse(name, "bits stored from bit 0 in 8 or 16", found)
    return rows, cols


def _decode(dataset: Dataset, name: str, shape: tuple[int, int]) -> NDArray[np.integer[Any]]:
    """Stored values; RLE goes through pydicom's own decoder, since the compiled one panics on damaged data."""
    syntax = UID(str(dataset.file_meta.TransferSyntaxUID))
    try:
        _check_amount(dataset, syntax, name, shape)
        plugin = "pydicom" if syntax == RLELossless else decoder_of(syntax)
        stored: NDArray[np.integer[Any]] = pixel_array(dataset, decoding_plugin=plugin)
    except PYDICOM_ERRORS as error:
        found = f"{syntax.name} data that cannot be decoded ({type(error).__name__})"
        raise ImageError(name, "complete pixel data", found[:200], "replace the file", code=_UNREADABLE.name) from error
    if stored.shape != shape or not np.issubdtype(stored.dtype, np.integer):
        _refuse(name, f"{shape[0]} x {shape[1]} whole numbers", f"{stored.shape}")
    return stored


def _check_amount(dataset: Dataset, syntax: UID, name: str, shape: tuple[int, int]) -> None:
    """Whether the pixel data hold this picture and no other, before a decoder allocates, cuts or pads anything."""
    rows, cols = shape
    if not syntax.is_encapsulated:
        line_bytes = cols * dataset.BitsAllocated // 8
        surplus = dataset.PixelData[rows * line_bytes :]
        if len(surplus) >= line_bytes and surplus.strip(b"\0"):  # zeros are padding, whatever their number
            found = f"{len(dataset.PixelData) // line_bytes} rows of pixel data"
            _refuse(name, f"{rows} rows", found)
        if _values_in_spare_bits(dataset, syntax):
            found = "larger ones: BitsStored is wrong, or something else lies in the bits above"
            _refuse(name, f"values of {dataset.BitsStored} bits", found)
    elif syntax != RLELossless:
        frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
        size = stated_size(frame)
        if size is not None and size != shape:
            found = f"{size[0]} x {size[1]} in the compressed data"
            _refuse(name, f"{rows} x {cols} pixels", found)
        if not is_complete(frame):
            _refuse(name, "complete pixel data", "a truncated picture")
        if is_cut_short(frame, syntax):
            _refuse(name, "complete pixel data", "a picture that was cut short and closed by an end marker")


def _values_in_spare_bits(dataset: Dataset, syntax: UID) -> bool:
    """Whether spare bits vary, other than by an overlay that the header names there (retired; PS3.5, 8.1.2)."""
    width, order = dataset.BitsAllocated // 8, "<" if syntax.is_little_endian else ">"
    words = np.frombuffer(dataset.PixelData, f"{order}u{width}", count=len(dataset.PixelData) // width)
    signed = dataset.PixelRepresentation == 1
    overlays = (dataset.get((group, _OVERLAY_BIT)) for group in _OVERLAY_GROUPS)
    named = any(place is not None and place.value for place in overlays)
    return not named and spare_bits_vary(words, bits_stored=dataset.BitsStored, signed=signed)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Shown:
    """Grey values with dense tissue bright, as far as the header says, and what was noticed on the way."""

    pixels: NDArray[np.float32]
    ends: float
    """Sum of the least and the greatest value that the stored bits can hold: what a picture is turned over at."""
    grey_step: float
    padding: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    """Padding that was brighter than air."""
    notes: tuple[tuple[AuditCode, str], ...] = ()
    doubted: bool = False


def _shown(dataset: Dataset, header: DicomHeader, name: str, *, shape: tuple[int, int]) -> _Shown:
    """Stored values through the modality transformation, polarity by the header (PS3.3 C.11.1, C.7.6.3.1.2)."""
    stored = _decode(dataset, name, shape)
    slope, intercept = _modality_transform(dataset, name, (float(stored.min()), float(stored.max())))
    pixels = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
    signed = np.issubdtype(stored.dtype, np.signedinteger)
    stored_ends = -1 if signed else (1 << header.bits_stored) - 1
    ends = stored_ends * slope + 2 * intercept
    if header.photometric == "MONOCHROME1":
        pixels = np.float32(ends) - pixels
    padding = padding_of(stored, dataset)
    return _Shown(pixels=pixels, ends=ends, grey_step=abs(slope), padding=padding, hidden=np.zeros_like(padding))


def _judged(shown: _Shown, record: ImageRecord, inverting: str, *, config: ReleaseConfig) -> _Shown:
    """The picture after header, air and outlined copy were heard about its polarity."""
    if air_within(without(shown.pixels, shown.padding)) is not Air.BRIGHT:
        return shown
    copy = _air_of_copy(record, config)
    turned = replace(shown, pixels=np.float32(shown.ends) - shown.pixels)
    others = [word for word, speaks in ((inverting, inverting), ("the outlined copy", copy is Air.DARK)) if speaks]
    said = "with the polarity of its header the picture has bright air"
    if config.polarity == "picture" or (config.polarity == "witnesses" and others):
        why = f"{' and '.join(others)} show the negative; " if others else ""
        return _noted(turned, f"{said}; {why}turned over")
    if config.polarity == "header":
        return _noted(shown, f"{said}; kept, as release.polarity says")
    undecided = f"{said}, and nothing else decides; no change is measured until release.polarity is set"
    return replace(_noted(shown, undecided), doubted=True)


def _unpadded(shown: _Shown) -> _Shown:
    """The picture with padding, and a white frame that no tag names, turned into air."""
    pixels, padding = filled_with_air(shown.pixels, shown.padding), shown.padding
    if not shown.doubted:
        frame = white_frame(pixels)
        pixels, padding = filled_with_air(pixels, frame), padding | frame
    if not padding.any():
        return shown
    said = (AuditCode.PIXEL_PADDING, f"{padding.mean():.1%} of the picture is padding or frame; it counts as air")
    hidden = padding & (pixels != shown.pixels)
    return replace(shown, pixels=pixels, padding=padding, hidden=hidden, notes=(*shown.notes, said))


def _noted(shown: _Shown, words: str) -> _Shown:
    return replace(shown, notes=(*shown.notes, (AuditCode.POLARITY_CONFLICT, words)))


def _air_of_copy(record: ImageRecord, config: ReleaseConfig) -> Air:
    """Air of the outlined copy; unclear where there is none to be read."""
    try:
        return air_of(read_overlay(record, config=config).rgb.mean(axis=2))
    except ImageError:
        return Air.UNCLEAR


def _modality_transform(dataset: Dataset, name: str, extremes: tuple[float, float]) -> tuple[float, float]:
    """RescaleSlope and RescaleIntercept (PS3.3 C.11.1.1.2), of the image or of its one frame."""
    if dataset.get("ModalityLUTSequence"):
        _refuse(name, "grey values by slope and intercept", "a modality lookup table")
    home = grouped(dataset, "RescaleSlope", macro="PixelValueTransformationSequence")
    slope, intercept = ((numbers_of(home, tag) or ()) for tag in ("RescaleSlope", "RescaleIntercept"))
    slope, intercept = slope or (1.0,), intercept or (0.0,)
    ends = [end * slope[0] + intercept[0] for end in extremes]
    usable = len(slope) == len(intercept) == 1 and max(map(abs, ends)) < _LARGEST_GREY and slope[0] != 0
    if not usable:
        expected, found = "a RescaleSlope and RescaleIntercept that give grey values", "other values"
        _refuse(name, expected, found)
    return slope[0], intercept[0]


def _check_content(pixels: NDArray[np.float32], name: str, config: ReleaseConfig) -> None:
    """Whether there is a picture at all, judged on the values that are measured."""
    darkest, brightest = (np.count_nonzero(pixels == end) / pixels.size for end in (pixels.min(), pixels.max()))
    if max(darkest, brightest) > config.max_constant_fraction:
        _refuse(name, "a picture", f"one grey value in {max(darkest, brightest):.1%}", AuditCode.IMAGE_EMPTY)
    if brightest > config.max_saturated_fraction:
        _refuse(name, "a picture", f"the brightest value in {brightest:.0%}", AuditCode.IMAGE_EMPTY)
