"""Outlines to masks: strokes by colour, closed contours, lesions on the DICOM grid, boxes, labels."""

from radiomics_mammo.masks.outlines import outline_image
from radiomics_mammo.masks.patients import missing_outlines, view_conflicts
from radiomics_mammo.masks.tables import encode_mask, is_measured, lesion_row, mask_sha256

__all__ = [
    "encode_mask",
    "is_measured",
    "lesion_row",
    "mask_sha256",
    "missing_outlines",
    "outline_image",
    "view_conflicts",
]
