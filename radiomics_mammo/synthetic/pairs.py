"""One pair of synthetic exams in memory, with everything known about it; made for unit tests and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import PixelGrid, Points, frozen_array
from radiomics_mammo.core.vocabulary import LesionLabel, View
from radiomics_mammo.synthetic.anatomy import draw_shape, grow_tissue
from radiomics_mammo.synthetic.exposure import (
    FIELD_HEIGHT_MM,
    PictureFrame,
    draw_exposure,
    draw_machine_exposure,
    expose,
)
from radiomics_mammo.synthetic.layers import LAYERS, LayeredWarp, draw_layered_warp, draw_states, grow_layers, project
from radiomics_mammo.synthetic.masses import MassLook, ShownMass, draw_form, place_mass
from radiomics_mammo.synthetic.warps import ExamWarp, SmoothWarp, draw_warp


@dataclass(frozen=True, kw_only=True, eq=False)
class SyntheticPair:
    """Prior and recent picture of one breast in one view, and the truth about them.

    Parameters
    ----------
    view : View
    prior, recent : ndarray of float32
        Detector values 0..4095 in stored orientation.
    prior_frame, recent_frame : PictureFrame
    warp : SmoothWarp or LayeredWarp
        Known change, in mm.
    recent_contours_px, prior_contours_px : tuple of ndarray of shape (n, 2)
        (row, col) outlines of the masses; the i-th belong to one mass. The prior ones show where the place of the
        mass was, whether or not it was there yet.
    in_prior : tuple of bool
        Whether the i-th mass was there at the prior exam.
    mass_layers : tuple of int
        Layer of tissue in which the i-th mass lies; empty where all tissue moved as one.
    """

    view: View
    prior: NDArray[np.float32] = field(repr=False)
    recent: NDArray[np.float32] = field(repr=False)
    prior_frame: PictureFrame
    recent_frame: PictureFrame
    warp: SmoothWarp | LayeredWarp
    recent_contours_px: tuple[Points, ...] = field(repr=False)
    prior_contours_px: tuple[Points, ...] = field(repr=False)
    in_prior: tuple[bool, ...]
    mass_layers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("prior", "recent"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    @property
    def prior_grid(self) -> PixelGrid:
        """Grid of the prior picture."""
        return self.prior_frame.grid

    @property
    def recent_grid(self) -> PixelGrid:
        """Grid of the recent picture."""
        return self.recent_frame.grid

    def at_layer(self, layer: int = LAYERS // 2) -> ExamWarp:
        """Known change of one layer of tissue; of all tissue where it moved as one."""
        return self.warp.at(layer) if isinstance(self.warp, LayeredWarp) else self.warp

    def recent_to_prior(self, points_px: Points, *, layer: int = LAYERS // 2) -> Points:
        """True place in the prior picture of tissue at (row, col) points of the recent one, shape (n, 2)."""
        return self.prior_frame.to_px(self.at_layer(layer).to_prior(self.recent_frame.to_mm(points_px)))

    def prior_to_recent(self, points_px: Points, *, layer: int = LAYERS // 2) -> Points:
        """Inverse of `recent_to_prior`, shape (n, 2)."""
        return self.recent_frame.to_px(self.at_layer(layer).to_recent(self.prior_frame.to_mm(points_px)))


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
    drawn = draw_warp(rng, height_mm=shape.height_mm, width_mm=shape.depth_mm, strength=strength)
    change = drawn if warp is None else warp
    recent_frame, prior_frame = (
        PictureFrame(rows=high, cols=wide, spacing_mm=FIELD_HEIGHT_MM / high, chest_wall_right=chest_wall_right)
        for high, wide in ((rows, cols), prior_shape or (rows, cols))
    )
    finest = min(recent_frame.spacing_mm, prior_frame.spacing_mm)
    tissue = grow_tissue(rng, shape, gland_share=gland_share, spacing_mm=finest)
    forms = []
    for label, _ in masses:
        radius = float(rng.uniform(5, 9))
        forms.append(draw_form(rng, _look(label, radius), place_mass(rng, shape, radius_mm=radius)))
    in_prior = tuple(there for _, there in masses)
    shown = [ShownMass(form) for form in forms]
    old = [mass for mass, there in zip(shown, in_prior, strict=True) if there]
    recent = expose(tissue, recent_frame, rng, warp=SmoothWarp.identity(), masses=shown, exposure=draw_exposure(rng))
    prior = expose(tissue, prior_frame, rng, warp=change, masses=old, exposure=draw_exposure(rng))
    return SyntheticPair(
        view=view,
        prior=np.round(prior * 4095),
        recent=np.round(recent * 4095),
        prior_frame=prior_frame,
        recent_frame=recent_frame,
        warp=change,
        recent_contours_px=tuple(recent_frame.to_px(form.outline_mm()) for form in forms),
        prior_contours_px=tuple(prior_frame.to_px(change.to_prior(form.outline_mm())) for form in forms),
        in_prior=in_prior,
    )


def hard_pair(
    rng: np.random.Generator,
    *,
    rows: int = 256,
    view: View = View.CC,
    chest_wall_right: bool = False,
    masses: Sequence[tuple[LesionLabel, bool]] = ((LesionLabel.BENIGN, True),),
    gland_share: float = 0.35,
) -> SyntheticPair:
    """Make two exams of one breast as far apart as real ones: two projections of layers that slid and changed.

    The parameters are those of `synthetic_pair`; a picture has 0.8125 times as many columns as rows. Every mass lies
    in one layer of tissue, and its true place in the prior is where that tissue was.

    Examples
    --------
    >>> pair = hard_pair(np.random.default_rng(5), rows=64)
    >>> pair.recent.shape, len(pair.mass_layers)
    ((64, 52), 1)
    """
    shape = draw_shape(rng, view, depth_mm=float(rng.uniform(90, 130)))
    warp = draw_layered_warp(rng, shape)
    spacing = FIELD_HEIGHT_MM / rows
    frame = PictureFrame(rows=rows, cols=round(0.8125 * rows), spacing_mm=spacing, chest_wall_right=chest_wall_right)
    tissue = grow_layers(rng, shape, gland_share=gland_share, spacing_mm=spacing)
    layers = tuple(int(rng.integers(LAYERS)) for _ in masses)
    forms = []
    for label, _ in masses:
        radius = float(rng.uniform(5, 9))
        forms.append(draw_form(rng, _look(label, radius), place_mass(rng, shape, radius_mm=radius)))
    in_prior = tuple(there for _, there in masses)
    of_masses = [warp.at(layer) for layer in layers]
    old = [ShownMass(form, warp=at) for form, at, there in zip(forms, of_masses, in_prior, strict=True) if there]
    pictures = []
    for state, change, seen in zip(draw_states(rng), (warp, None), (old, [ShownMass(f) for f in forms]), strict=True):
        exposure = draw_machine_exposure(rng)
        shown, still = project(tissue, change, state, rng), SmoothWarp.identity()
        pictures.append(expose(shown, frame, rng, warp=still, masses=seen, exposure=exposure))
    return SyntheticPair(
        view=view,
        prior=np.round(pictures[0] * 4095),
        recent=np.round(pictures[1] * 4095),
        prior_frame=frame,
        recent_frame=frame,
        warp=warp,
        recent_contours_px=tuple(frame.to_px(form.outline_mm()) for form in forms),
        prior_contours_px=tuple(
            frame.to_px(at.to_prior(form.outline_mm())) for form, at in zip(forms, of_masses, strict=True)
        ),
        in_prior=in_prior,
        mass_layers=layers,
    )


def _look(label: LesionLabel, radius_mm: float) -> MassLook:
    if label is LesionLabel.BENIGN:
        traits = {"aspect": 0.8, "irregularity": 0.03, "edge_mm": 0.8, "contrast": 0.35, "heterogeneity": 0.06}
        return MassLook(radius_mm=radius_mm, **traits)
    traits = {"aspect": 0.75, "irregularity": 0.12, "edge_mm": 1.8, "contrast": 0.42, "heterogeneity": 0.12}
    return MassLook(radius_mm=radius_mm, **traits, spicules=0.5)
