from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.candidates import Candidate
from radiomics_mammo.modeling.metrics import concordance
from radiomics_mammo.modeling.nested_cv import Work, cross_validate
from radiomics_mammo.modeling.permutation import (
    FoldCounts,
    conditional_labels,
    permuted_aucs,
    permuted_labels,
    spread_by_folds,
    spread_of_p,
    swap_p_value,
    two_sided_p,
    upper_p,
)

LABELS = np.arange(40) >= 15


class MeanDifference(BaseEstimator):
    """Scores along the line between the class means: the quickest model that learns."""

    def fit(self, values, malignant):
        centres = values[malignant].mean(axis=0), values[~malignant].mean(axis=0)
        self.line_, self.middle_ = centres[0] - centres[1], (centres[0] + centres[1]) / 2
        return self

    def decision_function(self, values):
        return (values - self.middle_) @ self.line_


QUICK = Candidate("quick", Pipeline([("model", MeanDifference())]), ({},))
COUNTS = FoldCounts(3, 2)


def aucs(designs, labels, counts=COUNTS):
    return permuted_aucs(designs, QUICK, labels, counts=counts, seed=1, work=Work())


def test_permuted_labels_find_nothing_and_true_ones_do(make_design):
    design = make_design(effect=2.0)
    null = aucs([design], permuted_labels(design.malignant, draws=60, seed=2))[:, 0]
    assert abs(null.mean() - 0.5) < 4 * null.std() / np.sqrt(60)
    assert aucs([design], design.malignant[None, :])[0, 0] > 0.9


def test_true_labels_give_the_statistic_of_the_study(make_design, job_of):
    """A permutation test asks for one function of the labels: folds dealt alike, as many repeats."""
    design = make_design()
    job = job_of(design, repeats=3)
    counts = FoldCounts.like(job.folds)
    assert (counts.outer, counts.inner, counts.repeats) == (3, 2, 3)
    (result,) = cross_validate([job], seed=1, work=Work())
    observed = np.mean([concordance(row, result.malignant) for row in result.probability])
    again = permuted_aucs([design], job.candidate, design.malignant[None, :], counts=counts, seed=1, work=Work())
    assert again[0, 0] == pytest.approx(observed, abs=1e-12)


def test_more_repeats_make_the_p_value_depend_less_on_chance(make_design):
    design = make_design(effect=0.35, seed=11)
    labels = permuted_labels(design.malignant, draws=40, seed=2)

    def spread(repeats):
        found = []
        for seed in range(5):
            counts = FoldCounts(3, 2, repeats=repeats)
            every = np.vstack([design.malignant[None, :], labels])
            drawn = permuted_aucs([design], QUICK, every, counts=counts, seed=seed, work=Work())[:, 0]
            found.append(upper_p(drawn[0], drawn[1:]))
        return np.ptp(found)

    assert spread(8) < spread(1)


def test_spread_of_p_is_that_of_binomial_draws():
    rng = np.random.default_rng(0)
    upper = rng.binomial(200, 0.03, size=4000)
    p_values = 2 * (1 + upper) / 201
    assert spread_of_p(0.06, 200) == pytest.approx(p_values.std(), rel=0.05)


def test_designs_of_one_draw_share_labels_and_folds(make_design):
    design = make_design()
    found = aucs([design, design], permuted_labels(design.malignant, draws=7, seed=2))
    assert found.shape == (7, 2)
    assert (found[:, 0] == found[:, 1]).all()
    assert len(set(found[:, 0].tolist())) > 3


def test_leave_one_out_leans_below_one_half(make_design):
    design = make_design(effect=0.0, columns=2)
    labels = permuted_labels(design.malignant, draws=10, seed=2)
    loo = aucs([design], labels, FoldCounts(3, 2, "leave-one-patient-out"))
    assert loo.shape == (10, 1)
    assert loo.mean() < 0.5


def test_rows_must_be_patients(make_design):
    design = make_design()
    twice = replace(design, patients=np.repeat(design.patients[:1], len(design.patients)))
    with pytest.raises(ModelingError, match="one row a patient"):
        aucs([twice], design.malignant[None, :])


@pytest.mark.parametrize("slope", [0.0, 2.0])
def test_conditional_labels_keep_counts_and_follow_the_smaller_model(make_result, slope):
    malignant = np.arange(30) >= 10
    rng = np.random.default_rng(1)
    margin = rng.normal(size=30) + slope * malignant
    known = make_result(1 / (1 + np.exp(-margin)), malignant)
    labels = conditional_labels(known, draws=300, seed=3)
    assert (labels.sum(axis=1) == 20).all()
    follow = np.corrcoef(labels.mean(axis=0), margin)[0, 1]
    assert follow > 0.8 if slope else abs(labels.mean() - 2 / 3) < 1e-12


def test_conditional_labels_have_the_right_odds(make_result):
    """Two patients, one malignant: the odds are those of the model, here recalibrated to itself."""
    margin = np.array([2.0, -1.0, 0.5, -0.5, 1.0, 0.0] * 20)
    rng = np.random.default_rng(8)
    malignant = rng.random(120) < 1 / (1 + np.exp(-margin))
    labels = conditional_labels(make_result(1 / (1 + np.exp(-margin)), malignant), draws=400, seed=1)
    share = {value: labels[:, margin == value].mean() for value in (2.0, -1.0)}
    ratio = np.log(share[2.0] / (1 - share[2.0])) - np.log(share[-1.0] / (1 - share[-1.0]))
    assert ratio == pytest.approx(3.0, abs=1.2)


def test_a_model_that_knows_nothing_gives_plain_permutations(make_result):
    malignant = np.arange(20) >= 10
    known = make_result(np.where(malignant, 0.3, 0.7), malignant)
    shares = conditional_labels(known, draws=2000, seed=1).mean(axis=0)
    assert np.abs(shares - 0.5).max() < 0.06


def scores(effect, seed):
    return np.random.default_rng(seed).normal(size=(2, 40)) + effect * LABELS


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


def test_the_spread_by_folds_is_what_other_folds_move_the_p_value():
    """Repeats drawn anew around one difference: the standard deviation of their p is what one study says."""
    rng = np.random.default_rng(5)
    null = rng.normal(0, 0.05, 20_000)
    observed = rng.normal(0.08, 0.04, (400, 10))
    p_values = [2 * norm.sf(row.mean() / 0.05) for row in observed]
    said = [spread_by_folds(row, null) for row in observed]
    assert np.mean(said) == pytest.approx(np.std(p_values), rel=0.15)
    assert np.isnan(spread_by_folds(observed[0, :1], null))
