"""The inner loop: every point of a grid scored on inner folds, with nothing learned twice.

Preparations (imputation, scaling, screening, selection) that several points of a grid share are fitted once a fold.
Where the model is a penalised logistic regression, all points of all inner folds are fitted at once (`logistic`).
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from radiomics_mammo.modeling.candidates import Candidate, Settings
from radiomics_mammo.modeling.design import Design, Flags, Floats
from radiomics_mammo.modeling.logistic import Training, fit_stack, is_penalised_logistic
from radiomics_mammo.modeling.metrics import concordances

_EPSILON = np.finfo(np.float64).eps
Sides = tuple[Floats, Floats]
"""Prepared values of a training side and of the side that is asked about."""


def prepared(pipeline: Pipeline, design: Design, seed: int | None = None) -> Pipeline:
    """A fresh copy that knows the ICC of its columns, and the seed if one is given."""
    ready = clone(pipeline)
    names = ready.get_params()
    if seed is not None:
        ready.set_params(**{name: seed for name in names if name.rpartition("__")[2] == "random_state"})
    if "screen__reliability" in names:
        ready.set_params(screen__reliability=np.array(design.reliability))
    return ready


def grid_scores(
    pipeline: Pipeline, grid: Sequence[Settings], design: Design, inner: Sequence[tuple[str, ...]]
) -> Floats:
    """Out-of-fold margins of a training side at each point of a grid, shape (grid, n).

    Parameters
    ----------
    pipeline : Pipeline
        `prepared` for the design.
    grid : sequence of mapping
    design : Design
    inner : sequence of tuple of str
        Patients of the inner test sides.
    """
    sides = [design.rows_of(patients) for patients in inner]
    scores = np.empty((len(grid), len(design.malignant)))
    if is_penalised_logistic(pipeline.steps[-1][1]):
        tried = [_trainings(pipeline, grid, design, test) for test in sides]
        trainings = [training for parts, _ in tried for training in parts]
        fitted = iter(fit_stack(trainings, balanced=_is_balanced(pipeline)))
        for test, (parts, asked) in zip(sides, tried, strict=True):
            for point in range(len(parts)):
                scores[point, test] = next(fitted).probability(asked[point])
        return scores
    for test in sides:
        scores[:, test] = _margins(pipeline, grid, design, test)
    return scores


def best_point(scores: Floats, malignant: Flags) -> int:
    """Point of the grid with the largest pooled AUC; the first, and simplest, wins ties."""
    return int(np.argmax(concordances(scores, malignant)))


def margin_of(model: Any, values: Floats) -> Floats:  # noqa: ANN401 - any estimator with scores
    """Probability of malignant, or the margin of a model without probabilities, shape (n,)."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(values)[:, 1], dtype=np.float64)
    return np.asarray(model.decision_function(values), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class LogisticPath:
    """A candidate that can be tuned and asked without a fitted scikit-learn pipeline, as permutations do by thousands.

    Parameters
    ----------
    pipeline : Pipeline
        `prepared`; its preparation draws no random number, its model is a penalised logistic regression.
    grid : tuple of mapping
    """

    pipeline: Pipeline
    grid: tuple[Settings, ...]

    @classmethod
    def of(cls, candidate: Candidate, design: Design) -> LogisticPath | None:
        """The path of a candidate on the columns of a design; None where the candidate is of another kind."""
        *steps, (_, model) = candidate.pipeline.steps
        drawn = any("random_state" in step.get_params() for _, step in steps if step != "passthrough")
        if drawn or not is_penalised_logistic(model):
            return None
        return cls(prepared(candidate.pipeline, design), candidate.grid)

    def probability(self, design: Design, inner: Sequence[tuple[str, ...]], asked: Floats) -> Floats:
        """Probability of malignant of the rows asked about, shape (n,): tuned inside `design`, refitted on all of it.

        The same as `nested_cv.tune` and its `probability`.
        """
        best = best_point(grid_scores(self.pipeline, self.grid, design, inner), design.malignant)
        settings = self.grid[best]
        learned, asked = through_steps(
            self.pipeline, settings, design.malignant, {"": (design.values, np.asarray(asked))}
        )
        training = Training(learned, design.malignant, _inverse_penalty(self.pipeline, settings))
        (fitted,) = fit_stack([training], balanced=_is_balanced(self.pipeline))
        return fitted.probability(asked)


def _trainings(
    pipeline: Pipeline, grid: Sequence[Settings], design: Design, test: NDArray[np.intp]
) -> tuple[list[Training], list[Floats]]:
    """What to fit at each point of a grid, and the prepared rows of the test side."""
    labels, seen = _start(design, test)
    trainings, asked = [], []
    for settings in grid:
        learned, rows = through_steps(pipeline, settings, labels, seen)
        trainings.append(Training(learned, labels, _inverse_penalty(pipeline, settings)))
        asked.append(rows)
    return trainings, asked


def _margins(pipeline: Pipeline, grid: Sequence[Settings], design: Design, test: NDArray[np.intp]) -> Floats:
    """Margins of one inner test side at each point of the grid."""
    labels, seen = _start(design, test)
    margins = []
    for settings in grid:
        learned, asked = through_steps(pipeline, settings, labels, seen)
        margins.append(margin_of(_with(pipeline.steps[-1], settings).fit(learned, labels), asked))
    return np.array(margins)


def _start(design: Design, test: NDArray[np.intp]) -> tuple[Flags, dict[str, Sides]]:
    """Labels of a training side, and both sides before any step."""
    learns = np.ones(len(design.malignant), dtype=np.bool_)
    learns[test] = False
    return design.malignant[learns], {"": (design.values[learns], design.values[test])}


def through_steps(pipeline: Pipeline, settings: Settings, labels: Flags, seen: dict[str, Sides]) -> Sides:
    """Both sides after the preparation, fitted to the first; steps with the same settings are fitted once.

    Parameters
    ----------
    pipeline : Pipeline
    settings : mapping
    labels : ndarray of bool, shape (n,)
        Of the training side.
    seen : dict
        Sides by what they went through, ``""`` for none; what is new is added.
    """
    key = ""
    for step in pipeline.steps[:-1]:
        if step[1] == "passthrough":
            continue
        before = key
        key += f"/{step[0]}{_own(step[0], settings)}"
        if key not in seen:
            seen[key] = _through(_with(step, settings), seen[before], labels)
    return seen[key]


def _through(step: Any, sides: Sides, labels: Flags) -> Sides:  # noqa: ANN401 - whatever the step is
    if type(step) is StandardScaler and step.with_mean and step.with_std:
        return standardised(*sides)
    learned = step.fit_transform(sides[0], labels)
    return learned, step.transform(sides[1])


def standardised(learned: Floats, asked: Floats) -> Sides:
    """Both sides less the mean of the first, over its standard deviation: those of `StandardScaler`, without checks.

    Examples
    --------
    >>> [side.tolist() for side in standardised(np.array([[0.0], [2.0]]), np.array([[3.0]]))]
    [[[-1.0], [1.0]], [[2.0]]]
    """
    n = len(learned)
    centre = learned.sum(axis=0) / n
    away = learned - centre
    variance = ((away**2).sum(axis=0) - away.sum(axis=0) ** 2 / n) / n
    constant = variance <= n * _EPSILON * variance + (n * centre * _EPSILON) ** 2
    spread = np.where(constant, 1.0, np.sqrt(variance))
    return away / spread, (asked - centre) / spread


def _own(step: str, settings: Settings) -> dict[str, object]:
    return {name.removeprefix(f"{step}__"): value for name, value in settings.items() if name.startswith(f"{step}__")}


def _with(step: tuple[str, Any], settings: Settings) -> Any:  # noqa: ANN401 - whatever the step is
    """An unfitted step with its own settings; the pipeline's step is left as it was."""
    own = _own(step[0], settings)
    return clone(step[1]).set_params(**own) if own and not own.keys() <= vars(step[1]).keys() else _copied(step[1], own)


def _copied(step: Any, own: dict[str, object]) -> Any:  # noqa: ANN401 - whatever the step is
    fresh = copy(step)
    vars(fresh).update(own)
    return fresh


def _inverse_penalty(pipeline: Pipeline, settings: Settings) -> float:
    name, model = pipeline.steps[-1]
    asked = _own(name, settings).get("C", model.C)
    return float(asked)  # type: ignore[arg-type]


def _is_balanced(pipeline: Pipeline) -> bool:
    return bool(pipeline.steps[-1][1].class_weight == "balanced")
