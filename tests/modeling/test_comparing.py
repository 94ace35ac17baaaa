import numpy as np
import pytest
from scipy.stats import norm

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.comparing import (
    auc_difference,
    delong,
    holm,
    mean_scores,
    swap_p_value,
    two_sided_p,
    upper_p,
)
from radiomics_mammo.modeling.intervals import patient_weights
from radiomics_mammo.modeling.scoring import concordance

LABELS = np.arange(40) >= 15


def scores(effect, seed):
    return np.random.default_rng(seed).normal(size=(2, 40)) + effect * LABELS


def test_difference_of_a_thing_with_itself_is_zero(make_result):
    result = make_result(scores(1, 1), LABELS)
    weights = patient_weights(result.patients, LABELS, draws=50, rng=np.random.default_rng(1))
    interval = auc_difference(result, result, weights)
    assert (interval.low, interval.estimate, interval.high) == (0, 0, 0)
    assert swap_p_value(result, result, draws=50, rng=np.random.default_rng(1)) == 1


def test_differences_change_their_sign_with_the_sides(make_result):
    a, b = make_result(scores(2, 1), LABELS), make_result(scores(0, 2), LABELS)
    weights = patient_weights(a.patients, LABELS, draws=200, rng=np.random.default_rng(1))
    there, back = auc_difference(a, b, weights), auc_difference(b, a, weights)
    assert there.estimate == -back.estimate
    assert there.low == pytest.approx(-back.high)
    assert there.low > 0


def test_other_rows_cannot_be_compared(make_result):
    a, b = make_result(scores(1, 1), LABELS), make_result(scores(1, 1)[:, 1:], LABELS[1:])
    with pytest.raises(ModelingError, match="same rows"):
        auc_difference(a, b, np.ones((2, 40)))


def test_swapping_finds_a_difference_and_ignores_the_scale(make_result):
    good, bad = make_result(scores(2, 1), LABELS), make_result(scores(0, 2), LABELS)
    assert swap_p_value(good, bad, draws=400, rng=np.random.default_rng(1)) < 0.02
    stretched = make_result(np.exp(scores(2, 1)), LABELS)
    assert swap_p_value(good, stretched, draws=100, rng=np.random.default_rng(1)) == 1


def test_swapping_is_that_of_written_out_scores(make_result):
    a, b = make_result(scores(1, 1)[:1], LABELS), make_result(scores(1, 2)[:1], LABELS)
    rng = np.random.default_rng(3)
    ranks = [np.argsort(np.argsort(r.probability[0])) for r in (a, b)]
    swapped = rng.random((100, 40)) < 0.5
    swapped[0] = False
    drawn = []
    for z in swapped:
        first, second = np.where(z, ranks[1], ranks[0]), np.where(z, ranks[0], ranks[1])
        drawn.append(abs(concordance(first, LABELS) - concordance(second, LABELS)))
    expected = upper_p(drawn[0], np.array(drawn[1:]))
    assert swap_p_value(a, b, draws=100, rng=np.random.default_rng(3)) == pytest.approx(expected)


def test_permutation_p_counts_the_observed_value():
    null = np.array([0.1, 0.2, 0.3])
    assert upper_p(0.25, null) == 0.5
    assert upper_p(1.0, null) == 0.25
    assert two_sided_p(-1.0, null) == 0.5
    assert two_sided_p(0.2, null) == 1.0


def test_delong_agrees_with_a_written_out_variance():
    a, b = scores(1.5, 1)[0], scores(0.5, 2)[0]
    found = delong(a, b, LABELS)
    placements = []
    for x in (a, b):
        above = (x[LABELS][:, None] > x[~LABELS][None, :]).astype(float)
        placements.append((above.mean(axis=1), above.mean(axis=0)))
    s10 = np.cov([p[0] for p in placements])
    s01 = np.cov([p[1] for p in placements])
    total = s10 / 25 + s01 / 15
    error = np.sqrt(total[0, 0] + total[1, 1] - 2 * total[0, 1])
    difference = concordance(a, LABELS) - concordance(b, LABELS)
    assert found.difference.estimate == pytest.approx(difference)
    assert found.p_value == pytest.approx(2 * norm.sf(abs(difference) / error))
    assert found.difference.high - difference == pytest.approx(1.959964 * error, rel=1e-5)


def test_holm_by_hand():
    assert holm([0.5]) == [0.5]
    assert holm([0.01, 0.02, 0.9]) == pytest.approx([0.03, 0.04, 0.9])
    assert holm([0.4, 0.6]) == pytest.approx([0.8, 0.8])
    assert holm([]) == []


def test_scores_of_a_patient_are_averaged(make_result):
    result = make_result([[0.1, 0.3, 0.9]], [False, True, False], patients=["a", "a", "b"])
    means, ill = mean_scores(result)
    assert means.tolist() == pytest.approx([0.2, 0.9])
    assert ill.tolist() == [True, False]
