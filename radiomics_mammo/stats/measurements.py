"""One value per patient and feature: of her lesions or of her breast tissue, recent, prior or the change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource, Visit

Source = Literal["lesion", "tissue"]

TISSUE = "tissue_"
"""Prefix of the columns of whole-breast tissue; the others belong to lesions."""

RING = "ring_"
"""Prefix of the columns of the rim around a lesion."""

CLASSES = frozenset({"shape2D", "firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"})
"""Classes of features in PyRadiomics."""

SIMILARITY = "similarity"
"""Quantity and class of the features that compare the two exams of one place."""


@dataclass(frozen=True, eq=False)
class Measurements:
    """Values of one kind, one row per patient.

    Parameters
    ----------
    source : str
        ``lesion`` (aggregated over the lesions that carry the patient's label) or ``tissue`` (mean over views).
    quantity : str
        ``recent``, ``prior``, a change (``delta``, ``relative``, ``logratio``, ``rate``, ``z``) or ``similarity``.
    values : DataFrame of shape (patients, features)
        Indexed by patient_id; columns are feature names; missing and infinite values are NaN.
    """

    source: Source
    quantity: str
    values: pd.DataFrame = field(repr=False)

    @property
    def key(self) -> str:
        """Name of the table of features, used in families: ``lesion recent``."""
        return f"{self.source} {self.quantity}"


def lesion_measurements(
    study: MeasuredStudy, quantity: str, *, config: StatisticsConfig, policy: PriorPolicy = PriorPolicy.REGISTERED
) -> Measurements:
    """Values of the patients' lesions from ``patient_deltas.csv``.

    Parameters
    ----------
    study : MeasuredStudy
    quantity : str
        As in `Measurements`; picks the columns ``<aggregation>_<quantity>_<feature>``.
    config : StatisticsConfig
        Names the aggregation.
    policy : PriorPolicy
        Which prior regions.
    """
    rows = study.patient_deltas
    rows = rows[rows["prior_policy"] == str(policy)].drop_duplicates("patient_id").set_index("patient_id")
    prefix = f"{config.aggregation}_{quantity}_"
    columns = [name for name in rows.columns if name.startswith(prefix) and not name.startswith(prefix + TISSUE)]
    kept = f"{SIMILARITY}_" if quantity == SIMILARITY else ""
    return Measurements(
        "lesion", quantity, _numbers(rows[columns].rename(columns=lambda name: kept + name.removeprefix(prefix)))
    )


def tissue_measurements(study: MeasuredStudy, quantity: str) -> Measurements:
    """Values of breast tissue of every woman, normal cases included, mean over the views: columns ``tissue_...``.

    Parameters
    ----------
    study : MeasuredStudy
    quantity : str
        ``recent``, ``prior`` or ``delta`` (recent minus prior within a view, then the mean over views).
    """
    rows = study.features[study.features["source"] == str(RoiSource.TISSUE)]
    names = [name for name in rows.columns if name.startswith(TISSUE)]
    exams = {visit: _by_view(rows[rows["visit"] == str(visit)], names) for visit in Visit}
    if quantity == "delta":
        recent, prior = exams[Visit.RECENT].align(exams[Visit.PRIOR], join="inner", axis=0)
        by_view = recent - prior
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
    if len(parts) == 3 and parts[1] in CLASSES:
        return f"ring {parts[1]}" if region == RING else parts[1]
    return "tissue" if region == TISSUE else "other"


def family_of(measured: Measurements, feature: str) -> str:
    """Family of hypotheses, declared before any test: table of values and class of features.

    Examples
    --------
    >>> family_of(Measurements("lesion", "delta", pd.DataFrame()), "original_glcm_Contrast")
    'lesion delta, glcm'
    """
    return f"{measured.key}, {feature_class(feature)}"


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
