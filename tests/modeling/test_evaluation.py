import numpy as np
import pytest
from sklearn.metrics import auc, roc_auc_score

from radiomics_mammo.modeling.evaluation import (
    GRID,
    SCREENING_THRESHOLDS,
    THRESHOLDS,
    metric_rows,
    prediction_rows,
    rows_of_curves,
    rows_of_metrics,
    screening_benefit,
)
from radiomics_mammo.modeling.metrics import Interval, concordance
from radiomics_mammo.modeling.plan import is_reported
from radiomics_mammo.tables.curves import CURVES
from radiomics_mammo.tables.metrics import METRICS
from radiomics_mammo.tables.predictions import PREDICTIONS
from radiomics_mammo.tables.primary import PRIMARY, REFERENCE
from radiomics_mammo.tables.resampling import patient_weights

LABELS = np.arange(60) >= 20


@pytest.fixture(scope="module")
def metrics(evaluation):
    return METRICS.of(metric_rows(evaluation))


def test_results_are_found_by_what_they_are(evaluation):
    result = evaluation.results[PRIMARY]
    expected = np.mean([concordance(row, result.malignant) for row in result.probability])
    assert evaluation.auc(PRIMARY).estimate == pytest.approx(expected)
    assert REFERENCE in evaluation.figures


def test_only_reported_analyses_have_all_figures(evaluation):
    assert all((len(f) > 1) == is_reported(a) for a, f in evaluation.figures.items())


def test_ungrouped_results_carry_true_patients(plan, evaluation):
    (leaky,) = [r for a, r in evaluation.results.items() if a.protocol == "ungrouped-kfold"]
    assert set(leaky.patients.tolist()) == set(plan.design("lesion", "recent+delta").patients.tolist())


def test_lesions_are_evaluation_by_view(metrics):
    views = metrics[metrics["metric"] == "auc"].groupby("unit")["view"].agg(set)
    assert views.to_dict() == {"lesion": {"CC", "MLO", "both"}, "patient": {"both"}}


def test_area_removed_is_a_metric_of_the_primary_set(metrics):
    (row,) = METRICS.rows(metrics[metrics["metric"] == "auc_area_residualised"])
    assert (row.feature_set, row.role) == ("recent+delta", "exploratory")


def test_exactly_two_figures_are_primary(metrics):
    primary = [(row.feature_set, row.metric) for row in METRICS.rows(metrics) if row.role == "primary"]
    assert primary == [("recent", "auc"), ("recent+delta", "auc")]


@pytest.fixture
def result(make_result):
    return make_result([[0.1, 0.6, 0.8, 0.9], [0.2, 0.4, 0.7, 0.9]], [False, False, True, True])


def test_only_the_auc_of_the_primary_sides_is_primary(result, make_result):
    rows = rows_of_metrics(result, {"auc": Interval(0.8, 0.7, 0.9), "brier": Interval(0.2, 0.1, 0.3)})
    assert [row.role for row in rows] == ["primary", "exploratory"]
    assert {(row.n_patients, row.n_malignant) for row in rows} == {(4, 2)}
    other = make_result([0.1, 0.9], [False, True], model="lda")
    assert rows_of_metrics(other, {"auc": Interval(0.8, 0.7, 0.9)})[0].role == "exploratory"


def test_every_row_and_repeat_is_a_prediction(evaluation):
    table = PREDICTIONS.of(prediction_rows(evaluation))
    assert len(table) == sum(result.probability.size for result in evaluation.reported)
    assert table["repeat"].unique().tolist() == [1, 2]
    assert (table["recent_lesion_id"].isna() == (table["unit"] == "patient")).all()
    assert set(table["label"]) == {"benign", "malignant"}


@pytest.fixture
def curves(make_result):
    rng = np.random.default_rng(1)
    scores = 1 / (1 + np.exp(-(rng.normal(size=(2, 60)) + 2 * LABELS - 1)))
    result = make_result(scores, LABELS)
    weights = patient_weights(result.patients, LABELS, draws=60, rng=rng)
    return scores, CURVES.of(rows_of_curves(result, weights))


def test_roc_holds_the_auc(curves):
    scores, table = curves
    roc = table[table["curve"] == "roc"]
    assert roc["x"].tolist() == GRID.tolist()
    expected = np.mean([roc_auc_score(LABELS, row) for row in scores])
    assert auc(roc["x"], roc["y"]) == pytest.approx(expected, abs=0.02)
    assert roc["y"].iloc[-1] == 1


def test_bands_hold_their_curves(curves):
    table = curves[1]
    inside = (table["y_low"] <= table["y"] + 0.05) & (table["y"] <= table["y_high"] + 0.05)
    assert inside.mean() > 0.95
    assert set(table["curve"]) == {"roc", "pr", "calibration", "decision", "decision-screening"}


def test_net_benefit_by_hand(curves):
    scores, table = curves
    decision = table[(table["curve"] == "decision") & (table["model"] == "logistic-regression")]
    place = 10
    t = THRESHOLDS[place]
    expected = np.mean([((r >= t) & LABELS).mean() - ((r >= t) & ~LABELS).mean() * t / (1 - t) for r in scores])
    assert decision["y"].iloc[place] == pytest.approx(expected)
    everybody = table[(table["curve"] == "decision") & (table["model"] == "treat-all")]
    assert everybody["y"].iloc[place] == pytest.approx(LABELS.mean() - (1 - LABELS.mean()) * t / (1 - t))


def test_calibration_groups_hold_all_rows(curves):
    scores, table = curves
    groups = table[table["curve"] == "calibration"]
    assert len(groups) == 5
    assert np.average(groups["y"]) == pytest.approx(LABELS.mean())
    assert np.average(groups["x"]) == pytest.approx(scores.mean())
    assert groups["x"].is_monotonic_increasing


def test_a_perfect_model_has_perfect_curves(make_result):
    result = make_result([LABELS * 0.8 + 0.1], LABELS)
    table = CURVES.of(rows_of_curves(result, np.ones((3, 60))))
    assert (table.loc[table["curve"] == "pr", "y"] == 1).all()
    assert (table.loc[(table["curve"] == "roc") & (table["x"] > 0), "y"] == 1).all()


def test_equal_probabilities_share_a_calibration_point(make_result):
    """Split by the order of rows they would be split by class, since names begin with it."""
    told = np.where(np.arange(60) % 2 == 0, 0.5, 0.5 + 1e-14)
    result = make_result([told, told], LABELS)
    table = CURVES.of(rows_of_curves(result, np.ones((3, 60))))
    points = table[table["curve"] == "calibration"]
    assert points["x"].tolist() == pytest.approx([0.5])
    assert points["y"].tolist() == pytest.approx([LABELS.mean()])


def test_net_benefit_in_screening_is_that_of_a_population_with_so_many_cancers(make_result):
    """A thousand women, six with cancer, called at a threshold: benefit counted by hand."""
    labels = np.arange(20) >= 8
    result = make_result(np.linspace(0.05, 0.95, 20), labels)
    drawn = screening_benefit(result.probability[0], labels, np.ones((1, 20)), prevalence=0.006)[0]
    odds = result.probability[0] / (1 - result.probability[0]) * (0.006 / 0.994) / (12 / 8)
    for threshold, found in zip(SCREENING_THRESHOLDS[::7], drawn[::7], strict=True):
        called = odds / (1 + odds) >= threshold
        hits, false = 6 * called[labels].mean(), 994 * called[~labels].mean()
        assert found == pytest.approx((hits - false * threshold / (1 - threshold)) / 1000)


def test_decision_curves_of_screening_stand_with_bands_and_beside_calling_everybody(classification):
    rows = classification.curves.query("curve == 'decision-screening' and feature_set == 'recent+delta'")
    assert {"treat-all", "logistic-regression"} <= set(rows["model"])
    assert (rows["y_low"] <= rows["y"]).all()
    everybody = rows[rows["model"] == "treat-all"]
    x = everybody["x"].to_numpy()
    assert everybody["y"].to_numpy() == pytest.approx(0.006 - 0.994 * x / (1 - x))
