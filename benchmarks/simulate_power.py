"""What intervals and the primary test do by number of patients; prints tables of docs/modeling.md and statistics.md.

    python benchmarks/simulate_power.py widening --studies 400
    python benchmarks/simulate_power.py power --studies 200
    python benchmarks/simulate_power.py nothing --studies 400
    python benchmarks/simulate_power.py spread --studies 40

The model is the quickest that learns (a line between the class means), so that many studies can be made: 15 recent
and 15 change columns, independent and normal, of which 4 each carry an effect; 5 folds, 3 repeats. The AUC on new
patients is then known without drawing any. Folds, permutations, intervals and the decision are those of the package.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import norm, rankdata

from radiomics_mammo.modeling.comparisons import auc_difference, detectable_gain
from radiomics_mammo.modeling.design import CvResult
from radiomics_mammo.modeling.metrics import auc_draws
from radiomics_mammo.modeling.permutation import conditional_labels, two_sided_p
from radiomics_mammo.tables.primary import PRIMARY, REFERENCE, primary_answer
from radiomics_mammo.tables.resampling import WIDENING, patient_weights, share_bounds

COLUMNS, INFORMATIVE, FOLDS, REPEATS = 15, 4, 5, 3
PERMUTATIONS, RESAMPLES = 199, 400
RECENT_EFFECT = 0.3
SIZES = ((15, 50), (30, 30), (50, 50), (100, 100))
SHIFTS = {"null": 0.0, "weak": 0.35, "moderate": 0.6, "strong": 0.9, "very strong": 1.3}
GAINS = (0.0, 0.05, 0.10, 0.15)
POWERED = ((15, 50), (50, 50))


@dataclass(frozen=True)
class Study:
    """Values of shape (patients, columns), recent columns first, labels, and the shift of every column."""

    values: np.ndarray
    malignant: np.ndarray
    shift: np.ndarray

    def side(self, columns: int) -> Study:
        """The first columns alone."""
        return Study(self.values[:, :columns], self.malignant, self.shift[:columns])


def draw_study(counts: tuple[int, int], shifts: tuple[float, float], rng: np.random.Generator) -> Study:
    """A study with so many benign and malignant patients; shifts of 4 recent and of 4 change columns."""
    malignant = np.arange(sum(counts)) >= counts[0]
    shift = np.zeros(2 * COLUMNS)
    shift[:INFORMATIVE], shift[COLUMNS : COLUMNS + INFORMATIVE] = shifts
    return Study(rng.normal(size=(len(malignant), 2 * COLUMNS)) + shift * malignant[:, None], malignant, shift)


def true_sensitivity(study: Study) -> float:
    """Sensitivity, on new patients, of the model trained on all patients of the study, called at probability 0.5."""
    means = study.values[study.malignant].mean(axis=0), study.values[~study.malignant].mean(axis=0)
    line, middle = means[0] - means[1], (means[0] + means[1]) / 2
    return float(norm.cdf(line @ (study.shift - middle) / np.linalg.norm(line)))


def true_auc(study: Study) -> float:
    """AUC, on new patients, of the model trained on all patients of the study."""
    line = study.values[study.malignant].mean(axis=0) - study.values[~study.malignant].mean(axis=0)
    return float(norm.cdf(line @ study.shift / (np.linalg.norm(line) * np.sqrt(2))))


def cross_validated(study: Study, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Out-of-fold probabilities for every row of labels, shape (draws, patients), folds dealt class by class."""
    order = np.lexsort((rng.random(labels.shape), labels), axis=1)
    place = np.argsort(order, axis=1) - np.where(labels, (~labels).sum(axis=1, keepdims=True), 0)
    fold, found = place % FOLDS, np.empty(labels.shape)
    for number in range(FOLDS):
        train = fold != number
        sides = [(train & side).astype(float) for side in (labels, ~labels)]
        means = [side @ study.values / side.sum(axis=1, keepdims=True) for side in sides]
        line, middle = means[0] - means[1], (means[0] + means[1]) / 2
        score = expit(line @ study.values.T - (line * middle).sum(axis=1, keepdims=True))
        found = np.where(train, found, score)
    return found


def aucs(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """AUC of every row."""
    malignant = labels.sum(axis=1)
    ranks = (rankdata(probability, axis=1) * labels).sum(axis=1)
    return (ranks - malignant * (malignant + 1) / 2) / (malignant * (labels.shape[1] - malignant))


def as_result(study: Study, seed: int, *, primary: bool, repeats: int = REPEATS) -> CvResult:
    """Out-of-fold predictions of a study; the seed deals the folds."""
    labels = np.repeat(study.malignant[None, :], repeats, axis=0)
    probability = cross_validated(study, labels, np.random.default_rng([seed, 3]))
    return CvResult(
        analysis=PRIMARY if primary else REFERENCE,
        patients=np.array([f"p{row:04d}" for row in range(len(study.malignant))]),
        malignant=study.malignant,
        columns=("c",),
        probability=probability,
        threshold=np.full(probability.shape, 0.5),
        fold=np.ones(probability.shape, dtype=int),
        frequency=np.ones((1, 1), dtype=bool),
        shuffled={},
    )


def widening(number: int) -> None:
    """The factor that makes the interval of the AUC hold the truth 19 times in 20, by size and effect."""
    print(f"{number} studies a row, {FOLDS} folds x {REPEATS}, {RESAMPLES} resamples; factor in use {WIDENING}")
    head = "benign and malignant | true AUC | mean estimate | coverage, not widened | x 1.25 | x 1.5 | x 1.75"
    print(f"| {head} | factor for 95 % | sensitivity, as printed |\n{'|---' * 9}|")
    for counts in SIZES:
        for shift in SHIFTS.values():
            truths, ends, called = [], [], []
            for seed in range(number):
                study = draw_study(counts, (shift / 2, shift), np.random.default_rng([seed, 11]))
                result, rng = as_result(study, seed, primary=True), np.random.default_rng([seed, 5])
                weights = patient_weights(result.patients, result.malignant, draws=RESAMPLES, rng=rng)
                drawn = auc_draws(result, weights)
                truths.append(true_auc(study))
                positive = result.called.mean(axis=0) * study.malignant
                shares = weights @ positive / (weights @ study.malignant)
                called.append((true_sensitivity(study), *share_bounds(shares, patients=counts[1])))
                ends.append((drawn[0], *np.quantile(drawn[1:], [0.025, 0.975])))
            estimate, low, high = np.array(ends).T
            away = np.mean(truths) - estimate
            side = np.where(away < 0, estimate - low, high - estimate)
            asked = np.abs(away) / np.maximum(side, 1e-9)
            shares = [f"{np.mean(asked <= factor):.1%}" for factor in (1.0, 1.25, 1.5, 1.75)]
            words = f"{counts[0]} and {counts[1]} | {np.mean(truths):.3f} | {estimate.mean():.3f}"
            sensitivity, below, above = np.array(called).T
            held = np.mean((below <= sensitivity.mean()) & (sensitivity.mean() <= above))
            print(f"| {words} | {' | '.join(shares)} | {np.quantile(asked, 0.95):.2f} | {held:.1%} |", flush=True)


@dataclass(frozen=True)
class Tested:
    """The primary comparison of one study: its answer, interval and detectable gain, and the true gain."""

    answer: str
    holds_zero: bool
    detectable: float
    gain: float
    estimate: float


def null_differences(sides: tuple[Study, Study], labels: np.ndarray, seed: int, repeats: int) -> np.ndarray:
    """Differences in AUC, mean over repeats, of both sides learned anew on permuted labels."""
    drawn = []
    for side in sides:
        rng = np.random.default_rng([seed, 3])
        drawn.append(np.mean([aucs(cross_validated(side, labels, rng), labels) for _ in range(repeats)], axis=0))
    return drawn[0] - drawn[1]


def spread(number: int) -> None:
    """How far p of one study moves with the deal of the folds alone: three deals, the same labels drawn."""
    print(f"{number} studies (recent exam tells, change does not), {PERMUTATIONS} draws, three deals of folds")
    print("| repeats behind p | largest less smallest p, median | 90th percentile |\n|---|---|---|")
    for repeats in (1, 3, 10):
        ranges = []
        for seed in range(number):
            study = draw_study(POWERED[0], (RECENT_EFFECT, 0.0), np.random.default_rng([seed, 7]))
            sides, found = (study, study.side(COLUMNS)), []
            for deal in range(3):
                dealt = 1000 * deal + seed
                both, recent = (as_result(side, dealt, primary=False, repeats=repeats) for side in sides)
                labels = conditional_labels(recent, draws=PERMUTATIONS, seed=seed)
                ones = np.ones((1, len(study.malignant)))
                difference = float(auc_draws(both, ones)[0] - auc_draws(recent, ones)[0])
                found.append(two_sided_p(difference, null_differences(sides, labels, dealt, repeats)))
            ranges.append(np.ptp(found))
        print(f"| {repeats} | {np.median(ranges):.2f} | {np.quantile(ranges, 0.9):.2f} |", flush=True)


def tested(counts: tuple[int, int], shifts: tuple[float, float], seed: int) -> Tested:
    """The primary comparison of one simulated study."""
    study = draw_study(counts, shifts, np.random.default_rng([seed, 7]))
    sides = study, study.side(COLUMNS)
    both, recent = (as_result(side, seed, primary=primary) for side, primary in zip(sides, (True, False), strict=True))
    null = null_differences(sides, conditional_labels(recent, draws=PERMUTATIONS, seed=seed), seed, REPEATS)
    weights = patient_weights(both.patients, both.malignant, draws=RESAMPLES, rng=np.random.default_rng([seed, 5]))
    difference = auc_difference(both, recent, weights)
    return Tested(
        primary_answer(difference.estimate, two_sided_p(difference.estimate, null)),
        difference.low <= 0 <= difference.high,
        detectable_gain(null, difference),
        true_auc(study) - true_auc(sides[1]),
        difference.estimate,
    )


def shift_for(gain: float, counts: tuple[int, int]) -> float:
    """Shift of four change columns with which models of this n gain so much."""

    def missing(shift: float) -> float:
        """Mean gain of 100 studies less the wanted one."""
        found = []
        for seed in range(100):
            study = draw_study(counts, (RECENT_EFFECT, shift), np.random.default_rng([seed, 13]))
            found.append(true_auc(study) - true_auc(study.side(COLUMNS)))
        return float(np.mean(found)) - gain

    return float(brentq(missing, 0.0, 2.5, xtol=0.005)) if missing(0.0) < 0 else 0.0


def power(number: int) -> None:
    """How often a gain that is there is shown, and the detectable gain the report would say."""
    print(f"{number} studies a row, {PERMUTATIONS} draws; recent columns shifted by {RECENT_EFFECT:g}")
    head = "benign and malignant | true gain | mean estimate | shown | p below 0.05 and interval holds 0"
    print(f"| {head} | detectable gain said, mean |\n{'|---' * 6}|")
    for counts in POWERED:
        for gain in GAINS:
            shifts = (RECENT_EFFECT, shift_for(gain, counts) if gain else 0.0)
            rows = [tested(counts, shifts, seed) for seed in range(number)]
            shown = np.array([row.answer == "helped" for row in rows])
            odd = np.array([row.answer in ("helped", "worse") and row.holds_zero for row in rows])
            means = np.mean([(row.gain, row.estimate, row.detectable) for row in rows], axis=0)
            words = f"{counts[0]} and {counts[1]} | {means[0]:+.3f} | {means[1]:+.3f} | {shown.mean():.0%}"
            print(f"| {words} | {odd.mean():.0%} | {means[2]:.2f} |", flush=True)


def nothing(number: int) -> None:
    """How often the primary comparison answers where nothing is to be found."""
    print(f"{number} studies a row, {PERMUTATIONS} draws")
    print("| what is true | the prior exam helped | made it worse |\n|---|---|---|")
    for words, recent in (("nothing tells the label", 0.0), ("recent tells, change does not", RECENT_EFFECT)):
        answers = [tested(POWERED[0], (recent, 0.0), seed).answer for seed in range(number)]
        shares = [np.mean([answer == wanted for answer in answers]) for wanted in ("helped", "worse")]
        print(f"| {words} | {shares[0]:.1%} | {shares[1]:.1%} |", flush=True)


def main() -> None:
    """Run one of the simulations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("widening", "power", "nothing", "spread"))
    parser.add_argument("--studies", type=int, default=200)
    chosen = parser.parse_args()
    {"widening": widening, "power": power, "nothing": nothing, "spread": spread}[chosen.what](chosen.studies)


if __name__ == "__main__":
    main()
