"""A release with known truth.

In the order of the story: `plan` (who is in it), `quirks` (what real copies show, and who gets which), `anatomy` (shape
and tissue of a breast), `masses`, `warps` (deformation between the exams), `layers` (tissue in depth that slides),
`exposure` (the picture), `copies` (pen, outlines, JPEG), `overlays` (text, rulers, badges, marks), `dicom` and
`workbook` (files), `truth` (what is known),
`cohort` (the entry), `pairs` (in memory).
"""

from radiomics_mammo.synthetic.cohort import DEFAULT_SEED, synthesize_release
from radiomics_mammo.synthetic.copies import draw_outline, save_jpeg_like
from radiomics_mammo.synthetic.pairs import SyntheticPair, hard_pair, synthetic_pair
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
    "hard_pair",
    "save_jpeg_like",
    "synthesize_release",
    "synthetic_pair",
]
