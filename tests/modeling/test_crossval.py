from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.candidates import built_in_candidates
from radiomics_mammo.modeling.crossval import CvJob, Work, cross_validate
from radiomics_mammo.modeling.design import Analysis
from radiomics_mammo.modeling.scoring import concordance
from radiomics_mammo.modeling.search import tune
from radiomics_mammo.modeling.splitting import grouped_folds
from radiomics_mammo.modeling.streams import whole_seed
from radiomics_mammo.pipeline.batch import Workers

CANDIDATES = built_in_candidates(ModelingConfig(trees=10))


def job_of(design, model="logistic-regression", clusters=None, **folds):
    made = grouped_folds(
        design.patient_labels(), **{"outer_folds": 3, "repeats": 2, "inner_folds": 2, "seed": 1, **folds}
    )
    return CvJob(Analysis("patient", model, "recent"), design, CANDIDATES[model], made, clusters)


def predictions(jobs, work=None):
    return [result.probability for result in cross_validate(jobs, seed=9, work=work or Work())]


def test_a_prediction_is_made_by_a_model_that_never_saw_the_patient(make_design):
    job = job_of(make_design())
    (result,) = cross_validate([job], seed=9, work=Work())
    fold = job.folds[4]
    train, test = job.design.rows_of(fold.train), job.design.rows_of(fold.test)
    learned = replace(
        job.design,
        patients=job.design.patients[train],
        malignant=job.design.malignant[train],
        values=job.design.values[train],
    )
    names = ("fit", "patient", "logistic-regression", "recent", fold.repeat, fold.fold)
    alone = tune(job.candidate, learned, fold.inner, seed=whole_seed(9, *names))
    assert np.array_equal(result.probability[1, test], alone.probability(job.design.values[test]))
    assert (result.threshold[1, test] == alone.threshold).all()
    assert (result.fold[1, test] == fold.fold).all()


def test_changing_the_labels_of_a_test_side_changes_nothing_there(make_design):
    job = job_of(make_design(), repeats=1)
    test = job.design.rows_of(job.folds[0].test)
    turned = np.array(job.design.malignant)
    turned[test] = ~turned[test]
    (before,), (after,) = predictions([job]), predictions([replace(job, design=job.design.relabelled(turned))])
    assert np.array_equal(before[0, test], after[0, test])
    assert not np.array_equal(before, after)


def test_an_effect_is_found_and_nothing_is_not(make_design):
    aucs = {}
    for effect in (2.0, 0.0):
        jobs = [job_of(make_design(effect=effect, seed=seed), repeats=1) for seed in range(8)]
        aucs[effect] = np.mean([concordance(found[0], make_design().malignant) for found in predictions(jobs)])
    assert aucs[2.0] > 0.9
    assert abs(aucs[0.0] - 0.5) < 0.15


def test_two_processes_give_the_numbers_of_one(make_design):
    jobs = [job_of(make_design(), model, repeats=1) for model in ("logistic-regression", "random-forest")]
    alone = predictions(jobs)
    shared = predictions(jobs, Work(Workers(2).run_all))
    assert all(np.array_equal(a, b) for a, b in zip(alone, shared, strict=True))


def test_a_scheduler_is_any_map_and_order_of_work_is_free(make_design):
    def backwards(function, tasks):
        return [function(task) for task in reversed(tasks)][::-1]

    jobs = [job_of(make_design()), job_of(make_design(effect=0.1))]
    told = []
    found = predictions(jobs, Work(backwards, lambda *done: told.append(done)))
    assert all(np.array_equal(a, b) for a, b in zip(found, predictions(jobs), strict=True))
    assert told[-1] == ("classify", 4, 4)


def test_row_order_changes_nothing(make_design):
    job = job_of(make_design())
    order = np.random.default_rng(1).permutation(len(job.design.patients))
    design = job.design
    shuffled = replace(
        design, patients=design.patients[order], malignant=design.malignant[order], values=design.values[order]
    )
    (straight,), (mixed,) = predictions([job]), predictions([job_of(shuffled)])
    assert np.allclose(straight[:, order], mixed, atol=1e-6)


def test_shuffling_a_cluster_changes_only_folds_that_use_it(make_design):
    job = job_of(make_design(columns=4), clusters=np.array([1, 2, 3, 3]))
    (result,) = cross_validate([job], seed=9, work=Work())
    labels = result.malignant
    loss = {
        cluster: concordance(result.probability[0], labels) - concordance(values[0], labels)
        for cluster, values in result.shuffled.items()
    }
    assert max(loss, key=loss.get) in (1, 2)
    assert result.frequency.shape == (6, 4)


def test_a_missing_prediction_is_refused(make_result):
    with pytest.raises(ModelingError, match="a probability for every row"):
        make_result([0.1, np.nan], [False, True])


def test_a_view_is_a_subset_of_rows(make_result):
    part = make_result([[0.1, 0.9, 0.4]], [False, True, True]).subset(np.array([True, False, True]))
    assert part.probability.tolist() == [[0.1, 0.4]]
    assert part.called.tolist() == [[False, False]]
