"""The outer loop, by hand: every fold learns from its own patients and only out-of-fold predictions leave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from radiomics_mammo.core.batch import RunMany, run_here
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.core.geometry import frozen_array
from radiomics_mammo.modeling.candidates import Candidate
from radiomics_mammo.modeling.design import Analysis, Design, Flags, Floats, Names
from radiomics_mammo.modeling.filters import used_columns
from radiomics_mammo.modeling.search import TunedModel, tune
from radiomics_mammo.modeling.splitting import Fold
from radiomics_mammo.modeling.streams import stream, whole_seed

Progress = Callable[[str, int, int], None]
"""``progress(stage, done, total)``."""
_FOLDS_A_TASK = 5
STAGE = "classify"
_Task = TypeVar("_Task")
_Answer = TypeVar("_Answer")


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


@dataclass(frozen=True, eq=False)
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
    clusters: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class FoldTask:
    """Some folds of one job, the piece of work sent to a process."""

    job: CvJob
    seed: int


@dataclass(frozen=True, eq=False)
class FoldOutcome:
    """What one outer fold leaves: rows and probabilities of its test side, threshold, columns used.

    `shuffled` holds, by cluster, the probabilities after the columns of that cluster were shuffled over the test side.
    """

    fold: Fold
    rows: np.ndarray
    probability: Floats
    threshold: float
    used: np.ndarray
    shuffled: dict[int, Floats]


@dataclass(frozen=True, eq=False)
class CvResult:
    """Out-of-fold predictions of one analysis.

    Parameters
    ----------
    analysis : Analysis
    patients : ndarray of str, shape (n,)
    malignant : ndarray of bool, shape (n,)
    columns : tuple of str
    probability, threshold : ndarray of shape (repeats, n)
    fold : ndarray of int, shape (repeats, n)
    frequency : ndarray of bool, shape (fits, p)
        Which columns reached the model in each outer fit.
    shuffled : dict of int to ndarray of shape (repeats, n)
        Probabilities after shuffling a cluster of columns.
    """

    analysis: Analysis
    patients: Names
    malignant: Flags
    columns: tuple[str, ...]
    probability: Floats
    threshold: Floats
    fold: np.ndarray
    frequency: Flags
    shuffled: dict[int, Floats]

    def __post_init__(self) -> None:
        if not np.isfinite(self.probability).all():
            raise ModelingError(
                f"{self.analysis.model} on {self.analysis.feature_set}",
                "a probability for every row in every repeat",
                f"{int((~np.isfinite(self.probability)).sum())} missing or not finite",
                "check the candidate or the splits",
            )
        for name in ("patients", "malignant", "probability", "threshold", "fold", "frequency"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    @property
    def called(self) -> Flags:
        """Rows called malignant at the threshold chosen inside, shape (repeats, n)."""
        return np.asarray(self.probability >= self.threshold)

    def subset(self, rows: Flags) -> CvResult:
        """The same analysis on fewer rows, for example one view."""
        return replace(
            self,
            patients=self.patients[rows],
            malignant=self.malignant[rows],
            probability=self.probability[:, rows],
            threshold=self.threshold[:, rows],
            fold=self.fold[:, rows],
            shuffled={cluster: values[:, rows] for cluster, values in self.shuffled.items()},
        )


def run_task(task: FoldTask) -> tuple[FoldOutcome, ...]:
    """Fit and predict the folds of one task; linear algebra on one thread, so that numbers never depend on it."""
    with threadpool_limits(limits=1):
        return fit_folds(task.job, task.seed)


def fit_folds(job: CvJob, seed: int) -> tuple[FoldOutcome, ...]:
    """What every fold of a job leaves, fitted here and now."""
    return tuple(_run_fold(job, fold, seed) for fold in job.folds)


def _run_fold(job: CvJob, fold: Fold, seed: int) -> FoldOutcome:
    train, test = job.design.rows_of(fold.train), job.design.rows_of(fold.test)
    learned = replace(
        job.design,
        patients=job.design.patients[train],
        malignant=job.design.malignant[train],
        values=job.design.values[train],
    )
    names = (job.analysis.unit, job.candidate.name, job.analysis.feature_set, fold.repeat, fold.fold)
    model = tune(job.candidate, learned, fold.inner, seed=whole_seed(seed, "fit", *names))
    asked = job.design.values[test]
    used = used_columns(model.pipeline.steps[:-1], asked.shape[1])
    shuffled = {}
    if job.clusters is not None:
        rng = stream(seed, "shuffle", *names)
        for cluster in np.unique(job.clusters[used]).tolist():
            shuffled[cluster] = _without(model, asked, job.clusters == cluster, rng)
    return FoldOutcome(fold, test, model.probability(asked), model.threshold, used, shuffled)


def _without(model: TunedModel, asked: Floats, columns: Flags, rng: np.random.Generator) -> Floats:
    """Probabilities after these columns were shuffled together over the test side."""
    changed = asked.copy()
    changed[:, columns] = asked[rng.permutation(len(asked))][:, columns]
    return model.probability(changed)


def cross_validate(jobs: Sequence[CvJob], *, seed: int, work: Work) -> tuple[CvResult, ...]:
    """Cross-validate several analyses, parallel over their outer folds.

    Parameters
    ----------
    jobs : sequence of CvJob
    seed : int
        Seed of the study.
    work : Work
        Where the folds are fitted.

    Returns
    -------
    tuple of CvResult
        In the order of `jobs`; the same numbers however the work is shared out.
    """
    tasks, owners = [], []
    for number, job in enumerate(jobs):
        for start in range(0, len(job.folds), _FOLDS_A_TASK):
            tasks.append(FoldTask(replace(job, folds=job.folds[start : start + _FOLDS_A_TASK]), seed))
            owners.append(number)
    gathered: list[list[FoldOutcome]] = [[] for _ in jobs]
    for owner, outcomes in zip(owners, work.each(run_task, tasks), strict=True):
        gathered[owner].extend(outcomes)
    return tuple(gather(job, outcomes) for job, outcomes in zip(jobs, gathered, strict=True))


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
    design = job.design
    return CvResult(
        job.analysis, design.patients, design.malignant, design.columns, probability, threshold, numbers, used, shuffled
    )
