"""Benign against malignant within density a-b and c-d and on either side of the age cut."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.measurements import Measurements
from radiomics_mammo.stats.multiplicity import within_families
from radiomics_mammo.stats.rows import stack_tables
from radiomics_mammo.stats.strata import Stratification
from radiomics_mammo.stats.univariate import compare_classes

KEYS = ("source", "quantity", "feature", "feature_class", "family", "stratum", "comparison")


def class_by_half(
    measured: Sequence[Measurements], patients: pd.DataFrame, by: Stratification, *, config: StatisticsConfig
) -> pd.DataFrame:
    """The univariate comparison inside each half; too small cells show their n and the words.

    Parameters
    ----------
    measured : sequence of Measurements
        Lesion measurements.
    patients : DataFrame
        Of `stratify`.
    by : Stratification
        Its two halves were fixed beforehand.
    config : StatisticsConfig
    """
    tables = []
    for half in by.half_names:
        inside = patients[patients[by.half_column] == half]
        for one in measured:
            rows = compare_classes(one, inside, config=config)
            family = [f"{by.name} {half}, {name}" for name in rows["family"]]
            tables.append(rows.assign(stratum=half, family=family))
    return within_families(stack_tables(tables, KEYS))
