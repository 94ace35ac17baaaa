"""Intensity scale, crop, two-dimensional filters, PyRadiomics, deltas, similarity."""
