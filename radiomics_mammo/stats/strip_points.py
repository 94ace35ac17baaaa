"""Single patients' values of the declared features, with their strata: what strip and violin plots draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.measurements import Measurements, representatives
from radiomics_mammo.stats.rows import DESCRIPTIVE, stack_tables

KEYS = ("source", "quantity", "feature", "patient_id", "case_class", "density", "age_band")
STRATA = ["case_class", "density", "age_band", "age_years"]


def strip_points(measured: Sequence[Measurements], patients: pd.DataFrame, *, config: StatisticsConfig) -> pd.DataFrame:
    """One row per patient and declared feature; the effect is the value, n is 1, missing values have no row.

    Parameters
    ----------
    measured : sequence of Measurements
    patients : DataFrame
        Of `stratify`.
    config : StatisticsConfig
    """
    tables = []
    for one in measured:
        people = patients[STRATA].reindex(one.values.index)
        for feature in representatives(one.values.columns, declared=config.representative_features):
            value = one.values[feature].to_numpy(dtype=np.float64)
            points = people.assign(effect=value, patient_id=people.index, feature=feature)
            tables.append(points.assign(source=one.source, quantity=one.quantity)[np.isfinite(value)])
    return stack_tables([table.assign(n=1, effect_name="value", note=DESCRIPTIVE) for table in tables], KEYS)
