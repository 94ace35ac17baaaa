"""One value per patient and feature: of her lesions or her tissue, recent, prior or the change; the study laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource, Visit
from radiomics_mammo.stats.strata import CLASSES, LABELS, Stratification, stratifications, stratify
from radiomics_mammo.tables.primary import PRIMARY_POLICY
from radiomics_mammo.tables.study import MeasuredStudy

Source = Literal["lesion", "tissue"]

TISSUE = "tissue_"
"""Prefix of the columns of whole-breast tissue; the others belong to lesions."""
RING = "ring_"
"""Prefix of the columns of the rim around a lesion."""
PYRADIOMICS_CLASSES = frozenset({"shape2D", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"})
"""Classes of features in PyRadiomics."""
RECENT, PRIOR, DELTA, RATE = "recent", "prior", "delta", "rate"
STREAMS = ("cohort", "predictions", "power")
"""Kinds of tables that draw random numbers."""
SIMILARITY = "similarity"
"""Quantity and class of the features that compare the two exams of one place."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """Values of one kind, one row per patient.

    Parameters
    ----------
    source : str
        ``lesion`` (aggregated over all measured masses of the patient) or ``tissue`` (mean over views).
    quantity : str
        ``recent``, ``prior``, a change (``delta``, ``relative``, ``logratio``, ``rate``, ``z``) or ``similarity``.
    values : DataFrame of shape (patients, features)
        Indexed by patient_id; columns are feature names; missing and infinite values are NaN.
    """

    source: Source
    quantity: str
    values: pd.DataFrame = field(repr=False)

    @property
    def classes(self) -> tuple[str, tuple[str, ...]]:
        """Column of `stratify` and its classes: lesions by label, tissue by the class of the woman."""
        return ("label", LABELS) if self.source == "lesion" else ("case_class", CLASSES)

    def about(self, feature: str) -> dict[str, str]:
        """Words of the key columns of a row on one feature."""
        words = {"source": self.source, "quantity": self.quantity}
        return words | {"feature": feature, "feature_class": feature_class(feature)}

    def rows(self, found: pd.DataFrame, *, family: str = "") -> pd.DataFrame:
        """Results by feature (the index) with what they are about and their family: the class of features.

        `family` is put before it where one table holds several questions.
        """
        about = pd.DataFrame([self.about(str(name)) for name in found.index], index=found.index)
        families = [f"{family}{name}" for name in about.get("feature_class", ())]
        return found.assign(**about, family=families).reset_index(drop=True)


def lesion_measurements(
    study: MeasuredStudy, quantity: str, *, config: StatisticsConfig, policy: PriorPolicy = PRIMARY_POLICY
) -> Measurements:
    """Values of the patients' lesions: columns ``<aggregation>_<quantity>_<feature>`` of ``patient_deltas.csv``."""
    rows = study.patient_deltas
    rows = rows[rows["prior_policy"] == str(policy)].drop_duplicates("patient_id").set_index("patient_id")
    prefix = f"{config.aggregation}_{quantity}_"
    columns = [name for name in rows.columns if name.startswith(prefix) and not name.startswith(prefix + TISSUE)]
    kept = f"{SIMILARITY}_" if quantity == SIMILARITY else ""
    named = rows[columns].rename(columns=lambda name: kept + name.removeprefix(prefix))
    return Measurements("lesion", quantity, _numbers(named))


def tissue_measurements(study: MeasuredStudy, quantity: str) -> Measurements:
    """Values of breast tissue of every woman, normal cases included, mean over the views: columns ``tissue_...``.

    `quantity` is ``recent``, ``prior``, ``delta`` (recent minus prior within a view, then the mean over views) or
    ``rate`` (that by year between the screenings): a change of the whole breast, which needs no place.
    """
    rows = study.features[study.features["source"] == str(RoiSource.TISSUE)]
    names = [name for name in rows.columns if name.startswith(TISSUE)]
    exams = {visit: _by_view(rows[rows["visit"] == str(visit)], names) for visit in Visit}
    if quantity in (DELTA, RATE):
        recent, prior = exams[Visit.RECENT].align(exams[Visit.PRIOR], join="inner", axis=0)
        by_view = recent - prior
        if quantity == RATE:
            years = study.patients.set_index("patient_id")["interval_years"].astype("float64")
            owners = by_view.index.get_level_values("patient_id")
            by_view = by_view.div(years.where(years > 0).reindex(owners).to_numpy(), axis=0)
    else:
        by_view = exams[Visit(quantity)]
    return Measurements("tissue", quantity, by_view.groupby(level="patient_id").mean())


def _by_view(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    keyed = _numbers(rows.set_index(["patient_id", "view"])[names])
    return keyed.groupby(level=["patient_id", "view"]).mean()


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    matrix = table.to_numpy(dtype=np.float64, na_value=np.nan)
    return pd.DataFrame(np.where(np.isfinite(matrix), matrix, np.nan), index=table.index, columns=table.columns)


def feature_class(feature: str) -> str:
    """Class of a feature from its column name: the word between image type and feature, with its region for a rim.

    Examples
    --------
    >>> feature_class("wavelet-LH_glcm_Contrast"), feature_class("ring_original_glcm_Contrast")
    ('glcm', 'ring glcm')
    >>> feature_class("tissue_original_glcm_Contrast"), feature_class("tissue_area_mm2"), feature_class("similarity_mi")
    ('glcm', 'tissue', 'similarity')
    """
    if feature.startswith(f"{SIMILARITY}_"):
        return SIMILARITY
    region = next((prefix for prefix in (TISSUE, RING) if feature.startswith(prefix)), "")
    parts = feature.removeprefix(region).split("_")
    if len(parts) == 3 and parts[1] in PYRADIOMICS_CLASSES:
        return f"ring {parts[1]}" if region == RING else parts[1]
    return "tissue" if region == TISSUE else "other"


def representatives(features: pd.Index, *, declared: tuple[str, ...]) -> tuple[str, ...]:
    """Features that stand for their class in models, chosen by name alone, before any outcome is looked at.

    The declared ones that exist, of lesions or of tissue; a class without any is represented by its first feature by
    name, of the original picture where it has one.

    Examples
    --------
    >>> names = pd.Index(["original_glcm_Contrast", "original_glcm_Idm", "wavelet-LL_gldm_A", "original_gldm_B"])
    >>> representatives(names, declared=("original_glcm_Idm",))
    ('original_glcm_Idm', 'original_gldm_B')
    """
    known = set(features)
    present = [name for word in declared for name in (word, TISSUE + word) if name in known]
    covered = {feature_class(name) for name in present}
    for name in sorted(features, key=lambda word: (not word.removeprefix(TISSUE).startswith("original"), word)):
        if feature_class(name) not in covered:
            covered.add(feature_class(name))
            present.append(name)
    return tuple(present)


@dataclass(frozen=True, eq=False, kw_only=True)
class Layout:
    """A measured study, laid out for the tests.

    Parameters
    ----------
    tables : MeasuredStudy
        What was measured.
    predictions : DataFrame or None
        ``predictions.csv``, where there is one.
    patients : DataFrame
        Of `stratify`.
    strata : mapping of str to Stratification
        ``density`` and ``age``.
    lesion, tissue : mapping of str to Measurements
        By quantity.
    config : StatisticsConfig
    draws : mapping of str to numpy.random.Generator
        One stream of random numbers a kind of table; tables of one kind draw from it in the order they are made.
    made : mapping of str to DataFrame
        Tables made before, by name.
    seed : int
        Of the study; intervals of the models resample the same patients as those of the classification.
    """

    tables: MeasuredStudy = field(repr=False)
    predictions: pd.DataFrame | None = field(repr=False)
    patients: pd.DataFrame = field(repr=False)
    strata: Mapping[str, Stratification] = field(repr=False)
    lesion: Mapping[str, Measurements] = field(repr=False)
    tissue: Mapping[str, Measurements] = field(repr=False)
    config: StatisticsConfig = field(repr=False)
    draws: Mapping[str, np.random.Generator] = field(repr=False)
    made: Mapping[str, pd.DataFrame] = field(repr=False, default_factory=dict)
    seed: int = 0

    @property
    def by_strata(self) -> list[Measurements]:
        """What is compared between strata: recent, prior and change of tissue and of lesions."""
        return [*self.tissue.values(), *(self.lesion[name] for name in (RECENT, PRIOR, self.config.primary_change))]

    @property
    def by_class(self) -> list[Measurements]:
        """What models and interactions use: recent values, the primary change and similarity of lesions."""
        return [self.lesion[name] for name in (RECENT, self.config.primary_change, SIMILARITY)]

    def declared(self, measured: Measurements) -> tuple[str, ...]:
        """Features that stand for their class in models and descriptions."""
        return representatives(measured.values.columns, declared=self.config.representative_features)


def lay_out(
    study: MeasuredStudy, config: StatisticsConfig, *, predictions: pd.DataFrame | None = None, seed: int = 0
) -> Layout:
    """The measured study as values by patient."""
    kinds = dict.fromkeys((RECENT, PRIOR, DELTA, config.primary_change, *config.change_kinds, SIMILARITY))
    return Layout(
        tables=study,
        predictions=predictions,
        patients=stratify(study, config),
        strata={by.name: by for by in stratifications(config)},
        lesion={kind: lesion_measurements(study, kind, config=config) for kind in kinds},
        tissue={kind: tissue_measurements(study, kind) for kind in (RECENT, PRIOR, DELTA, RATE)},
        config=config,
        draws={name: np.random.default_rng([seed, number]) for number, name in enumerate(STREAMS)},
        seed=seed,
    )
