"""What the public functions take: arrays, SimpleITK images and paths become mammograms, regions and exams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import FileRef, ImageRecord, Patient
from radiomics_mammo.core.contours import Region
from radiomics_mammo.core.errors import ImageError, RegistrationError, UsageError
from radiomics_mammo.core.geometry import PixelGrid, Points
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.images import BreastRegion, Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import Exam, Roi
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, View, Visit, is_view
from radiomics_mammo.masks import mask_contour
from radiomics_mammo.registration import chest_wall_side, find_breast
from radiomics_mammo.release import (
    grey_values,
    is_picture,
    one_channel,
    picture_of,
    read_mammogram,
    read_mask,
    read_picture,
    region_of,
)

ImageLike: TypeAlias = NDArray[Any] | sitk.Image | Mammogram | str | Path
"""An image: array of shape (rows, cols), SimpleITK image, mammogram, or path (DICOM, PNG, TIFF, NRRD, NIfTI)."""
MaskLike: TypeAlias = NDArray[Any] | sitk.Image | LesionMask | Roi | str | Path
"""A mask on the grid of its image: the same kinds, or a lesion or region of this package."""
Spacing: TypeAlias = float | Sequence[float] | NDArray[Any] | None
"""Distance between rows and between columns in mm, one number where they agree; None: that of the file, if any."""
_VOLUME = 3
SOMEONE = "image"
"""Patient id of images that no cohort names."""


def image_key(name: str, view: str, visit: Visit) -> ImageKey:
    """Key of an image given by hand.

    Raises
    ------
    UsageError
        If the view is no word of DICOM.

    Examples
    --------
    >>> str(image_key("image", "LMLO", Visit.RECENT))
    'image_LMLO_recent'
    """
    word = view.strip().upper()
    if not is_view(word):
        raise UsageError("view", "CC, MLO or another view of DICOM, with L or R in front or not", repr(view), "name it")
    return ImageKey(name, View(word), visit)


def mammogram_of(image: ImageLike, *, key: ImageKey, spacing_mm: Spacing, config: StudyConfig) -> Mammogram:
    """An image as a mammogram.

    Parameters
    ----------
    image : ImageLike
    key : ImageKey
    spacing_mm : float or (row, col) or None
        Takes the place of what a file says.
    config : StudyConfig

    Raises
    ------
    ImageError
        If it cannot be read or is no grey picture.
    """
    given = None if spacing_mm is None else _checked(spacing_mm, config)
    if isinstance(image, Mammogram):
        found = replace(image, key=key)
    elif isinstance(image, str | Path) and not is_picture(str(image)):
        ref = FileRef(Path(image).parent, Path(image).name)
        record = ImageRecord(key, Patient(patient_id=key.patient_id, case_class=None, folder=""), ref, None)
        found, _ = read_mammogram(record, assumed_spacing_mm=config.assumed_spacing_mm, config=config.release)
    else:
        picture, name = _picture(image, config)
        values = grey_values(picture, name=name)
        row_mm, col_mm = picture.spacing_mm or _assumed(config)
        found = Mammogram(key, PixelGrid(values.shape[0], values.shape[1], row_mm, col_mm), values)
    if given is None:
        return found
    return replace(found, grid=PixelGrid(found.grid.rows, found.grid.cols, *given))


def _picture(image: NDArray[Any] | sitk.Image | str | Path, config: StudyConfig) -> tuple[Any, str]:
    if isinstance(image, str | Path):
        return read_picture(Path(image), config=config.release), Path(image).name
    return picture_of(image if isinstance(image, sitk.Image) else sitk.GetImageFromArray(_plane(image))), "image"


def _plane(image: object) -> NDArray[Any]:
    values = np.asarray(image)
    if values.dtype.kind not in "buif":
        raise ImageError("image", "an array of numbers", str(values.dtype), "pass grey values")
    flat = one_channel(one_slice(values), name="image")
    return flat.astype(np.float64) if flat.dtype.kind in "bf" else flat


def one_slice(values: NDArray[Any]) -> NDArray[Any]:
    """An array of one slice, as volumes are read, without that axis; others as they are.

    Examples
    --------
    >>> one_slice(np.zeros((1, 5, 7))).shape
    (5, 7)
    """
    return values[0] if values.ndim == _VOLUME and values.shape[0] == 1 else values


def _assumed(config: StudyConfig) -> tuple[float | None, float | None]:
    return config.assumed_spacing_mm, config.assumed_spacing_mm


def _checked(spacing_mm: float | Sequence[float] | NDArray[Any], config: StudyConfig) -> tuple[float, float]:
    low, high = config.release.plausible_spacing_mm
    try:
        given = np.broadcast_to(np.asarray(spacing_mm, dtype=np.float64), (2,)).tolist()
    except (TypeError, ValueError):
        given = []
    if not given or not all(low <= one <= high for one in given):
        raise UsageError("spacing_mm", f"(row, col) of {low:g} to {high:g} mm", repr(spacing_mm)[:60], "give it in mm")
    return given[0], given[1]


def settings_of(config: StudyConfig | None) -> StudyConfig:
    """Settings as given, else the defaults.

    Raises
    ------
    UsageError
        If they are of another kind, such as the path of a file.
    """
    if config is not None and not isinstance(config, StudyConfig):
        remedy = "read the file with load_config"
        raise UsageError("config", "a StudyConfig", f"{type(config).__name__} {config!r}"[:60], remedy)
    return config or StudyConfig()


def inside_of(mask: MaskLike, grid: PixelGrid, *, value: int | None = None, config: StudyConfig) -> NDArray[np.bool_]:
    """A mask as booleans on the grid of its image, exactly as it was given.

    Raises
    ------
    ImageError
        If it is empty, of another size, or holds several labels and none is named.
    """
    if isinstance(mask, LesionMask | Roi):
        inside = mask.region.on_grid(mask.grid.shape)
    elif isinstance(mask, str | Path):
        inside = read_mask(Path(mask), value=value, config=config.release)
    else:
        values = picture_of(mask).values if isinstance(mask, sitk.Image) else one_slice(np.asarray(mask))
        inside = region_of(values, value)
    if inside.shape != grid.shape:
        sizes = [f"{rows} x {cols}" for rows, cols in (grid.shape, inside.shape)]
        raise ImageError("mask", f"the size of its image, {sizes[0]}", sizes[1], "give the mask of this image")
    return np.asarray(inside, dtype=np.bool_)


def border_of(mask: MaskLike, inside: NDArray[np.bool_]) -> Points:
    """The contour of a mask: that of a lesion or region of this package as it is, else traced around `inside`."""
    return np.asarray(mask.contour_px) if isinstance(mask, LesionMask | Roi) else mask_contour(inside)


def tight_region(inside: NDArray[np.bool_]) -> Region:
    """The window of a mask that holds it."""
    rows, cols = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return Region(int(rows[0]), int(cols[0]), inside[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1])


def lesion_of(contour_px: Points, mammogram: Mammogram, number: int = 1) -> LesionMask:
    """A contour as a lesion of its image, of unknown label and no pen."""
    return LesionMask(
        key=LesionKey(mammogram.key, number),
        grid=mammogram.grid,
        color=OutlineColor.NONE,
        boxed=False,
        label=LesionLabel.UNCONFIRMED,
        contour_px=contour_px,
    )


def exam_of(mammogram: Mammogram, breast: MaskLike | None, *, config: StudyConfig) -> Exam:
    """The exam of an image: its breast as given, else as it is found.

    Raises
    ------
    RegistrationError
        If no breast is found in the picture.
    """
    if breast is None:
        try:
            return Exam(mammogram, find_breast(mammogram, config=config.registration))
        except RegistrationError as error:
            remedy = "give the whole mammogram, or breast=mask of what is breast (np.ones(image.shape) for a cut-out)"
            raise RegistrationError(error.subject, error.expected, error.found, remedy, code=error.code) from error
    inside = inside_of(breast, mammogram.grid, config=config)
    region = BreastRegion(
        key=mammogram.key,
        grid=mammogram.grid,
        step_px=1,
        breast=inside,
        pectoral=np.zeros_like(inside),
        chest_wall=chest_wall_side(inside),
    )
    return Exam(mammogram, region)
