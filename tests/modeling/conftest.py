"""Simulated tables with planted effects, and one small classification shared by the tests."""

import importlib.util
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.modeling import classify
from radiomics_mammo.modeling.candidates import built_in_candidates
from radiomics_mammo.modeling.design import CvResult, Design
from radiomics_mammo.modeling.evaluation import evaluate
from radiomics_mammo.modeling.nested_cv import CvJob, Work, cross_validate
from radiomics_mammo.modeling.plan import plan_study
from radiomics_mammo.modeling.splitting import grouped_folds
from radiomics_mammo.tables.primary import Analysis

_SOURCE = Path(__file__).parents[2] / "benchmarks" / "simulated_study.py"
_SPEC = importlib.util.spec_from_file_location("simulated_study", _SOURCE)
simulated = importlib.util.module_from_spec(_SPEC)
sys.modules["simulated_study"] = simulated
_SPEC.loader.exec_module(simulated)

SMALL = ModelingConfig(
    outer_folds=3, repeats=2, inner_folds=2, bootstrap_draws=100, permutations=20, loo_permutations=2, trees=10
)
"""The default profile, as small as it can be."""
_BUILT_IN = built_in_candidates(SMALL)
QUICK = tuple(
    replace(_BUILT_IN[name], grid=_BUILT_IN[name].grid[-1:])
    for name in ("logistic-regression", "linear-svm", "random-forest")
)
"""The default models with one point of their grids: a third of the time."""


@pytest.fixture(scope="session")
def make_study():
    """`make_study(**planted)` gives the tables of a simulated study."""

    def make(**planted):
        return simulated.simulated_study(simulated.Planted(**{"benign": 9, "malignant": 12, "features": 6, **planted}))

    return make


@pytest.fixture(scope="session")
def study(make_study):
    """9 benign and 12 malignant patients with a strong effect in both exams."""
    return make_study(recent_effect=1.0, change_effect=1.0)


@pytest.fixture(scope="session")
def config():
    return SMALL


@pytest.fixture(scope="session")
def quick():
    return QUICK


@pytest.fixture(scope="session")
def plan(study):
    return plan_study(study, config=SMALL, seed=5, extra=QUICK)


@pytest.fixture(scope="session")
def evaluation(plan):
    return evaluate(plan, cross_validate(plan.jobs, seed=5, work=Work()))


@pytest.fixture(scope="session")
def told():
    """What `classify` told on the way: texts of splits.json, calls of progress."""
    return {"splits": [], "progress": []}


@pytest.fixture(scope="session")
def classification(study, told):
    return classify(
        study,
        config=SMALL,
        seed=5,
        candidates=QUICK,
        measurement_hash="abc",
        measurement_settings="preset: quick",
        on_splits=told["splits"].append,
        progress=lambda *done: told["progress"].append(done),
    )


@pytest.fixture(scope="session")
def two_processes():
    """A `RunMany` of two processes."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool.map


@pytest.fixture
def make_design():
    """Independent normal columns, the first two shifted for malignant patients."""

    def make(n_benign=12, n_malignant=15, columns=5, effect=1.5, seed=3):
        rng = np.random.default_rng(seed)
        malignant = np.arange(n_benign + n_malignant) >= n_benign
        values = rng.normal(size=(len(malignant), columns))
        values[:, :2] += effect * malignant[:, None]
        ids = np.array([f"p{row:02d}" for row in range(len(malignant))])
        names = tuple(f"recent_f{column}" for column in range(columns))
        nothing = np.full(columns, np.nan)
        return Design(patients=ids, malignant=malignant, values=values, columns=names, reliability=nothing)

    return make


@pytest.fixture
def make_result():
    """Out-of-fold predictions given by hand, shape (repeats, n); one row a patient unless named."""

    def make(probability, malignant, patients=None, used=None, **analysis):
        scores = np.atleast_2d(np.asarray(probability, dtype=float))
        ids = [f"p{row:02d}" for row in range(scores.shape[1])] if patients is None else patients
        chosen = np.ones((2, 2), dtype=bool) if used is None else np.asarray(used, dtype=bool)
        return CvResult(
            analysis=Analysis(**analysis),
            patients=np.array(ids),
            malignant=np.asarray(malignant, dtype=bool),
            columns=tuple(f"recent_f{column}" for column in range(chosen.shape[1])),
            probability=scores,
            threshold=np.full(scores.shape, 0.5),
            fold=np.ones(scores.shape, dtype=int),
            frequency=chosen,
            shuffled={},
        )

    return make


@pytest.fixture(scope="session")
def job_of():
    """`job_of(design, model)` is that design on three folds, twice repeated unless said otherwise."""
    candidates = built_in_candidates(ModelingConfig(trees=10))

    def make(design, model="logistic-regression", clusters=None, **folds):
        wanted = {"outer_folds": 3, "repeats": 2, "inner_folds": 2, "seed": 1, **folds}
        made = grouped_folds(design.patient_labels(), **wanted)
        named = Analysis(model=model, feature_set="recent")
        return CvJob(analysis=named, design=design, candidate=candidates[model], folds=made, clusters=clusters)

    return make


@pytest.fixture
def changed():
    """`changed(study, deltas=function)` gives the study with one table changed."""

    def change(study, **tables):
        return replace(study, **{name: function(getattr(study, name).copy()) for name, function in tables.items()})

    return change
