"""The inner loop: settings, sigmoid and threshold are chosen on patients of the training side only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from radiomics_mammo.modeling.candidates import Candidate, Settings
from radiomics_mammo.modeling.design import Design, Flags, Floats
from radiomics_mammo.modeling.scoring import concordance, fit_sigmoid

_Sides = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class TunedModel:
    """A pipeline fitted on one training side, with what was chosen inside.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline
        Fitted on the whole training side with the chosen settings.
    sigmoid : tuple of float or None
        Intercept and slope that turn the margin of a model without probabilities into one (Platt 1999).
    threshold : float
        Probability at or above which a row is called malignant: the largest Youden index inside.
    settings : mapping
        Chosen point of the grid.
    """

    pipeline: Pipeline
    sigmoid: tuple[float, float] | None
    threshold: float
    settings: Settings

    def probability(self, values: Floats) -> Floats:
        """Probability of malignant for rows of shape (n, p)."""
        return _as_probability(_margin(self.pipeline, values), self.sigmoid)


def tune(candidate: Candidate, design: Design, inner: Sequence[tuple[str, ...]], *, seed: int) -> TunedModel:
    """Choose settings by pooled inner out-of-fold AUC, then refit on all rows.

    Parameters
    ----------
    candidate : Candidate
    design : Design
        The training side only.
    inner : sequence of tuple of str
        Patients of the inner test sides.
    seed : int
        For models that draw random numbers.
    """
    pipeline = _prepared(candidate.pipeline, design, seed)
    scores = np.empty((len(candidate.grid), len(design.malignant)))
    for patients in inner:
        _score_side(pipeline, candidate.grid, scores, (design, design.rows_of(patients)))
    best = int(np.argmax([concordance(row, design.malignant) for row in scores]))
    chosen = clone(pipeline).set_params(**candidate.grid[best]).fit(design.values, design.malignant)
    sigmoid = None if hasattr(chosen, "predict_proba") else fit_sigmoid(scores[best], design.malignant)
    threshold = best_threshold(_as_probability(scores[best], sigmoid), design.malignant)
    return TunedModel(chosen, sigmoid, threshold, candidate.grid[best])


def best_threshold(probability: Floats, malignant: Flags) -> float:
    """Probability with the largest Youden index, half way to the next lower value; ties go to the middle one.

    Examples
    --------
    >>> best_threshold(np.array([0.1, 0.2, 0.6, 0.9]), np.array([False, False, True, True]))
    0.4
    """
    levels = np.unique(probability)
    called = probability[None, :] >= levels[:, None]
    youden = called[:, malignant].mean(axis=1) - called[:, ~malignant].mean(axis=1)
    winners = np.flatnonzero(youden >= youden.max() - 1e-12)
    place = int(winners[len(winners) // 2])
    return float((levels[place] + levels[max(place - 1, 0)]) / 2)


def _prepared(pipeline: Pipeline, design: Design, seed: int) -> Pipeline:
    ready = clone(pipeline)
    names = ready.get_params()
    ready.set_params(**{name: seed for name in names if name.rpartition("__")[2] == "random_state"})
    if "screen__reliability" in names:
        ready.set_params(screen__reliability=np.array(design.reliability))
    return ready


def _score_side(pipeline: Pipeline, grid: Sequence[Settings], scores: Floats, side: tuple[Design, np.ndarray]) -> None:
    design, test = side
    train = np.ones(len(design.malignant), dtype=bool)
    train[test] = False
    labels = design.malignant[train]
    seen: dict[str, _Sides] = {"": (design.values[train], design.values[test])}
    for row, settings in enumerate(grid):
        learned, asked = _through_steps(pipeline, settings, labels, seen)
        model = _with(pipeline.steps[-1], settings).fit(learned, labels)
        scores[row, test] = _margin(model, asked)


def _through_steps(pipeline: Pipeline, settings: Settings, labels: Flags, seen: dict[str, _Sides]) -> _Sides:
    key = ""
    for step in pipeline.steps[:-1]:
        if step[1] == "passthrough":
            continue
        before = key
        key += f"/{step[0]}{_own(step[0], settings)}"
        if key not in seen:
            fitted = _with(step, settings).fit(seen[before][0], labels)
            seen[key] = fitted.transform(seen[before][0]), fitted.transform(seen[before][1])
    return seen[key]


def _own(step: str, settings: Settings) -> dict[str, object]:
    return {name.removeprefix(f"{step}__"): value for name, value in settings.items() if name.startswith(f"{step}__")}


def _with(step: tuple[str, object], settings: Settings) -> Pipeline:
    return clone(step[1]).set_params(**_own(step[0], settings))


def _margin(model: Pipeline, values: Floats) -> Floats:
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(values)[:, 1], dtype=np.float64)
    return np.asarray(model.decision_function(values), dtype=np.float64)


def _as_probability(margin: Floats, sigmoid: tuple[float, float] | None) -> Floats:
    if sigmoid is None:
        return margin
    return np.asarray(expit(sigmoid[0] + sigmoid[1] * margin), dtype=np.float64)


def log_odds(probability: Floats) -> Floats:
    """Log odds, kept finite at 0 and 1.

    Examples
    --------
    >>> log_odds(np.array([0.5])).tolist()
    [0.0]
    """
    return np.asarray(logit(np.clip(probability, 1e-6, 1 - 1e-6)), dtype=np.float64)
