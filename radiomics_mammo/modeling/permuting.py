"""Labels permuted by whole patients, and everything learned again: what chance alone would have found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.candidates import Candidate
from radiomics_mammo.modeling.crossval import CvJob, CvResult, Work, fit_folds, gather
from radiomics_mammo.modeling.design import GROUPED, Analysis, Design, Flags, Floats
from radiomics_mammo.modeling.scoring import concordance, fit_sigmoid
from radiomics_mammo.modeling.search import log_odds
from radiomics_mammo.modeling.splitting import Fold, grouped_folds, leave_one_out_folds
from radiomics_mammo.modeling.streams import stream, whole_seed

_DRAWS_A_TASK = 5
_SWEEPS = 60
"""Rounds of pairwise swaps of a conditional draw; the chain forgets its start within a few rounds."""


@dataclass(frozen=True)
class FoldCounts:
    """How many folds a permuted repeat is split into."""

    outer: int
    inner: int
    protocol: str = GROUPED

    @classmethod
    def like(cls, folds: Sequence[Fold], protocol: str = GROUPED) -> FoldCounts:
        """As many as these folds have.

        Examples
        --------
        >>> FoldCounts.like([Fold(1, 1, ("a", "b"), ("c",), (("a",), ("b",)))])
        FoldCounts(outer=1, inner=2, protocol='grouped-kfold')
        """
        return cls(max(fold.fold for fold in folds), max(len(fold.inner) for fold in folds), protocol)

    def folds(self, labels: dict[str, bool], seed: int) -> tuple[Fold, ...]:
        """Folds of one repeat for these labels."""
        if self.protocol == GROUPED:
            return grouped_folds(labels, outer_folds=self.outer, repeats=1, inner_folds=self.inner, seed=seed)
        return leave_one_out_folds(labels, inner_folds=self.inner, seed=seed)


@dataclass(frozen=True, eq=False)
class PermutationTask:
    """Some draws: labels of shape (draws, n) for designs that hold one row a patient."""

    designs: tuple[Design, ...]
    candidate: Candidate
    labels: Flags
    counts: FoldCounts
    seeds: tuple[int, ...]


def permuted_aucs(
    designs: Sequence[Design], candidate: Candidate, labels: Flags, *, counts: FoldCounts, seed: int, work: Work
) -> Floats:
    """Out-of-fold AUC of one repeat for each permuted label and each design, everything learned anew.

    Parameters
    ----------
    designs : sequence of Design
        Of the same rows, one a patient.
    candidate : Candidate
    labels : ndarray of bool, shape (draws, n)
    counts : FoldCounts
    seed : int
    work : Work

    Returns
    -------
    ndarray of shape (draws, designs)
    """
    patients = designs[0].patients.tolist()
    if any(design.patients.tolist() != patients for design in designs) or len(set(patients)) != len(patients):
        raise ModelingError("permutation", "one row a patient, the same in all designs", "other rows", "use patients")
    seeds = [whole_seed(seed, "permuted folds", draw) for draw in range(len(labels))]
    tasks = [
        PermutationTask(
            tuple(designs),
            candidate,
            labels[start : start + _DRAWS_A_TASK],
            counts,
            tuple(seeds[start : start + _DRAWS_A_TASK]),
        )
        for start in range(0, len(labels), _DRAWS_A_TASK)
    ]
    return np.concatenate(list(work.each(run_permutations, tasks)))


def run_permutations(task: PermutationTask) -> Floats:
    """AUC of each draw and design of one task, shape (draws, designs)."""
    with threadpool_limits(limits=1):
        return np.array([_one_draw(task, row) for row in range(len(task.labels))])


def _one_draw(task: PermutationTask, row: int) -> list[float]:
    labels, seed = task.labels[row], task.seeds[row]
    named = dict(zip(task.designs[0].patients.tolist(), labels.tolist(), strict=True))
    folds = task.counts.folds(named, seed)
    analysis = Analysis("patient", task.candidate.name, "permuted")
    jobs = [CvJob(analysis, design.relabelled(labels), task.candidate, folds) for design in task.designs]
    results = [gather(job, fit_folds(job, seed)) for job in jobs]
    return [concordance(result.probability[0], labels) for result in results]


def permuted_labels(malignant: Flags, *, draws: int, seed: int) -> Flags:
    """Labels permuted by whole patients, shape (draws, n).

    Examples
    --------
    >>> permuted_labels(np.array([True, False, False]), draws=2, seed=1).sum(axis=1).tolist()
    [1, 1]
    """
    rng = stream(seed, "permuted labels")
    return np.array([rng.permutation(malignant) for _ in range(draws)])


def conditional_labels(known: CvResult, *, draws: int, seed: int) -> Flags:
    """Labels drawn as the smaller model says they could have been, with the same number of malignant patients.

    Parameters
    ----------
    known : CvResult
        Out-of-fold predictions of the model without the columns in question, one row a patient.
    draws, seed : int

    Returns
    -------
    ndarray of bool, shape (draws, n)

    Notes
    -----
    The null hypothesis of a comparison is not that nothing tells the label, but that the added columns tell nothing
    beyond the others. Labels are therefore permuted with the odds the smaller model gives (its out-of-fold log odds,
    averaged over repeats and recalibrated, slope never negative): pairs of patients swap labels with probability
    odds_j / (odds_i + odds_j) (conditional permutation test, Berrett et al. 2020). Where the smaller model knows
    nothing, this is the plain permutation of labels.
    """
    margin = log_odds(known.probability).mean(axis=0)
    log_ratio = fit_sigmoid(margin, known.malignant)[1] * margin
    rng = stream(seed, "conditional labels")
    labels = np.array([rng.permutation(known.malignant) for _ in range(draws)])
    half = len(log_ratio) // 2
    rows = np.arange(draws)[:, None]
    for _ in range(_SWEEPS):
        order = rng.permuted(np.tile(np.arange(len(log_ratio)), (draws, 1)), axis=1)
        first, second = order[:, :half], order[:, half : 2 * half]
        differ = labels[rows, first] != labels[rows, second]
        first_ill = rng.random(first.shape) < expit(log_ratio[first] - log_ratio[second])
        labels[rows, first] = np.where(differ, first_ill, labels[rows, first])
        labels[rows, second] = np.where(differ, ~first_ill, labels[rows, second])
    return labels
