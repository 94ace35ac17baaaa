"""What was learned on the hard synthetic world: weights of candidates, of a place's evidence, of a woman's identity."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlaceModel:
    """Logarithm of the radius that holds the true place nine times in ten, and the expected error as a share of it."""

    intercept: float
    weights: tuple[float, float, float, float]
    expected_share: float


@dataclass(frozen=True)
class ToldModel:
    """Log odds that two exams show one woman, and the least that is believed."""

    intercept: float
    weights: tuple[float, float, float, float, float]
    least: float
    least_small: float


PROVENANCE = (
    "benchmarks/bench_places.py --candidates, then benchmarks/fit_places.py: 84 pairs and 79 strangers, 384 rows; "
    "seeds 200 to 235 of the hard world, seeds 0 to 47 of the same with roll and own fields 0.45 to 1 times as large; "
    "ninth decile by the check loss, weights not negative; intercept moved to hold nine of ten of seeds 200 to 235; "
    "threshold above all 79 strangers"
)
"""How the figures below were made; none was chosen on a real pair."""

CANDIDATE_WEIGHTS = (0.0, 12.78, 9.09, 1.27, 90.02)
"""Similarity, rank similarity, block score, agreement and overlap of a candidate: log odds that it is the best one."""

PLACE_MODEL = PlaceModel(0.09, (0.227, 2.046, 0.807, 0.0), 0.543)
"""Logarithm of 1 mm + spread of the candidates; 1 - similarity, 1 - agreement, 1 - block score of the best."""

TOLD_MODEL = ToldModel(-21.82, (8.14, 13.4, 3.99, 6.03, 11.32), 0.7, 12.0)
"""Similarity, rank similarity, block score, agreement and overlap of the best candidate.

In a breast so small that the lengths of the alignment shrink, a few blocks nearly as large as the breast agree by
chance: of 12 drawn pairs of small strangers the highest reached 8.8, same women 20. The least is higher there."""
