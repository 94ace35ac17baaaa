"""Coloured strokes become closed outlines and lesion masks on the DICOM grid."""
