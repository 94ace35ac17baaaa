"""The records of all pairs, put together as the tables of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core import tables_cohort as cohort
from radiomics_mammo.core import tables_features as feature_tables
from radiomics_mammo.core import tables_lesions as lesion_tables
from radiomics_mammo.core.batch import Dropped
from radiomics_mammo.core.cases import Release
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import LesionPlace, Roi
from radiomics_mammo.features import feature_table
from radiomics_mammo.features import similarity_table as empty_similarity
from radiomics_mammo.masks import lesion_row, missing_outlines, view_conflicts
from radiomics_mammo.pipeline.outline_stage import lesions_of, mask_file
from radiomics_mammo.pipeline.pair_records import ImageOutcome, PairRecord, Row
from radiomics_mammo.pipeline.picture_stage import prior_mask_file
from radiomics_mammo.registration import link_views, registration_row, roi_row
from radiomics_mammo.release import audit_images, compare_with_manifest, patients_table

__all__ = ["patients_table"]


def outcomes(records: Iterable[PairRecord]) -> Iterator[ImageOutcome]:
    """Every image of the records, prior before recent."""
    for record in records:
        yield from (record.outlined.prior, record.outlined.recent)


def images_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """``images.csv``: every image, with empty cells where it could not be read."""
    return cohort.IMAGES.from_rows([dict(outcome.image_row) for outcome in outcomes(records)])


def kept(records: Sequence[PairRecord]) -> list[LesionMask]:
    """Every outlined lesion that no reader rejected."""
    excluded = {lesion for record in records for lesion in record.outlined.excluded}
    every = [lesion for outcome in outcomes(records) for lesion in lesions_of(outcome)]
    return [lesion for lesion in every if str(lesion.key) not in excluded]


def mask_hashes(records: Sequence[PairRecord]) -> dict[str, str]:
    """Hash of the mask of every outlined lesion by its id, rejected ones included."""
    return {lesion: sha256 for record in records for lesion, sha256 in record.outlined.mask_sha256.items()}


def lesions_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """``lesions.csv``: every outlined lesion that no reader rejected."""
    hashes = mask_hashes(records)
    rows = [
        dict(lesion_row(lesion, mask_file=mask_file(lesion), sha256=hashes[str(lesion.key)]))
        for lesion in kept(records)
    ]
    return lesion_tables.LESIONS.from_rows(rows)


def contours_of(records: Sequence[PairRecord]) -> dict[str, NDArray[np.float64]]:
    """Sub-pixel contour of every lesion by its id, (n, 2) DICOM pixels."""
    return {str(lesion.key): lesion.contour_px for lesion in kept(records)}


def links_table(records: Sequence[PairRecord], *, config: RegistrationConfig) -> pd.DataFrame:
    """``links.csv``: one mass in two exams, and one mass in two views."""
    links = [link for record in records if record.aligned for link in record.aligned.links]
    for places in _places_by_patient(records):
        links += link_views(places, config=config)
    return lesion_tables.LINKS.from_rows([dict(vars(link)) for link in sorted(links)])


def _places_by_patient(records: Sequence[PairRecord]) -> Iterator[list[LesionPlace]]:
    by_patient: dict[str, list[LesionPlace]] = {}
    for record in records:
        places = record.aligned.places if record.aligned else ()
        by_patient.setdefault(record.outlined.recent.key.patient_id, []).extend(places)
    yield from by_patient.values()


def registration_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """``registration.csv``: one row a pair of exams that could be compared."""
    kept = [record.aligned.registration for record in records if record.aligned and record.aligned.registration]
    return lesion_tables.REGISTRATION.from_rows([dict(registration_row(registration)) for registration in kept])


def rois_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """``rois.csv``: every measured region."""
    rows = [dict(roi_row(roi, mask_file=_mask_of(roi))) for record in records for roi in rois_of(record)]
    return lesion_tables.ROIS.from_rows(rows)


def rois_of(record: PairRecord) -> tuple[Roi, ...]:
    """Every region of a pair, each once: lesions, lesion-free places, tissue."""
    if record.aligned is None:
        return ()
    pairs = (*record.aligned.lesions, *record.aligned.null_places)
    every = [*record.aligned.single, *(roi for pair in pairs for roi in (pair.recent, pair.prior))]
    return tuple({roi.roi_id: roi for roi in (*every, *record.aligned.tissue)}.values())


def _mask_of(roi: Roi) -> str:
    if roi.prior_policy is not None and roi.recent_lesion_id:
        return prior_mask_file(roi)
    return f"masks/{roi.recent_lesion_id}.png" if roi.recent_lesion_id and roi.prior_policy is None else ""


def features_table(records: Sequence[PairRecord], *, config: FeatureConfig) -> pd.DataFrame:
    """``features.csv``: the measured values of every region."""
    return feature_table(_measured_rows(records, "features"), config=config)


def similarity_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """Similarity of every recent region to its prior region."""
    rows = _measured_rows(records, "similarity")
    return pd.DataFrame(rows) if rows else empty_similarity(())


def perturbed_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """Measured values of perturbed contours, for robustness."""
    return pd.DataFrame(_measured_rows(records, "perturbed"))


def grey_levels_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """``grey_levels.csv``: grey levels that occur in every lesion region and image."""
    return feature_tables.GREY_LEVELS.from_rows([dict(row) for row in _measured_rows(records, "grey_levels")])


def _measured_rows(records: Sequence[PairRecord], part: str) -> list[Row]:
    return [dict(row) for record in records if record.measured for row in getattr(record.measured, part)]


def findings_of(release: Release, records: Sequence[PairRecord], dropped: Sequence[Dropped]) -> list[Finding]:
    """Everything noticed, from the index to the measurements, without repeats."""
    found = [*release.findings, *compare_with_manifest(release), *audit_images(images_table(records))]
    found += [Finding.of(AuditCode.DICOM_UNREADABLE, case.reason, image_id=case.subject) for case in dropped]
    found += [finding for outcome in outcomes(records) for finding in outcome.findings]
    for patient in release.patients:
        own = [o.outlined for o in outcomes(records) if o.key.patient_id == patient.patient_id and o.outlined]
        found += [*view_conflicts(own), *missing_outlines(own, patient)]
    for record in records:
        found += record.aligned.findings if record.aligned else ()
        found += record.measured.findings if record.measured else ()
    return sorted(set(found))


def audit_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """``audit.csv``."""
    return cohort.AUDIT.from_rows([dict(vars(finding)) for finding in findings])
