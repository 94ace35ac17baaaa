"""Nested cross-validation: settings are chosen in the inner loop, only out-of-fold predictions leave the outer.

scikit-learn's search does not hand the patients to its inner folds, so both loops are written out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from radiomics_mammo.core.batch import RunMany, run_here
from radiomics_mammo.modeling.candidates import Candidate, Settings
from radiomics_mammo.modeling.design import CvResult, Design, Flags, Floats
from radiomics_mammo.modeling.filters import used_columns
from radiomics_mammo.modeling.inner_loop import LogisticPath, best_point, grid_scores, margin_of, prepared
from radiomics_mammo.modeling.metrics import fit_sigmoid
from radiomics_mammo.modeling.splitting import Fold, stream, whole_seed
from radiomics_mammo.tables.primary import Analysis

Progress = Callable[[str, int, int], None]
"""``progress(stage, done, total)``."""
STAGE = "classify"
_FOLDS_A_TASK = 5
_Task = TypeVar("_Task")
_Answer = TypeVar("_Answer")


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
        return _as_probability(margin_of(self.pipeline, values), self.sigmoid)


def tune(candidate: Candidate, design: Design, inner: Sequence[tuple[str, ...]], *, seed: int) -> TunedModel:
    """Grid search by pooled inner out-of-fold AUC, then a refit on all rows of the training side `design`.

    `inner` names the patients of the inner test sides; the seed is for models that draw random numbers.
    """
    pipeline = prepared(candidate.pipeline, design, seed)
    scores = grid_scores(pipeline, candidate.grid, design, inner)
    best = best_point(scores, design.malignant)
    chosen = clone(pipeline).set_params(**candidate.grid[best]).fit(design.values, design.malignant)
    sigmoid = None if hasattr(chosen, "predict_proba") else fit_sigmoid(scores[best], design.malignant)
    threshold = best_threshold(_as_probability(scores[best], sigmoid), design.malignant)
    return TunedModel(chosen, sigmoid, threshold, candidate.grid[best])


def best_threshold(probability: Floats, malignant: Flags) -> float:
    """Largest Youden index: its probability, half way to the next lower value; ties go to the middle one.

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


def _as_probability(margin: Floats, sigmoid: tuple[float, float] | None) -> Floats:
    if sigmoid is None:
        return margin
    return np.asarray(expit(sigmoid[0] + sigmoid[1] * margin), dtype=np.float64)


@dataclass(frozen=True)
class Work:
    """Where pieces of work are done, and who is told."""

    run_many: RunMany = run_here
    progress: Progress | None = None

    def each(self, function: Callable[[_Task], _Answer], tasks: Sequence[_Task]) -> Iterator[_Answer]:
        """Answers in the order of the tasks."""
        for done, answer in enumerate(self.run_many(function, tasks), 1):
            if self.progress is not None:
                self.progress(STAGE, done, len(tasks))
            yield answer


@dataclass(frozen=True, eq=False, kw_only=True)
class CvJob:
    """One analysis to be cross-validated.

    Parameters
    ----------
    analysis : Analysis
    design : Design
    candidate : Candidate
    folds : tuple of Fold
    clusters : ndarray of int, shape (p,), or None
        Cluster of correlated columns of each column; given where their importance is wanted.
    """

    analysis: Analysis
    design: Design
    candidate: Candidate
    folds: tuple[Fold, ...]
    clusters: NDArray[np.intp] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class FoldOutcome:
    """What one outer fold leaves: rows and probabilities of its test side, threshold, columns used.

    `shuffled` holds, by cluster, the probabilities after the columns of that cluster were shuffled over the test side.
    """

    fold: Fold
    rows: NDArray[np.intp]
    probability: Floats
    threshold: float
    used: NDArray[np.intp]
    shuffled: dict[int, Floats]


def cross_validate(jobs: Sequence[CvJob], *, seed: int, work: Work) -> tuple[CvResult, ...]:
    """Cross-validate several analyses, parallel over their outer folds, with the seed of the study.

    Results come in the order of `jobs`, with the same numbers however the work is shared out.
    """
    tasks = [
        (number, replace(job, folds=job.folds[start : start + _FOLDS_A_TASK]))
        for number, job in enumerate(jobs)
        for start in range(0, len(job.folds), _FOLDS_A_TASK)
    ]
    gathered: list[list[FoldOutcome]] = [[] for _ in jobs]
    answers = work.each(partial(_on_one_thread, seed=seed), [part for _, part in tasks])
    for (number, _), outcomes in zip(tasks, answers, strict=True):
        gathered[number].extend(outcomes)
    return tuple(gather(job, outcomes) for job, outcomes in zip(jobs, gathered, strict=True))


def _on_one_thread(job: CvJob, seed: int) -> tuple[FoldOutcome, ...]:
    """Numbers must not depend on how many threads add them up."""
    with threadpool_limits(limits=1):
        return fit_folds(job, seed)


def fit_folds(job: CvJob, seed: int) -> tuple[FoldOutcome, ...]:
    """What every fold of a job leaves, fitted here and now."""
    return tuple(_fit_fold(job, fold, seed) for fold in job.folds)


def _fit_fold(job: CvJob, fold: Fold, seed: int) -> FoldOutcome:
    test = job.design.rows_of(fold.test)
    names = (job.analysis.unit, job.candidate.name, job.analysis.feature_set, fold.repeat, fold.fold)
    learned = job.design.only_rows(job.design.rows_of(fold.train))
    model = tune(job.candidate, learned, fold.inner, seed=whole_seed(seed, "fit", *names))
    asked = job.design.values[test]
    used = used_columns(model.pipeline.steps[:-1], asked.shape[1])
    shuffled = {}
    if job.clusters is not None:
        rng = stream(seed, "shuffle", *names)
        for cluster in np.unique(job.clusters[used]).tolist():
            columns, changed = job.clusters == cluster, asked.copy()
            changed[:, columns] = asked[rng.permutation(len(asked))][:, columns]
            shuffled[cluster] = model.probability(changed)
    return FoldOutcome(
        fold=fold,
        rows=test,
        probability=model.probability(asked),
        threshold=model.threshold,
        used=used,
        shuffled=shuffled,
    )


def out_of_fold(job: CvJob, seed: int) -> Floats:
    """Out-of-fold probabilities of a job alone, shape (repeats, n), fitted here and now: those of `fit_folds`."""
    path = LogisticPath.of(job.candidate, job.design)
    if path is None:
        return gather(job, fit_folds(job, seed)).probability
    probability = np.full((max(fold.repeat for fold in job.folds), len(job.design.patients)), np.nan)
    for fold in job.folds:
        test = job.design.rows_of(fold.test)
        learned = job.design.only_rows(job.design.rows_of(fold.train))
        probability[fold.repeat - 1, test] = path.probability(learned, fold.inner, job.design.values[test])
    return probability


def gather(job: CvJob, outcomes: Sequence[FoldOutcome]) -> CvResult:
    """Out-of-fold predictions of a job from what its folds left."""
    shape = (max(fold.repeat for fold in job.folds), len(job.design.patients))
    probability, threshold = np.full(shape, np.nan), np.full(shape, np.nan)
    numbers = np.zeros(shape, dtype=np.intp)
    used = np.zeros((len(outcomes), len(job.design.columns)), dtype=bool)
    for fit, outcome in enumerate(outcomes):
        where = outcome.fold.repeat - 1, outcome.rows
        probability[where], threshold[where] = outcome.probability, outcome.threshold
        numbers[where] = outcome.fold.fold
        used[fit, outcome.used] = True
    shuffled = {cluster: probability.copy() for outcome in outcomes for cluster in outcome.shuffled}
    for outcome in outcomes:
        for cluster, values in outcome.shuffled.items():
            shuffled[cluster][outcome.fold.repeat - 1, outcome.rows] = values
    return CvResult(
        analysis=job.analysis,
        patients=job.design.patients,
        malignant=job.design.malignant,
        columns=job.design.columns,
        probability=probability,
        threshold=threshold,
        fold=numbers,
        frequency=used,
        shuffled=shuffled,
    )
