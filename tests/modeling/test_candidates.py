import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.candidates import (
    Candidate,
    built_in_candidates,
    grid_of,
    import_candidate,
)
from radiomics_mammo.modeling.filters import MedianImputer


def naive_bayes(config):
    """A user's candidate, found by its import path."""
    return Candidate("naive-bayes", Pipeline([("impute", MedianImputer()), ("model", GaussianNB())]), ({},))


def not_a_candidate(config):
    return config


@pytest.mark.parametrize("name", list(built_in_candidates(ModelingConfig())))
def test_every_candidate_fits_values_with_gaps_at_every_point_of_its_grid(name, make_design):
    candidate = built_in_candidates(ModelingConfig(trees=10))[name]
    design = make_design(columns=7)
    values = np.where(np.random.default_rng(1).random(design.values.shape) < 0.1, np.nan, design.values)
    for settings in candidate.grid:
        fitted = candidate.pipeline.set_params(**settings).fit(values, design.malignant)
        assert fitted.predict(values).shape == (27,)


def test_settings_reach_the_pipelines():
    weighted = built_in_candidates(ModelingConfig(class_weight="balanced", selection="lasso", trees=11))
    assert weighted["logistic-regression"].pipeline.get_params()["model__class_weight"] == "balanced"
    assert weighted["linear-svm"].pipeline.get_params()["select__method"] == "lasso"
    assert weighted["random-forest"].pipeline.get_params()["model__n_estimators"] == 11


def test_grid_runs_through_all_combinations():
    assert len(grid_of({"a": (1, 2), "b": (3, 4, 5)})) == 6
    assert grid_of({}) == ({},)


@pytest.mark.parametrize(
    ("name", "steps", "grid"),
    [("", [("m", GaussianNB())], ({},)), ("x", [("m", GaussianNB())], ()), ("x", [("m", StandardScaler())], ({},))],
)
def test_incomplete_candidates_are_refused(name, steps, grid):
    with pytest.raises(ModelingError, match="candidate"):
        Candidate(name, Pipeline(steps), grid)


def test_import_path_gives_the_users_candidate(monkeypatch):
    monkeypatch.syspath_prepend(str(__import__("pathlib").Path(__file__).parent))
    assert import_candidate("test_candidates:naive_bayes", ModelingConfig()).name == "naive-bayes"
    with pytest.raises(ModelingError, match="a Candidate"):
        import_candidate("test_candidates:not_a_candidate", ModelingConfig())


@pytest.mark.parametrize("path", ["no.such.module:f", "math:no_such_name", "math:pi"])
def test_wrong_import_paths_are_refused_in_words(path):
    with pytest.raises(ModelingError, match="extra candidate"):
        import_candidate(path, ModelingConfig())
