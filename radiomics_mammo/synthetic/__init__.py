"""A release with known truth."""

from radiomics_mammo.synthetic.cohort import DEFAULT_SEED, synthesize_release
from radiomics_mammo.synthetic.pairs import SyntheticPair, synthetic_pair
from radiomics_mammo.synthetic.pen import draw_outline, save_jpeg_like
from radiomics_mammo.synthetic.plan import ClassCounts
from radiomics_mammo.synthetic.truth import PlantedQuirk, SyntheticTruth, TrueLesion

__all__ = [
    "DEFAULT_SEED",
    "ClassCounts",
    "PlantedQuirk",
    "SyntheticPair",
    "SyntheticTruth",
    "TrueLesion",
    "draw_outline",
    "save_jpeg_like",
    "synthesize_release",
    "synthetic_pair",
]
