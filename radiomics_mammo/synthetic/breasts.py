"""One planned patient made flesh: shapes of her two views, the masses in them, and what each exam shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, View
from radiomics_mammo.synthetic.masses import MassForm, MassLook, draw_form
from radiomics_mammo.synthetic.pairs import place_mass
from radiomics_mammo.synthetic.plan import MassScenario, PatientPlan
from radiomics_mammo.synthetic.shapes import BreastShape, draw_shape

_APART_MM = 4.0
"""Free distance between the margins of two masses."""
_TRIES = 60
_EDGE_DEPTH = 0.45
"""Distance of the centre of a cut mass from the edge, in radii: about three quarters of it are visible."""
_BREAST_DEPTH_MM = (112.0, 14.0, 84.0, 142.0)
"""Mean, standard deviation and bounds of the depth from nipple to chest wall."""
_MIDDLE_AGE_YEARS = 58.0
"""Age at which the gland share is that of the density letter alone."""
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
    low: float
    high: float
    gap: float

    def draw(self, rng: np.random.Generator, *, side: float) -> float:
        """One value; `side` is +0.5 for suspicious and -0.5 for benign masses, times the effect.

        Examples
        --------
        >>> Trait(2.0, 0.0, 1.0, 3.0, gap=1.0).draw(np.random.default_rng(0), side=0.5)
        2.0
        """
        value = self.median * np.exp(self.log_sd * (rng.standard_normal() + side * self.gap))
        return float(np.clip(value, self.low, self.high))


TRAITS = {
    "radius_mm": Trait(6.3, 0.28, 4.2, 11.5, gap=0.0),
    "aspect": Trait(0.76, 0.13, 0.5, 1.0, gap=0.0),
    "irregularity": Trait(0.06, 0.6, 0.015, 0.2, gap=1.25),
    "edge_mm": Trait(1.2, 0.4, 0.4, 4.0, gap=1.15),
    "contrast": Trait(0.50, 0.22, 0.25, 1.0, gap=0.5),
    "heterogeneity": Trait(0.13, 0.5, 0.02, 0.4, gap=1.2),
}
"""Properties of a `MassLook`. The gaps make an AUC of about 0.8 from a recent exam, and size tells nothing."""


@dataclass(frozen=True)
class PlannedMass:
    """One mass of one breast.

    Parameters
    ----------
    number : int
        1-based within the patient; the same in every picture.
    color : OutlineColor
        Pen colour of its outline.
    confirmed : bool
        Whether biopsy confirmed it.
    forms : dict of View to MassForm
        Views in which it is visible.
    prior_strength, prior_size : float
        Brightness and size at the prior exam relative to the recent one; strength 0 is not there.
    prior_outlined : bool
    """

    number: int
    color: OutlineColor
    confirmed: bool
    forms: dict[View, MassForm]
    prior_strength: float
    prior_size: float
    prior_outlined: bool


def gland_share(patient: Patient, config: SyntheticConfig) -> float:
    """Share of fibroglandular tissue planted for a patient: by density letter and age.

    Examples
    --------
    >>> from radiomics_mammo.core.vocabulary import CaseClass, Density
    >>> woman = Patient("normal-01", CaseClass.NORMAL, "1", age_years=68.0, density=Density.C)
    >>> round(gland_share(woman, SyntheticConfig()), 2)
    0.47
    """
    letter = 0 if patient.density is None else "abcd".index(patient.density)
    decades = ((patient.age_years or _MIDDLE_AGE_YEARS) - _MIDDLE_AGE_YEARS) / 10
    share = config.gland_share_by_density[letter] + config.gland_share_per_decade * decades
    return float(np.clip(share, 0.03, 0.95))


def draw_look(rng: np.random.Generator, *, suspicious: bool, effect: float = 1.0) -> MassLook:
    """Draw the look of a mass; each property overlaps between the classes, size does not differ.

    Parameters
    ----------
    rng : numpy.random.Generator
    suspicious : bool
    effect : float
        Multiplies the differences between the classes; 0 makes them alike.

    Examples
    --------
    >>> draw_look(np.random.default_rng(0), suspicious=False).spicules
    0.0
    """
    side = (0.5 if suspicious else -0.5) * effect
    traits = {name: trait.draw(rng, side=side) for name, trait in TRAITS.items()}
    spicules = max(0.0, float(rng.normal(*_SPICULES))) * effect
    return MassLook(**traits, spicules=spicules if suspicious else 0.0)


def draw_shapes(rng: np.random.Generator) -> dict[View, BreastShape]:
    """Both views of one breast, of similar depth.

    Examples
    --------
    >>> [str(view) for view in draw_shapes(np.random.default_rng(0))]
    ['CC', 'MLO']
    """
    mean, deviation, low, high = _BREAST_DEPTH_MM
    depth = float(np.clip(rng.normal(mean, deviation), low, high))
    return {view: draw_shape(rng, view, depth_mm=depth) for view in View}


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
        only = _only_view(scenario, number=number, kind=kind)
        views = {view: shape for view, shape in shapes.items() if only in (None, view)}
        forms = _at_edge(rng, look, views) if scenario.at_edge else _place(rng, look, views, masses)
        strength, size, outlined = _prior_state(rng, plan, kind)
        color = OutlineColor.RED if suspicious else OutlineColor.BLUE
        confirmed = kind is LesionLabel.MALIGNANT
        masses.append(PlannedMass(number, color, confirmed, forms, strength, size, outlined))
    return tuple(masses)


def _only_view(scenario: MassScenario, *, number: int, kind: LesionLabel) -> View | None:
    """The only view in which a mass is visible, None for both."""
    if kind is LesionLabel.UNCONFIRMED:
        return scenario.unconfirmed_view
    return scenario.only_view if number == 1 else None


def _at_edge(rng: np.random.Generator, look: MassLook, shapes: dict[View, BreastShape]) -> dict[View, MassForm]:
    """Forms of a mass that the chest wall edge of the picture cuts."""
    forms = {}
    for view, shape in shapes.items():
        row = shape.nipple_mm[0] + rng.uniform(-0.2, 0.2) * shape.depth_mm
        forms[view] = draw_form(rng, look, (float(row), _EDGE_DEPTH * look.radius_mm))
    return forms


def _prior_state(rng: np.random.Generator, plan: PatientPlan, kind: LesionLabel) -> tuple[float, float, bool]:
    """(strength, size, outlined) at the prior exam."""
    if kind is LesionLabel.BENIGN:
        there, (strength, size) = plan.scenario.blue_in_prior, _OLD_MASS
    else:
        there, (strength, size) = kind is LesionLabel.MALIGNANT and plan.scenario.precursor, _PRECURSOR
    if not there:
        return 0.0, 1.0, False
    return float(rng.uniform(*strength)), float(rng.uniform(*size)), kind is LesionLabel.BENIGN


def _place(
    rng: np.random.Generator, look: MassLook, shapes: dict[View, BreastShape], others: list[PlannedMass]
) -> dict[View, MassForm]:
    """Forms of one mass in its views; the second view follows the nipple distance of the first."""
    forms: dict[View, MassForm] = {}
    distance: float | None = None
    for view, shape in shapes.items():
        taken = [other.forms[view] for other in others if view in other.forms]
        best: tuple[float, tuple[float, float]] | None = None
        for _ in range(_TRIES):
            centre = place_mass(rng, shape, radius_mm=look.radius_mm, nipple_distance_mm=distance)
            gaps = [
                np.hypot(*np.subtract(centre, o.centre_mm)) - 1.35 * (o.look.radius_mm + look.radius_mm) for o in taken
            ]
            clear = min(gaps, default=np.inf)
            best = (clear, centre) if best is None or clear > best[0] else best
            if clear > _APART_MM:
                break
        assert best is not None
        forms[view] = draw_form(rng, look, best[1])
        distance = float(np.hypot(*np.subtract(best[1], shape.nipple_mm)))
    return forms
