"""Permutation tests: labels permuted by whole patients, everything learned again, and the p-values of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import expit
from scipy.stats import norm, rankdata
from threadpoolctl import threadpool_limits

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.candidates import Candidate
from radiomics_mammo.modeling.design import GROUPED, CvResult, Design, Flags, Floats
from radiomics_mammo.modeling.metrics import concordances, fit_sigmoid, log_odds, pair_kernel
from radiomics_mammo.modeling.nested_cv import CvJob, Work, out_of_fold
from radiomics_mammo.modeling.splitting import Fold, grouped_folds, leave_one_out_folds, stream
from radiomics_mammo.tables.primary import Analysis, Protocol

_DRAWS_A_TASK = 2
_SWEEPS = 60
"""Rounds of pairwise swaps of a conditional draw; the chain forgets its start within a few rounds."""


@dataclass(frozen=True)
class FoldCounts:
    """How many folds, dealt how often, permuted labels are learned on."""

    outer: int
    inner: int
    protocol: Protocol = GROUPED
    repeats: int = 1

    @classmethod
    def like(cls, folds: Sequence[Fold], protocol: Protocol = GROUPED) -> FoldCounts:
        """As many as these folds have.

        Examples
        --------
        >>> FoldCounts.like([Fold(repeat=1, fold=1, train=("a", "b"), test=("c",), inner=(("a",), ("b",)))])
        FoldCounts(outer=1, inner=2, protocol='grouped-kfold', repeats=1)
        """
        outer, inner = max(fold.fold for fold in folds), max(len(fold.inner) for fold in folds)
        return cls(outer, inner, protocol, max(fold.repeat for fold in folds))

    def folds(self, labels: dict[str, bool], seed: int) -> tuple[Fold, ...]:
        """Folds for these labels, dealt as those of a study with this seed."""
        if self.protocol == GROUPED:
            return grouped_folds(
                labels, outer_folds=self.outer, repeats=self.repeats, inner_folds=self.inner, seed=seed
            )
        return leave_one_out_folds(labels, inner_folds=self.inner, seed=seed)


def permuted_aucs(
    designs: Sequence[Design], candidate: Candidate, labels: Flags, *, counts: FoldCounts, seed: int, work: Work
) -> Floats:
    """Out-of-fold AUC for each permuted label and each design, mean over the repeats, everything learned anew.

    Folds are dealt with the seed of the study, so that the true labels give the AUC of the study: the statistic is one
    function of the labels, as a permutation test asks for (Phipson and Smyth 2010).

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

    Raises
    ------
    ModelingError
        If a patient has several rows, or the designs differ in their rows.
    """
    patients = designs[0].patients.tolist()
    if any(design.patients.tolist() != patients for design in designs) or len(set(patients)) != len(patients):
        raise ModelingError("permutation", "one row a patient, the same in all designs", "other rows", "use patients")
    draws = [(row, seed) for row in labels]
    tasks = [draws[start : start + _DRAWS_A_TASK] for start in range(0, len(draws), _DRAWS_A_TASK)]
    learn = partial(_learn_again, tuple(designs), candidate, counts)
    return np.concatenate(list(work.each(learn, tasks)))


def _learn_again(
    designs: tuple[Design, ...], candidate: Candidate, counts: FoldCounts, draws: list[tuple[Flags, int]]
) -> Floats:
    """AUC of each draw (labels and seed) and design, shape (draws, designs)."""
    analysis = Analysis(model=candidate.name, feature_set="permuted")
    aucs = []
    with threadpool_limits(limits=1):
        for labels, seed in draws:
            folds = counts.folds(dict(zip(designs[0].patients.tolist(), labels.tolist(), strict=True)), seed)
            for design in designs:
                relabelled = design.relabelled(labels)
                job = CvJob(analysis=analysis, design=relabelled, candidate=candidate, folds=folds)
                aucs.append(concordances(out_of_fold(job, seed), labels).mean())
    return np.array(aucs).reshape(len(draws), len(designs))


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
    """Conditional permutation: labels as the smaller model says they could have been, with as many malignant patients.

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
        first_malignant = rng.random(first.shape) < expit(log_ratio[first] - log_ratio[second])
        labels[rows, first] = np.where(differ, first_malignant, labels[rows, first])
        labels[rows, second] = np.where(differ, ~first_malignant, labels[rows, second])
    return labels


def swap_p_value(a: CvResult, b: CvResult, *, draws: int, rng: np.random.Generator) -> float:
    """Paired permutation test of equal AUC, two-sided: patients swap their ranks of `a` and `b` (Bandos et al. 2005).

    Whole patients are swapped, in all rows and repeats at once. The models stay as they were trained, so the p-value
    speaks of these models and is used for exploratory comparisons only.
    """
    malignant = a.malignant
    sides = [np.asarray(rankdata(side.probability, axis=1), dtype=np.float64) for side in (a, b)]
    kernels = [[pair_kernel(x, malignant, y) for y in sides] for x in sides]
    names, owner = np.unique(a.patients, return_inverse=True)
    swapped = rng.random((draws, len(names))) < 0.5
    swapped[0] = False
    z = swapped[:, owner].astype(float)
    drawn = np.abs(_swapped_auc(kernels, malignant, z) - _swapped_auc(kernels, malignant, 1 - z))
    return upper_p(float(drawn[0]), drawn[1:])


def _swapped_auc(kernels: list[list[Floats]], malignant: Flags, z: Floats) -> Floats:
    high, low = z[:, malignant], z[:, ~malignant]
    parts = [((np.abs(1 - i - high) @ kernels[i][j]) * np.abs(1 - j - low)).sum(axis=1) for i in (0, 1) for j in (0, 1)]
    return np.asarray(sum(parts) / (malignant.sum() * (~malignant).sum()), dtype=np.float64)


def upper_p(observed: float, null: Floats) -> float:
    """Share of permuted values at least as large, the observed one counted (Phipson and Smyth 2010).

    Examples
    --------
    >>> upper_p(0.9, np.array([0.5, 0.4, 0.6]))
    0.25
    """
    return float((1 + (null >= observed - 1e-12).sum()) / (1 + len(null)))


def two_sided_p(observed: float, null: Floats) -> float:
    """Twice the smaller one-sided permutation p, at most 1.

    Examples
    --------
    >>> two_sided_p(0.9, np.array([0.5, 0.4, 0.6]))
    0.5
    """
    return min(1.0, 2 * min(upper_p(observed, null), upper_p(-observed, -null)))


def spread_of_p(p_value: float, draws: int) -> float:
    """Monte Carlo standard error of a two-sided permutation p: another seed moves it by about this much.

    Twice the binomial standard error of the smaller one-sided p (p / 2) with so many draws.

    Examples
    --------
    >>> round(spread_of_p(0.05, 250), 4)
    0.0197
    """
    one_sided = p_value / 2
    return float(2 * np.sqrt(one_sided * (1 - one_sided) / draws))


def spread_by_folds(observed: Floats, null: Floats) -> float:
    """Standard error of a two-sided permutation p by the deal of the folds: other folds move it by about this much.

    Parameters
    ----------
    observed : ndarray of shape (repeats,)
        The statistic in every repeat of the folds; their mean is tested.
    null : ndarray of shape (draws,)
        Means under permuted labels.

    Notes
    -----
    Delta method: the standard error of the mean over repeats times the slope of p, for a normal null distribution. Not
    a number with one repeat.

    Examples
    --------
    >>> round(spread_by_folds(np.array([0.1, 0.3, 0.2, 0.2]), np.array([-0.1, 0.1, -0.1, 0.1])), 4)
    0.0629
    """
    if len(observed) < 2:
        return float("nan")
    width, centre = float(null.std(ddof=1)), float(null.mean())
    moved = float(observed.std(ddof=1) / np.sqrt(len(observed)))
    return float(2 * norm.pdf((observed.mean() - centre) / width) / width * moved) if width > 0 else 0.0
