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
PRIMARY_POLICY = PriorPolicy.REGIONAL
"""The comparison that needs no point; the other policies are sensitivity analyses."""
SENSITIVITY_POLICIES = tuple(policy for policy in PriorPolicy if policy is not PRIMARY_POLICY)
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
        ...                      "prior_policy": "regional", "protocol": "grouped-kfold"})
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


SIGNIFICANCE = 0.05
"""A permutation p of the primary comparison below this decides; the interval says how large the difference may be."""
Answer = Literal["helped", "worse", "not shown", "not tested"]


def primary_answer(difference: float | None, p_value: float | None) -> Answer:
    """The one decision rule of the primary comparison: its p-value decides, the sign says which way.

    The interval is no second test: it carries the uncertainty of training as well, is wider than what the p-value
    asks, and held 0 beside a p below 0.05 in one of five to twenty studies.

    Examples
    --------
    >>> primary_answer(0.1, 0.01), primary_answer(-0.1, 0.01), primary_answer(0.1, 0.2), primary_answer(0.1, None)
    ('helped', 'worse', 'not shown', 'not tested')
    """
    if difference is None or p_value is None or difference != difference or p_value != p_value:
        return "not tested"
    if p_value >= SIGNIFICANCE:
        return "not shown"
    return "helped" if difference > 0 else "worse"
