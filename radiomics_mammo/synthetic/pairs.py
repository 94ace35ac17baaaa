"""One pair of synthetic exams in memory, with everything known about it; made for unit tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import PixelGrid, Points, frozen_array
from radiomics_mammo.core.vocabulary import LesionLabel, View
from radiomics_mammo.synthetic.exposure import ShownMass, draw_exposure, expose
from radiomics_mammo.synthetic.frames import PictureFrame
from radiomics_mammo.synthetic.masses import MassForm, MassLook, draw_form
from radiomics_mammo.synthetic.shapes import BreastShape, draw_shape
from radiomics_mammo.synthetic.tissue import grow_tissue
from radiomics_mammo.synthetic.warps import SmoothWarp, draw_warp

FIELD_HEIGHT_MM = 286.72
"""Height of the largest picture: 4096 pixels of 0.07 mm; smaller matrices get larger pixels."""
_PLACING_TRIES = 400


@dataclass(frozen=True, eq=False)
class SyntheticPair:
    """Prior and recent picture of one breast in one view, and the truth about them.

    Parameters
    ----------
    view : View
    prior, recent : ndarray of float32
        Detector values 0..4095 in stored orientation.
    prior_frame, recent_frame : PictureFrame
    warp : SmoothWarp
        Known change, in mm.
    recent_contours_px, prior_contours_px : tuple of ndarray of shape (n, 2)
        (row, col) outlines of the masses; the i-th belong to one mass. The prior ones show where the place of the
        mass was, whether or not it was there yet.
    in_prior : tuple of bool
        Whether the i-th mass was there at the prior exam.
    """

    view: View
    prior: NDArray[np.float32] = field(repr=False)
    recent: NDArray[np.float32] = field(repr=False)
    prior_frame: PictureFrame
    recent_frame: PictureFrame
    warp: SmoothWarp
    recent_contours_px: tuple[Points, ...] = field(repr=False)
    prior_contours_px: tuple[Points, ...] = field(repr=False)
    in_prior: tuple[bool, ...]

    def __post_init__(self) -> None:
        for name in ("prior", "recent"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    @property
    def prior_grid(self) -> PixelGrid:
        """Grid of the prior picture."""
        return _grid(self.prior_frame)

    @property
    def recent_grid(self) -> PixelGrid:
        """Grid of the recent picture."""
        return _grid(self.recent_frame)

    def recent_to_prior(self, points_px: Points) -> Points:
        """True place in the prior picture of (row, col) points of the recent one, shape (n, 2)."""
        return self.prior_frame.to_px(self.warp.to_prior(self.recent_frame.to_mm(points_px)))

    def prior_to_recent(self, points_px: Points) -> Points:
        """Inverse of `recent_to_prior`, shape (n, 2)."""
        return self.recent_frame.to_px(self.warp.to_recent(self.prior_frame.to_mm(points_px)))


def _grid(frame: PictureFrame) -> PixelGrid:
    return PixelGrid(frame.rows, frame.cols, frame.spacing_mm, frame.spacing_mm)


def place_mass(
    rng: np.random.Generator, shape: BreastShape, *, radius_mm: float, nipple_distance_mm: float | None = None
) -> tuple[float, float]:
    """A place for a mass inside the breast, (row_mm, depth_mm), away from skin, muscle and chest wall.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : BreastShape
    radius_mm : float
    nipple_distance_mm : float, optional
        Wanted distance from the nipple, for a mass already placed in the other view; free otherwise.

    Returns
    -------
    tuple of float
        The roomiest place tried when none has room enough.

    Examples
    --------
    >>> shape = draw_shape(np.random.default_rng(3), View.CC, depth_mm=100.0)
    >>> place = place_mass(np.random.default_rng(0), shape, radius_mm=6.0)
    >>> bool(shape.room_mm(np.array([place]))[0] > 6.0)
    True
    """
    nearest, farthest = radius_mm + 12.0, 0.85 * shape.depth_mm
    distance = rng.uniform(nearest, max(farthest, nearest + 1), _PLACING_TRIES)
    if nipple_distance_mm is not None:
        distance = nipple_distance_mm + rng.normal(0, 1.5, _PLACING_TRIES)
    angle = rng.uniform(-1.15, 1.15, _PLACING_TRIES)
    places = np.stack(
        [shape.nipple_mm[0] + distance * np.sin(angle), shape.nipple_mm[1] - distance * np.cos(angle)], axis=1
    )
    room = shape.room_mm(places)
    enough = np.flatnonzero(room > radius_mm + 6.0)
    best = places[enough[0] if enough.size else int(np.argmax(room))]
    return float(best[0]), float(best[1])


def synthetic_pair(
    rng: np.random.Generator,
    *,
    rows: int = 256,
    cols: int = 208,
    view: View = View.CC,
    prior_shape: tuple[int, int] | None = None,
    chest_wall_right: bool = False,
    masses: Sequence[tuple[LesionLabel, bool]] = ((LesionLabel.BENIGN, True),),
    warp: SmoothWarp | None = None,
    strength: float = 1.0,
    gland_share: float = 0.35,
) -> SyntheticPair:
    """Make prior and recent exam of one breast, with the true map between them.

    Parameters
    ----------
    rng : numpy.random.Generator
    rows, cols : int
        Matrix of the recent picture; its pixel spacing is 286.72 mm / rows, so that every size shows one breast.
    view : View
    prior_shape : tuple of int, optional
        Matrix of the prior picture, which covers the same field with other pixels; as the recent one if not given.
    chest_wall_right : bool
        Whether both pictures show the chest wall at the right.
    masses : sequence of (LesionLabel, bool)
        Look of each mass, and whether it was there at the prior exam.
    warp : SmoothWarp, optional
        Known change; drawn if not given.
    strength : float
        Of the drawn change, see `draw_warp`.
    gland_share : float
        Share of fibroglandular tissue.

    Examples
    --------
    >>> pair = synthetic_pair(np.random.default_rng(5), rows=64, cols=52)
    >>> pair.recent.shape, len(pair.recent_contours_px)
    ((64, 52), 1)
    >>> there = pair.recent_to_prior(np.array([[30.0, 20.0]]))
    >>> bool(np.allclose(pair.prior_to_recent(there), [[30.0, 20.0]]))
    True
    """
    shape = draw_shape(rng, view, depth_mm=float(rng.uniform(90, 130)))
    change = draw_warp(rng, height_mm=shape.height_mm, width_mm=shape.depth_mm, strength=strength)
    change = change if warp is None else warp
    recent_frame = PictureFrame(rows, cols, FIELD_HEIGHT_MM / rows, chest_wall_right=chest_wall_right)
    prior_rows, prior_cols = prior_shape or (rows, cols)
    prior_frame = PictureFrame(prior_rows, prior_cols, FIELD_HEIGHT_MM / prior_rows, chest_wall_right=chest_wall_right)
    finest = min(recent_frame.spacing_mm, prior_frame.spacing_mm)
    tissue = grow_tissue(rng, shape, gland_share=gland_share, spacing_mm=finest)
    forms = [_form(rng, shape, label) for label, _ in masses]
    shown = [ShownMass(form) for form in forms]
    there = [mass for mass, (_, in_prior) in zip(shown, masses, strict=True) if in_prior]
    recent = expose(tissue, recent_frame, rng, warp=SmoothWarp.identity(), masses=shown, exposure=draw_exposure(rng))
    prior = expose(tissue, prior_frame, rng, warp=change, masses=there, exposure=draw_exposure(rng))
    outlines = [form.outline_mm() for form in forms]
    return SyntheticPair(
        view,
        np.round(prior * 4095),
        np.round(recent * 4095),
        prior_frame,
        recent_frame,
        change,
        tuple(recent_frame.to_px(outline) for outline in outlines),
        tuple(prior_frame.to_px(change.to_prior(outline)) for outline in outlines),
        tuple(in_prior for _, in_prior in masses),
    )


def _form(rng: np.random.Generator, shape: BreastShape, label: LesionLabel) -> MassForm:
    radius = float(rng.uniform(5, 9))
    centre = place_mass(rng, shape, radius_mm=radius)
    if label is LesionLabel.BENIGN:
        return draw_form(rng, MassLook(radius, 0.8, 0.03, 0.8, 0.35, 0.06, 0.0), centre)
    return draw_form(rng, MassLook(radius, 0.75, 0.12, 1.8, 0.42, 0.12, 0.5), centre)
