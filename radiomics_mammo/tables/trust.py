"""Which prior regions may be used: one sentence for flow, deltas, models, report and terminal."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.tables.primary import PRIMARY_POLICY


def trusted_rois(rois: pd.DataFrame) -> set[str]:
    """Ids of the regions of ``rois.csv`` that may be used; an empty cell is no trust.

    Examples
    --------
    >>> trusted_rois(pd.DataFrame({"roi_id": ["a", "b", "c"], "trusted": [True, False, None]}))
    {'a'}
    """
    return set(rois.loc[rois["trusted"].eq(True).fillna(False).astype(bool), "roi_id"])


def with_trusted_prior(deltas: pd.DataFrame, rois: pd.DataFrame) -> pd.Series:
    """Whether the prior region of each row of ``deltas.csv`` is there and trusted, bool on the index of `deltas`."""
    return deltas["prior_roi_id"].isin(trusted_rois(rois))


def under_primary_policy(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``deltas.csv`` or ``patient_deltas.csv`` under the primary prior policy."""
    return table[table["prior_policy"] == str(PRIMARY_POLICY)]
