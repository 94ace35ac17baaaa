"""What was learned on the hard synthetic world: weights of candidates, of a place's evidence, of a woman's identity."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlaceModel:
    """Logarithm of the radius that holds the true place nine times in ten, and the expected error as a share of it."""

    intercept: float
    weights: tuple[float, float, float, float, float]
    expected_share: float


@dataclass(frozen=True)
class ToldModel:
    """Log odds that two exams show one woman, and the least that is believed."""

    intercept: float
    weights: tuple[float, float, float, float, float]
    least: float
    least_small: float


PROVENANCE = (
    "benchmarks/bench_places.py --candidates, then benchmarks/fit_places.py: 83 pairs and 177 strangers, 384 rows; "
    "seeds 600 to 631 of the hard world, seeds 400 to 423 and 500 to 527 of the same with roll, pull and own fields "
    "0.8 times as large; ninth decile by the check loss, weights not negative; threshold at the 99th percentile of "
    "strangers, above all of 50 pairs of real mammograms of two women; least of small breasts halfway between drawn "
    "strangers and own pairs"
)
"""How the figures below were made; none was chosen on a real pair."""

CANDIDATE_WEIGHTS = (12.5, 3.12, 2.95, 1.99, 26.66)
"""Similarity, rank similarity, block score, agreement and overlap of a candidate: log odds that it is the best one."""

PLACE_MODEL = PlaceModel(-1.024, (0.0, 4.133, 0.0, 0.0, 11.925), 0.508)
"""Logarithm of 1 mm + spread of the candidates; what similarity, agreement, block score, overlap of the best lack."""

TOLD_MODEL = ToldModel(-21.49, (10.9, 0.0, 9.41, 7.15, 12.35), -0.19, 11.0)
"""Similarity, rank similarity, block score, agreement and overlap of the best candidate.

Grey ranks count for nothing: gland lies in the middle of any breast, and in 50 pairs of real mammograms of two women
they were alike by 0.5 in the median and up to 0.72, where drawn strangers have 0.3; with them 4 of the 50 were taken
for one woman. In a breast so small that the lengths of the alignment shrink, a few blocks nearly as large as the breast
agree by chance: of drawn pairs of small strangers the highest reached 4.6, same women 17. The least is higher there."""
