"""Folder or zip and workbook become an index; DICOM and JPEG reading; audit; manifest; download."""

from radiomics_mammo.release.audit import audit_images, check_laterality
from radiomics_mammo.release.exclusions import Exclusion, match_exclusions, read_exclusions
from radiomics_mammo.release.fetch import FetchedRelease, fetch_release
from radiomics_mammo.release.files import content_hash, read_bytes
from radiomics_mammo.release.images import read_mammogram
from radiomics_mammo.release.index import open_cases, open_release
from radiomics_mammo.release.manifest import compare_with_manifest, release_facts
from radiomics_mammo.release.overlays import read_overlay
from radiomics_mammo.release.tables import image_row, patients_table

__all__ = [
    "Exclusion",
    "FetchedRelease",
    "audit_images",
    "check_laterality",
    "compare_with_manifest",
    "content_hash",
    "fetch_release",
    "image_row",
    "match_exclusions",
    "open_cases",
    "open_release",
    "patients_table",
    "read_bytes",
    "read_exclusions",
    "read_mammogram",
    "read_overlay",
    "release_facts",
]
