"""Features of an image and a mask, without a release: the same steps as for a lesion of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import pandas as pd

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.core.vocabulary import RoiSource, Visit
from radiomics_mammo.features import FeatureExtractor, RoiFeatures, feature_table
from radiomics_mammo.pipeline.inputs import (
    SOMEONE,
    ImageLike,
    MaskLike,
    Spacing,
    border_of,
    exam_of,
    image_key,
    inside_of,
    mammogram_of,
    settings_of,
)
from radiomics_mammo.pipeline.progress import progress_of
from radiomics_mammo.pipeline.workers import Progress, Workers, silent

Preset = Literal["quick", "standard", "full"]


@dataclass(frozen=True, eq=False, kw_only=True)
class _Wanted:
    """One image with its mask."""

    image: ImageLike
    mask: MaskLike
    name: str
    spacing_mm: Spacing
    mask_value: int | None
    view: str
    breast: MaskLike | None
    config: StudyConfig


def measure(
    image: ImageLike | Sequence[ImageLike],
    mask: MaskLike | Sequence[MaskLike],
    *,
    spacing_mm: Spacing = None,
    preset: Preset | None = None,
    config: StudyConfig | None = None,
    mask_value: int | None = None,
    view: str = "CC",
    breast: MaskLike | None = None,
    names: str | Sequence[str] = SOMEONE,
    jobs: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Features of image and mask: one row, with the columns of ``features.csv``.

    The breast is found, the grey values are scaled inside it, the window around the mask is resampled once and
    filtered, PyRadiomics measures: by the code and the defaults of the command ``features``.

    Parameters
    ----------
    image : array of shape (rows, cols), SimpleITK image, or path; or a list of them
        Whole mammograms, bright where tissue is dense. Paths: DICOM, PNG, TIFF, NRRD, NIfTI.
    mask : array of shape (rows, cols), SimpleITK image, or path; or a list of them
        Zero outside; holes and parts are kept. Paths: PNG, TIFF, NRRD, NIfTI, DICOM Segmentation.
    spacing_mm : float or (row, col), optional
        Pixel spacing in mm; by default that of the file. Where nothing is known, lengths are pixels and the columns
        say so.
    preset : {'quick', 'standard', 'full'}, optional
        Which pictures are measured; by default that of `config`, ``standard``.
    config : StudyConfig, optional
    mask_value : int, optional
        Value of the region in a labelled mask.
    view : str
        ``CC``, ``MLO``, ...
    breast : mask, optional
        What of the image is breast; by default it is found. For cut-outs: ``np.ones(image.shape)``.
    names : str or list of str
        Names of the images; they become `patient_id` and begin `roi_id`.
    jobs : int
        Processes.
    progress : callable, optional
        Told stage, images done and images in all; by default a terminal or notebook shows it.

    Returns
    -------
    DataFrame
        One row per image; ``attrs["findings"]`` holds what was noticed (regions too small, outside the breast, ...).

    Raises
    ------
    ImageError
        If image or mask cannot be used: another size, empty, several labels.
    RegistrationError
        If no breast is found in the picture.
    UsageError
        If the lists differ in length, or a word is none that is known.

    Notes
    -----
    Features: PyRadiomics (van Griethuysen et al. 2017), as in ``docs/features.md``; a mask whose image has the study
    spacing, or none, is measured bit for bit, others are rasterised anew from their exact border.

    Examples
    --------
    >>> import numpy as np
    >>> rows, cols = np.mgrid[:120, :100]
    >>> image = np.where(np.hypot(rows - 60, cols) < 55, 400 + 3 * rows + (rows * cols) % 7, 0)
    >>> row = measure(image, np.hypot(rows - 60, cols - 25) < 9, preset="quick")
    >>> int(row["original_shape2D_Sphericity"].iloc[0] * 10)
    9
    """
    settings = settings_of(config)
    if preset is not None and preset not in get_args(Preset):
        raise UsageError("preset", " or ".join(get_args(Preset)), repr(preset), "choose one of them")
    if preset is not None:
        settings = replace(settings, features=replace(settings.features, preset=preset))
    images, masks = _listed(image), _listed(mask)
    called = [names] if isinstance(names, str) else [str(name) for name in names]
    if isinstance(names, str) and len(images) > 1:
        called = [f"{names}-{number}" for number in range(1, len(images) + 1)]
    if not len(images) == len(masks) == len(called):
        found = f"{len(images)} images, {len(masks)} masks, {len(called)} names"
        raise UsageError("measure", "as many images as masks and names", found, "give one mask an image")
    wanted = [
        _Wanted(
            image=one, mask=other, name=name, spacing_mm=spacing_mm, mask_value=mask_value, view=view, breast=breast,
            config=settings,
        )
        for one, other, name in zip(images, masks, called, strict=True)
    ]  # fmt: skip
    with progress_of(progress if len(wanted) > 1 else progress or silent) as shown:
        return _table(wanted, settings, jobs=jobs, progress=shown)


def _listed(given: object) -> list[object]:
    return list(given) if isinstance(given, list | tuple) else [given]


def _table(wanted: Sequence[_Wanted], config: StudyConfig, *, jobs: int, progress: Progress) -> pd.DataFrame:
    if jobs == 1:
        measured = []
        for number, one in enumerate(wanted, start=1):
            measured.append(_measure_one(one))
            progress("measure", number, len(wanted))
    else:
        measured = list(Workers(jobs, "", progress).run_all(_measure_one, wanted))
    table = feature_table(measured, config=config.features)
    table.attrs["findings"] = tuple(finding for one in measured for finding in one.findings)
    return table


def _measure_one(wanted: _Wanted) -> RoiFeatures:
    key, config = image_key(wanted.name, wanted.view, Visit.RECENT), wanted.config
    mammogram = mammogram_of(wanted.image, key=key, spacing_mm=wanted.spacing_mm, config=config)
    inside = inside_of(wanted.mask, mammogram.grid, value=wanted.mask_value, config=config)
    exam = exam_of(mammogram, wanted.breast, config=config)
    roi = Roi(
        roi_id=f"{key}_1-recent",
        image=key,
        grid=mammogram.grid,
        source=RoiSource.OUTLINED,
        contour_px=border_of(wanted.mask, inside),
        recent_lesion_id=f"{key}_1",
    )
    return FeatureExtractor(config.features).measure(exam, [roi])[0]
