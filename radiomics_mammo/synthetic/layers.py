"""A breast in depth: tissue in layers that slide against each other, and how one exam shows their projection."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from radiomics_mammo.core.geometry import DisplacementField, Points
from radiomics_mammo.synthetic.anatomy import (
    GLAND_BRIGHTNESS,
    LOBE_GAIN,
    STRAND_BRIGHTNESS,
    BreastShape,
    Field,
    Ground,
    TissueMap,
    cone_drive,
    gland_border,
    ligaments,
    stroma_share,
    under_skin,
)
from radiomics_mammo.synthetic.warps import STILL_MM, SmoothWarp, draw_turned_warp

LAYERS = 6
"""Layers of tissue between the two paddles."""

ROLL_MM = 9.0
"""How far the outer layers slide against each other, drawn `ROLL_SHARE` times: places 29 mm apart in depth of the
tissue moved 20 mm differently on a real pair, and only sliding layers give the low block agreement of real pairs."""

ROLL_SHARE = (0.6, 1.4)
PULL_MM = 6.0
"""Standard deviation of how far the outer layers slide apart in depth: as much tissue as was pulled onto the detector
from above the first time may be pulled from below the second. On a real pair places moved by 34 mm differently so."""

EASE, EASE_SPREAD, EASE_LIMITS = 1.25, 0.5, (0.4, 3.0)
"""Factor, drawn once a pair, on roll, pull and own fields: median, deviation of its logarithm, limits. Well and badly
repeated positioning both occur, and pairs that no shift, turn and scale fits: real ones left 7 and 12 mm rms."""

UNEVENNESS = 1.0
"""Concentration of the Dirichlet distribution of the tissue over the layers: 1 is any share as likely as any other. The
layer that shows most draws every map, and a lesion may lie in another."""

OUTLINE_MM, OUTLINE_WAVE_MM = 2.5, 80.0
"""Standard deviation and wavelength of what each exam adds to the skin line: a breast pressed again has another.
After the map that fits their tissue best two real exams overlap by 0.94 and 0.99."""

FADE_MM = 15.0
"""Depth under the skin over which layers come to slide freely: the skin holds them together."""

OWN_MM, OWN_WAVE_MM = 2.5, 45.0
"""Root mean square length and wavelength of the displacement that every layer has of its own."""

NEW_TISSUE = 1 / 3
"""Share of the variance of tissue texture that an exam shares with no other exam."""

INVOLUTION = (0.55, 1.0)
"""Gland of the recent exam over that of the prior one."""

MUSCLE_SHIFT_MM = 12.0
"""Largest difference of the muscle's reach into the picture between two exams."""

_SLIP_STEP_MM = 4.0
_SLIP_MARGIN_MM = 64.0
_INVERSE_ROUNDS = 200
"""Fixed-point steps of the inverse of a slip at most; some dozen are needed."""
_FARTHEST = 4.0
"""How many times its last change a step of the inverse is drawn out at most."""
_DEEP_MM = 60.0
"""Skin distance beyond which nothing changes; the first-order distance grows without bound at the chest wall."""
_LOBES = 1.6
"""Lobes of one of several layers stand out by this factor more, so that their sum is as uneven as one layer was."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SlidingWarp:
    """Map from the prior to the recent exam of one layer, in mm: the common map, then the layer's own slip.

    ``recent = common(prior) + slip(prior)``
    """

    common: SmoothWarp
    slip: DisplacementField

    @property
    def strong(self) -> bool:
        """Whether the pair is one of the deliberately difficult ones."""
        return self.common.strong

    def to_recent(self, prior_mm: Points) -> Points:
        """Prior (row_mm, depth_mm) points to the recent exam, shape (n, 2)."""
        return self.common.to_recent(prior_mm) + self.slip.at(prior_mm)

    def to_prior(self, recent_mm: Points) -> Points:
        """Inverse of `to_recent` by fixed-point iteration, shape (n, 2).

        Each step is drawn out by how much the last one shortened it, point by point (Anderson acceleration of depth 1;
        Walker and Ni 2011).
        """
        recent = np.asarray(recent_mm, dtype=np.float64)
        prior = self.common.nearer_prior(recent, recent)
        reached, step = np.zeros_like(prior), np.full_like(prior, np.inf)
        for _ in range(_INVERSE_ROUNDS):
            before, last = reached, step
            reached = self.common.nearer_prior(recent - self.slip.at(prior), prior)
            step = reached - prior
            if np.abs(step).max(initial=0.0) <= STILL_MM:
                break
            change = np.where(np.isfinite(last), step - last, 0.0)
            size = (change**2).sum(axis=1, keepdims=True)
            share = (step * change).sum(axis=1, keepdims=True) / np.where(size > 0, size, 1.0)
            prior = reached - np.clip(share, -_FARTHEST, 1.0) * np.where(size > 0, reached - before, 0.0)
        return reached

    def maps(self, rows_mm: NDArray[np.float64], depths_mm: NDArray[np.float64]) -> tuple[Field, Field]:
        """`to_recent` on a whole grid: two arrays of shape (rows, depths)."""
        places = [
            ((axis - origin) / step).astype(np.float32)
            for axis, origin, step in zip(
                (rows_mm, depths_mm), self.slip.origin_units, self.slip.step_units, strict=True
            )
        ]
        rows, cols = np.meshgrid(*places, indexing="ij")
        shift = self.slip.shift_units.astype(np.float32)
        both = self.common.maps(rows_mm, depths_mm)
        slipped = [
            part + cv2.remap(shift[..., axis], cols, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for axis, part in enumerate(both)
        ]
        return slipped[0], slipped[1]


@dataclass(frozen=True, kw_only=True, eq=False)
class LayeredWarp:
    """What happened to a whole breast between two exams: one `SlidingWarp` a layer, from one paddle to the other."""

    layers: tuple[SlidingWarp, ...]
    roll_mm: float

    @property
    def strong(self) -> bool:
        """Whether the pair is one of the deliberately difficult ones."""
        return self.layers[0].strong

    def at(self, layer: int) -> SlidingWarp:
        """Map of one layer."""
        return self.layers[layer]

    @property
    def common(self) -> SmoothWarp:
        """What skin and all layers did together."""
        return self.layers[0].common


def draw_layered_warp(rng: np.random.Generator, shape: BreastShape, *, roll: float = ROLL_MM) -> LayeredWarp:
    """A random change between two real exams of a breast: a common map, a roll, and a field of each layer.

    Examples
    --------
    >>> from radiomics_mammo.core.vocabulary import View
    >>> from radiomics_mammo.synthetic.anatomy import draw_shape
    >>> rng = np.random.default_rng(2)
    >>> warp = draw_layered_warp(rng, draw_shape(rng, View.CC, depth_mm=100.0)).at(0)
    >>> points = np.array([[120.0, 30.0], [150.0, 60.0]])
    >>> bool(np.allclose(warp.to_recent(warp.to_prior(points)), points, atol=1e-3))
    True
    """
    common = draw_turned_warp(rng, height_mm=shape.height_mm, width_mm=shape.depth_mm)
    rows_mm = np.arange(-_SLIP_MARGIN_MM, 287 + _SLIP_MARGIN_MM, _SLIP_STEP_MM)
    depths_mm = np.arange(-_SLIP_MARGIN_MM, 233 + _SLIP_MARGIN_MM, _SLIP_STEP_MM)
    at_rows, at_depths = common.maps(rows_mm, depths_mm)
    free = np.clip(shape.skin_near_mm(at_rows, at_depths) / FADE_MM, 0, 1)[..., None]
    ease = float(np.clip(EASE * np.exp(rng.normal(0, EASE_SPREAD)), *EASE_LIMITS))
    rolled = roll * float(rng.uniform(*ROLL_SHARE)) * float(rng.choice((-1, 1)))
    apart = np.array([rolled, PULL_MM * roll / ROLL_MM * float(rng.normal())])
    layers = []
    for level in np.linspace(-1, 1, LAYERS):
        own = rng.standard_normal((*at_rows.shape, 2))
        own = ndimage.gaussian_filter(own, (OWN_WAVE_MM / 2 / _SLIP_STEP_MM,) * 2 + (0,))
        own *= OWN_MM / np.sqrt(2) / own.std()
        slip = ease * free * (own + apart / 2 * level)
        origin, step = (-_SLIP_MARGIN_MM,) * 2, (_SLIP_STEP_MM,) * 2
        layers.append(SlidingWarp(common=common, slip=DisplacementField(origin, step, slip)))
    return LayeredWarp(layers=tuple(layers), roll_mm=ease * float(np.hypot(*apart)))


@dataclass(frozen=True, kw_only=True, eq=False)
class LayeredTissue:
    """The inside of one breast: planes of every layer on one coarse grid in the recent frame, shape (rows, cols).

    `shares` of the tissue lie in the layers; they sum up to 1.
    """

    ground: Ground
    shape: BreastShape
    gland_share: float
    shares: tuple[float, ...]
    parenchyma: tuple[Field, ...] = field(repr=False)
    stroma: tuple[Field, ...] = field(repr=False)
    strands: tuple[Field, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class BreastState:
    """How the breast is at one exam."""

    gland: Annotated[float, "gland relative to the fuller exam of the pair; involution lowers it"] = 1.0
    muscle_mm: Annotated[float, "how much farther the muscle reaches into the picture"] = 0.0
    nipple_mm: Annotated[float, "how far the nipple stands out; 0 is not in profile"] = 4.5


def draw_states(rng: np.random.Generator) -> tuple[BreastState, BreastState]:
    """States at the prior and the recent exam: involution, more or less muscle, nipple in profile or not."""
    prior, recent = (
        BreastState(
            muscle_mm=float(rng.uniform(-0.5, 0.5) * MUSCLE_SHIFT_MM), nipple_mm=float(rng.choice((0.0, 4.5, 4.5)))
        )
        for _ in range(2)
    )
    return prior, replace(recent, gland=float(rng.uniform(*INVOLUTION)))


def grow_layers(
    rng: np.random.Generator, shape: BreastShape, *, gland_share: float, spacing_mm: float
) -> LayeredTissue:
    """Generate the inside of one breast in one view, layer by layer.

    `gland_share` is the share of fibroglandular tissue, 0..1; `spacing_mm` that of the finest picture to be taken.
    """
    ground = Ground.of(spacing_mm, margin_mm=_SLIP_MARGIN_MM)
    fields = [ground.textures(rng) for _ in range(LAYERS)]
    parenchyma, stroma, strands = (tuple(planes) for planes in zip(*fields, strict=True))
    return LayeredTissue(
        ground=ground,
        shape=shape,
        gland_share=gland_share,
        shares=tuple(float(share) for share in rng.dirichlet(np.full(LAYERS, UNEVENNESS))),
        parenchyma=parenchyma,
        stroma=stroma,
        strands=strands,
    )


def project(tissue: LayeredTissue, warp: LayeredWarp | None, state: BreastState, rng: np.random.Generator) -> TissueMap:
    """The breast as one exam shows it: a `TissueMap` in the frame of that exam, layers summed up.

    `warp` is None for the recent exam itself. Each exam adds a texture of its own, `NEW_TISSUE` of the variance.
    """
    frame = Ground.of(tissue.ground.spacing_mm)
    shape = replace(tissue.shape, nipple_out_mm=state.nipple_mm)
    common = SmoothWarp.identity() if warp is None else warp.common
    at_rows, at_depths = common.maps(frame.rows_mm, frame.depths_mm)
    skin = np.minimum(shape.skin_near_mm(at_rows, at_depths) + _own_outline(rng, at_rows.shape, frame), _DEEP_MM)
    own = frame.textures(rng)
    gland, stroma, ridges = (np.zeros(skin.shape, dtype=np.float32) for _ in range(3))
    lobes = np.sqrt(1 - NEW_TISSUE)
    for layer, share in enumerate(tissue.shares):
        rows, depths = (at_rows, at_depths) if warp is None else warp.at(layer).maps(frame.rows_mm, frame.depths_mm)
        planes = (tissue.parenchyma[layer], tissue.stroma[layer], tissue.strands[layer])
        parenchyma, fine, strand = (tissue.ground.sample(plane, rows, depths) for plane in planes)
        drive = cone_drive(shape, rows, depths, share=tissue.gland_share)
        gland += gland_border(_LOBES * LOBE_GAIN * (lobes * parenchyma + np.sqrt(NEW_TISSUE) * own[0]) + drive) * share
        stroma += fine * np.sqrt(share)
        ridges += ligaments(strand) * (2 * share)
    gland *= state.gland * under_skin(skin)
    mixed = lobes * stroma + np.sqrt(NEW_TISSUE) * own[1]
    shown = ridges * lobes + np.sqrt(NEW_TISSUE) * ligaments(own[2])
    picture = GLAND_BRIGHTNESS * gland + stroma_share(gland) * mixed + STRAND_BRIGHTNESS * shown
    picture = frame.with_muscle(picture, own[0], shape.muscle_depth_at(at_rows) + state.muscle_mm - at_depths)
    return frame.tissue_map(rng, skin=skin, tissue=picture, gland=gland)


def _own_outline(rng: np.random.Generator, shape: tuple[int, ...], frame: Ground) -> Field:
    """How much farther out the skin of one exam lies, mm, on its coarse grid."""
    every = max(1, round(_SLIP_STEP_MM / frame.spacing_mm))
    size = [-(-side // every) for side in shape]
    rough = ndimage.gaussian_filter(rng.standard_normal(size), OUTLINE_WAVE_MM / 2 / _SLIP_STEP_MM)
    wide = cv2.resize((rough / rough.std() * OUTLINE_MM).astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(wide, dtype=np.float32)
