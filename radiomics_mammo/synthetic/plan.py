"""Who is in the synthetic release: classes, ages, densities, intervals and what each breast will hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from radiomics_mammo.config.synthetic import DEFAULT_SYNTHETIC, SyntheticConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.core.identity import patient_id_of
from radiomics_mammo.core.vocabulary import CaseClass, Density, Laterality, View

FEWEST_PER_CLASS = 8
"""Benign and malignant patients that even a small release keeps, so that cross-validation can be tried on it."""
_DENSITY_BY_AGE = {40: (0.05, 0.30, 0.45, 0.20), 55: (0.10, 0.42, 0.38, 0.10), 70: (0.20, 0.50, 0.25, 0.05)}
_MIDDLE_AGE_YEARS = 58.0
"""Age at which the gland share is that of the density letter alone."""
_BIOPSIES = ("Invasive ductal carcinoma", "IDC", "DCIS", "Invasive lobular carcinoma", "MALIGNANT")


@dataclass(frozen=True)
class ClassCounts:
    """Patients of each class.

    Examples
    --------
    >>> ClassCounts.split(100)
    ClassCounts(normal=35, benign=15, malignant=50)
    >>> ClassCounts.split(6)
    ClassCounts(normal=0, benign=8, malignant=8)
    """

    normal: int
    benign: int
    malignant: int

    def __post_init__(self) -> None:
        if min(self.normal, self.benign, self.malignant) < 0 or self.total == 0:
            raise UsageError("patients", "at least one, in classes of 0 or more", str(self), "correct the numbers")

    @property
    def total(self) -> int:
        """All patients."""
        return self.normal + self.benign + self.malignant

    @classmethod
    def split(cls, patients: int) -> ClassCounts:
        """The public release's 35 : 15 : 50, but never fewer than eight benign and eight malignant.

        Smaller numbers become 16. Give a `ClassCounts` for a release too small to classify.

        Raises
        ------
        UsageError
            If there is no patient.
        """
        if patients < 1:
            raise UsageError("--patients", "at least 1", str(patients), "ask for one or more; 100 is the full release")
        patients = max(patients, 2 * FEWEST_PER_CLASS)
        benign = max(FEWEST_PER_CLASS, round(0.15 * patients))
        normal = min(round(0.35 * patients), patients - benign - FEWEST_PER_CLASS)
        return cls(normal, benign, patients - benign - normal)


@dataclass(frozen=True, kw_only=True)
class MassScenario:
    """Which masses a breast holds."""

    confirmed: Annotated[int, "malignant masses with biopsy, 0 or 1"] = 0
    unconfirmed: Annotated[int, "further suspicious masses, without biopsy"] = 0
    blue: Annotated[int, "BI-RADS benign masses"] = 0
    blue_in_prior: Annotated[bool, "whether the benign masses were there, and outlined, at the prior exam"] = False
    precursor: Annotated[bool, "whether the malignant mass had begun, faintly and not outlined"] = False
    only_view: Annotated[View | None, "view in which alone the first mass is visible, None for both"] = None
    unconfirmed_view: Annotated[View | None, "the same of the unconfirmed masses"] = None
    at_edge: Annotated[bool, "whether the first mass is cut by the chest wall edge of the picture"] = False


@dataclass(frozen=True)
class PriorDetector:
    """Matrix of the prior exam relative to the recent one: shares of rows and columns, and of the pixel spacing."""

    rows: float = 1.0
    cols: float = 1.0
    spacing: float = 1.0


OTHER_DETECTORS = (
    PriorDetector(0.8125, 10 / 13),
    PriorDetector(4084 / 4096),
    PriorDetector(0.7, 0.7, 1 / 0.7),
)
"""Smaller field (3328 x 2560 beside 4096 x 3328), a few rows fewer, and larger pixels over the same field."""


@dataclass(frozen=True, kw_only=True)
class PatientPlan:
    """One planned patient."""

    index: Annotated[int, "place in the release; her random numbers depend on it and the seed alone"]
    patient: Annotated[Patient, "as the workbook will state her"]
    scenario: MassScenario
    strong_warp: Annotated[bool, "whether her exams differ more than the usual bounds"]
    prior_detector: PriorDetector


def plan_patients(
    rng: np.random.Generator, counts: ClassCounts, config: SyntheticConfig = DEFAULT_SYNTHETIC
) -> tuple[PatientPlan, ...]:
    """Plan every patient of a release, class by class in the order of the folders."""
    plans: list[PatientPlan] = []
    for case_class, count in zip(CaseClass, (counts.normal, counts.benign, counts.malignant), strict=True):
        strong = _share(rng, count, config.strong_warp_share)
        other = _share(rng, count, config.other_matrix_share)
        scenarios = _scenarios(rng, case_class, count, config)
        for number in range(count):
            interval = _no_half(float(np.clip(rng.normal(2.4, 0.7), 1.0, 4.6)))
            patient = _draw_patient(rng, case_class, str(number + 1), interval)
            kind = int(rng.integers(len(OTHER_DETECTORS)))
            plan = PatientPlan(
                index=len(plans),
                patient=patient,
                scenario=scenarios[number],
                strong_warp=strong[number],
                prior_detector=OTHER_DETECTORS[kind] if other[number] else PriorDetector(),
            )
            plans.append(plan)
    return tuple(plans)


def gland_share(patient: Patient, config: SyntheticConfig) -> float:
    """Share of fibroglandular tissue planted for a patient: by density letter and age.

    Examples
    --------
    >>> named = {"patient_id": "normal-01", "case_class": CaseClass.NORMAL, "folder": "1"}
    >>> woman = Patient(**named, age_years=68.0, density=Density.C)
    >>> round(gland_share(woman, SyntheticConfig()), 2)
    0.47
    """
    letter = 0 if patient.density is None else "abcd".index(patient.density)
    decades = ((patient.age_years or _MIDDLE_AGE_YEARS) - _MIDDLE_AGE_YEARS) / 10
    share = config.gland_share_by_density[letter] + config.gland_share_per_decade * decades
    return float(np.clip(share, 0.03, 0.95))


def _no_half(years: float) -> float:
    """Years to one decimal, never ending in .5, so that rounding to whole years has one answer."""
    tenths = round(years * 10)
    return (tenths + (tenths % 10 == 5)) / 10


def _share(rng: np.random.Generator, count: int, share: float) -> list[bool]:
    """Exactly the wanted share of a class (rounded), at random places."""
    chosen = np.arange(count) < round(share * count)
    return [bool(flag) for flag in rng.permutation(chosen)]


def _scenarios(
    rng: np.random.Generator, case_class: CaseClass, count: int, config: SyntheticConfig
) -> list[MassScenario]:
    views = [(View.CC, View.MLO)[int(rng.integers(2))] if only else None for only in _share(rng, count, 0.1)]
    if case_class is CaseClass.NORMAL:
        return [MassScenario()] * count
    in_prior = _share(rng, count, config.benign_in_prior_share)
    several = _share(rng, count, 0.2)
    if case_class is CaseClass.BENIGN:
        rows = zip(in_prior, several, views, strict=True)
        return [MassScenario(blue=1 + more, blue_in_prior=old, only_view=only) for old, more, only in rows]
    precursor = _share(rng, count, config.precursor_share)
    with_blue = _share(rng, count, 0.2)
    scenarios = []
    for number in range(count):
        scenario = MassScenario(confirmed=1, blue=int(with_blue[number]), blue_in_prior=in_prior[number])
        if several[number]:
            one_view = View.CC if rng.random() < 0.35 else None
            scenario = replace(scenario, unconfirmed=int(rng.integers(1, 3)), unconfirmed_view=one_view)
        else:
            scenario = replace(scenario, only_view=views[number])
        scenarios.append(replace(scenario, precursor=precursor[number]))
    return scenarios


def _draw_patient(rng: np.random.Generator, case_class: CaseClass, folder: str, interval_years: float) -> Patient:
    older = 1.5 if case_class is CaseClass.MALIGNANT else 0.0
    age = int(np.clip(round(rng.normal(58 + older, 9)), 40, 81))
    bracket = max(edge for edge in _DENSITY_BY_AGE if edge <= age)
    density = tuple(Density)[int(rng.choice(4, p=_DENSITY_BY_AGE[bracket]))]
    recent_year = int(rng.integers(2013, 2021)) + float(rng.random())
    prior_year = recent_year - interval_years
    malignant = case_class is CaseClass.MALIGNANT
    prior, recent = (_day(year) if malignant else str(int(year)) for year in (prior_year, recent_year))
    return Patient(
        patient_id=patient_id_of(case_class, folder),
        case_class=case_class,
        folder=folder,
        laterality=(Laterality.LEFT, Laterality.RIGHT)[int(rng.integers(2))],
        age_years=float(age),
        density=density,
        birads={CaseClass.NORMAL: "1", CaseClass.BENIGN: "2", CaseClass.MALIGNANT: "6"}[case_class],
        prior_date=prior,
        recent_date=recent,
        date_precision="day" if malignant else "year",
        interval_years=interval_years,
        interval_source="workbook",
        biopsy=_BIOPSIES[int(rng.integers(len(_BIOPSIES)))] if malignant else "",
    )


def _day(year: float) -> str:
    """Day of a decimal year, ISO text; months of 28 days are enough for a date that never leaves its month."""
    share = year - int(year)
    return f"{int(year)}-{int(share * 12) + 1:02d}-{int(share * 12 % 1 * 28) + 1:02d}"
