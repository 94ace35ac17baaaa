"""Every feature and every change, benign against malignant, one value per patient."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.vocabulary import PriorPolicy
from radiomics_mammo.stats.measurements import Measurements, family_of, feature_class
from radiomics_mammo.stats.multiplicity import within_families
from radiomics_mammo.stats.ranks import BoolArray
from radiomics_mammo.stats.rows import count_text, stack_tables
from radiomics_mammo.stats.strata import LABELS
from radiomics_mammo.stats.two_groups import compare_two_groups

COMPARISON = "malignant vs benign"
EFFECT = "common-language effect, P(malignant > benign) + P(equal) / 2"
KEYS = ("source", "quantity", "prior_policy", "feature", "feature_class", "family", "comparison")


def univariate_table(
    measured: Sequence[Measurements],
    patients: pd.DataFrame,
    *,
    config: StatisticsConfig,
    policy: PriorPolicy = PriorPolicy.REGISTERED,
) -> pd.DataFrame:
    """Mann-Whitney, common-language effect and Hodges-Lehmann shift of every feature, q within declared families.

    Parameters
    ----------
    measured : sequence of Measurements
        Lesion measurements: recent, prior, changes, similarity.
    patients : DataFrame
        Of `stratify`.
    config : StatisticsConfig
    policy : PriorPolicy
        Printed beside every row.
    """
    tables = [compare_classes(one, patients, config=config).assign(prior_policy=str(policy)) for one in measured]
    return within_families(stack_tables(tables, KEYS))


def compare_classes(measured: Measurements, patients: pd.DataFrame, *, config: StatisticsConfig) -> pd.DataFrame:
    """Benign against malignant patients, feature by feature, without adjustment.

    Patients whose lesions are all unconfirmed, and patients outside `patients`, take no part.

    Returns
    -------
    DataFrame, one row per feature
        Columns of the table ``univariate`` except `prior_policy`, `q_value` and `q_method`.
    """
    label = patients["label"].reindex(measured.values.index)
    values = measured.values[label.isin(LABELS)]
    malignant: BoolArray = (label[label.isin(LABELS)] == LABELS[1]).to_numpy(dtype=np.bool_)
    found = compare_two_groups(values, malignant, min_cell=config.min_cell, confidence=config.confidence)
    features = [str(name) for name in values.columns]
    counts = zip(found["n_first"], found["n_second"], strict=True)
    rows = found.drop(columns=["n_first", "n_second"]).assign(
        source=measured.source,
        quantity=measured.quantity,
        feature=features,
        feature_class=[feature_class(name) for name in features],
        family=[family_of(measured, name) for name in features],
        comparison=COMPARISON,
        n=found["n_first"] + found["n_second"],
        n_per_group=[count_text({LABELS[0]: benign, LABELS[1]: malign}) for benign, malign in counts],
        effect_name=EFFECT,
        median_benign=values[~malignant].median().to_numpy(dtype=np.float64),
        median_malignant=values[malignant].median().to_numpy(dtype=np.float64),
    )
    return rows.reset_index(drop=True)
