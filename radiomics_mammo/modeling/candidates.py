"""The models that may be tried: named scikit-learn pipelines, each with a small grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import product

from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.filters import ColumnScreen, ColumnSelector, DrawImputer, MedianImputer
from radiomics_mammo.modeling.logistic import SOLVER, TOLERANCE
from radiomics_mammo.tables.primary import PRIMARY_MODEL

Settings = Mapping[str, object]
"""One point of a grid: names as `Pipeline.set_params` takes them."""

DEFAULT_MODELS = (PRIMARY_MODEL, "linear-svm", "random-forest")
_CHOSEN_COLUMNS = (5, 15)
"""With 12 benign patients on a training side more columns cannot be supported (events per variable)."""
_PENALTIES = (0.01, 0.1, 1.0)


@dataclass(frozen=True, eq=False)
class Candidate:
    """A model with its whole preparation.

    Parameters
    ----------
    name : str
        Word used in the tables.
    pipeline : sklearn.pipeline.Pipeline
        Takes values with gaps (not-a-number) and a Boolean label; everything it learns, it learns from what it is
        given. The last step has ``predict_proba``, or ``decision_function`` (then made a probability by a sigmoid
        fitted on inner out-of-fold scores). Every parameter named ``random_state`` is set by the runner.
    grid : tuple of mapping
        Settings to choose from inside; the first wins ties, so the simplest comes first.

    Raises
    ------
    ModelingError
        If the grid is empty, the name is empty, or the last step predicts no scores.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> steps = [("impute", MedianImputer()), ("model", GaussianNB())]
    >>> Candidate("naive-bayes", Pipeline(steps), ({},)).name
    'naive-bayes'
    """

    name: str
    pipeline: Pipeline
    grid: tuple[Settings, ...]

    def __post_init__(self) -> None:
        model = self.pipeline.steps[-1][1]
        scores = hasattr(model, "predict_proba") or hasattr(model, "decision_function")
        if not self.name or not self.grid or not scores:
            expected = "a name, a grid of at least one point, a model with predict_proba or decision_function"
            raise ModelingError(f"candidate {self.name!r}", expected, repr(model)[:80], "correct the candidate")


def grid_of(choices: Mapping[str, Sequence[object]]) -> tuple[Settings, ...]:
    """All combinations of some choices, the last name varying fastest.

    Examples
    --------
    >>> grid_of({"a": (1, 2), "b": (3,)})
    ({'a': 1, 'b': 3}, {'a': 2, 'b': 3})
    """
    return tuple(dict(zip(choices, point, strict=True)) for point in product(*choices.values()))


def built_in_candidates(config: ModelingConfig) -> dict[str, Candidate]:
    """The candidates of the package, by name; the primary one first. A further model is one more entry here.

    Trees see the screened columns, the others choose a few of them.

    Examples
    --------
    >>> list(built_in_candidates(ModelingConfig()))
    ['logistic-regression', 'linear-svm', 'lda', 'random-forest', 'gradient-boosting']
    """
    weight = None if config.class_weight == "none" else "balanced"
    columns = {"select__n_columns": _CHOSEN_COLUMNS}
    forest = RandomForestClassifier(n_estimators=config.trees, class_weight=weight, n_jobs=1, random_state=0)
    boosting = GradientBoostingClassifier(max_depth=2, learning_rate=0.05, subsample=0.8, random_state=0)
    screen = ColumnScreen(
        min_icc=config.min_icc, max_columns=config.screen_columns, max_correlation=config.max_correlation
    )
    screened: list[tuple[str, object]] = [("impute", MedianImputer()), ("scale", StandardScaler()), ("screen", screen)]
    drawn: list[tuple[str, object]] = [("impute", DrawImputer()), *screened[1:]]
    chosen = [*screened, ("select", ColumnSelector(method=config.selection))]
    logistic = LogisticRegression(class_weight=weight, solver=SOLVER, tol=TOLERANCE, max_iter=1000)
    svm = SVC(kernel="linear", class_weight=weight, random_state=0)
    lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    models: dict[str, tuple[list[tuple[str, object]], object, Mapping[str, Sequence[object]]]] = {
        PRIMARY_MODEL: (chosen, logistic, {**columns, "model__C": _PENALTIES}),
        "linear-svm": (chosen, svm, {**columns, "model__C": _PENALTIES}),
        "lda": (chosen, lda, columns),
        "random-forest": (drawn, forest, {"model__min_samples_leaf": (3, 1)}),
        "gradient-boosting": (drawn, boosting, {"model__n_estimators": (50, 100)}),
    }
    return {
        name: Candidate(name, Pipeline([*steps, ("model", model)]), grid_of(choices))
        for name, (steps, model, choices) in models.items()
    }


def import_candidate(path: str, config: ModelingConfig) -> Candidate:
    """A user's candidate, named ``package.module:function``; the function takes a `ModelingConfig`.

    Parameters
    ----------
    path : str
        Importing it runs that code: list only modules you would also run yourself. Saved models never do this.

    Raises
    ------
    ModelingError
        If it cannot be imported or does not return a `Candidate`.
    """
    module, _, name = path.partition(":")
    try:
        found = getattr(import_module(module), name)(config)
    except (ImportError, AttributeError, TypeError) as error:
        problem = f"{type(error).__name__}: {error}"[:120]
        raise ModelingError(
            f"extra candidate {path}", "package.module:function", problem, "correct the path"
        ) from error
    if not isinstance(found, Candidate):
        raise ModelingError(f"extra candidate {path}", "a Candidate", type(found).__name__, "return a Candidate")
    return found
