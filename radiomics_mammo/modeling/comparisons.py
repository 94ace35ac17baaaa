"""Comparisons of predictions of the same patients: the primary one first and alone, the others in declared families."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.column_checks import gaps_note, missing_alone
from radiomics_mammo.modeling.design import GROUPED, RECENT, WITH_DELTA, CvResult, Flags, Floats
from radiomics_mammo.modeling.evaluation import Evaluation
from radiomics_mammo.modeling.feature_sets import FEATURE_SETS
from radiomics_mammo.modeling.metrics import Interval, auc_draws, concordance, pair_kernel, resampled_interval
from radiomics_mammo.modeling.nested_cv import Work
from radiomics_mammo.modeling.permutation import (
    conditional_labels,
    spread_by_folds,
    spread_of_p,
    swap_p_value,
    two_sided_p,
)
from radiomics_mammo.modeling.splitting import stream
from radiomics_mammo.tables.comparisons import ComparisonRow
from radiomics_mammo.tables.multiplicity import within_families
from radiomics_mammo.tables.primary import (
    PRIMARY,
    PRIMARY_MODEL,
    PRIMARY_POLICY,
    REFERENCE,
    SIGNIFICANCE,
    Analysis,
    Unit,
)

SHOWN = 0.8
"""Share of studies that shall show a gain of the detectable size."""
USES_PRIOR = frozenset({"prior", "delta", "logratio", "similarity"})
"""Blocks of columns that come from a prior exam."""


@dataclass(frozen=True)
class Reach:
    """How sharp a permutation test is; not-a-number where none was made.

    Parameters
    ----------
    p_spread : float
        Spread of the p-value by the labels drawn and the folds dealt.
    detectable : float
        Gain that four of five studies of this size would show (`detectable_gain`).
    """

    p_spread: float = float("nan")
    detectable: float = float("nan")


@dataclass(frozen=True)
class Comparison:
    """AUC of one set of predictions minus that of another, with a two-sided p-value; not-a-number where not tested.

    `note` says why nothing was tested, or why what was tested allows no answer; `reach` how sharp the test is.
    """

    difference: Interval
    p_value: float
    note: str = ""
    reach: Reach = Reach()

    @classmethod
    def not_tested(cls, note: str) -> Comparison:
        """Nothing was compared, so nothing is said."""
        return cls(Interval(np.nan, np.nan, np.nan), np.nan, note)

    @property
    def tested(self) -> bool:
        """Whether there is a difference at all."""
        return bool(np.isfinite(self.difference.estimate))


@dataclass(frozen=True)
class Usable:
    """Patients of an analysis with a usable change from the prior exam, and all of them: (malignant, benign)."""

    compared: tuple[int, int]
    every: tuple[int, int]
    least: int

    @property
    def enough(self) -> bool:
        """Whether each class has as many as are needed to test a gain."""
        return min(self.compared) >= self.least

    def __str__(self) -> str:
        """The counts in words.

        Examples
        --------
        >>> print(Usable((1, 2), (8, 9), 8))
        3 of 17 patients have a usable prior (2 of 9 benign, 1 of 8 malignant)
        """
        malignant, benign = (f"{part} of {whole}" for part, whole in zip(self.compared, self.every, strict=True))
        counted = f"{sum(self.compared)} of {sum(self.every)} patients have a usable prior"
        return f"{counted} ({benign} benign, {malignant} malignant)"

    @property
    def note(self) -> str:
        """Why nothing was tested; empty where it can be.

        Examples
        --------
        >>> Usable((9, 8), (9, 9), 8).note
        ''
        """
        return "" if self.enough else f"not tested: {self}; {self.least} of each class are needed"


def usable_patients(found: Evaluation, unit: Unit, prior_policy: str) -> Usable:
    """How many patients of each class have a usable change under one prior policy."""
    table = found.plan.tables[unit, prior_policy]
    labels = table.design.patient_labels()
    compared = set(table.design.patients[table.compared].tolist())
    return Usable(
        compared=_by_class({name: labels[name] for name in compared}),
        every=_by_class(labels),
        least=found.plan.config.min_usable_patients,
    )


def _by_class(labels: dict[str, bool]) -> tuple[int, int]:
    malignant = sum(labels.values())
    return malignant, len(labels) - malignant


@dataclass(frozen=True)
class Pair:
    """Two analyses to be compared and the family the comparison belongs to."""

    a: Analysis
    b: Analysis
    family: str


def auc_difference(a: CvResult, b: CvResult, weights: Floats) -> Interval:
    """AUC of `a` minus AUC of `b`, on the same resampled patients.

    Raises
    ------
    ModelingError
        If the two do not hold the same rows.
    """
    if a.patients.tolist() != b.patients.tolist() or a.malignant.tolist() != b.malignant.tolist():
        raise ModelingError("comparison", "predictions of the same rows", "different rows", "compare within one unit")
    return resampled_interval(auc_draws(a, weights) - auc_draws(b, weights), bounds=(-1.0, 1.0))


def delong(a: Floats, b: Floats, malignant: Flags) -> Comparison:
    """DeLong, DeLong and Clarke-Pearson 1988 for two scores of the same independent patients.

    Parameters
    ----------
    a, b : ndarray of shape (n,)
        One score a patient, averaged over repeats. Out-of-fold scores are not independent of each other, so the
        result is approximate.
    malignant : ndarray of bool, shape (n,)

    Examples
    --------
    >>> labels = np.array([False, False, True, True])
    >>> delong(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 3, 4]), labels).p_value
    1.0
    """
    kernel = pair_kernel(a[None, :], malignant) - pair_kernel(b[None, :], malignant)
    difference = float(kernel.mean())
    variance = kernel.mean(axis=1).var(ddof=1) / len(kernel) + kernel.mean(axis=0).var(ddof=1) / kernel.shape[1]
    if variance <= 0:
        return Comparison(Interval(difference, difference, difference), 1.0 if difference == 0 else 0.0)
    error = float(np.sqrt(variance))
    half = float(norm.ppf(0.975)) * error
    p_value = float(2 * norm.sf(abs(difference) / error))
    return Comparison(Interval(difference, difference - half, difference + half), p_value)


def mean_scores(result: CvResult) -> tuple[Floats, Flags]:
    """Score of each patient averaged over repeats and rows, and whether it is malignant."""
    names, owner = np.unique(result.patients, return_inverse=True)
    scores = np.bincount(owner, result.probability.mean(axis=0)) / np.bincount(owner)
    return scores, np.bincount(owner, result.malignant, minlength=len(names)) > 0


def primary_comparison(found: Evaluation, work: Work) -> Comparison:
    """Does the prior help: AUC of ``recent+delta`` minus ``recent``, with its permutation p-value.

    Notes
    -----
    The p-value permutes labels by whole patients, given what the recent exam tells (`conditional_labels`), and learns
    everything again on folds dealt alike: the difference is a mean over repeats, and so is each of these. Two-sided.
    With fewer usable patients in a class than ``min_usable_patients`` nothing is tested: a model without changes to
    learn from is the model without the prior, and "no gain" would be said of nothing.
    """
    usable = usable_patients(found, PRIMARY.unit, PRIMARY.prior_policy)
    if not usable.enough:
        return Comparison.not_tested(usable.note)
    plan, a, b = found.plan, found.results[PRIMARY], found.results[REFERENCE]
    labels = conditional_labels(b, draws=plan.config.permutations, seed=plan.seed)
    drawn = plan.permuted((WITH_DELTA, RECENT), labels, work)
    difference = auc_difference(a, b, found.weights["patient"])
    null = drawn[:, 0] - drawn[:, 1]
    p_value = two_sided_p(difference.estimate, null)
    return Comparison(
        difference,
        p_value,
        gaps_note(found.auc(PRIMARY), missing_alone(found)),
        Reach(_spread(p_value, (a, b), null), detectable_gain(null, difference)),
    )


def _spread(p_value: float, sides: tuple[CvResult, CvResult], null: Floats) -> float:
    """Spread of the p-value by the labels that were drawn and, with several repeats, by the deal of the folds."""
    a, b = ([concordance(row, side.malignant) for row in side.probability] for side in sides)
    folds = spread_by_folds(np.subtract(a, b), null)
    return min(1.0, float(np.hypot(spread_of_p(p_value, len(null)), folds if np.isfinite(folds) else 0.0)))


def detectable_gain(null: Floats, difference: Interval) -> float:
    """Gain in AUC that four of five studies of this size would show, by a two-sided p below `SIGNIFICANCE`.

    Parameters
    ----------
    null : ndarray of shape (draws,)
        Differences under permuted labels: how far chance alone goes.
    difference : Interval
        Of the study: its width says how far a true gain would be missed or exceeded.

    Notes
    -----
    Normal approximation: the quantile of the test times the spread under the null hypothesis, plus that of the power
    times the spread around a gain (Hulley et al., Designing Clinical Research 2013, chapter 6). Compared with simulated
    power in docs/modeling-measured.md.

    Examples
    --------
    >>> round(detectable_gain(np.array([-0.05, 0.05] * 50), Interval(0.0, -0.1, 0.1)), 2)
    0.14
    """
    spread = (difference.high - difference.low) / (2 * norm.ppf(1 - SIGNIFICANCE / 2))
    return float(norm.ppf(1 - SIGNIFICANCE / 2) * null.std(ddof=1) + norm.ppf(SHOWN) * spread)


def declared_pairs(found: Evaluation) -> list[Pair]:
    """Exploratory comparisons by family: feature sets against ``recent``, models against the primary, prior policy.

    Families are declared here, before any p-value is computed, one a unit.
    """
    pairs = []
    for analysis in (result.analysis for result in found.reported):
        unit, model, name = analysis.unit, analysis.model, analysis.feature_set
        recent = Analysis(unit=unit, model=model, feature_set=RECENT)
        if analysis.protocol != GROUPED:
            continue
        if analysis.prior_policy != PRIMARY_POLICY:
            pairs.append(Pair(analysis, Analysis(unit=unit, model=model, feature_set=name), "prior policy"))
        elif model == PRIMARY_MODEL and name != RECENT and analysis != PRIMARY:
            pairs.append(Pair(analysis, recent, f"feature sets, {unit}"))
        elif model != PRIMARY_MODEL and name == WITH_DELTA:
            pairs.append(Pair(analysis, Analysis(unit=unit), f"models, {unit}"))
            pairs.append(Pair(analysis, recent, f"feature sets, {unit}"))
    return [pair for pair in pairs if pair.b in found.results]


def comparison_rows(found: Evaluation, primary: Comparison) -> list[ComparisonRow]:
    """Rows of ``comparisons.csv``; `q_value` is Holm's within the family, empty for the approximate DeLong row."""
    main = Pair(PRIMARY, REFERENCE, "primary")
    scores, labels = mean_scores(found.results[PRIMARY])
    approximate = delong(scores, mean_scores(found.results[REFERENCE])[0], labels) if primary.tested else primary
    words = "auc of repeat-averaged scores (DeLong, approximate)"
    pairs = declared_pairs(found)
    explored = [_explore(found, pair) for pair in pairs]
    p_values = pd.DataFrame({"family": [p.family for p in pairs], "p_value": [float(c.p_value) for c in explored]})
    adjusted = within_families(p_values, holm=True)["q_value"]
    return [
        _row(found, main, primary, q_value=primary.p_value),
        _row(found, main, approximate, metric=words),
        *(_row(found, p, c, q_value=float(q)) for p, c, q in zip(pairs, explored, adjusted, strict=True)),
    ]


def _explore(found: Evaluation, pair: Pair) -> Comparison:
    a, b = found.results[pair.a], found.results[pair.b]
    short = [side for side in (pair.a, pair.b) if not _usable(found, side).enough and uses_prior(side)]
    if short:
        return Comparison.not_tested(_usable(found, short[0]).note)
    rng = stream(found.plan.seed, "swap", *vars(pair.a).values(), *vars(pair.b).values())
    p_value = swap_p_value(a, b, draws=found.plan.config.bootstrap_draws, rng=rng)
    return Comparison(auc_difference(a, b, found.weights[pair.a.unit]), p_value)


def uses_prior(analysis: Analysis) -> bool:
    """Whether an analysis looks at the prior exam.

    Examples
    --------
    >>> uses_prior(Analysis(feature_set="delta")), uses_prior(Analysis(feature_set="clinical"))
    (True, False)
    """
    return not USES_PRIOR.isdisjoint(FEATURE_SETS[analysis.feature_set])


def _usable(found: Evaluation, analysis: Analysis) -> Usable:
    return usable_patients(found, analysis.unit, analysis.prior_policy)


def _row(
    found: Evaluation, pair: Pair, comparison: Comparison, *, q_value: float | None = None, metric: str = "auc"
) -> ComparisonRow:
    return ComparisonRow(
        a=_side(pair.a, pair),
        b=_side(pair.b, pair),
        unit=pair.a.unit,
        protocol=pair.a.protocol,
        prior_policy=pair.a.prior_policy,
        role="primary" if pair.family == "primary" and metric == "auc" else "exploratory",
        metric=metric,
        **comparison.difference.named("difference"),
        p_value=comparison.p_value,
        q_value=q_value,
        n_patients=sum(found.results[pair.a].n_by_class),
        n_usable=sum(_usable(found, pair.a).compared),
        note=comparison.note,
    )


def _side(analysis: Analysis, pair: Pair) -> str:
    words = analysis.feature_set
    if pair.a.model != pair.b.model or analysis.model != PRIMARY_MODEL:
        words = f"{analysis.model}: {words}"
    return f"{words} ({analysis.prior_policy})" if pair.a.prior_policy != pair.b.prior_policy else words
