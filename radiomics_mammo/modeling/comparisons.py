"""Comparisons of predictions of the same patients: the primary one first and alone, the others in declared families."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.design import GROUPED, OUTLINED_FIRST, RECENT, WITH_DELTA, CvResult, Flags, Floats
from radiomics_mammo.modeling.evaluation import Evaluation
from radiomics_mammo.modeling.metrics import Interval, auc_draws, concordance, pair_kernel, resampled_interval
from radiomics_mammo.modeling.nested_cv import Work
from radiomics_mammo.modeling.permutation import conditional_labels, swap_p_value, two_sided_p
from radiomics_mammo.modeling.splitting import stream
from radiomics_mammo.tables.comparisons import ComparisonRow
from radiomics_mammo.tables.multiplicity import within_families
from radiomics_mammo.tables.primary import PRIMARY, PRIMARY_MODEL, REFERENCE, Analysis


@dataclass(frozen=True)
class Comparison:
    """AUC of one set of predictions minus that of another, with a two-sided p-value."""

    difference: Interval
    p_value: float


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
    everything again, one repeat a draw; the observed difference of the first repeat is set against these. Two-sided.
    """
    plan, a, b = found.plan, found.results[PRIMARY], found.results[REFERENCE]
    labels = conditional_labels(b, draws=plan.config.permutations, seed=plan.seed)
    drawn = plan.permuted((WITH_DELTA, RECENT), labels, work)
    observed = concordance(a.probability[0], a.malignant) - concordance(b.probability[0], b.malignant)
    p_value = two_sided_p(observed, drawn[:, 0] - drawn[:, 1])
    return Comparison(auc_difference(a, b, found.weights["patient"]), p_value)


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
        if analysis.prior_policy == OUTLINED_FIRST:
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
    approximate = delong(scores, mean_scores(found.results[REFERENCE])[0], labels)
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
    rng = stream(found.plan.seed, "swap", *vars(pair.a).values(), *vars(pair.b).values())
    p_value = swap_p_value(a, b, draws=found.plan.config.bootstrap_draws, rng=rng)
    return Comparison(auc_difference(a, b, found.weights[pair.a.unit]), p_value)


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
    )


def _side(analysis: Analysis, pair: Pair) -> str:
    words = analysis.feature_set
    if pair.a.model != pair.b.model or analysis.model != PRIMARY_MODEL:
        words = f"{analysis.model}: {words}"
    return f"{words} ({analysis.prior_policy})" if pair.a.prior_policy != pair.b.prior_policy else words
