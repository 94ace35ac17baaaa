"""Images and masks as NRRD files: one slice, spacing and place on the DICOM grid set."""

from __future__ import annotations

from pathlib import Path

import nrrd
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.core.geometry import PixelGrid

_SLICE_MM = 1.0  # Thickness written for the one slice; a mammogram is a projection and has none.
_COMPRESSION = 1  # gzip level: noise does not shrink, masks do at any level.


def write_nrrd(path: Path, pixels: NDArray[np.generic], grid: PixelGrid, *, top_px: int = 0, left_px: int = 0) -> Path:
    """Write an image (as float64) or a boolean mask (as uint8, 0 and 1) as one slice.

    Axes are (column, row, slice), as ITK reads them; distances are mm, or pixels where the spacing is unknown.

    Parameters
    ----------
    path : Path
        Ends in ``.nrrd``; its folder exists.
    pixels : ndarray, shape (rows, cols)
        Boolean for a mask, numbers for an image; a window of the grid or all of it.
    grid : PixelGrid
        Grid of the whole image.
    top_px, left_px : int
        Place of the window on the grid.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ExportError
        If the pixels are no window of the grid, or neither real numbers nor truth values.
    OSError
        If the file cannot be written.
    """
    low, high = np.array([top_px, left_px]), np.array([top_px, left_px]) + (*pixels.shape, 0, 0)[:2]
    fits = pixels.ndim == 2 and pixels.size > 0 and (low >= 0).all() and (high <= grid.shape).all()
    if not fits or pixels.dtype.kind not in "biuf":
        found = f"{' x '.join(map(str, pixels.shape))} {pixels.dtype} at ({top_px}, {left_px})"
        raise ExportError(path.name, f"a window of {grid.rows} x {grid.cols}", found, "export on the image's own grid")
    row_step, col_step = grid.unit_spacing
    data = pixels.astype(np.uint8 if pixels.dtype == np.bool_ else np.float64)
    header = {
        "space": "left-posterior-superior",
        "space directions": np.diag([col_step, row_step, _SLICE_MM]),
        "space origin": np.array([left_px * col_step, top_px * row_step, 0.0]),
        "kinds": ["domain", "domain", "domain"],
        "encoding": "gzip",
    }
    nrrd.write(str(path), data.T[:, :, None], header, compression_level=_COMPRESSION)
    return path
