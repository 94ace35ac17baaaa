import numpy as np
import pytest
from scipy.stats import binomtest

from radiomics_mammo.modeling.intervals import (
    WIDENING,
    Interval,
    patient_weights,
    resampled_interval,
    share_interval,
)

PATIENTS = np.array(["a", "a", "b", "c", "c", "c", "d", "e"])
MALIGNANT = np.array([True, False, False, True, True, True, False, False])


def test_patients_are_drawn_whole_and_within_their_class():
    weights = patient_weights(PATIENTS, MALIGNANT, draws=50, rng=np.random.default_rng(1))
    assert weights.shape == (51, 8)
    assert (weights[0] == 1).all()
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    assert (weights[:, [0, 3]].sum(axis=1) == 2).all(), "a and c are malignant patients"
    assert (weights[:, [2, 6, 7]].sum(axis=1) == 3).all()
    assert len(np.unique(weights, axis=0)) > 5


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


@pytest.mark.parametrize("patients", [3, 15, 50])
def test_a_perfect_share_has_an_exact_lower_end(patients):
    exact = binomtest(patients, patients).proportion_ci(0.95, "exact")
    assert share_interval(np.ones(101), patients=patients).low == pytest.approx(exact.low)
    assert share_interval(np.zeros(101), patients=patients).high == pytest.approx(1 - exact.low)


def test_overlap_is_symmetric():
    low, high = Interval(0.5, 0.4, 0.6), Interval(0.8, 0.7, 0.9)
    assert not low.overlaps(high)
    assert not high.overlaps(low)
    assert low.overlaps(low)
    assert str(low) == "0.50 (95 % interval 0.40 to 0.60)"
