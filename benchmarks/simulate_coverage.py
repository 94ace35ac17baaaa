"""How often intervals hold the truth and chance looks like a finding; prints the tables of docs/modeling.md.

    python benchmarks/simulate_coverage.py coverage --studies 200
    python benchmarks/simulate_coverage.py permutation --studies 200

Reduced as stated: 15 recent and 15 change columns, 5 folds x 2 repeats (permutation: 3 x 1), 2 inner folds, two grid
points (permutation: a classifier on the difference of class means, no grid). The truth is the AUC, on 2000 independent
patients, of models trained on 15 benign and 50 malignant ones, averaged over the studies.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit
from scipy.stats import binom
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.modeling.candidates import Candidate, built_in_candidates, grid_of
from radiomics_mammo.modeling.comparisons import auc_difference
from radiomics_mammo.modeling.design import CvResult, Design
from radiomics_mammo.modeling.metrics import Interval, auc_draws, auc_interval, concordance
from radiomics_mammo.modeling.nested_cv import CvJob, Work, cross_validate, tune
from radiomics_mammo.modeling.permutation import (
    FoldCounts,
    conditional_labels,
    permuted_aucs,
    permuted_labels,
    two_sided_p,
    upper_p,
)
from radiomics_mammo.modeling.splitting import deal_patients, grouped_folds
from radiomics_mammo.tables.primary import PRIMARY, PRIMARY_MODEL, REFERENCE
from radiomics_mammo.tables.resampling import WIDENING, patient_weights

BENIGN, MALIGNANT, COLUMNS, INFORMATIVE = 15, 50, 15, 4
DRAWS, PERMUTATIONS = 1000, 39
LARGE = 1000
FACTORS = (1.0, 1.2, 1.3, 1.4, 1.5, 1.6)
EFFECTS = {"null": (0.0, 0.0), "weak": (0.3, 0.3), "strong": (0.7, 0.7), "very strong": (1.2, 1.2)}
"""Shift of four recent columns and of four change columns, in standard deviations."""

NULLS = {"nothing tells the label": (0.0, 0.0), "recent tells, change does not": (0.7, 0.0)}


@dataclass(frozen=True)
class Sides:
    """The two sides of the primary hypothesis: recent columns, and recent with change columns."""

    recent: Design
    both: Design


def draw_sides(counts: tuple[int, int], effect: tuple[float, float], rng: np.random.Generator) -> Sides:
    """Independent normal columns: 15 recent ones and 15 of change."""
    malignant = np.arange(sum(counts)) >= counts[0]
    values = rng.normal(size=(len(malignant), 2 * COLUMNS))
    values[:, :INFORMATIVE] += effect[0] * malignant[:, None]
    values[:, COLUMNS : COLUMNS + INFORMATIVE] += effect[1] * malignant[:, None]
    patients = np.array([f"p{row:05d}" for row in range(len(malignant))])
    names = tuple(f"c_{column}" for column in range(2 * COLUMNS))
    nothing = np.full(len(names), np.nan)
    both = Design(patients=patients, malignant=malignant, values=values, columns=names, reliability=nothing)
    return Sides(both.only_columns(np.arange(2 * COLUMNS) < COLUMNS), both)


def reduced_candidate(grid: dict[str, tuple[object, ...]]) -> Candidate:
    """The primary model with a smaller grid."""
    return replace(built_in_candidates(ModelingConfig())[PRIMARY_MODEL], grid=grid_of(grid))


def validated(sides: Sides, candidate: Candidate, folds: tuple[int, int], seed: int) -> tuple[CvResult, CvResult]:
    """Out-of-fold predictions of both sides on the same folds."""
    made = grouped_folds(sides.both.patient_labels(), outer_folds=folds[0], repeats=folds[1], inner_folds=2, seed=seed)
    jobs = [
        CvJob(analysis=REFERENCE, design=sides.recent, candidate=candidate, folds=made),
        CvJob(analysis=PRIMARY, design=sides.both, candidate=candidate, folds=made),
    ]
    recent, both = cross_validate(jobs, seed=seed, work=Work())
    return recent, both


def studies(effect: tuple[float, float], number: int) -> Iterator[tuple[int, Sides]]:
    """Simulated studies of the size of the release."""
    for seed in range(number):
        yield seed, draw_sides((BENIGN, MALIGNANT), effect, np.random.default_rng([seed, 7]))


def coverage(number: int, effects: Sequence[str]) -> None:
    """Coverage of the AUC of ``recent+delta`` and of the difference, as printed and with other widenings.

    In brackets: of the AUC of the very model of the study instead of the average over studies.
    """
    candidate = reduced_candidate({"select__n_columns": (5,), "model__C": (0.01, 0.1)})
    print(f"{number} studies an effect, widening {WIDENING}")
    widened = ["as printed", *(f"x {factor}" for factor in FACTORS)]
    names = ["effect", "true AUC", "mean estimate", *widened, "true difference", "coverage of the difference"]
    print("| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|")
    for name in effects:
        effect = EFFECTS[name]
        large = draw_sides((LARGE, LARGE), effect, np.random.default_rng(99))
        rows = [_one_study(sides, candidate, large, seed) for seed, sides in studies(effect, number)]
        recent, both = np.mean([row.truths for row in rows], axis=0)
        own = [row.truths[1] for row in rows]
        mean = np.mean([row.auc.estimate for row in rows])
        words = [name, f"{both:.3f}", f"{mean:.3f}"]
        for intervals in ([row.auc for row in rows], *([row.widened(f) for row in rows] for f in FACTORS)):
            words.append(f"{_share(intervals, [both] * number):.1%} ({_share(intervals, own):.1%})")
        gains = _share([row.gain for row in rows], [both - recent] * number)
        print("| " + " | ".join([*words, f"{both - recent:+.3f}", f"{gains:.1%}"]) + " |", flush=True)


def _share(intervals: Sequence[Interval], truths: Sequence[float]) -> float:
    held = [interval.low <= truth <= interval.high for interval, truth in zip(intervals, truths, strict=True)]
    return float(np.mean(held))


@dataclass(frozen=True)
class OneStudy:
    """True AUC of both sides, interval of the AUC with and without widening, interval of the difference."""

    truths: tuple[float, float]
    auc: Interval
    plain: Interval
    gain: Interval

    def widened(self, factor: float) -> Interval:
        """The interval of the AUC without widening, its ends moved away from the estimate."""
        low, middle, high = self.plain.low, self.plain.estimate, self.plain.high
        return Interval(middle, middle - factor * (middle - low), middle + factor * (high - middle))


def _one_study(sides: Sides, candidate: Candidate, large: Sides, seed: int) -> OneStudy:
    recent, both = validated(sides, candidate, (5, 2), seed)
    weights = patient_weights(both.patients, both.malignant, draws=DRAWS, rng=np.random.default_rng(seed))
    inner = deal_patients(sides.both.patient_labels(), 2, np.random.default_rng(seed))
    truths = []
    for learned, asked in ((sides.recent, large.recent), (sides.both, large.both)):
        model = tune(candidate, learned, inner, seed=seed)
        truths.append(concordance(model.probability(asked.values), asked.malignant))
    drawn = auc_draws(both, weights)
    plain = Interval(float(drawn[0]), *np.quantile(drawn[1:], [0.025, 0.975]).tolist())
    return OneStudy((truths[0], truths[1]), auc_interval(both, weights), plain, auc_difference(both, recent, weights))


class MeanDifference(BaseEstimator):
    """Scores along the line between the class means: the quickest model that learns, for many permutations."""

    def fit(self, values: np.ndarray, malignant: np.ndarray) -> MeanDifference:
        """Learn the line and its middle."""
        centres = values[malignant].mean(axis=0), values[~malignant].mean(axis=0)
        self.line_, self.middle_ = centres[0] - centres[1], (centres[0] + centres[1]) / 2
        return self

    def predict_proba(self, values: np.ndarray) -> np.ndarray:
        """Benign and malignant, by position along the line."""
        malignant = expit((values - self.middle_) @ self.line_)
        return np.column_stack([1 - malignant, malignant])


def permutation(number: int, nulls: Sequence[str]) -> None:
    """Share of p-values at or below 0.05 where nothing is to be found."""
    candidate = Candidate("mean-difference", Pipeline([("model", MeanDifference())]), ({},))
    low, high = binom.interval(0.95, number, 0.05)
    print(f"{number} studies, {PERMUTATIONS} draws; 95 % binomial interval {low / number:.1%} to {high / number:.1%}")
    print("| null | p of | share at or below 0.05 |")
    print("|---|---|---|")
    for name in nulls:
        effect = NULLS[name]
        found = [_p_values(sides, candidate, seed, plain=effect[0] == 0) for seed, sides in studies(effect, number)]
        shares = np.mean(np.array(found) <= 0.05 + 1e-9, axis=0)
        print(f"| {name} | difference `recent+delta` minus `recent` | {shares[0]:.1%} |", flush=True)
        if effect[0] == 0:
            print(f"| {name} | AUC of `recent+delta` | {shares[1]:.1%} |", flush=True)


def _p_values(sides: Sides, candidate: Candidate, seed: int, *, plain: bool) -> tuple[float, float]:
    recent, both = validated(sides, candidate, (3, 1), seed)
    counts, work = FoldCounts(3, 2), Work()
    observed = [concordance(side.probability[0], side.malignant) for side in (both, recent)]
    labels = conditional_labels(recent, draws=PERMUTATIONS, seed=seed)
    drawn = permuted_aucs([sides.both, sides.recent], candidate, labels, counts=counts, seed=seed, work=work)
    difference = two_sided_p(observed[0] - observed[1], drawn[:, 0] - drawn[:, 1])
    if not plain:
        return difference, 1.0
    labels = permuted_labels(both.malignant, draws=PERMUTATIONS, seed=seed)
    drawn = permuted_aucs([sides.both], candidate, labels, counts=counts, seed=seed, work=work)
    return difference, upper_p(observed[0], drawn[:, 0])


def main() -> None:
    """Run one of the simulations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("coverage", "permutation"))
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--only", choices=(*EFFECTS, *NULLS), help="one effect or null hypothesis")
    chosen = parser.parse_args()
    run, known = {"coverage": (coverage, EFFECTS), "permutation": (permutation, NULLS)}[chosen.what]
    run(chosen.studies, [chosen.only] if chosen.only else list(known))


if __name__ == "__main__":
    main()
