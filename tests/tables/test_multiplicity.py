from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from radiomics_mammo.tables.multiplicity import adjust_fdr, adjust_holm, within_families


@settings(max_examples=4, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_both_agree_with_statsmodels(p_values):
    p_values = np.array(p_values)
    np.testing.assert_allclose(adjust_holm(p_values), multipletests(p_values, method="holm")[1], atol=1e-12)
    np.testing.assert_allclose(adjust_fdr(p_values), multipletests(p_values, method="fdr_bh")[1], atol=1e-12)


@pytest.mark.parametrize("adjust", [adjust_fdr, adjust_holm])
def test_missing_p_values_do_not_count(adjust):
    holed = adjust(np.array([0.01, np.nan, 0.02]))
    np.testing.assert_allclose(holed[[0, 2]], adjust(np.array([0.01, 0.02])))
    assert np.isnan(holed[1])
    assert np.isnan(adjust(np.array([np.nan, np.nan]))).all()
    assert adjust(np.array([])).size == 0


def test_families_are_separate_and_named():
    table = pd.DataFrame({"family": ["x", "y", "x"], "p_value": [0.01, 0.03, np.nan]}, index=[4, 4, 9])
    found = within_families(table)
    assert found["q_value"].tolist()[:2] == [0.01, 0.03]
    assert found["q_method"].tolist() == ["Benjamini-Hochberg within x", "Benjamini-Hochberg within y", ""]
    assert within_families(table, holm=True)["q_method"].iloc[0] == "Holm within x"
