"""Rows of ``registration.csv``, ``rois.csv`` and ``links.csv``."""

from __future__ import annotations

from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.pairs import LesionLink, Registration, Roi


def registration_row(registration: Registration) -> dict[str, object]:
    """One row of ``core.tables_lesions.REGISTRATION``."""
    return {
        "patient_id": registration.patient_id,
        "view": str(registration.view),
        "method": str(registration.method),
        "trusted": registration.trusted,
        "similarity_before": registration.similarity_before,
        "similarity_affine": registration.similarity_affine,
        "similarity_after": registration.similarity_after,
        "negative_jacobian_fraction": registration.negative_jacobian_fraction,
        "inverse_consistency_mm": registration.inverse_consistency_mm,
        "breast_dice": registration.breast_dice,
        "error_mm": registration.error_mm,
    }


def roi_row(roi: Roi, *, mask_file: str = "") -> dict[str, object]:
    """One row of ``core.tables_lesions.ROIS``; the area is that of its mask, as in ``lesions.csv``."""
    row, col = contour_centroid_px(roi.contour_px)
    pixel_area = roi.grid.pixel_area_mm2
    return {
        "roi_id": roi.roi_id,
        "patient_id": roi.image.patient_id,
        "view": str(roi.image.view),
        "visit": str(roi.image.visit),
        "recent_lesion_id": roi.recent_lesion_id or None,
        "prior_lesion_id": roi.prior_lesion_id or None,
        "source": str(roi.source),
        "prior_policy": str(roi.prior_policy) if roi.prior_policy else None,
        "trusted": roi.trusted,
        "label": str(roi.label) if roi.label else None,
        "centroid_row_px": row,
        "centroid_col_px": col,
        "area_mm2": None if pixel_area is None else roi.region.area_px * pixel_area,
        "search_score": roi.search_score,
        "search_shift_mm": roi.search_shift_mm,
        "mask_file": mask_file or None,
    }


def link_row(link: LesionLink) -> dict[str, object]:
    """One row of ``core.tables_lesions.LINKS``.

    Examples
    --------
    >>> link_row(LesionLink("a", "b", "same-mass-prior", 1.5, 0.9))["distance_mm"]
    1.5
    """
    return {
        "lesion_id_a": link.lesion_id_a,
        "lesion_id_b": link.lesion_id_b,
        "relation": link.relation,
        "distance_mm": link.distance_mm,
        "confidence": link.confidence,
    }
