"""Images, masks and batch file for the stock ``pyradiomics`` command."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.export.nrrd_files import write_nrrd

BATCH_FILE = "batch.csv"
"""What is handed to ``pyradiomics``."""

PARAMETER_FILE = "parameters.yaml"
"""Settings for ``pyradiomics --param``: slices are measured as slices."""

_PARAMETERS = """\
imageType:
  Original: {}
featureClass:
  firstorder:
  glcm:
  gldm:
  glrlm:
  glszm:
  ngtdm:
  shape2D:
setting:
  force2D: true
  force2Ddimension: 0
  label: 1
  binCount: 32
"""

_COLUMNS = ("Image", "Mask", "roi_id", "patient_id", "image_id", "label")


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasuredWindow:
    """One region as it was measured: scaled, cut out and resampled.

    Parameters
    ----------
    roi_id, patient_id, image_id, label : str
        As in ``features.csv``.
    image : ndarray of float64, shape (rows, cols)
    inside : ndarray of bool, same shape
    spacing : tuple of float
        Distance between rows and between columns, mm, or None where unknown.
    """

    roi_id: str
    patient_id: str
    image_id: str
    label: str
    image: NDArray[np.float64] = field(repr=False)
    inside: NDArray[np.bool_] = field(repr=False)
    spacing: tuple[float | None, float | None]


def write_measured_batch(
    windows: Iterable[MeasuredWindow], folder: Path, *, bin_count: int = 32, bin_width: float | None = None
) -> Path:
    """Write every region exactly as it was measured, and the batch file that names them.

    ``pyradiomics batch.csv --param parameters.yaml --out features.csv --format csv``, run in the folder, then gives the
    ``original_`` columns of ``features.csv``, joined by `roi_id`.

    Parameters
    ----------
    windows : iterable of MeasuredWindow
        Taken one at a time.
    folder : Path
        Made if it does not exist.
    bin_count : int
        Grey levels of texture, fixed bin number.
    bin_width : float, optional
        Width of a grey level, in place of their number.

    Returns
    -------
    Path
        The batch file.

    Raises
    ------
    ExportError
        If a region is empty.
    OSError
        If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    bins = f"binCount: {bin_count}" if bin_width is None else f"binWidth: {bin_width}"
    (folder / PARAMETER_FILE).write_text(_PARAMETERS.replace("binCount: 32", bins), encoding="utf-8")
    path = folder / BATCH_FILE
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        for one in windows:
            if not one.inside.any():
                raise ExportError(one.roi_id, "a region", "no pixel", "leave it out")
            grid = PixelGrid(one.image.shape[0], one.image.shape[1], *one.spacing)
            files = {"Image": f"{one.roi_id}_image.nrrd", "Mask": f"{one.roi_id}_mask.nrrd"}
            write_nrrd(folder / files["Image"], one.image, grid)
            write_nrrd(folder / files["Mask"], one.inside, grid)
            names = {"roi_id": one.roi_id, "patient_id": one.patient_id, "image_id": one.image_id, "label": one.label}
            writer.writerow({**files, **names})
    return path


def write_pyradiomics_batch(
    cases: Iterable[tuple[Mammogram, Sequence[LesionMask | Roi]]], folder: Path, *, margin_px: int = 128
) -> Path:
    """Write image and mask of every region, and the batch file that names them.

    ``pyradiomics batch.csv --param parameters.yaml --out features.csv --format csv``, run in the folder, then measures
    every region. Images are the grey values as read, float64, cut out around the region; both files keep their place
    and spacing (1 pixel where unknown).

    Parameters
    ----------
    cases : iterable of (Mammogram, sequence of LesionMask or Roi)
        Taken one at a time, so that one image is in memory at once.
    folder : Path
        Made if it does not exist.
    margin_px : int
        Rim of the cut-out around the region, at least 0; a large number writes the whole image.

    Returns
    -------
    Path
        The batch file.

    Raises
    ------
    ExportError
        If a region is empty or lies on another image, or the margin is negative.
    OSError
        If a file cannot be written.
    """
    if margin_px < 0:
        raise ExportError("batch", "a margin of at least 0 pixels", str(margin_px), "widen the margin")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PARAMETER_FILE).write_text(_PARAMETERS, encoding="utf-8")
    path = folder / BATCH_FILE
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        for mammogram, regions in cases:
            writer.writerows(_written(mammogram, regions, folder, margin_px))
    return path


def _written(
    mammogram: Mammogram, regions: Sequence[LesionMask | Roi], folder: Path, margin_px: int
) -> Iterator[dict[str, str]]:
    for part in regions:
        name, image = (str(part.key), part.key.image) if isinstance(part, LesionMask) else (part.roi_id, part.image)
        region = part.region
        if image != mammogram.key or part.grid != mammogram.grid or region.area_px == 0:
            raise ExportError(name, f"a region on {mammogram.key}", f"{region.area_px} pixels on {image}", "check it")
        top, left = max(0, region.top_px - margin_px), max(0, region.left_px - margin_px)
        window = np.s_[top : region.bottom_px + margin_px + 1, left : region.right_px + margin_px + 1]
        inside = region.on_grid(mammogram.grid.shape)[window]
        files = {"Image": f"{name}_image.nrrd", "Mask": f"{name}_mask.nrrd"}
        write_nrrd(folder / files["Image"], mammogram.pixels[window], mammogram.grid, top_px=top, left_px=left)
        write_nrrd(folder / files["Mask"], inside, mammogram.grid, top_px=top, left_px=left)
        names = {"roi_id": name, "patient_id": image.patient_id, "image_id": str(image), "label": str(part.label)}
        yield {**files, **names}
