"""Masks as DICOM SEG or NRRD, and batches for the stock PyRadiomics command."""

from radiomics_mammo.export.dicom_seg import write_dicom_seg
from radiomics_mammo.export.nrrd_files import write_nrrd
from radiomics_mammo.export.pyradiomics_batch import write_pyradiomics_batch

__all__ = ["write_dicom_seg", "write_nrrd", "write_pyradiomics_batch"]
