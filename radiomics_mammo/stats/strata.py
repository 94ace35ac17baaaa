"""Who stands in which stratum: class, density, age; what cannot be read is missing, never guessed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.vocabulary import CaseClass, Density, LesionLabel, PriorPolicy
from radiomics_mammo.stats.ranks import IntArray

DENSITIES = tuple(str(density) for density in Density)
DENSITY_GROUPS = ("a-b", "c-d")
CLASSES = tuple(str(name) for name in CaseClass)
LABELS = (str(LesionLabel.BENIGN), str(LesionLabel.MALIGNANT))


def read_density(value: object) -> str:
    """BI-RADS density letter of a cell: letters of any case, or the numbers 1 to 4 of the older editions.

    Returns
    -------
    str
        ``a`` to ``d``; empty when the cell holds anything else.

    Examples
    --------
    >>> [read_density(value) for value in ("B", " c ", 4, "1.0", "ACR d", "a/b", None)]
    ['b', 'c', 'd', 'a', 'd', '', '']
    """
    text = "" if value is None else str(value).strip().lower()
    for word in ("bi-rads", "birads", "acr", "density", "category", "type"):
        text = text.replace(word, "")
    text = text.strip(" .:")
    numbered = {f"{number}{ending}": letter for number, letter in enumerate(DENSITIES, 1) for ending in ("", ".0")}
    return text if text in DENSITIES else numbered.get(text, "")


def age_band_names(edges_years: tuple[float, ...]) -> tuple[str, ...]:
    """Names of the age bands, youngest first.

    Examples
    --------
    >>> age_band_names((50.0, 60.0, 70.0))
    ('< 50', '50-59', '60-69', '>= 70')
    """
    edges = [f"{edge:g}" for edge in edges_years]
    inner = [
        f"{low:g}-{high - 1:g}" if low.is_integer() and high.is_integer() else f"{low:g} to < {high:g}"
        for low, high in pairwise(edges_years)
    ]
    return (f"< {edges[0]}", *inner, f">= {edges[-1]}")


def age_halves(cut_years: float) -> tuple[str, str]:
    """Names of the two sides of the preset cut.

    Examples
    --------
    >>> age_halves(60.0)
    ('< 60', '>= 60')
    """
    return f"< {cut_years:g}", f">= {cut_years:g}"


def stratify(study: MeasuredStudy, config: StatisticsConfig) -> pd.DataFrame:
    """Every patient with class, label and strata; the frame all analyses by patient join on.

    Returns
    -------
    DataFrame indexed by patient_id
        `case_class`, `label` (of the patient's lesions, empty without any), `age_years` (implausible ones missing),
        `age_band`, `age_half`, `density`, `density_group` (text, empty where unknown), `interval_years`.

    Examples
    --------
    A study whose tables are empty gives a frame without rows.

    >>> from radiomics_mammo.core.tables_cohort import PATIENTS
    >>> from radiomics_mammo.core.tables_features import PATIENT_DELTAS
    >>> from types import SimpleNamespace
    >>> study = SimpleNamespace(patients=PATIENTS.empty(), patient_deltas=PATIENT_DELTAS.empty())
    >>> len(stratify(study, StatisticsConfig()))
    0
    """
    patients = study.patients.drop_duplicates("patient_id").set_index("patient_id")
    age = pd.to_numeric(patients["age_years"], errors="coerce").astype(np.float64)
    low, high = config.plausible_age_years
    age = age.where((age >= low) & (age <= high))
    density = pd.Series([read_density(value) for value in patients["density"]], patients.index, dtype=object)
    groups = {letter: DENSITY_GROUPS[place // 2] for place, letter in enumerate(DENSITIES)}
    interval = pd.to_numeric(patients["interval_years"], errors="coerce").astype(np.float64)
    return pd.DataFrame(
        {
            "case_class": patients["case_class"].astype(object).where(patients["case_class"].notna(), ""),
            "label": _labels(study).reindex(patients.index).fillna("").astype(object),
            "age_years": age,
            "age_band": [_band(value, config.age_edges_years) for value in age],
            "age_half": [_half(value, config.age_cut_years) for value in age],
            "density": density,
            "density_group": [groups.get(letter, "") for letter in density],
            "interval_years": interval.where(interval > 0),
        },
        index=patients.index,
    )


def _labels(study: MeasuredStudy) -> pd.Series:
    rows = study.patient_deltas
    primary = rows[rows["prior_policy"] == str(PriorPolicy.REGISTERED)]
    return primary.drop_duplicates("patient_id").set_index("patient_id")["label"].astype(object)


def _band(age_years: float, edges_years: tuple[float, ...]) -> str:
    if math.isnan(age_years):
        return ""
    return age_band_names(edges_years)[int(np.searchsorted(edges_years, age_years, side="right"))]


def _half(age_years: float, cut_years: float) -> str:
    return "" if math.isnan(age_years) else age_halves(cut_years)[int(age_years >= cut_years)]


@dataclass(frozen=True)
class Stratification:
    """One way to divide the women: fine ordered strata for description, two halves for tests by class.

    Parameters
    ----------
    name : str
        ``density`` or ``age``.
    column, names : str, tuple of str
        Column of `stratify` and its strata in order.
    half_column, half_names : str, tuple of str
        The same for the two halves.
    """

    name: str
    column: str
    names: tuple[str, ...]
    half_column: str
    half_names: tuple[str, str]


def stratifications(config: StatisticsConfig) -> tuple[Stratification, Stratification]:
    """By density and by age, as configured.

    Examples
    --------
    >>> [by.half_names for by in stratifications(StatisticsConfig())]
    [('a-b', 'c-d'), ('< 60', '>= 60')]
    """
    return (
        Stratification("density", "density", DENSITIES, "density_group", DENSITY_GROUPS),
        Stratification(
            "age",
            "age_band",
            age_band_names(config.age_edges_years),
            "age_half",
            age_halves(config.age_cut_years),
        ),
    )


def stratum_numbers(words: pd.Series, names: tuple[str, ...]) -> IntArray:
    """Place of every word in `names`; -1 where it is none of them.

    Examples
    --------
    >>> stratum_numbers(pd.Series(["b", "", "a"]), ("a", "b")).tolist()
    [1, -1, 0]
    """
    places = {name: number for number, name in enumerate(names)}
    return np.array([places.get(word, -1) for word in words], dtype=np.int64)
