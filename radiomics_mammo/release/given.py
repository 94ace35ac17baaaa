"""What a cohort file names, read: an image of any format, and the regions that masks and polygons give on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.cases import CohortImage, DrawnLesion, ImageRecord
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.images import Acquisition, Mammogram
from radiomics_mammo.core.vocabulary import LesionLabel, SpacingSource
from radiomics_mammo.release.images import read_mammogram
from radiomics_mammo.release.pictures import grey_values, is_picture, read_mask, read_picture
from radiomics_mammo.release.polygons import read_polygons

Given = tuple[NDArray[np.bool_], LesionLabel, str]
"""A region, bool of shape (rows, cols), its label, and its id where one is given."""


def read_record(
    record: ImageRecord, *, assumed_spacing_mm: float | None = None, config: ReleaseConfig = DEFAULT_RELEASE
) -> tuple[Mammogram, tuple[Finding, ...]]:
    """The mammogram of a record: DICOM, or a picture where its file name says so.

    Parameters
    ----------
    record : ImageRecord
        A spacing that a cohort file states takes the place of that of the file.
    assumed_spacing_mm : float, optional
    config : ReleaseConfig

    Raises
    ------
    ImageError
        If it cannot be read.
    """
    if record.dicom is None or not is_picture(record.dicom.name):
        mammogram, findings = read_mammogram(record, assumed_spacing_mm=assumed_spacing_mm, config=config)
        return _respaced(mammogram, record), findings
    picture = read_picture(record.dicom.root / record.dicom.name, config=config)
    values = grey_values(picture, name=record.dicom.name)
    stated = record.spacing_mm if isinstance(record, CohortImage) else None
    known = stated or picture.spacing_mm
    spacing = known or (assumed_spacing_mm, assumed_spacing_mm)
    unknown = AuditCode.SPACING_UNKNOWN if assumed_spacing_mm is None else AuditCode.SPACING_ASSUMED
    noticed = Finding.of(unknown, image_id=str(record.key), file=record.dicom.name)
    source = SpacingSource.FILE if known else SpacingSource.UNKNOWN
    if known is None and assumed_spacing_mm is not None:
        source = SpacingSource.ASSUMED
    bits = picture.values.dtype.itemsize * 8
    header = Acquisition(bits_stored=bits, photometric="MONOCHROME2", spacing_source=source)
    grid = PixelGrid(values.shape[0], values.shape[1], spacing[0], spacing[1])
    return Mammogram(record.key, grid, values, header), (() if known else (noticed,))


def _respaced(mammogram: Mammogram, record: ImageRecord) -> Mammogram:
    stated = record.spacing_mm if isinstance(record, CohortImage) else None
    if stated is None:
        return mammogram
    header = replace(mammogram.acquisition, spacing_source=SpacingSource.FILE)
    return replace(mammogram, grid=PixelGrid(mammogram.grid.rows, mammogram.grid.cols, *stated), acquisition=header)


def read_given(record: CohortImage, shape: tuple[int, int], *, config: ReleaseConfig = DEFAULT_RELEASE) -> list[Given]:
    """Every region a cohort file gives on an image, in the order of its rows, exactly as it was given.

    Raises
    ------
    ImageError
        Naming row and column where a mask is empty, of another size, or not to be read.
    """
    return [one for drawn in record.drawn for one in _regions(drawn, record, shape, config)]


def _regions(drawn: DrawnLesion, record: CohortImage, shape: tuple[int, int], config: ReleaseConfig) -> Iterator[Given]:
    column = "mask" if drawn.mask is not None else "polygons"
    try:
        if drawn.mask is not None:
            inside = read_mask(drawn.mask.root / drawn.mask.name, value=drawn.mask_value, config=config)
            if inside.shape != shape:
                sizes = [f"{rows} x {cols}" for rows, cols in (shape, inside.shape)]
                raise ImageError(drawn.mask.name, f"the size of its image, {sizes[0]}", sizes[1], "give its own mask")
            yield inside, drawn.label, drawn.name
        elif drawn.polygons is not None and record.dicom is not None:
            path = drawn.polygons.root / drawn.polygons.name
            found = read_polygons(path, image=record.dicom.name, shape=shape)
            for number, one in enumerate(found, start=1):
                word = one.word.strip().casefold()
                told = LesionLabel(word) if word in list(LesionLabel) else drawn.label
                name = f"{drawn.name}_{number}" if drawn.name and len(found) > 1 else drawn.name
                yield one.inside, told if drawn.label is LesionLabel.UNCONFIRMED else drawn.label, name
    except ImageError as error:
        subject, code = f"{drawn.where} column {column} ({error.subject})", AuditCode.MASK_UNREADABLE.name
        raise ImageError(subject, error.expected, error.found, error.remedy, code=code) from error
