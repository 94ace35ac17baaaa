"""Change from prior to recent within each class, one value per patient."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.measurements import Measurements, family_of, feature_class
from radiomics_mammo.stats.multiplicity import within_families
from radiomics_mammo.stats.paired import paired_change
from radiomics_mammo.stats.rows import count_text, stack_tables
from radiomics_mammo.stats.strata import CLASSES, LABELS

KEYS = ("source", "quantity", "feature", "feature_class", "family", "case_class")
EFFECT = "pseudo-median of the change, recent minus prior"


def paired_change_table(
    measured: Sequence[Measurements], patients: pd.DataFrame, *, config: StatisticsConfig
) -> pd.DataFrame:
    """Wilcoxon signed-rank test by patient: lesions by label, breast tissue by case class.

    Parameters
    ----------
    measured : sequence of Measurements
        Differences (quantity ``delta``) of lesions or tissue.
    patients : DataFrame
        Of `stratify`.
    config : StatisticsConfig
    """
    tables = []
    for one in measured:
        column, classes = ("label", LABELS) if one.source == "lesion" else ("case_class", CLASSES)
        member = patients[column].reindex(one.values.index)
        for name in classes:
            found = paired_change(one.values[member == name], min_cell=config.min_cell, confidence=config.confidence)
            features = [str(feature) for feature in found.index]
            tables.append(
                found.assign(
                    source=one.source,
                    quantity=one.quantity,
                    feature=features,
                    feature_class=[feature_class(feature) for feature in features],
                    family=[f"change in {name}, {family_of(one, feature)}" for feature in features],
                    case_class=name,
                    n_per_group=[count_text({name: int(count)}) for count in found["n"]],
                    effect_name=EFFECT,
                )
            )
    return within_families(stack_tables(tables, KEYS))
