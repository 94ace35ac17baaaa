from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from radiomics_mammo.tables.multiplicity import adjust_fdr, adjust_holm, adjust_tree, within_families


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


def rejected_by_the_tree(p_values, question, family, rate):
    """The rule as published, level by level, at one rate."""

    def passed(p, level):
        return adjust_fdr(np.array(p)) <= level

    leaves = np.zeros(len(p_values), dtype=bool)
    outer = np.unique(question)
    inner = {q: np.unique(family[question == q]) for q in outer}
    simes = {(q, f): adjust_fdr(p_values[(question == q) & (family == f)]).min() for q in outer for f in inner[q]}
    of_question = [adjust_fdr(np.array([simes[q, f] for f in inner[q]])).min() for q in outer]
    through = passed(of_question, rate)
    for q in outer[through]:
        level = rate * through.mean()
        open_families = passed([simes[q, f] for f in inner[q]], level)
        for f in inner[q][open_families]:
            place = np.flatnonzero((question == q) & (family == f))
            leaves[place] = passed(p_values[place], level * open_families.mean())
    return leaves


@pytest.mark.parametrize("seed", range(6))
def test_tree_rejects_what_the_published_rule_rejects_at_every_rate(seed):
    rng = np.random.default_rng(seed)
    question, family = rng.integers(0, 3, 40).astype(str), rng.integers(0, 3, 40).astype(str)
    p_values = rng.random(40) ** rng.choice([1, 6], 40)
    adjusted = adjust_tree(p_values, [question, family])
    assert (adjusted >= p_values - 1e-12).all()
    for rate in (0.01, 0.05, 0.2, 0.5):
        np.testing.assert_array_equal(adjusted <= rate, rejected_by_the_tree(p_values, question, family, rate))


def test_tree_of_one_family_is_benjamini_hochberg_and_missing_p_values_do_not_count():
    p_values = np.array([0.01, np.nan, 0.04, 0.03])
    one, other = ["a"] * 4, ["a", "b", "a", "a"]
    np.testing.assert_allclose(adjust_tree(p_values, [one]), adjust_fdr(p_values))
    np.testing.assert_allclose(adjust_tree(p_values, [other, one]), adjust_fdr(p_values))


def test_many_families_without_an_effect_find_something_in_one_study_of_twenty():
    rng = np.random.default_rng(3)
    levels = [np.repeat(list("abcd"), 30), np.tile(np.repeat(list("xyz"), 10), 4)]
    p_values = rng.random((600, 120))
    tree = np.mean([(adjust_tree(p, levels) <= 0.05).any() for p in p_values])
    apart = pd.DataFrame({"family": np.char.add(*levels)})
    families = np.mean([(within_families(apart.assign(p_value=p))["q_value"] <= 0.05).any() for p in p_values[:200]])
    assert 0.03 <= tree <= 0.07  # 95 % binomial interval of 600 draws at 5 %
    assert families > 0.3  # what one family a table and class gave
