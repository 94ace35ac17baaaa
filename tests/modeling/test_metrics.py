import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score, roc_curve

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.modeling.metrics import (
    Interval,
    auc_interval,
    calibration_lines,
    concordance,
    cumulative_counts,
    curve_figures,
    decision_figures,
    figures_of,
    fit_sigmoid,
    log_odds,
    pair_kernel,
    probability_figures,
    resampled_interval,
    share_interval,
    weighted_auc,
)
from radiomics_mammo.tables.resampling import WIDENING, patient_weights

POINTS = ModelingConfig(sensitivity_points=(0.8,), specificity_points=(0.75,))
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
    false_rate, sensitivity, _ = roc_curve(labels, scores, drop_intermediate=False)
    assert figures["specificity_at_sensitivity_0.8"][0] == pytest.approx(1 - false_rate[sensitivity >= 0.8].min())
    assert figures["sensitivity_at_specificity_0.75"][0] == pytest.approx(sensitivity[false_rate <= 0.25].max())


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
    true_positive, false_positive = cumulative_counts(np.array([0.5, 0.5, 0.9]), labels, np.ones((1, 3)))
    assert true_positive.tolist() == [[1, 2]]
    assert false_positive.tolist() == [[0, 1]]


SCORES = [[0.1, 0.6, 0.3, 0.8, 0.9, 0.4], [0.2, 0.4, 0.3, 0.7, 0.9, 0.8]]
MALIGNANT = np.array([False, False, False, True, True, True])


@pytest.fixture
def result(make_result):
    return make_result(SCORES, MALIGNANT)


@pytest.fixture
def weights(result):
    return patient_weights(result.patients, result.malignant, draws=200, rng=np.random.default_rng(1))


def test_every_figure_is_there_with_an_interval_around_it(result, weights):
    figures = figures_of(result, weights, POINTS)
    wanted = {"auc", "sensitivity", "specificity", "balanced_accuracy", "accuracy", "no_information_rate", "pr_auc"}
    wanted |= {"brier", "calibration_intercept", "calibration_slope"}
    wanted |= {"sensitivity_at_specificity_0.75", "specificity_at_sensitivity_0.8"}
    wanted |= {"ppv_at_prevalence_0.006", "npv_at_prevalence_0.006"}
    assert set(figures) == wanted
    assert all(interval.low <= interval.estimate <= interval.high for interval in figures.values())


def test_estimates_are_means_over_repeats(result, weights):
    figures = figures_of(result, weights, POINTS)
    assert figures["auc"].estimate == pytest.approx(np.mean([roc_auc_score(MALIGNANT, row) for row in SCORES]))
    assert figures["sensitivity"].estimate == pytest.approx((2 / 3 + 1) / 2)
    assert figures["auc"] == auc_interval(result, weights)


def test_rows_of_one_patient_go_together(make_result):
    """Copying every row of every patient adds no patient: the interval stays."""
    once = make_result(SCORES, MALIGNANT)
    twice = make_result(np.repeat(SCORES, 2, axis=1), np.repeat(MALIGNANT, 2), np.repeat(once.patients, 2))
    intervals = []
    for result in (once, twice):
        drawn = patient_weights(result.patients, result.malignant, draws=100, rng=np.random.default_rng(1))
        intervals.append(auc_interval(result, drawn))
    assert intervals[0].low == pytest.approx(intervals[1].low)


def test_resamples_that_lost_a_class_are_left_out(result):
    weights = np.array([[1.0] * 6, [0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1]])
    assert np.isfinite(auc_interval(result, weights).low)


def test_ends_are_moved_away_from_the_estimate_and_stay_possible():
    drawn = np.concatenate([[0.7], np.linspace(0.5, 0.9, 1001)])
    interval = resampled_interval(drawn)
    assert interval.low == pytest.approx(0.7 - WIDENING * 0.19)
    assert interval.high == pytest.approx(0.7 + WIDENING * 0.19)
    assert resampled_interval(drawn, bounds=(0.6, 0.8)) == Interval(0.7, 0.6, 0.8)


def test_the_estimate_is_never_outside():
    interval = resampled_interval(np.concatenate([[0.9], np.full(100, 0.5)]))
    assert interval.low <= 0.9 <= interval.high


def test_resamples_without_a_figure_are_left_out():
    assert np.isnan(resampled_interval(np.array([0.5, np.nan])).low)
    assert np.isfinite(resampled_interval(np.array([0.5, np.nan, 0.4, 0.6])).low)


def test_a_perfect_share_has_an_exact_lower_end():
    for patients in (3, 15, 50):
        exact = binomtest(patients, patients).proportion_ci(0.95, "exact")
        assert share_interval(np.ones(101), patients=patients).low == pytest.approx(exact.low)
        assert share_interval(np.zeros(101), patients=patients).high == pytest.approx(1 - exact.low)


def test_overlap_is_symmetric():
    low, high = Interval(0.5, 0.4, 0.6), Interval(0.8, 0.7, 0.9)
    assert not low.overlaps(high)
    assert not high.overlaps(low)
    assert low.overlaps(low)
    assert str(low) == "0.50 (95 % interval 0.40 to 0.60)"


def test_log_odds_stay_finite():
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
