"""Rows of ``comparisons.csv``: the primary comparison first and alone, the others in declared families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.modeling.candidates import LOGISTIC
from radiomics_mammo.modeling.comparing import (
    Comparison,
    auc_difference,
    delong,
    holm,
    mean_scores,
    swap_p_value,
    two_sided_p,
)
from radiomics_mammo.modeling.crossval import Work
from radiomics_mammo.modeling.design import GROUPED, Analysis
from radiomics_mammo.modeling.permuting import FoldCounts, conditional_labels, permuted_aucs
from radiomics_mammo.modeling.plan import OUTLINED_FIRST, RECENT, REGISTERED, WITH_DELTA, StudyPlan
from radiomics_mammo.modeling.scored import PRIMARY_SIDE, RECENT_SIDE, ScoredStudy
from radiomics_mammo.modeling.scoring import concordance
from radiomics_mammo.modeling.streams import stream


@dataclass(frozen=True)
class Pair:
    """Two analyses to be compared and the family the comparison belongs to."""

    a: Analysis
    b: Analysis
    family: str


def primary_comparison(
    plan: StudyPlan, scored: ScoredStudy, *, config: ModelingConfig, seed: int, work: Work
) -> Comparison:
    """Does the prior help: AUC of ``recent+delta`` minus ``recent``, with its permutation p-value.

    Notes
    -----
    The p-value permutes labels by whole patients, given what the recent exam tells (`conditional_labels`), and learns
    everything again, one repeat a draw; the observed difference of the first repeat is set against these. Two-sided.
    """
    a, b = scored.results[PRIMARY_SIDE], scored.results[RECENT_SIDE]
    designs = [plan.design("patient", WITH_DELTA), plan.design("patient", RECENT)]
    labels = conditional_labels(b, draws=config.permutations, seed=seed)
    counts = FoldCounts.like(plan.folds["patient", GROUPED])
    drawn = permuted_aucs(designs, plan.candidates[LOGISTIC], labels, counts=counts, seed=seed, work=work)
    observed = concordance(a.probability[0], a.malignant) - concordance(b.probability[0], b.malignant)
    return Comparison(auc_difference(a, b, scored.weights["patient"]), two_sided_p(observed, drawn[:, 0] - drawn[:, 1]))


def declared_pairs(scored: ScoredStudy) -> list[Pair]:
    """Exploratory comparisons by family: feature sets against ``recent``, models against the primary, prior policy.

    Families are declared here, before any p-value is computed, one a unit.
    """
    pairs = []
    for analysis in scored.results:
        if analysis.protocol != GROUPED or analysis not in {result.analysis for result in scored.reported}:
            continue
        unit, model, name = analysis.unit, analysis.model, analysis.feature_set
        if analysis.prior_policy == OUTLINED_FIRST:
            pairs.append(Pair(analysis, Analysis(unit, model, name), "prior policy"))
        elif model == LOGISTIC and name != RECENT and analysis != PRIMARY_SIDE:
            pairs.append(Pair(analysis, Analysis(unit, model, RECENT), f"feature sets, {unit}"))
        elif model != LOGISTIC and name == WITH_DELTA:
            pairs.append(Pair(analysis, Analysis(unit, LOGISTIC, name), f"models, {unit}"))
            pairs.append(Pair(analysis, Analysis(unit, model, RECENT), f"feature sets, {unit}"))
    return [pair for pair in pairs if pair.b in scored.results]


def comparison_rows(
    scored: ScoredStudy, primary: Comparison, *, config: ModelingConfig, seed: int
) -> list[dict[str, object]]:
    """All rows; `q_value` is Holm's within the family, empty for the approximate DeLong row."""
    pairs = declared_pairs(scored)
    found = [_explore(scored, pair, config, seed) for pair in pairs]
    adjusted = _holm_by_family(pairs, [comparison.p_value for comparison in found])
    main = Pair(PRIMARY_SIDE, RECENT_SIDE, "primary")
    rows = [_row(scored, main, primary, q_value=primary.p_value)]
    approximate = delong(mean_scores(scored.results[PRIMARY_SIDE])[0], *mean_scores(scored.results[RECENT_SIDE]))
    rows.append(_row(scored, main, approximate, metric="auc of repeat-averaged scores (DeLong, approximate)"))
    rows += [_row(scored, p, c, q_value=q) for p, c, q in zip(pairs, found, adjusted, strict=True)]
    return rows


def _explore(scored: ScoredStudy, pair: Pair, config: ModelingConfig, seed: int) -> Comparison:
    a, b = scored.results[pair.a], scored.results[pair.b]
    rng = stream(seed, "swap", *_words(pair.a), *_words(pair.b))
    p_value = swap_p_value(a, b, draws=config.bootstrap_draws, rng=rng)
    return Comparison(auc_difference(a, b, scored.weights[pair.a.unit]), p_value)


def _words(analysis: Analysis) -> tuple[str, ...]:
    return analysis.unit, analysis.model, analysis.feature_set, analysis.prior_policy, analysis.protocol


def _holm_by_family(pairs: Sequence[Pair], p_values: Sequence[float]) -> list[float]:
    adjusted = [0.0] * len(pairs)
    for family in dict.fromkeys(pair.family for pair in pairs):
        places = [place for place, pair in enumerate(pairs) if pair.family == family]
        for place, q_value in zip(places, holm([p_values[place] for place in places]), strict=True):
            adjusted[place] = q_value
    return adjusted


def _row(
    scored: ScoredStudy, pair: Pair, comparison: Comparison, *, q_value: float | None = None, metric: str = "auc"
) -> dict[str, object]:
    primary = pair.family == "primary" and metric == "auc"
    return {
        "a": _side(pair.a, pair),
        "b": _side(pair.b, pair),
        "unit": pair.a.unit,
        "protocol": pair.a.protocol,
        "prior_policy": pair.a.prior_policy,
        "role": "primary" if primary else "exploratory",
        "metric": metric,
        "difference": comparison.difference.estimate,
        "ci_low": comparison.difference.low,
        "ci_high": comparison.difference.high,
        "p_value": comparison.p_value,
        "q_value": q_value,
        "n_patients": len(set(scored.results[pair.a].patients.tolist())),
    }


def _side(analysis: Analysis, pair: Pair) -> str:
    words = analysis.feature_set
    if pair.a.model != pair.b.model or analysis.model != LOGISTIC:
        words = f"{analysis.model}: {words}"
    if pair.a.prior_policy != pair.b.prior_policy:
        words = f"{words} ({'outlined-first' if analysis.prior_policy != REGISTERED else 'registered'})"
    return words
