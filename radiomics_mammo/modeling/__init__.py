"""Benign against malignant under patient-grouped nested cross-validation."""
