from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.stats.firth import fit_firth

from .published import BASELINES


def test_estimates_and_profile_intervals_of_r_logistf():
    data = pd.read_csv(BASELINES / "stats_endometrial.csv")
    expected = pd.read_csv(BASELINES / "stats_endometrial_logistf.csv")
    design = np.column_stack([np.ones(len(data)), data[["NV", "PI", "EH"]]])
    fit = fit_firth(design, (data["HG"] == 1).to_numpy())
    assert fit.converged
    np.testing.assert_allclose(fit.estimate, expected["estimate"], rtol=1e-5)
    np.testing.assert_allclose(fit.ci_low, expected["ci_low"], rtol=1e-5)
    np.testing.assert_allclose(fit.ci_high, expected["ci_high"], rtol=1e-5)


@settings(max_examples=12, deadline=None)
@given(st.tuples(*[st.integers(0, 9)] * 4).filter(lambda cells: cells[0] + cells[1] > 0 and cells[2] + cells[3] > 0))
def test_two_by_two_table_is_haldane_anscombe(cells):
    well_low, sick_low, well_high, sick_high = cells
    exposed = np.repeat([0.0, 0.0, 1.0, 1.0], cells)
    outcome = np.repeat([False, True, False, True], cells)
    fit = fit_firth(np.column_stack([np.ones(len(exposed)), exposed]), outcome, terms=())
    expected = np.log((sick_high + 0.5) / (well_high + 0.5)) - np.log((sick_low + 0.5) / (well_low + 0.5))
    assert fit.estimate[1] == pytest.approx(expected, abs=1e-5)


def test_interval_and_p_value_agree_about_zero():
    rng = np.random.default_rng(1)
    for shift in (0.0, 0.5, 1.0):
        outcome = np.arange(40) >= 12
        value = rng.normal(size=40) + shift * outcome
        fit = fit_firth(np.column_stack([np.ones(40), value]), outcome, terms=(1,))
        excludes_zero = fit.ci_low[1] > 0 or fit.ci_high[1] < 0
        assert excludes_zero == (fit.p_value[1] < 0.05)


def test_units_of_a_column_scale_its_coefficient():
    rng = np.random.default_rng(2)
    value, outcome = rng.normal(size=30), np.arange(30) % 3 == 0
    small = fit_firth(np.column_stack([np.ones(30), value]), outcome, terms=(1,))
    large = fit_firth(np.column_stack([np.ones(30), value * 1e6]), outcome, terms=(1,))
    assert large.estimate[1] * 1e6 == pytest.approx(small.estimate[1], rel=1e-6)
    assert large.p_value[1] == pytest.approx(small.p_value[1], rel=1e-6)


def test_only_wanted_terms_are_profiled():
    fit = fit_firth(np.column_stack([np.ones(8), np.arange(8.0)]), np.arange(8) % 2 == 0, terms=(1,))
    assert np.isnan(fit.ci_low[0])
    assert np.isfinite(fit.ci_low[1])


def test_dependent_columns_are_refused():
    with pytest.raises(InvariantError, match="collinear"):
        fit_firth(np.ones((5, 2)), np.array([True, False, True, False, True]))
