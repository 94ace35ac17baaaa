"""The one primary analysis, and the words that name an analysis in the tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from radiomics_mammo.core.vocabulary import PriorPolicy

Unit = Literal["lesion", "mass", "patient"]
Protocol = Literal["grouped-kfold", "leave-one-patient-out", "ungrouped-kfold", "selection-outside"]
Role = Literal["primary", "exploratory"]
UNITS: tuple[Unit, ...] = ("patient", "mass", "lesion")

PRIMARY_MODEL = "logistic-regression"
"""Penalised logistic regression."""
PRIMARY_POLICY = PriorPolicy.REGISTERED
PRIMARY_SETS = ("recent+delta", "recent")
"""The primary hypothesis: the AUC of the first minus that of the second."""


@dataclass(frozen=True, order=True, kw_only=True)
class Analysis:
    """What names a set of predictions in the tables; by default the primary analysis."""

    unit: Unit = "patient"
    model: str = PRIMARY_MODEL
    feature_set: str = PRIMARY_SETS[0]
    prior_policy: PriorPolicy = PRIMARY_POLICY
    protocol: Protocol = "grouped-kfold"

    @property
    def is_primary(self) -> bool:
        """Whether it is one side of the one primary hypothesis.

        Examples
        --------
        >>> Analysis(feature_set="recent").is_primary, Analysis(unit="mass").is_primary
        (True, False)
        """
        return self.feature_set in PRIMARY_SETS and self == replace(Analysis(), feature_set=self.feature_set)

    @property
    def role(self) -> Role:
        """The word of the column ``role``."""
        return "primary" if self.is_primary else "exploratory"

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows of ``predictions.csv`` or ``metrics.csv`` that belong to this analysis.

        Examples
        --------
        >>> rows = pd.DataFrame({"unit": ["patient", "lesion"], "model": PRIMARY_MODEL, "feature_set": "recent+delta",
        ...                      "prior_policy": "registered", "protocol": "grouped-kfold"})
        >>> len(Analysis().of(rows))
        1
        """
        keep = pd.Series(True, table.index)
        for name, word in vars(self).items():
            keep &= table[name] == str(word)
        return table[keep]


PRIMARY = Analysis()
"""The side of the primary hypothesis with the prior exam."""
REFERENCE = replace(PRIMARY, feature_set=PRIMARY_SETS[1])
"""The side without it."""
