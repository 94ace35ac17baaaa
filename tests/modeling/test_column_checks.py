from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.modeling.column_checks import (
    check_gaps,
    check_patients_distinct,
    check_random_columns,
    check_single_columns,
    explained_by_gaps,
    missing_alone,
    missing_by_class,
    noise_design,
)
from radiomics_mammo.modeling.feature_sets import CHANGE_MISSING
from radiomics_mammo.modeling.metrics import Interval
from radiomics_mammo.modeling.nested_cv import Work
from radiomics_mammo.modeling.permutation import FoldCounts, permuted_aucs
from radiomics_mammo.modeling.plan import chosen_on_all


@pytest.fixture
def lesions(make_design):
    """Two rows a patient, ten columns."""
    design = make_design(n_benign=15, n_malignant=20, effect=0.0, columns=10)
    twice = replace(
        design,
        patients=np.repeat(design.patients, 2),
        malignant=np.repeat(design.malignant, 2),
        values=np.repeat(design.values, 2, axis=0),
    )
    noise = np.random.default_rng(2).normal(size=twice.values.shape)
    return replace(twice, values=twice.values + 0.3 * noise)


def test_noise_finds_nothing_and_a_choice_with_the_test_side_in_sight_is_caught(make_design, quick):
    design, candidate = make_design(columns=200), quick[0]
    noise = [noise_design(design, np.random.default_rng(draw)) for draw in range(5)]

    def found(designs):
        labels = design.malignant[None, :]
        return permuted_aucs(designs, candidate, labels, counts=FoldCounts(3, 2), seed=1, work=Work())[0]

    assert check_random_columns(found(noise), 200).passed
    caught = check_random_columns(found([chosen_on_all(one, candidate) for one in noise]), 200)
    assert not caught.passed
    assert caught.found.startswith("200 columns of noise, 5 draws: mean 0.")


@pytest.mark.parametrize("leak", ["sorted id", "label under another name", "its opposite"])
def test_a_column_that_alone_knows_the_label_is_named(make_design, leak):
    design = make_design(effect=0.5)
    assert check_single_columns(design).passed
    label = design.malignant.astype(float)
    column = {
        "sorted id": np.arange(len(label), dtype=float),
        "label under another name": label,
        "its opposite": -label,
    }
    found = check_single_columns(design.with_column("recent_leak", column[leak]))
    assert not found.passed
    assert "recent_leak (AUC 1.00)" in found.found


def test_a_column_known_of_few_patients_is_not_judged(make_design):
    design = make_design(effect=0.0)
    column = np.where(np.arange(27) % 9 == 0, design.malignant.astype(float), np.nan)
    assert check_single_columns(design.with_column("recent_rare", column)).passed


@pytest.mark.parametrize("scale", [0.0, 1e-9, 0.01])
def test_a_woman_filed_twice_is_caught_with_values_a_per_cent_apart(lesions, scale):
    assert check_patients_distinct(lesions).passed
    copied = lesions.values.copy()
    copied[4] = copied[9] * (1 + scale * np.random.default_rng(1).normal(size=10))
    copied[[4, 9], 1] = np.nan
    found = check_patients_distinct(replace(lesions, values=copied))
    assert not found.passed
    assert found.found == "1 pairs (p02 = p04)"


def test_different_women_are_rarely_told_to_be_one(make_design):
    told = [check_patients_distinct(make_design(columns=8, effect=1.0, seed=seed)).passed for seed in range(60)]
    assert np.mean(told) >= 0.95


def test_columns_that_do_not_vary_make_no_patients_alike(lesions):
    assert check_patients_distinct(replace(lesions, values=np.ones_like(lesions.values))).passed


def with_gaps(evaluation, share):
    """The evaluation with another share of missing change in every patient."""
    key = ("patient", next(policy for unit, policy in evaluation.plan.tables if unit == "patient"))
    table = evaluation.plan.tables[key]
    values = table.values.copy()
    known = table.measured
    values.loc[known, CHANGE_MISSING] = share
    changed = replace(table, values=values)
    return replace(evaluation, plan=replace(evaluation.plan, tables={**evaluation.plan.tables, key: changed}))


def test_gaps_that_go_with_the_class_are_found_in_either_direction(evaluation):
    malignant = evaluation.plan.design("patient", "recent").malignant
    assert missing_alone(evaluation) is None  # nothing is missing
    for gaps in (malignant.astype(float), 1.0 - malignant):
        assert missing_alone(with_gaps(evaluation, gaps)).estimate == 1.0
    assert explained_by_gaps(Interval(0.9, 0.8, 1.0), missing_alone(with_gaps(evaluation, gaps)))


def test_no_gap_explains_nothing():
    assert not explained_by_gaps(Interval(0.4, 0.3, 0.5), None)


def test_what_is_missing_is_shown_by_class(evaluation):
    table = missing_by_class(evaluation).table.set_index("values")
    assert table.loc["change", ["missing_benign", "missing_malignant"]].tolist() == [0.0, 0.0]
    key = ("patient", next(policy for unit, policy in evaluation.plan.tables if unit == "patient"))
    unit = evaluation.plan.tables[key]
    values = unit.values.copy()
    changes = [name for name in values.columns if name.startswith(("delta_", "logratio_"))]
    benign = unit.keys["label"] == "benign"
    values.loc[benign & (np.cumsum(benign) <= 3), changes] = np.nan  # three of nine benign women
    tables = {**evaluation.plan.tables, key: replace(unit, values=values)}
    found = missing_by_class(replace(evaluation, plan=replace(evaluation.plan, tables=tables))).table
    row = found.set_index("values").loc["change"]
    assert row["missing_benign"] == pytest.approx(1 / 3)
    assert row[["patients_with_gaps_benign", "patients_with_gaps_malignant", "missing_malignant"]].tolist() == [3, 0, 0]
    assert row["auc_of_missing"] == pytest.approx(0.5 + 1 / 6)
    assert row["ci_low"] < row["auc_of_missing"] < row["ci_high"]


def test_gaps_that_explain_the_model_fail_a_check():
    assert not check_gaps(Interval(0.7, 0.6, 0.8), Interval(0.75, 0.6, 0.9)).passed
    assert check_gaps(Interval(0.7, 0.6, 0.8), Interval(0.65, 0.55, 0.8)).passed
