"""Folder or zip and workbook become an index; DICOM and JPEG reading; audit; download.

The chapters in order. Who is there: `files` (what a folder or archive holds), `layout` (names become patients and
images), `sheets` (a workbook's cells and columns), `values` (what one cell says), `workbook` (a row per patient),
`index` (all of it joined). What an image shows: `header` (DICOM tags, spacing), `pixels` (whether the data are whole,
and of the stated size and bits), `images` (mammograms), `overlays` (outlined copies). What was noticed: `audit`
(against the public release and across images), `exclusions` (what a reader rejected). And `fetch`, the download.
"""

from radiomics_mammo.release.audit import audit_images, check_laterality, compare_with_manifest, release_facts
from radiomics_mammo.release.exclusions import Exclusion, match_exclusions, read_exclusions
from radiomics_mammo.release.fetch import FetchedRelease, fetch_release
from radiomics_mammo.release.files import content_hash, read_bytes
from radiomics_mammo.release.images import read_mammogram
from radiomics_mammo.release.index import open_cases, open_release
from radiomics_mammo.release.overlays import read_overlay

__all__ = [
    "Exclusion",
    "FetchedRelease",
    "audit_images",
    "check_laterality",
    "compare_with_manifest",
    "content_hash",
    "fetch_release",
    "match_exclusions",
    "open_cases",
    "open_release",
    "read_bytes",
    "read_exclusions",
    "read_mammogram",
    "read_overlay",
    "release_facts",
]
