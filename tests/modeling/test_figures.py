import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from radiomics_mammo.core.tables_modeling import METRICS, PREDICTIONS
from radiomics_mammo.modeling.figures import auc_interval, figures_of, metric_rows, patients_by_class, prediction_rows
from radiomics_mammo.modeling.intervals import Interval, patient_weights
from radiomics_mammo.modeling.scoring import OperatingPoints

POINTS = OperatingPoints((0.9,), (0.8,))
SCORES = [[0.1, 0.6, 0.3, 0.8, 0.9, 0.4], [0.2, 0.4, 0.3, 0.7, 0.9, 0.8]]
MALIGNANT = np.array([False, False, False, True, True, True])


@pytest.fixture
def result(make_result):
    return make_result(SCORES, MALIGNANT)


@pytest.fixture
def weights(result):
    return patient_weights(result.patients, result.malignant, draws=200, rng=np.random.default_rng(1))


def test_every_figure_of_the_issue_is_there_with_an_interval_around_it(result, weights):
    figures = figures_of(result, weights, POINTS)
    wanted = {"auc", "sensitivity", "specificity", "balanced_accuracy", "accuracy", "no_information_rate", "pr_auc"}
    wanted |= {"brier", "calibration_intercept", "calibration_slope"}
    wanted |= {"sensitivity_at_specificity_0.8", "specificity_at_sensitivity_0.9"}
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
    assert patients_by_class(twice) == (3, 3)


def test_resamples_that_lost_a_class_are_left_out(result):
    weights = np.array([[1.0] * 6, [0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1]])
    assert np.isfinite(auc_interval(result, weights).low)


def test_only_the_auc_of_the_primary_sides_is_primary(result, make_result):
    rows = metric_rows(result, {"auc": Interval(0.8, 0.7, 0.9), "brier": Interval(0.2, 0.1, 0.3)}, view="both")
    assert [row["role"] for row in rows] == ["primary", "exploratory"]
    other = make_result(SCORES, MALIGNANT, model="lda")
    assert metric_rows(other, {"auc": Interval(0.8, 0.7, 0.9)}, view="both")[0]["role"] == "exploratory"
    table = METRICS.from_rows(rows)
    assert table["n_patients"].tolist() == [6, 6]
    assert table["n_malignant"].tolist() == [3, 3]


def test_every_row_and_repeat_is_a_prediction(result):
    table = PREDICTIONS.from_rows(prediction_rows(result, [None] * 6, ["both"] * 6))
    assert len(table) == 12
    assert table["repeat"].unique().tolist() == [1, 2]
    assert table["recent_lesion_id"].isna().all()
    assert set(table["label"]) == {"benign", "malignant"}
