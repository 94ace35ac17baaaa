"""Outlines to masks: strokes by colour, closed contours, lesions on the DICOM grid, boxes, labels."""

from radiomics_mammo.masks.labels import missing_outlines, view_conflicts
from radiomics_mammo.masks.outlines import encode_mask, is_measured, mask_sha256, outline_image

__all__ = ["encode_mask", "is_measured", "mask_sha256", "missing_outlines", "outline_image", "view_conflicts"]
