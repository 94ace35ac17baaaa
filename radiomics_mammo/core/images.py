"""Decoded images: mammogram, outlined copy, and the breast found in a mammogram."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PixelGrid, frozen_array
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import Laterality, SpacingSource

HASH_SIDE = 16
"""Rows and columns of the grid a picture is reduced to for `picture_hash`."""
_HASH_STEP = 0.02
"""Share of the range of brightness by which a field must exceed its neighbour; air does not."""
_HASH_PIXELS = 256
"""Rows or columns that are enough to average a field."""


def picture_hash(pixels: NDArray[np.float32]) -> str:
    """Perceptual hash of a picture: where brightness rises from one field of a coarse grid to the next (dHash).

    The same picture has nearly the same hash after another window, encoder, or a per cent of noise; flat air has no
    bits. `HASH_SIDE` squared bits as hexadecimal digits.

    Parameters
    ----------
    pixels : ndarray of shape (rows, cols)

    Examples
    --------
    >>> picture = np.tile(np.arange(34, dtype=np.float32), (32, 1))
    >>> picture_hash(picture) == picture_hash(picture * 3 + 7) == 64 * "f"
    True
    """
    step = max(1, min(pixels.shape) // _HASH_PIXELS)
    small = np.asarray(pixels[::step, ::step], dtype=np.float64)
    edges = [
        np.linspace(0, size, fields + 1).astype(int)
        for size, fields in zip(small.shape, (HASH_SIDE, HASH_SIDE + 1), strict=True)
    ]
    sums = np.add.reduceat(np.add.reduceat(small, edges[0][:-1], axis=0), edges[1][:-1], axis=1)
    fields = sums / np.outer(*(np.maximum(np.diff(edge), 1) for edge in edges))
    brighter = np.diff(fields, axis=1) > _HASH_STEP * max(float(np.ptp(fields)), np.finfo(float).tiny)
    return np.packbits(brighter).tobytes().hex()


@dataclass(frozen=True, kw_only=True)
class Acquisition:
    """What the DICOM header says of one image; empty text where a tag is missing.

    `row_direction` is the first value of Patient Orientation: where the columns grow to, ``A`` or ``P``. `study_date`
    is ISO text. `grey_step` is the distance between two neighbouring grey values that the file can hold, 0 where it is
    unknown. `polarity_doubted` says that header and picture disagree on what is bright, and nothing decided. `frame_px`
    are the lines along the (top, bottom, left, right) edge that padding or a white frame hides: nobody knows what lies
    there. `spacing_rival` is the (row, col) spacing that another tag states, mm, where both could be true.
    """

    bits_stored: int = 0
    photometric: str = ""
    spacing_source: SpacingSource = SpacingSource.UNKNOWN
    manufacturer: str = ""
    laterality: Laterality | None = None
    view_position: str = ""
    row_direction: str = ""
    study_date: str = ""
    grey_step: float = 0.0
    polarity_doubted: bool = False
    frame_px: tuple[int, int, int, int] = (0, 0, 0, 0)
    spacing_rival: tuple[float, float, SpacingSource] | None = None


@dataclass(frozen=True, eq=False)
class Mammogram:
    """One decoded mammogram in stored orientation, bright where tissue is dense (MONOCHROME1 is inverted).

    Parameters
    ----------
    key : ImageKey
    grid : PixelGrid
    pixels : ndarray of float32, shape (rows, cols)
        Detector values after rescale slope and intercept.
    acquisition : Acquisition

    Raises
    ------
    InvariantError
        If the shape differs from the grid or the type is not float32.
    """

    key: ImageKey
    grid: PixelGrid
    pixels: NDArray[np.float32] = field(repr=False)
    acquisition: Acquisition = Acquisition()

    def __post_init__(self) -> None:
        if self.pixels.shape != self.grid.shape or self.pixels.dtype != np.float32:
            found = f"{self.pixels.dtype} {self.pixels.shape}"
            raise InvariantError(str(self.key), f"float32 {self.grid.shape}", found, "decode the image again")
        object.__setattr__(self, "pixels", frozen_array(self.pixels))


@dataclass(frozen=True, eq=False)
class OutlineOverlay:
    """The outlined JPEG copy of one mammogram, uint8 RGB of shape (rows, cols, 3), on its own grid."""

    key: ImageKey
    rgb: NDArray[np.uint8] = field(repr=False)

    def __post_init__(self) -> None:
        if self.rgb.dtype != np.uint8 or self.rgb.ndim != 3 or self.rgb.shape[2] != 3:
            found = f"{self.rgb.dtype} {self.rgb.shape}"
            raise InvariantError(str(self.key), "uint8 (rows, cols, 3)", found, "decode the picture again")
        object.__setattr__(self, "rgb", frozen_array(self.rgb))


@dataclass(frozen=True, eq=False, kw_only=True)
class BreastRegion:
    """Where the breast and the pectoral muscle are, on a grid reduced by `step_px`.

    Parameters
    ----------
    key : ImageKey
    grid : PixelGrid
        Grid of the full image.
    step_px : int
        Full-resolution pixels per reduced pixel; reduced pixel (i, j) stands for rows
        i * step_px .. (i + 1) * step_px - 1 and the columns alike.
    breast, pectoral : ndarray of bool, shape (ceil(rows / step_px), ceil(cols / step_px))
        The breast includes the muscle; `pectoral` is empty in CC.
    chest_wall : Laterality
        Side of the picture on which the chest wall lies: L is the left edge of the stored picture.
    """

    key: ImageKey
    grid: PixelGrid
    step_px: int
    breast: NDArray[np.bool_] = field(repr=False)
    pectoral: NDArray[np.bool_] = field(repr=False)
    chest_wall: Laterality

    def __post_init__(self) -> None:
        shape = (-(-self.grid.rows // self.step_px), -(-self.grid.cols // self.step_px))
        for name in ("breast", "pectoral"):
            part = getattr(self, name)
            if part.shape != shape or part.dtype != np.bool_:
                found = f"{part.dtype} {part.shape}"
                raise InvariantError(f"{self.key} {name}", f"bool {shape}", found, "reduce again")
            object.__setattr__(self, name, frozen_array(part))

    @property
    def tissue(self) -> NDArray[np.bool_]:
        """Breast without the pectoral muscle, on the reduced grid."""
        return self.breast & ~self.pectoral

    @property
    def area_px(self) -> int:
        """Area of the breast in full-resolution pixels (to one reduced pixel)."""
        return int(self.breast.sum()) * self.step_px**2
