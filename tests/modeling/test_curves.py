import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import auc, roc_auc_score

from radiomics_mammo.core.tables_modeling import CURVES
from radiomics_mammo.modeling.curves import GRID, THRESHOLDS, curve_rows
from radiomics_mammo.modeling.intervals import patient_weights

LABELS = np.arange(60) >= 20


@pytest.fixture
def rows(make_result):
    rng = np.random.default_rng(1)
    scores = 1 / (1 + np.exp(-(rng.normal(size=(2, 60)) + 2 * LABELS - 1)))
    result = make_result(scores, LABELS)
    weights = patient_weights(result.patients, LABELS, draws=60, rng=rng)
    return scores, CURVES.from_rows(curve_rows(result, weights))


def test_roc_holds_the_auc(rows):
    scores, table = rows
    roc = table[table["curve"] == "roc"]
    assert roc["x"].tolist() == GRID.tolist()
    expected = np.mean([roc_auc_score(LABELS, row) for row in scores])
    assert auc(roc["x"], roc["y"]) == pytest.approx(expected, abs=0.02)
    assert roc["y"].iloc[-1] == 1


def test_bands_hold_their_curves(rows):
    table = rows[1]
    inside = (table["y_low"] <= table["y"] + 0.05) & (table["y"] <= table["y_high"] + 0.05)
    assert inside.mean() > 0.95
    assert set(table["curve"]) == {"roc", "pr", "calibration", "decision"}


def test_net_benefit_by_hand(rows):
    scores, table = rows
    decision = table[(table["curve"] == "decision") & (table["model"] == "logistic-regression")]
    place = 10
    t = THRESHOLDS[place]
    expected = np.mean([((r >= t) & LABELS).mean() - ((r >= t) & ~LABELS).mean() * t / (1 - t) for r in scores])
    assert decision["y"].iloc[place] == pytest.approx(expected)
    everybody = table[(table["curve"] == "decision") & (table["model"] == "treat-all")]
    assert everybody["y"].iloc[place] == pytest.approx(LABELS.mean() - (1 - LABELS.mean()) * t / (1 - t))


def test_calibration_groups_hold_all_rows(rows):
    scores, table = rows
    groups = table[table["curve"] == "calibration"]
    assert len(groups) == 5
    assert np.average(groups["y"]) == pytest.approx(LABELS.mean())
    assert np.average(groups["x"]) == pytest.approx(scores.mean())
    assert groups["x"].is_monotonic_increasing


def test_a_perfect_model_has_perfect_curves(make_result):
    result = make_result([LABELS * 0.8 + 0.1], LABELS)
    table = pd.DataFrame(curve_rows(result, np.ones((3, 60))))
    assert (table.loc[table["curve"] == "pr", "y"] == 1).all()
    assert (table.loc[(table["curve"] == "roc") & (table["x"] > 0), "y"] == 1).all()


def test_equal_probabilities_share_a_calibration_point(make_result):
    """Split by the order of rows they would be split by class, since names begin with it."""
    told = np.where(np.arange(60) % 2 == 0, 0.5, 0.5 + 1e-14)
    result = make_result([told, told], LABELS)
    table = pd.DataFrame(curve_rows(result, np.ones((3, 60))))
    points = table[table["curve"] == "calibration"]
    assert points["x"].tolist() == pytest.approx([0.5])
    assert points["y"].tolist() == pytest.approx([LABELS.mean()])
