"""Fit what `registration.error_model` holds, on pairs of the hard world and on strangers; print it and how it does.

Run ``python benchmarks/fit_places.py CANDIDATES`` where CANDIDATES are files that ``bench_places.py --candidates``
wrote (seeds and size are theirs). Every figure of the second table is cross-validated by pair, five folds.
"""

from __future__ import annotations

import argparse
import pickle
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy import optimize

FOLDS = 5
TOWARDS_START = 0.05
"""Pull of the logarithms of the candidate weights towards where they start, mm: few pairs fit any weights."""

TOLD_BOUNDS = ((0, 60), (0, 0), (0, 60), (0, 60), (0, 60))
"""Grey ranks tell no woman: where gland lies in the middle they are alike, 0.5 in the median of 50 pairs of
real mammograms of two women and up to 0.72, where drawn strangers have 0.3."""

STRANGERS_TRUSTED = 0.01
"""Share of strangers that may pass; half of what is allowed, since the threshold is fitted to few."""


@dataclass(frozen=True)
class Looked:
    """One pair: figures (k, 5) and places (k, n, 2) of its candidates, true places (n, 2) or None for strangers."""

    figures: np.ndarray
    places: np.ndarray
    truth: np.ndarray | None
    kinds: tuple[str, ...]

    def errors(self, weights: np.ndarray) -> np.ndarray:
        """Distance of the weighted mean place from the true one, shape (n,)."""
        return np.linalg.norm(self.mean_place(weights) - self.truth, axis=1)

    def share(self, weights: np.ndarray) -> np.ndarray:
        """Weights of the candidates of this pair."""
        worth = self.figures @ weights
        odds = np.exp(worth - worth.max())
        return odds / odds.sum()

    def mean_place(self, weights: np.ndarray) -> np.ndarray:
        """Weighted mean place, shape (n, 2)."""
        return np.einsum("k,knd->nd", self.share(weights), self.places)

    def evidence(self, weights: np.ndarray) -> np.ndarray:
        """Evidence against each place, shape (n, 5): spread, and what is missing of four figures of the best."""
        gaps = ((self.places - self.mean_place(weights)) ** 2).sum(axis=2)
        spread = np.sqrt(self.share(weights) @ gaps)
        best = self.figures[np.argmax(self.figures @ weights)]
        lacks = np.tile(1 - best[[0, 3, 2, 4]], (len(spread), 1))
        return np.column_stack([np.log1p(spread), lacks])


def read(paths: list[Path]) -> tuple[list[Looked], list[Looked]]:
    """Own pairs and strangers."""
    own, wrong = [], []
    for path in paths:
        for tag, _, maps, _, truth, kinds in pickle.loads(path.read_bytes()):
            one = Looked(np.array([m[0] for m in maps]), np.array([m[2] for m in maps]), truth, tuple(kinds))
            (own if tag == "own" else wrong).append(one)
    return own, wrong


def fit_weights(own: list[Looked]) -> np.ndarray:
    """Non-negative weights of the figures under which the mean place has the least mean distance from the truth."""

    def loss(logs: np.ndarray) -> float:
        weights = np.exp(np.clip(logs, -6, 4.5))
        far = float(np.mean([np.minimum(one.errors(weights), 40).mean() for one in own]))
        return far + TOWARDS_START * float(np.mean((logs - start) ** 2))

    start = np.log([10.0, 2.0, 5.0, 2.0, 5.0])
    return np.exp(np.clip(optimize.minimize(loss, start, method="Nelder-Mead", options={"maxiter": 250}).x, -6, 4.5))


def fit_place(own: list[Looked], weights: np.ndarray, level: float = 0.9) -> np.ndarray:
    """Intercept and non-negative weights of the logarithm of the ninth decile (linear programme of the check loss)."""
    evidence = np.vstack([one.evidence(weights) for one in own])
    target = np.log(np.maximum(np.concatenate([one.errors(weights) for one in own]), 0.2))
    n, k = evidence.shape
    cost = np.concatenate([np.zeros(k + 1), np.full(n, level), np.full(n, 1 - level)])
    equal = np.hstack([np.ones((n, 1)), evidence, np.eye(n), -np.eye(n)])
    bounds = [(None, None)] + [(0, None)] * (k + 2 * n)
    return optimize.linprog(cost, A_eq=equal, b_eq=target, bounds=bounds, method="highs").x[: k + 1]


def fit_told(own: list[Looked], wrong: list[Looked], weights: np.ndarray) -> np.ndarray:
    """Intercept and non-negative weights of a logistic regression, with a small ridge, on the best candidates."""

    def best(pairs: list[Looked]) -> np.ndarray:
        return np.array([one.figures[np.argmax(one.figures @ weights)] for one in pairs])

    values = np.vstack([best(own), best(wrong)])
    sign = np.concatenate([np.ones(len(own)), -np.ones(len(wrong))])

    def loss(parameters: np.ndarray) -> float:
        odds = parameters[0] + values @ parameters[1:]
        return float(np.logaddexp(0, -sign * odds).mean() + 1e-4 * (parameters[1:] ** 2).sum())

    bounds = [(None, None), *TOLD_BOUNDS]
    return optimize.minimize(loss, np.r_[-5.0, np.ones(5)], bounds=bounds, method="L-BFGS-B").x


def odds_of(pairs: list[Looked], told: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Log odds of each pair, of its best candidate."""
    return np.array([told[0] + one.figures[np.argmax(one.figures @ weights)] @ told[1:] for one in pairs])


def show(rows: list[tuple[str, float, float]]) -> None:
    """Print errors by kind, and how the radii hold them, by radius; rows of kind, error and radius, mm."""
    for kind in ("mass", "speck"):
        e, r = (np.array([row[i] for row in rows if row[0] == kind]) for i in (1, 2))
        print(
            kind,
            len(e),
            "median",
            round(np.median(e), 2),
            "p90",
            round(np.quantile(e, 0.9), 2),
            "held",
            (e <= r).mean(),
        )
    e, r = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    for low, high in zip((0, 4, 6, 9, 13, 20), (4, 6, 9, 13, 20, 99), strict=True):
        bin_ = (r >= low) & (r < high)
        if bin_.any():
            print(
                f"radius {low}-{high} mm: n {bin_.sum()}, "
                f"p90 of error {np.quantile(e[bin_], 0.9):.1f}, held {(e <= r)[bin_].mean():.2f}"
            )


def draw(rows: list[tuple[str, float, float]], path: Path) -> None:
    """Radius said against error found, by kind, with the ninth decile of the error in eighths of the radii."""
    figure, axes = plt.subplots(figsize=(6.4, 5.0), layout="constrained")
    said = np.array([row[2] for row in rows])
    for kind, marker, colour in (("mass", "o", "#b5473c"), ("speck", ".", "#3d6f8e")):
        chosen = np.array([row[0] == kind for row in rows])
        found = np.array([row[1] for row in rows])[chosen]
        held = f"{kind}: {np.mean(found <= said[chosen]):.0%} of {len(found)} within"
        axes.scatter(said[chosen], found, s=14, marker=marker, color=colour, alpha=0.5, label=held)
    groups = np.array_split(np.argsort(said), 8)
    errors = np.array([row[1] for row in rows])
    middle, ninth = zip(*[(np.median(said[g]), np.quantile(errors[g], 0.9)) for g in groups], strict=True)
    axes.plot(middle, ninth, "k-s", label="ninth decile of the error")
    axes.plot([3, 60], [3, 60], "k:", label="as said")
    axes.set(xscale="log", yscale="log", xlabel="radius90 said, mm", ylabel="distance from the true place, mm")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    axes.set_xticks([3, 5, 10, 20, 40])
    axes.set_yticks([0.5, 1, 2, 5, 10, 20, 40])
    axes.set_ylim(0.3, 60)
    axes.legend(loc="lower right", fontsize=8)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print the coefficients, then what they do on pairs they were not fitted to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("candidates", type=Path, nargs="+")
    parser.add_argument("--check", type=Path, nargs="*", default=[], help="pairs that nothing is fitted to")
    parser.add_argument("--plot", type=Path, help="picture of the calibration, cross-validated")
    asked = parser.parse_args()
    own, wrong = read(asked.candidates)
    weights = fit_weights(own)
    place, told = fit_place(own, weights), fit_told(own, wrong, weights)
    least = float(np.quantile(odds_of(wrong, told, weights), 1 - STRANGERS_TRUSTED))
    errors = np.concatenate([one.errors(weights) for one in own])
    radius = np.exp(np.concatenate([place[0] + one.evidence(weights) @ place[1:] for one in own]))
    print("pairs", len(own), "strangers", len(wrong), "places", len(errors))
    print("CANDIDATE_WEIGHTS", np.round(weights, 2).tolist())
    print("PLACE_MODEL", np.round(place, 3).tolist(), "expected share", round(float(errors.mean() / radius.mean()), 3))
    print("TOLD_MODEL", np.round(told, 2).tolist(), "least", round(least, 2))
    unseen, others = read(asked.check)
    if unseen:
        rows = [
            row
            for one in unseen
            for row in zip(
                one.kinds, one.errors(weights), np.exp(place[0] + one.evidence(weights) @ place[1:]), strict=True
            )
        ]
        print(f"not fitted to: {len(unseen)} pairs, {len(others)} strangers")
        show(rows)
        told_own, told_others = (np.mean(odds_of(pairs, told, weights) >= least) for pairs in (unseen, others))
        print(f"told {told_own:.2f} strangers told {told_others:.3f}")
    print(f"cross-validated by pair, {FOLDS} folds")
    rows, passed, fooled = [], [], []
    for fold in range(FOLDS):
        seen = [one for i, one in enumerate(own) if i % FOLDS != fold]
        others = [one for i, one in enumerate(wrong) if i % FOLDS != fold]
        w = fit_weights(seen)
        p, t = fit_place(seen, w), fit_told(seen, others, w)
        limit = np.quantile(odds_of(others, t, w), 1 - STRANGERS_TRUSTED)
        for one in own[fold::FOLDS]:
            r = np.exp(p[0] + one.evidence(w) @ p[1:])
            rows += list(zip(one.kinds, one.errors(w), r, strict=True))
            passed.append((odds_of([one], t, w)[0] >= limit, np.median(r) <= 16))
        fooled += list(odds_of(wrong[fold::FOLDS], t, w) >= limit)
    show(rows)
    if asked.plot:
        draw(rows, asked.plot)
    told_share, small = np.mean([a for a, _ in passed]), np.mean([a and b for a, b in passed])
    print(f"told {told_share:.2f} trusted {small:.2f} strangers told {np.mean(fooled):.3f}")


if __name__ == "__main__":
    main()
