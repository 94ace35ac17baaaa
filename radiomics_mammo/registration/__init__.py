"""Breast region, prior and recent alignment, regional search, matching of lesions.

The chapters, in the order of the story: `segmentation` of the breast and its `landmarks`; `preprocessing` to working
pictures and `transforms` between them; `block_matching`, `candidates` from a coarse start, their `refinement`,
`quality` of each, and the `alignment` that is kept; `propagation` of a lesion to the prior exam by regional search,
the `regions` to measure, and `matching` of lesions between exams and views.
"""

from radiomics_mammo.registration.alignment import register_exams
from radiomics_mammo.registration.landmarks import chest_wall_side
from radiomics_mammo.registration.matching import link_views, match_lesions, measure_error_mm, place_lesions
from radiomics_mammo.registration.quality import place_error
from radiomics_mammo.registration.regions import doubtful_regions, null_places, prior_regions, recent_roi, tissue_roi
from radiomics_mammo.registration.segmentation import find_breast
from radiomics_mammo.registration.transforms import warp_prior

__all__ = [
    "chest_wall_side",
    "doubtful_regions",
    "find_breast",
    "link_views",
    "match_lesions",
    "measure_error_mm",
    "null_places",
    "place_error",
    "place_lesions",
    "prior_regions",
    "recent_roi",
    "register_exams",
    "tissue_roi",
    "warp_prior",
]
