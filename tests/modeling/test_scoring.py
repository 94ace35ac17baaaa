import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score, roc_curve

from radiomics_mammo.modeling.scoring import (
    OperatingPoints,
    calibration_lines,
    concordance,
    cumulative_counts,
    curve_figures,
    decision_figures,
    fit_sigmoid,
    pair_kernel,
    probability_figures,
    weighted_auc,
)

POINTS = OperatingPoints((0.8,), (0.75,))
rows = st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.integers(0, 3)), min_size=4, max_size=25)


def usable(drawn):
    scores, labels, weights = (np.array(column) for column in zip(*drawn, strict=True))
    kept = [(weights * labels).sum() > 0, (weights * ~labels).sum() > 0]
    return scores / 6, labels, weights.astype(float), all(kept)


@settings(max_examples=60, deadline=None)
@given(drawn=rows)
def test_weighted_figures_are_those_of_scikit_learn(drawn):
    scores, labels, weights, ok = usable(drawn)
    if not ok:
        return
    both = np.array([weights])
    kernel = pair_kernel(scores[None, :], labels)
    assert weighted_auc(kernel, labels, both)[0] == pytest.approx(roc_auc_score(labels, scores, sample_weight=weights))
    figures = curve_figures(scores, labels, both, POINTS)
    expected = average_precision_score(labels, scores, sample_weight=weights)
    assert figures["pr_auc"][0] == pytest.approx(expected)
    brier = probability_figures(scores, labels, both)["brier"][0]
    assert brier == pytest.approx(brier_score_loss(labels, scores, sample_weight=weights, pos_label=True))


@settings(max_examples=40, deadline=None)
@given(drawn=rows)
def test_a_whole_weight_is_a_repeated_row(drawn):
    scores, labels, weights, ok = usable(drawn)
    if not ok:
        return
    times = weights.astype(int)
    many = np.repeat(scores, times), np.repeat(labels, times)
    for figures in (decision_figures, probability_figures):
        first = scores >= 0.5 if figures is decision_figures else scores
        second = many[0] >= 0.5 if figures is decision_figures else many[0]
        weighted = figures(first, labels, weights[None, :])
        repeated = figures(second, many[1], np.ones((1, len(many[0]))))
        assert {k: v[0] for k, v in weighted.items()} == pytest.approx(
            {k: v[0] for k, v in repeated.items()}, rel=1e-3, abs=1e-6, nan_ok=True
        )


def test_concordance_counts_ties_as_one_half():
    assert concordance(np.array([1.0, 1.0, 1.0]), np.array([True, False, False])) == 0.5
    scores, labels = np.array([0.2, 0.9, 0.4, 0.4]), np.array([False, True, True, False])
    assert concordance(scores, labels) == roc_auc_score(labels, scores)


def test_auc_is_the_mean_over_repeats():
    labels = np.array([False, False, True, True])
    scores = np.array([[0.1, 0.2, 0.3, 0.4], [0.4, 0.1, 0.2, 0.3]])
    kernel = pair_kernel(scores, labels)
    expected = np.mean([roc_auc_score(labels, row) for row in scores])
    assert weighted_auc(kernel, labels, np.ones((1, 4)))[0] == expected


def test_operating_points_are_read_off_the_curve():
    rng = np.random.default_rng(4)
    labels = rng.random(60) < 0.5
    scores = rng.normal(size=60) + labels
    figures = curve_figures(scores, labels, np.ones((1, 60)), POINTS)
    alarms, hits, _ = roc_curve(labels, scores, drop_intermediate=False)
    assert figures["specificity_at_sensitivity_0.8"][0] == pytest.approx(1 - alarms[hits >= 0.8].min())
    assert figures["sensitivity_at_specificity_0.75"][0] == pytest.approx(hits[alarms <= 0.25].max())


def test_calibration_slope_is_that_of_a_logistic_regression():
    rng = np.random.default_rng(5)
    x = rng.normal(size=300)
    labels = rng.random(300) < 1 / (1 + np.exp(-(0.5 + 1.7 * x)))
    intercept, slope = calibration_lines(x, labels, np.ones((1, 300)))
    free = LogisticRegression(C=1e9, tol=1e-9, max_iter=1000).fit(x[:, None], labels)
    assert slope[0] == pytest.approx(free.coef_[0, 0], rel=1e-3)
    assert intercept[0] == pytest.approx(free.intercept_[0], rel=1e-3)


def test_calibrated_probabilities_have_slope_one_and_no_shift():
    rng = np.random.default_rng(6)
    probability = rng.uniform(0.05, 0.95, size=20_000)
    labels = rng.random(20_000) < probability
    figures = probability_figures(probability, labels, np.ones((1, 20_000)))
    assert figures["calibration_slope"][0] == pytest.approx(1, abs=0.06)
    assert figures["calibration_intercept"][0] == pytest.approx(0, abs=0.05)


def test_separated_classes_give_a_finite_slope():
    scores, labels = np.array([-2.0, -1, 1, 2]), np.array([False, False, True, True])
    assert np.isfinite(fit_sigmoid(scores, labels)).all()


@pytest.mark.parametrize("unit", [1e-4, 1e4])
def test_the_unit_and_the_zero_of_a_score_change_no_probability(unit):
    rng = np.random.default_rng(7)
    scores = rng.normal(size=50)
    labels = rng.random(50) < 1 / (1 + np.exp(-1.5 * scores))
    intercept, slope = fit_sigmoid(scores, labels)
    other = fit_sigmoid(unit * (scores + 3), labels)
    assert other[1] * unit == pytest.approx(slope, rel=1e-9)
    assert other[0] + other[1] * unit * 3 == pytest.approx(intercept, rel=1e-9)


def test_a_constant_has_no_slope_to_tell():
    labels = np.array([True, True, True, False])
    intercept, slope = calibration_lines(np.full(4, 0.3), labels, np.ones((2, 4)))
    assert intercept.tolist() == pytest.approx([np.log(3)] * 2)
    assert np.isnan(slope).all()
    assert fit_sigmoid(np.full(4, 0.3), labels) == pytest.approx((np.log(3), 0.0))


def test_sigmoid_never_turns_the_scores_around():
    intercept, slope = fit_sigmoid(np.array([2.0, 1, -1, -2]), np.array([False, False, True, True]))
    assert (intercept, slope) == (0.0, 0.0)


def test_decision_figures_by_hand():
    called = np.array([True, True, False, False, True])
    labels = np.array([True, True, True, False, False])
    figures = {name: float(value[0]) for name, value in decision_figures(called, labels, np.ones((1, 5))).items()}
    expected = {"sensitivity": 2 / 3, "specificity": 0.5, "balanced_accuracy": 7 / 12, "accuracy": 0.6}
    assert figures == pytest.approx({**expected, "no_information_rate": 0.6})


def test_cumulative_counts_join_ties():
    labels = np.array([True, False, True])
    hits, alarms = cumulative_counts(np.array([0.5, 0.5, 0.9]), labels, np.ones((1, 3)))
    assert hits.tolist() == [[1, 2]]
    assert alarms.tolist() == [[0, 1]]
