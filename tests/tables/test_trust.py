"""A prior region is used where it is trusted, and nowhere else."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.tables.trust import trusted_rois, under_primary_policy, with_trusted_prior

ROIS = pd.DataFrame({"roi_id": ["a", "b", "c"], "trusted": pd.array([True, False, None], dtype="boolean")})


def test_no_answer_and_no_region_are_no_trust():
    deltas = pd.DataFrame({"prior_roi_id": ["a", "b", "c", None, "x"]}, index=[4, 5, 6, 7, 8])
    assert trusted_rois(ROIS) == {"a"}
    assert with_trusted_prior(deltas, ROIS).to_dict() == {4: True, 5: False, 6: False, 7: False, 8: False}


def test_the_primary_policy_is_one_of_several():
    table = pd.DataFrame({"prior_policy": ["regional", "registered", None]})
    assert under_primary_policy(table).index.tolist() == [0]
