"""Who stands in which stratum: class, density, age; what cannot be read is missing, never guessed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel
from radiomics_mammo.stats.ranks import BoolArray, IntArray
from radiomics_mammo.tables.masses import patient_labels
from radiomics_mammo.tables.strata import (
    DENSITIES,
    DENSITY_GROUPS,
    age_band,
    age_band_names,
    density_group,
    read_density,
)
from radiomics_mammo.tables.study import MeasuredStudy

CLASSES = tuple(str(name) for name in CaseClass)
LABELS = (str(LesionLabel.BENIGN), str(LesionLabel.MALIGNANT))


def stratify(study: MeasuredStudy, config: StatisticsConfig) -> pd.DataFrame:
    """Every patient with class, label and strata; the frame all analyses by patient join on.

    Returns
    -------
    DataFrame indexed by patient_id
        `case_class`, `label` (of the patient's lesions, empty without any), `age_years` (implausible ones missing),
        `age_band`, `age_half`, `density`, `density_group` (text, empty where unknown), `interval_years`.
    """
    patients = study.patients.drop_duplicates("patient_id").set_index("patient_id")
    age = pd.to_numeric(patients["age_years"], errors="coerce").astype(np.float64)
    low, high = config.plausible_age_years
    age = age.where((age >= low) & (age <= high))
    density = [read_density(value) for value in patients["density"]]
    interval = pd.to_numeric(patients["interval_years"], errors="coerce").astype(np.float64)
    labels = patient_labels(study.lesions)
    words = {
        "case_class": patients["case_class"].fillna(""),
        "label": [str(labels.get(patient_id, "")) for patient_id in patients.index],
        "age_band": [age_band(value, config.age_edges_years) for value in age],
        "age_half": [age_band(value, (config.age_cut_years,)) for value in age],
        "density": [str(letter or "") for letter in density],
        "density_group": [density_group(letter) for letter in density],
    }
    frame = pd.DataFrame(words, index=patients.index, dtype=object)
    return frame.assign(age_years=age, interval_years=interval.where(interval > 0))


@dataclass(frozen=True, kw_only=True)
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
    bands, (younger, older) = age_band_names(config.age_edges_years), age_band_names((config.age_cut_years,))
    return (
        Stratification(
            name="density",
            column="density",
            names=DENSITIES,
            half_column="density_group",
            half_names=DENSITY_GROUPS,
        ),
        Stratification(name="age", column="age_band", names=bands, half_column="age_half", half_names=(younger, older)),
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


def class_sizes(malignant: BoolArray) -> dict[str, int]:
    """Benign and malignant patients.

    Examples
    --------
    >>> class_sizes(np.array([True, False, True]))
    {'benign': 1, 'malignant': 2}
    """
    return dict(zip(LABELS, (int((~malignant).sum()), int(malignant.sum())), strict=True))
