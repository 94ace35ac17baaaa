from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.modeling.candidates import Candidate, built_in_candidates, grid_of
from radiomics_mammo.modeling.filters import ColumnSelector, MedianImputer
from radiomics_mammo.modeling.metrics import concordance
from radiomics_mammo.modeling.nested_cv import Work, best_threshold, cross_validate, tune
from radiomics_mammo.modeling.splitting import whole_seed


def inner_sides(design, number=3):
    return tuple(tuple(design.patients[start::number].tolist()) for start in range(number))


def selecting(model, **grid):
    steps = [("impute", MedianImputer()), ("select", ColumnSelector()), ("model", model)]
    return Candidate("test", Pipeline(steps), grid_of(grid))


def test_settings_are_those_of_an_inner_search_written_out(make_design):
    design = make_design(effect=0.8, columns=6)
    candidate = selecting(LogisticRegression(), select__n_columns=(1, 2, 5), model__C=(0.01, 1.0))
    inner = inner_sides(design)
    aucs = []
    for settings in candidate.grid:
        scores = np.empty(len(design.patients))
        for side in inner:
            test = design.rows_of(side)
            train = np.setdiff1d(np.arange(len(scores)), test)
            fitted = clone(candidate.pipeline).set_params(**settings)
            fitted.fit(design.values[train], design.malignant[train])
            scores[test] = fitted.predict_proba(design.values[test])[:, 1]
        aucs.append(concordance(scores, design.malignant))
    assert tune(candidate, design, inner, seed=1).settings == candidate.grid[int(np.argmax(aucs))]


def test_refit_uses_the_whole_training_side(make_design):
    design = make_design()
    candidate = selecting(LogisticRegression(), select__n_columns=(2,))
    model = tune(candidate, design, inner_sides(design), seed=1)
    alone = clone(candidate.pipeline).set_params(select__n_columns=2).fit(design.values, design.malignant)
    assert np.array_equal(model.probability(design.values), alone.predict_proba(design.values)[:, 1])


def test_margins_become_probabilities_that_keep_their_order(make_design):
    design = make_design()
    candidate = selecting(SVC(kernel="linear"), select__n_columns=(2,))
    model = tune(candidate, design, inner_sides(design), seed=1)
    probability = model.probability(design.values)
    assert probability.min() > 0
    assert probability.max() < 1
    assert (np.argsort(probability) == np.argsort(model.pipeline.decision_function(design.values))).all()


def test_reliability_and_seed_are_handed_in(make_design):
    design = make_design()
    candidate = built_in_candidates(ModelingConfig(trees=10))["random-forest"]
    model = tune(candidate, design, inner_sides(design), seed=77)
    assert model.pipeline.get_params()["model__random_state"] == 77
    assert np.isnan(model.pipeline.get_params()["screen__reliability"]).all()
    assert candidate.pipeline.get_params()["screen__reliability"] is None


@pytest.mark.parametrize(
    ("probability", "malignant", "expected"),
    [([0.1, 0.2, 0.6, 0.9], [0, 0, 1, 1], 0.4), ([0.3, 0.3, 0.3], [0, 1, 1], 0.3), ([0.9, 0.2], [0, 1], 0.2)],
)
def test_threshold_has_the_largest_youden_index(probability, malignant, expected):
    assert best_threshold(np.array(probability), np.array(malignant, dtype=bool)) == pytest.approx(expected)


def predictions(jobs, work=None):
    return [result.probability for result in cross_validate(jobs, seed=9, work=work or Work())]


def test_a_prediction_is_made_by_a_model_that_never_saw_the_patient(make_design, job_of):
    job = job_of(make_design())
    (result,) = cross_validate([job], seed=9, work=Work())
    fold = job.folds[4]
    test = job.design.rows_of(fold.test)
    learned = job.design.only_rows(job.design.rows_of(fold.train))
    names = ("fit", "patient", "logistic-regression", "recent", fold.repeat, fold.fold)
    alone = tune(job.candidate, learned, fold.inner, seed=whole_seed(9, *names))
    assert np.array_equal(result.probability[1, test], alone.probability(job.design.values[test]))
    assert (result.threshold[1, test] == alone.threshold).all()
    assert (result.fold[1, test] == fold.fold).all()


def test_changing_the_labels_of_a_test_side_changes_nothing_there(make_design, job_of):
    job = job_of(make_design(), repeats=1)
    test = job.design.rows_of(job.folds[0].test)
    turned = np.array(job.design.malignant)
    turned[test] = ~turned[test]
    (before,), (after,) = predictions([job]), predictions([replace(job, design=job.design.relabelled(turned))])
    assert np.array_equal(before[0, test], after[0, test])
    assert not np.array_equal(before, after)


def test_an_effect_is_found_and_nothing_is_not(make_design, job_of):
    aucs = {}
    for effect in (2.0, 0.0):
        jobs = [job_of(make_design(effect=effect, seed=seed), repeats=1) for seed in range(8)]
        aucs[effect] = np.mean([concordance(found[0], make_design().malignant) for found in predictions(jobs)])
    assert aucs[2.0] > 0.9
    assert abs(aucs[0.0] - 0.5) < 0.15


def test_two_processes_give_the_numbers_of_one(make_design, job_of, two_processes):
    jobs = [job_of(make_design(), model, repeats=1) for model in ("logistic-regression", "random-forest")]
    alone = predictions(jobs)
    shared = predictions(jobs, Work(two_processes))
    assert all(np.array_equal(a, b) for a, b in zip(alone, shared, strict=True))


def test_a_scheduler_is_any_map_and_order_of_work_is_free(make_design, job_of):
    def backwards(function, tasks):
        return [function(task) for task in reversed(tasks)][::-1]

    jobs = [job_of(make_design()), job_of(make_design(effect=0.1))]
    told = []
    found = predictions(jobs, Work(backwards, lambda *done: told.append(done)))
    assert all(np.array_equal(a, b) for a, b in zip(found, predictions(jobs), strict=True))
    assert told[-1] == ("classify", 4, 4)


def test_row_order_changes_nothing(make_design, job_of):
    job = job_of(make_design())
    order = np.random.default_rng(1).permutation(len(job.design.patients))
    (straight,), (mixed,) = predictions([job]), predictions([job_of(job.design.only_rows(order))])
    assert np.allclose(straight[:, order], mixed, atol=1e-6)


def test_shuffling_a_cluster_changes_only_folds_that_use_it(make_design, job_of):
    job = job_of(make_design(columns=4), clusters=np.array([1, 2, 3, 3]))
    (result,) = cross_validate([job], seed=9, work=Work())
    labels = result.malignant
    loss = {
        cluster: concordance(result.probability[0], labels) - concordance(values[0], labels)
        for cluster, values in result.shuffled.items()
    }
    assert max(loss, key=loss.get) in (1, 2)
    assert result.frequency.shape == (6, 4)
