"""Masks as DICOM SEG or NRRD, and batches for the stock PyRadiomics command."""
