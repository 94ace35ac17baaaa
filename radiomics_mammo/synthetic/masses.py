"""Masses: how suspicious each looks, its form in both views, where it lies, and what it adds to the tissue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points, frozen_array
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, View, Visit
from radiomics_mammo.synthetic.anatomy import BreastShape, Field
from radiomics_mammo.synthetic.plan import MassScenario, PatientPlan
from radiomics_mammo.synthetic.warps import ExamWarp

_WAVES = 11
"""Highest number of bumps around an outline."""
_OUTLINE_POINTS = 240
_APART_MM = 4.0
"""Free distance between the margins of two masses."""
_TRIES, _PLACING_TRIES = 60, 400
_EDGE_DEPTH = 0.45
"""Distance of the centre of a cut mass from the edge, in radii: about three quarters of it are visible."""
_OLD_MASS = ((0.55, 1.05), (0.75, 1.03))
"""Brightness and size of a benign mass at the prior exam, relative to the recent one."""
_PRECURSOR = ((0.2, 0.4), (0.5, 0.7))
"""The same of the faint beginning of a malignant mass."""
_SPICULES = (0.30, 0.22)
"""Mean and standard deviation of the strength of spicules of suspicious masses; below 0 is none."""


@dataclass(frozen=True)
class Trait:
    """Log-normal property of masses; `gap` is malignant minus benign in standard deviations within a class."""

    median: float
    log_sd: float
    bounds: tuple[float, float]
    gap: float

    def draw(self, rng: np.random.Generator, *, side: float) -> float:
        """One value; `side` is +0.5 for suspicious and -0.5 for benign masses, times the effect."""
        value = self.median * np.exp(self.log_sd * (rng.standard_normal() + side * self.gap))
        return float(np.clip(value, *self.bounds))


TRAITS = {
    "radius_mm": Trait(6.3, 0.28, (4.2, 11.5), gap=0.0),
    "aspect": Trait(0.76, 0.13, (0.5, 1.0), gap=0.0),
    "irregularity": Trait(0.06, 0.6, (0.015, 0.2), gap=1.25),
    "edge_mm": Trait(1.2, 0.4, (0.4, 4.0), gap=1.15),
    "contrast": Trait(0.50, 0.22, (0.25, 1.0), gap=0.5),
    "heterogeneity": Trait(0.13, 0.5, (0.02, 0.4), gap=1.2),
}
"""Properties of a `MassLook`. The gaps make an AUC of about 0.8 from a recent exam, and size tells nothing."""


@dataclass(frozen=True, kw_only=True)
class MassLook:
    """How suspicious one mass looks; each figure overlaps between the classes."""

    radius_mm: Annotated[float, "radius of the circle of the same area"]
    aspect: Annotated[float, "short by long axis, 0..1"]
    irregularity: Annotated[float, "relative size of the bumps of the outline; 0.03 is smooth, above 0.1 irregular"]
    edge_mm: Annotated[float, "width over which the margin fades"]
    contrast: Annotated[float, "brightness added, in units of gland over fat"]
    heterogeneity: Annotated[float, "texture inside, as a share of the contrast"]
    spicules: Annotated[float, "strength of radiating lines, 0 is none"] = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class MassForm:
    """One mass as seen in one view.

    Examples
    --------
    >>> look = MassLook(radius_mm=5.0, aspect=1.0, irregularity=0.0, edge_mm=0.5, contrast=0.3, heterogeneity=0.1)
    >>> form = draw_form(np.random.default_rng(0), look, (40.0, 30.0))
    >>> form.margin_mm(np.array([0.0, 1.0])), np.round(form.outline_mm()[0], 2)
    (array([5., 5.]), array([45., 30.]))
    """

    centre_mm: Annotated[tuple[float, float], "(row_mm, depth_mm) in the recent frame"]
    look: MassLook
    angle: Annotated[float, "direction of the long axis, radians from the row axis"]
    bumps: Annotated[NDArray[np.float64], "(n, 2): cosine and sine of each wave from the third up, in radii"]
    rays: Annotated[NDArray[np.float64], "(m, 2): angle, and length beyond the margin in radii, of each spicule"]

    def __post_init__(self) -> None:
        if not self.look.radius_mm > 0:
            raise InvariantError("mass", "radius > 0 mm", str(self.look.radius_mm), "draw it again")
        object.__setattr__(self, "bumps", frozen_array(self.bumps))
        object.__setattr__(self, "rays", frozen_array(self.rays))

    @property
    def reach_mm(self) -> float:
        """Distance from the centre beyond which the mass changes nothing."""
        return self.look.radius_mm * (3.2 if self.look.spicules > 0 else 2.0) + 4 * self.look.edge_mm

    def margin_mm(self, angles: NDArray[np.floating]) -> NDArray[np.float64]:
        """Distance of the margin from the centre in directions `angles` (radians from the row axis)."""
        turned = np.asarray(angles, dtype=np.float64) - self.angle
        aspect = self.look.aspect
        oval = np.sqrt(aspect) / np.sqrt((aspect * np.cos(turned)) ** 2 + np.sin(turned) ** 2)
        bumps = np.zeros_like(turned)
        for wave, (cosine, sine) in enumerate(self.bumps, start=3):
            bumps += cosine * np.cos(wave * turned) + sine * np.sin(wave * turned)
        return np.asarray(self.look.radius_mm * oval * (1 + bumps))

    def outline_mm(self, *, size: float = 1.0) -> Points:
        """The outline a radiologist draws: the margin, shape (n, 2), in the recent frame; `size` is relative."""
        angles = np.linspace(0, 2 * np.pi, _OUTLINE_POINTS, endpoint=False)
        radius = self.margin_mm(angles) * size
        return np.stack([self.centre_mm[0] + radius * np.cos(angles), self.centre_mm[1] + radius * np.sin(angles)], 1)

    def cast(self, rows_mm: Field, depths_mm: Field, texture: Field, *, size: float = 1.0) -> tuple[Field, Field]:
        """What the mass does to the picture at places of the recent frame: (cover, brightness added).

        Parameters
        ----------
        rows_mm, depths_mm, texture : ndarray of float32, equal shapes
            Where, and a unit-variance texture there.
        size : float
            Relative size, for a mass that was smaller at the other exam.
        """
        rows, depths = rows_mm - np.float32(self.centre_mm[0]), depths_mm - np.float32(self.centre_mm[1])
        distance, angle = np.hypot(rows, depths), np.arctan2(depths, rows)
        table = np.linspace(-np.pi, np.pi, 721)
        margin = np.interp(angle, table, self.margin_mm(table) * size).astype(np.float32)
        cover = expit((margin - distance) / np.float32(0.35 * self.look.edge_mm))
        dome = 0.72 + 0.28 * np.sqrt(np.clip(1 - (distance / margin) ** 2, 0, 1))
        added = cover * dome * (1 + self.look.heterogeneity * texture) + self._spicules(distance, angle, margin)
        return np.asarray(cover, dtype=np.float32), np.asarray(self.look.contrast * added, dtype=np.float32)

    def _spicules(self, distance: Field, angle: Field, margin: Field) -> Field:
        lines = np.zeros_like(distance)
        for direction, length in self.rays:
            aside = np.abs(np.angle(np.exp(1j * (angle - direction)))) * distance
            beyond = np.maximum(distance - margin, 0) / (length * margin)
            lines += np.exp(-((aside / 0.55) ** 2) - beyond**2 * 3) * (distance > 0.9 * margin)
        return np.asarray(self.look.spicules * np.minimum(lines, 1), dtype=np.float32)


@dataclass(frozen=True)
class ShownMass:
    """A mass as far as it is there at one exam: brightness and size relative to the recent one."""

    form: MassForm
    strength: float = 1.0
    size: float = 1.0
    warp: ExamWarp | None = None
    """From the frame of the exam to the recent one, at the depth of the mass; that of the whole picture if None."""


@dataclass(frozen=True, kw_only=True)
class PlannedMass:
    """One mass of one breast."""

    number: Annotated[int, "1-based within the patient; the same in every picture"]
    color: Annotated[OutlineColor, "pen colour of its outline"]
    confirmed: Annotated[bool, "whether biopsy confirmed it"]
    forms: Annotated[dict[View, MassForm], "its form in the views that show it"]
    prior_strength: Annotated[float, "brightness at the prior exam relative to the recent one; 0 is not there"]
    prior_size: Annotated[float, "the same of its size"]
    prior_outlined: bool
    warps: Annotated[Mapping[View, ExamWarp], "of the layer it lies in, where layers slide; else empty"] = field(
        default_factory=dict
    )

    def shown(self, view: View, visit: Visit) -> ShownMass | None:
        """The mass as one picture shows it, None where it is not there."""
        if view not in self.forms or (visit is Visit.PRIOR and self.prior_strength == 0):
            return None
        form = self.forms[view]
        if visit is Visit.RECENT:
            return ShownMass(form)
        return ShownMass(form, self.prior_strength, self.prior_size, self.warps.get(view))


def draw_look(rng: np.random.Generator, *, suspicious: bool, effect: float = 1.0) -> MassLook:
    """Draw the look of a mass; each property overlaps between the classes, size does not differ.

    `effect` multiplies the differences between the classes; 0 makes them alike.
    """
    side = (0.5 if suspicious else -0.5) * effect
    traits = {name: trait.draw(rng, side=side) for name, trait in TRAITS.items()}
    spicules = max(0.0, float(rng.normal(*_SPICULES))) * effect
    return MassLook(**traits, spicules=spicules if suspicious else 0.0)


def draw_form(rng: np.random.Generator, look: MassLook, centre_mm: tuple[float, float]) -> MassForm:
    """A random outline and spicules for a mass of the given look."""
    waves = np.arange(3, _WAVES + 1)
    bumps = rng.standard_normal((waves.size, 2)) / waves[:, None] ** 0.7
    bumps *= look.irregularity / np.sqrt((bumps**2).sum() / 2)
    n_rays = round(10 + 8 * rng.random()) if look.spicules > 0 else 0
    directions = np.sort(rng.uniform(0, 2 * np.pi, n_rays))
    rays = np.column_stack([directions, rng.uniform(0.4, 1.3, n_rays)])
    return MassForm(centre_mm=centre_mm, look=look, angle=float(rng.uniform(0, np.pi)), bumps=bumps, rays=rays)


def place_mass(
    rng: np.random.Generator, shape: BreastShape, *, radius_mm: float, nipple_distance_mm: float | None = None
) -> tuple[float, float]:
    """Rejection sampling of a place in the breast, (row_mm, depth_mm), away from skin, muscle and chest wall.

    `nipple_distance_mm` is that of the other view, where it was already placed. The roomiest place tried when none
    has room enough.
    """
    nearest, farthest = radius_mm + 12.0, 0.85 * shape.depth_mm
    distance = rng.uniform(nearest, max(farthest, nearest + 1), _PLACING_TRIES)
    if nipple_distance_mm is not None:
        distance = nipple_distance_mm + rng.normal(0, 1.5, _PLACING_TRIES)
    angle = rng.uniform(-1.15, 1.15, _PLACING_TRIES)
    row, depth = shape.nipple_mm
    places = np.stack([row + distance * np.sin(angle), depth - distance * np.cos(angle)], axis=1)
    room = shape.room_mm(places)
    enough = np.flatnonzero(room > radius_mm + 6.0)
    best = places[enough[0] if enough.size else int(np.argmax(room))]
    return float(best[0]), float(best[1])


def draw_masses(
    rng: np.random.Generator, plan: PatientPlan, shapes: dict[View, BreastShape], config: SyntheticConfig
) -> tuple[PlannedMass, ...]:
    """Place the masses of a patient's scenario, apart from each other, at like nipple distance in both views."""
    scenario = plan.scenario
    kinds = [LesionLabel.MALIGNANT] * scenario.confirmed + [LesionLabel.UNCONFIRMED] * scenario.unconfirmed
    kinds += [LesionLabel.BENIGN] * scenario.blue
    masses: list[PlannedMass] = []
    for number, kind in enumerate(kinds, start=1):
        suspicious = kind is not LesionLabel.BENIGN
        look = draw_look(rng, suspicious=suspicious, effect=config.class_effect)
        only = scenario.only_view if number == 1 else None
        only = scenario.unconfirmed_view if kind is LesionLabel.UNCONFIRMED else only
        views = {view: shape for view, shape in shapes.items() if only in (None, view)}
        forms = _cut_by_edge(rng, look, views) if scenario.at_edge else _apart(rng, look, views, masses)
        strength, size, outlined = _prior_state(rng, scenario, kind)
        mass = PlannedMass(
            number=number,
            color=OutlineColor.RED if suspicious else OutlineColor.BLUE,
            confirmed=kind is LesionLabel.MALIGNANT,
            forms=forms,
            prior_strength=strength,
            prior_size=size,
            prior_outlined=outlined,
        )
        masses.append(mass)
    return tuple(masses)


def _cut_by_edge(rng: np.random.Generator, look: MassLook, shapes: dict[View, BreastShape]) -> dict[View, MassForm]:
    """Forms of a mass that the chest wall edge of the picture cuts."""
    forms = {}
    for view, shape in shapes.items():
        row = float(shape.nipple_mm[0] + rng.uniform(-0.2, 0.2) * shape.depth_mm)
        forms[view] = draw_form(rng, look, (row, _EDGE_DEPTH * look.radius_mm))
    return forms


def _apart(
    rng: np.random.Generator, look: MassLook, shapes: dict[View, BreastShape], others: list[PlannedMass]
) -> dict[View, MassForm]:
    """Forms of one mass in its views; the second view follows the nipple distance of the first."""
    forms: dict[View, MassForm] = {}
    distance: float | None = None
    for view, shape in shapes.items():
        taken = [other.forms[view] for other in others if view in other.forms]
        best, clear = (0.0, 0.0), -np.inf
        for _ in range(_TRIES):
            centre = place_mass(rng, shape, radius_mm=look.radius_mm, nipple_distance_mm=distance)
            gaps = [
                np.hypot(*np.subtract(centre, o.centre_mm)) - 1.35 * (o.look.radius_mm + look.radius_mm) for o in taken
            ]
            if min(gaps, default=np.inf) > clear:
                best, clear = centre, min(gaps, default=np.inf)
            if clear > _APART_MM:
                break
        forms[view] = draw_form(rng, look, best)
        distance = float(np.hypot(*np.subtract(best, shape.nipple_mm)))
    return forms


def _prior_state(rng: np.random.Generator, scenario: MassScenario, kind: LesionLabel) -> tuple[float, float, bool]:
    """(strength, size, outlined) at the prior exam."""
    benign = kind is LesionLabel.BENIGN
    there = scenario.blue_in_prior if benign else kind is LesionLabel.MALIGNANT and scenario.precursor
    if not there:
        return 0.0, 1.0, False
    strength, size = _OLD_MASS if benign else _PRECURSOR
    return float(rng.uniform(*strength)), float(rng.uniform(*size)), benign
