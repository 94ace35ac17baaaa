"""Outlines to masks: strokes by colour, closed contours, lesions on the DICOM grid, boxes, labels."""

from radiomics_mammo.masks.given import given_lesions, mask_contour
from radiomics_mammo.masks.labels import missing_outlines, view_conflicts
from radiomics_mammo.masks.outlines import encode_mask, is_measured, mask_sha256, outline_image, spacing_of_copy
from radiomics_mammo.masks.repeats import repeated_outlines

__all__ = [
    "encode_mask",
    "given_lesions",
    "is_measured",
    "mask_contour",
    "mask_sha256",
    "missing_outlines",
    "outline_image",
    "repeated_outlines",
    "spacing_of_copy",
    "view_conflicts",
]
