"""Masks as DICOM SEG or NRRD, and batches for the stock PyRadiomics command."""

from radiomics_mammo.export.dicom_seg import write_dicom_seg
from radiomics_mammo.export.nrrd_files import write_nrrd
from radiomics_mammo.export.pyradiomics_batch import MeasuredWindow, write_measured_batch, write_pyradiomics_batch
from radiomics_mammo.export.source import read_source

__all__ = [
    "MeasuredWindow",
    "read_source",
    "write_dicom_seg",
    "write_measured_batch",
    "write_nrrd",
    "write_pyradiomics_batch",
]
