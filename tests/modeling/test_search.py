import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.modeling.candidates import Candidate, built_in_candidates, grid_of
from radiomics_mammo.modeling.filters import ColumnSelector, MedianImputer
from radiomics_mammo.modeling.scoring import concordance
from radiomics_mammo.modeling.search import best_threshold, log_odds, tune


def inner_sides(design, number=3):
    return tuple(tuple(design.patients[start::number].tolist()) for start in range(number))


def selecting(model, **grid):
    steps = [("impute", MedianImputer()), ("select", ColumnSelector()), ("model", model)]
    return Candidate("test", Pipeline(steps), grid_of(grid))


def test_settings_are_those_of_an_inner_search_written_out(make_design):
    design, inner = make_design(effect=0.8, columns=6), None
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


def test_log_odds_stay_finite():
    assert np.isfinite(log_odds(np.array([0.0, 1.0]))).all()
