from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_selection import f_classif
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline

from radiomics_mammo.modeling.filters import (
    AreaResidualizer,
    ColumnScreen,
    ColumnSelector,
    DrawImputer,
    MedianImputer,
    absolute_correlations,
    class_separation,
    used_columns,
)
from radiomics_mammo.modeling.metrics import concordance
from radiomics_mammo.modeling.nested_cv import Work, cross_validate

LABELS = np.arange(20) >= 8


def noise(columns, seed=1):
    return np.random.default_rng(seed).normal(size=(20, columns))


def test_class_separation_is_the_anova_f():
    values = noise(6)
    assert np.allclose(class_separation(values, LABELS), f_classif(values, LABELS)[0])


def test_class_separation_survives_constant_and_perfect_columns():
    found = class_separation(np.column_stack([np.full(20, 1e9), LABELS.astype(float), noise(1)]), LABELS)
    assert found[0] == 0
    assert found[1] > 1e9 > found[2]
    assert np.isfinite(found).all()


@settings(max_examples=20, deadline=None)
@given(holes=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=12))
def test_imputer_is_the_median_of_the_known_values(holes):
    values = np.random.default_rng(2).normal(size=(7, 3))
    for hole in holes:
        values[hole] = np.nan
    ours = MedianImputer().fit(values).transform(values)
    theirs = SimpleImputer(strategy="median", keep_empty_features=True).fit_transform(values)
    assert np.allclose(ours, theirs)


def test_imputer_uses_the_training_side_only():
    imputer = MedianImputer().fit(np.array([[1.0], [3.0]]))
    assert imputer.transform(np.array([[np.nan], [100.0]])).ravel().tolist() == [2.0, 100.0]


def test_area_residuals_are_uncorrelated_with_area():
    area = noise(1)[:, 0]
    values = np.column_stack([area, 3 * area + 1, noise(1, seed=2)[:, 0]])
    left = AreaResidualizer().fit(values).transform(values)
    assert np.allclose(left[:, :2], 0, atol=1e-12)
    assert abs(np.corrcoef(area, left[:, 2])[0, 1]) < 1e-12
    assert np.isfinite(AreaResidualizer().fit(np.ones((4, 2))).transform(np.ones((4, 2)))).all()


def test_screen_drops_constant_unreliable_and_repeating_columns():
    values = noise(5)
    values[:, 0] += 2 * LABELS
    values[:, 1] = values[:, 0] * 2 + 0.01 * values[:, 1]
    values[:, 2] = 7.0
    icc = np.array([np.nan, 0.9, 0.9, 0.2, 0.8])
    screen = ColumnScreen(reliability=icc, max_correlation=0.9).fit(values, LABELS)
    assert set(screen.get_support().tolist()) == {screen.kept_[0], 4}
    assert screen.kept_[0] in (0, 1)
    assert (screen.transform(values) == values[:, screen.kept_]).all()


def test_screen_keeps_the_best_and_not_more_than_asked():
    values = noise(9)
    values[:, 4] += 3 * LABELS
    screen = ColumnScreen(max_columns=3).fit(values, LABELS)
    assert screen.kept_[0] == 4
    assert len(screen.kept_) == 3


def test_screen_of_constant_columns_falls_back_to_the_first():
    assert ColumnScreen().fit(np.ones((20, 3)), LABELS).kept_.tolist() == [0]


@pytest.mark.parametrize("method", ["anova", "lasso", "mrmr"])
def test_selector_finds_the_informative_columns(method):
    values = noise(8)
    values[:, [2, 5]] += 3 * LABELS[:, None]
    chosen = ColumnSelector(method=method, n_columns=2).fit(values, LABELS)
    assert chosen.kept_[0] in (2, 5)
    assert method == "mrmr" or set(chosen.kept_.tolist()) == {2, 5}
    assert chosen.transform(values).shape == (20, 2)
    assert len(ColumnSelector(method=method, n_columns=50).fit(values, LABELS).kept_) == 8


def test_mrmr_prefers_what_is_new():
    values = noise(3)
    values[:, 0] += 3 * LABELS
    values[:, 1] = values[:, 0] + 0.05 * noise(1, seed=5)[:, 0]
    values[:, 2] += 1.0 * LABELS
    assert set(ColumnSelector(method="mrmr", n_columns=2).fit(values, LABELS).kept_.tolist()) & {2}
    assert set(ColumnSelector(method="anova", n_columns=2).fit(values, LABELS).kept_.tolist()) == {0, 1}


def test_correlation_of_a_constant_is_zero():
    assert absolute_correlations(np.column_stack([np.ones(20), noise(1)]))[0, 1] == 0


def test_used_columns_follow_the_steps():
    values = noise(6)
    first = ColumnScreen(max_columns=4).fit(values, LABELS)
    second = ColumnSelector(n_columns=2).fit(first.transform(values), LABELS)
    used = used_columns([("impute", MedianImputer()), ("screen", first), ("select", second)], 6)
    assert (values[:, used] == second.transform(first.transform(values))).all()


def test_a_forest_reads_no_class_from_what_was_imputed(make_design, job_of):
    """Noise, missing in 45 % of one class and 5 % of the other: the heap of medians was a feature (AUC 0.67)."""
    rng = np.random.default_rng(7)
    aucs = {"median": [], "drawn": []}
    for seed in range(3):
        design = make_design(n_benign=30, n_malignant=30, columns=30, effect=0.0, seed=seed)
        values = design.values.copy()
        values[rng.random(60) < np.where(design.malignant, 0.45, 0.05)] = np.nan
        job = job_of(replace(design, values=values), "random-forest", repeats=1)
        steps = [("impute", MedianImputer()), *job.candidate.pipeline.steps[1:]]
        heaped = replace(job, candidate=replace(job.candidate, pipeline=Pipeline(steps)))
        for name, one in (("drawn", job), ("median", heaped)):
            (found,) = cross_validate([one], seed=seed, work=Work())
            aucs[name].append(concordance(found.probability[0], found.malignant))
    assert np.mean(aucs["median"]) > 0.6
    # rows asked about are filled alike: with medians the forest calls them malignant (0.30), a tale of gaps as well
    assert 0.42 < np.mean(aucs["drawn"]) < 0.58


def test_what_is_filled_in_is_like_the_training_side_and_no_copy_of_it():
    rng = np.random.default_rng(2)
    values = rng.normal([3.0, -1.0], [1.0, 4.0], (400, 2)) @ np.array([[1.0, 0.5], [0.0, 1.0]])
    values[:200] = np.nan
    imputer = DrawImputer(random_state=1)
    filled = imputer.fit_transform(values)
    assert (filled[200:] == values[200:]).all()
    for figure in (np.mean, np.std):
        np.testing.assert_allclose(figure(filled[:200], axis=0), figure(values[200:], axis=0), rtol=0.25, atol=0.4)
    assert np.corrcoef(filled[:200].T)[0, 1] == pytest.approx(np.corrcoef(values[200:].T)[0, 1], abs=0.2)
    assert not set(filled[:200, 0]) & set(values[200:, 0])
    assert (DrawImputer(random_state=1).fit_transform(values) == filled).all()


def test_rows_asked_about_keep_what_they_know_and_do_not_depend_on_their_place():
    values = np.array([[1.0, 10.0], [2.0, 20.0], [np.nan, np.nan], [9.0, np.nan]])
    imputer = DrawImputer(random_state=1).fit(values)
    asked = np.array([[np.nan, 30.0], [5.0, np.nan]])
    drawn = imputer.transform(asked)
    assert drawn[0, 1] == 30.0
    assert drawn[1, 0] == 5.0
    assert np.isfinite(drawn).all()
    assert (imputer.transform(asked[::-1]) == drawn[::-1]).all()
    assert DrawImputer().fit_transform(np.full((2, 1), np.nan)).tolist() == [[0.0], [0.0]]
