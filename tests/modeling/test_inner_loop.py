from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.modeling.candidates import built_in_candidates
from radiomics_mammo.modeling.filters import DrawImputer
from radiomics_mammo.modeling.inner_loop import LogisticPath, best_point, grid_scores, prepared, standardised
from radiomics_mammo.modeling.nested_cv import tune
from radiomics_mammo.tables.primary import PRIMARY_MODEL

CANDIDATES = built_in_candidates(ModelingConfig(screen_columns=12, trees=10))


def inner_sides(design, number=3):
    return tuple(tuple(design.patients[start::number].tolist()) for start in range(number))


def with_gaps(design):
    values = design.values.copy()
    values[np.random.default_rng(5).random(values.shape) < 0.2] = np.nan
    return replace(design, values=values)


@pytest.mark.parametrize("name", ["logistic-regression", "linear-svm", "random-forest"])
def test_scores_are_those_of_pipelines_fitted_one_by_one(name, make_design):
    design, candidate = with_gaps(make_design(effect=0.8, columns=20)), CANDIDATES[name]
    pipeline = prepared(candidate.pipeline, design, 7)
    found = grid_scores(pipeline, candidate.grid, design, inner_sides(design))
    for settings, scores in zip(candidate.grid, found, strict=True):
        for side in inner_sides(design):
            test = design.rows_of(side)
            train = np.setdiff1d(np.arange(len(design.patients)), test)
            alone = clone(pipeline).set_params(**settings).fit(design.values[train], design.malignant[train])
            asked = design.values[test]
            told = (
                alone.predict_proba(asked)[:, 1] if hasattr(alone, "predict_proba") else alone.decision_function(asked)
            )
            np.testing.assert_allclose(scores[test], told, rtol=1e-8, atol=1e-9)


def test_a_path_says_what_the_tuned_pipeline_says(make_design):
    design, candidate = with_gaps(make_design(effect=0.5, columns=30)), CANDIDATES[PRIMARY_MODEL]
    asked = np.random.default_rng(2).normal(size=(5, 30))
    asked[0, 3] = np.nan
    path = LogisticPath.of(candidate, design)
    tuned = tune(candidate, design, inner_sides(design), seed=3)
    told = path.probability(design, inner_sides(design), asked)
    np.testing.assert_allclose(told, tuned.probability(asked), rtol=1e-8)


def test_what_draws_numbers_or_is_no_regression_has_no_path(make_design):
    design, candidate = make_design(), CANDIDATES[PRIMARY_MODEL]
    drawing = Pipeline([("impute", DrawImputer()), *candidate.pipeline.steps[1:]])
    assert LogisticPath.of(candidate, design) is not None
    assert LogisticPath.of(replace(candidate, pipeline=drawing), design) is None
    assert LogisticPath.of(CANDIDATES["linear-svm"], design) is None


def test_fitting_leaves_the_steps_of_the_pipeline_as_they_were(make_design):
    design, candidate = make_design(), CANDIDATES[PRIMARY_MODEL]
    pipeline = prepared(candidate.pipeline, design)
    before = [dict(vars(step)) for _, step in pipeline.steps]
    grid_scores(pipeline, candidate.grid, design, inner_sides(design))
    for (_, step), was in zip(pipeline.steps, before, strict=True):
        assert vars(step).keys() == was.keys()


def test_standardised_sides_are_those_of_the_scaler():
    rng = np.random.default_rng(4)
    learned, asked = rng.normal(size=(9, 6)) * 10.0 ** np.arange(-6, 6, 2) + 3, rng.normal(size=(4, 6))
    learned[:, 1], learned[:, 2] = 0.1, 1e9 / 3
    scaler = StandardScaler().fit(learned)
    for found, side in zip(standardised(learned, asked), (learned, asked), strict=True):
        np.testing.assert_allclose(found, scaler.transform(side), rtol=1e-9, atol=1e-9)


def test_the_first_point_wins_ties():
    labels = np.array([False, True, True])
    assert best_point(np.array([[2.0, 1.0, 3.0], [0.1, 0.2, 0.3], [1.0, 2.0, 3.0]]), labels) == 1
