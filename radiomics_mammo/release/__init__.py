"""Folder or zip and workbook become an index; DICOM and JPEG reading; audit; download.

The chapters in order. Who is there: `files` (what a folder or archive holds), `layout` (names become patients and
images), `sheets` (a workbook's cells and columns), `values` (what one cell says), `workbook` (a row per patient),
`index` (all of it joined); `sibling` (other class folders), `cohort` (a table in their place, with `given` masks,
`pictures` and `polygons`). What an image shows: `header` (DICOM tags), `spacing` (which of them is true), `polarity`
(what is bright, what is padding), `pixels` (whether the data are whole, and of the stated size and bits), `images`
(mammograms), `overlays` (outlined copies), `reading` (the contract of all that). What was noticed: `audit` (against the
public release and across images), `exclusions` and `review` (what readers decided). And `fetch`, the download.
"""

from radiomics_mammo.release.audit import (
    audit_images,
    check_laterality,
    check_visit_order,
    compare_with_manifest,
    release_facts,
    repeated_pictures,
)
from radiomics_mammo.release.exclusions import (
    Exclusion,
    Inclusion,
    match_exclusions,
    read_exclusions,
    read_inclusions,
    stale_inclusions,
)
from radiomics_mammo.release.fetch import FetchedRelease, fetch_release
from radiomics_mammo.release.files import content_hash, first_bytes, read_bytes
from radiomics_mammo.release.given import read_given, read_record
from radiomics_mammo.release.images import read_mammogram
from radiomics_mammo.release.index import open_cases, open_release
from radiomics_mammo.release.overlays import read_overlay
from radiomics_mammo.release.pictures import (
    Picture,
    grey_values,
    is_picture,
    one_channel,
    picture_of,
    read_mask,
    read_picture,
    region_of,
)
from radiomics_mammo.release.polygons import Polygon, read_polygons
from radiomics_mammo.release.review import (
    ReaderAgreement,
    joined,
    match_rejections,
    read_review,
    reader_agreement,
    rejected_lesions,
)
from radiomics_mammo.release.spacing import nearer_spacing

__all__ = [
    "Exclusion",
    "FetchedRelease",
    "Inclusion",
    "Picture",
    "Polygon",
    "ReaderAgreement",
    "audit_images",
    "check_laterality",
    "check_visit_order",
    "compare_with_manifest",
    "content_hash",
    "fetch_release",
    "first_bytes",
    "grey_values",
    "is_picture",
    "joined",
    "match_exclusions",
    "match_rejections",
    "nearer_spacing",
    "one_channel",
    "open_cases",
    "open_release",
    "picture_of",
    "read_bytes",
    "read_exclusions",
    "read_given",
    "read_inclusions",
    "read_mammogram",
    "read_mask",
    "read_overlay",
    "read_picture",
    "read_polygons",
    "read_record",
    "read_review",
    "reader_agreement",
    "region_of",
    "rejected_lesions",
    "release_facts",
    "repeated_pictures",
    "stale_inclusions",
]
