"""Breast region, prior and recent alignment, regional search, matching of lesions."""

from radiomics_mammo.registration.alignment import register_exams
from radiomics_mammo.registration.breast import find_breast
from radiomics_mammo.registration.matching import match_lesions, measure_error_mm
from radiomics_mammo.registration.nulls import null_places
from radiomics_mammo.registration.regions import doubtful_regions, prior_regions, recent_roi, tissue_roi
from radiomics_mammo.registration.rows import link_row, registration_row, roi_row
from radiomics_mammo.registration.views import link_views, place_lesions
from radiomics_mammo.registration.warping import warp_prior

__all__ = [
    "doubtful_regions",
    "find_breast",
    "link_row",
    "link_views",
    "match_lesions",
    "measure_error_mm",
    "null_places",
    "place_lesions",
    "prior_regions",
    "recent_roi",
    "register_exams",
    "registration_row",
    "roi_row",
    "tissue_roi",
    "warp_prior",
]
