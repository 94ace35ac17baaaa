"""Pictures of an aligned exam pair: checkerboards before and after, how far places moved, how areas changed."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.report import ReportConfig
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.pairs import AlignedPair, Exam
from radiomics_mammo.report.lesion_pictures import PictureFile, encode_png, grey_window

SHOWN_SHIFT = 0.1
"""Displacement shown as the brightest colour, as a share of the picture's height."""
SHOWN_AREA_CHANGE = 0.5
"""Change of area shown as the fullest colour: 0.5 is half or one and a half times the area."""
_TILES = 8
"""Squares of the checkerboard along the longer side."""
_CONTOUR_BGR = (10, 214, 255)
_MAP_SHARE = 0.5
"""Side of the two maps as a share of the side of the checkerboards."""


@dataclass(frozen=True)
class RegistrationPicture:
    """One exam pair in pictures.

    Parameters
    ----------
    patient_id, view : str
    before_png, after_png : bytes
        Checkerboards of the recent and the prior exam, before and after alignment, recent outlines drawn in.
    displacement_png : bytes
        How far each place moved; brightest at `SHOWN_SHIFT` of the picture's height.
    jacobian_png : bytes
        Local change of area: white where there is none, red where the prior is larger, blue where it is smaller.
    """

    patient_id: str
    view: str
    before_png: bytes = field(repr=False)
    after_png: bytes = field(repr=False)
    displacement_png: bytes = field(repr=False)
    jacobian_png: bytes = field(repr=False)

    @property
    def files(self) -> tuple[PictureFile, ...]:
        """The pictures under the names `read_pictures` knows."""
        stem = f"{self.patient_id}_{self.view}"
        return (
            PictureFile(f"{stem}_before.png", self.before_png),
            PictureFile(f"{stem}_after.png", self.after_png),
            PictureFile(f"{stem}_displacement.png", self.displacement_png),
            PictureFile(f"{stem}_jacobian.png", self.jacobian_png),
        )


@dataclass(frozen=True, eq=False)
class _Lattice:
    """Where the pixels of the picture lie in the recent exam, (row, col) pixels, each (rows, cols)."""

    rows_px: NDArray[np.float64]
    cols_px: NDArray[np.float64]
    step_px: float

    @property
    def points_px(self) -> Points:
        """All places, row by row, shape (n, 2)."""
        return np.stack([self.rows_px.ravel(), self.cols_px.ravel()], axis=1)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols) of the picture."""
        return self.rows_px.shape[0], self.rows_px.shape[1]


def registration_picture(pair: AlignedPair, *, config: ReportConfig | None = None) -> RegistrationPicture:
    """Show one aligned pair on the breast of its recent exam.

    Parameters
    ----------
    pair : AlignedPair
        The prior is sampled through ``registration.recent_to_prior``.
    config : ReportConfig, optional
        `alignment_px`.

    Notes
    -----
    Before alignment, places are compared at equal distances from the corner of the picture in mm (in pixels where a
    spacing is unknown).
    """
    lattice = _lattice(pair.recent, (config or ReportConfig()).alignment_px)
    start, mapped = _mapped(pair, lattice)
    recent = _shown(pair.recent, lattice.points_px, lattice)
    boards = [
        _checkerboard(recent, _shown(pair.prior, _prior_pixels(pair, place), lattice)) for place in (start, mapped)
    ]
    outlines = [_on_picture(lesion.contour_px, lattice) for lesion in pair.recent.lesions]
    before, after = (encode_png(_with_outlines(board, outlines)) for board in boards)
    displacement, jacobian = _maps(start, mapped, lattice, inside=_inside(pair.recent, lattice))
    return RegistrationPicture(
        pair.recent.mammogram.key.patient_id, str(pair.recent.mammogram.key.view), before, after, displacement, jacobian
    )


def _lattice(exam: Exam, longer_px: int) -> _Lattice:
    """A lattice of `longer_px` along the longer side of the box around the breast (the picture where none is)."""
    region, step = exam.breast, exam.breast.step_px
    breast = region.breast if region.breast.any() else np.ones_like(region.breast)
    rows, cols = np.nonzero(breast.any(axis=1))[0] * step, np.nonzero(breast.any(axis=0))[0] * step
    height, width = rows[-1] - rows[0] + step, cols[-1] - cols[0] + step
    pitch = max(height, width) / longer_px
    down = rows[0] - 0.5 + pitch * (np.arange(max(1, round(height / pitch))) + 0.5)
    across = cols[0] - 0.5 + pitch * (np.arange(max(1, round(width / pitch))) + 0.5)
    grid_rows, grid_cols = np.meshgrid(down, across, indexing="ij")
    return _Lattice(grid_rows, grid_cols, pitch)


def _mapped(pair: AlignedPair, lattice: _Lattice) -> tuple[Points, Points]:
    """Places of the lattice in the units of the transform, in the recent exam and carried to the prior."""
    grid = pair.recent.mammogram.grid
    start = grid.to_units(lattice.points_px) if pair.in_mm else lattice.points_px
    return start, pair.registration.recent_to_prior.apply(start)


def _prior_pixels(pair: AlignedPair, points_units: Points) -> Points:
    return pair.prior.mammogram.grid.to_pixels(points_units) if pair.in_mm else points_units


def _shown(exam: Exam, points_px: Points, lattice: _Lattice) -> NDArray[np.uint8]:
    """Grey picture of an exam at the given places; averaged over the pitch of the lattice, scaled in the breast."""
    shrink = max(1, int(lattice.step_px))
    small = cv2.resize(exam.mammogram.pixels, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    factor = np.asarray(small.shape) / exam.mammogram.pixels.shape
    rows, cols = ((points_px + 0.5) * factor - 0.5).astype(np.float32).T
    sampled = cv2.remap(small, cols.reshape(lattice.shape), rows.reshape(lattice.shape), cv2.INTER_LINEAR)
    inside = cv2.resize(exam.breast.breast.astype(np.uint8), small.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return grey_window(sampled, reference=small[inside])


def _checkerboard(recent: NDArray[np.uint8], prior: NDArray[np.uint8]) -> NDArray[np.uint8]:
    tile = max(1, max(recent.shape) // _TILES)
    rows, cols = np.indices(recent.shape) // tile
    return np.where((rows + cols) % 2 == 0, recent, prior).astype(np.uint8)


def _on_picture(contour_px: Points, lattice: _Lattice) -> Points:
    corner = np.array([lattice.rows_px[0, 0], lattice.cols_px[0, 0]])
    points: Points = (np.asarray(contour_px) - corner) / lattice.step_px
    return points


def _with_outlines(board: NDArray[np.uint8], outlines: list[Points]) -> NDArray[np.uint8]:
    picture = cv2.cvtColor(board, cv2.COLOR_GRAY2BGR)
    for outline in outlines:
        vertices = np.round(outline[:, ::-1]).astype(np.int32)
        cv2.polylines(picture, [vertices], isClosed=True, color=_CONTOUR_BGR, thickness=1, lineType=cv2.LINE_AA)
    return np.asarray(picture, dtype=np.uint8)


def _inside(exam: Exam, lattice: _Lattice) -> NDArray[np.bool_]:
    """Which places of the lattice lie in the breast."""
    reduced = exam.breast.breast
    rows = np.clip((lattice.rows_px / exam.breast.step_px).astype(int), 0, reduced.shape[0] - 1)
    cols = np.clip((lattice.cols_px / exam.breast.step_px).astype(int), 0, reduced.shape[1] - 1)
    return np.asarray(reduced[rows, cols])


def _maps(start: Points, mapped: Points, lattice: _Lattice, *, inside: NDArray[np.bool_]) -> tuple[bytes, bytes]:
    """Displacement and Jacobian determinant of the mapping as two small colour pictures."""
    place, target = (points.reshape(*lattice.shape, 2) for points in (start, mapped))
    height = max(float(np.ptp(place[..., 0])), 1e-9)
    shift = np.linalg.norm(target - place, axis=2) / height
    down, across = np.asarray(np.gradient(target, axis=0)), np.asarray(np.gradient(target, axis=1))
    cell = np.asarray(np.gradient(place[..., 0], axis=0)) * np.asarray(np.gradient(place[..., 1], axis=1))
    area = (down[..., 0] * across[..., 1] - down[..., 1] * across[..., 0]) / cell
    bright = np.clip(shift / SHOWN_SHIFT, 0, 1)
    moved = cv2.applyColorMap((bright * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    outside = ~inside[..., None]
    return _small(np.where(outside, 0, moved)), _small(np.where(outside, 0, _area_colors(area)))


def _area_colors(area: NDArray[np.float64]) -> NDArray[np.uint8]:
    """White for 1, to red above and to blue below, black where the mapping folds."""
    change = np.clip((area - 1) / SHOWN_AREA_CHANGE, -1, 1)[..., None]
    white, red, blue = np.array([245.0, 245, 245]), np.array([43.0, 24, 178]), np.array([172.0, 102, 33])
    colors = white + np.abs(change) * (np.where(change > 0, red, blue) - white)
    colors[area <= 0] = 0
    return np.asarray(np.round(colors), dtype=np.uint8)


def _small(picture: NDArray[np.uint8]) -> bytes:
    return encode_png(
        cv2.resize(picture.astype(np.uint8), None, fx=_MAP_SHARE, fy=_MAP_SHARE, interpolation=cv2.INTER_AREA)
    )
