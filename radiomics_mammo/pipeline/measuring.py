"""From a release to the measured tables: every exam pair taken through its stages, and what came of all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.batch import Batch
from radiomics_mammo.core.cases import Release
from radiomics_mammo.core.errors import ReleaseError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.pairs import LesionLink, LesionPlace, Roi
from radiomics_mammo.core.vocabulary import RoiSource, Severity, Visit
from radiomics_mammo.features import (
    delta_table,
    feature_dictionary,
    feature_table,
    grey_level_rows,
    icc_table,
    patient_delta_table,
    possible_dictionaries,
    units_of,
)
from radiomics_mammo.masks import missing_outlines, view_conflicts
from radiomics_mammo.pipeline import flow
from radiomics_mammo.pipeline.journal import CHANGE, OUTLINE, Journal, Source, Stage, StageDone
from radiomics_mammo.pipeline.pairs import Depth, PairRecord, PairTask, pair_name
from radiomics_mammo.pipeline.stages import PRIOR_MASKS, ImageOutcome, mask_file, prior_mask_file
from radiomics_mammo.pipeline.store import Store, to_record, writing
from radiomics_mammo.pipeline.workers import Workers
from radiomics_mammo.registration import link_views
from radiomics_mammo.release import (
    Exclusion,
    audit_images,
    compare_with_manifest,
    match_exclusions,
    open_release,
    read_exclusions,
)
from radiomics_mammo.tables.audit import AUDIT
from radiomics_mammo.tables.deltas import DELTAS
from radiomics_mammo.tables.dictionary import DICTIONARY
from radiomics_mammo.tables.features import FEATURES
from radiomics_mammo.tables.flow import FLOW
from radiomics_mammo.tables.grey_levels import GREY_LEVELS
from radiomics_mammo.tables.images import IMAGES
from radiomics_mammo.tables.lesions import LESIONS, LesionRow
from radiomics_mammo.tables.links import LINKS
from radiomics_mammo.tables.patient_deltas import PATIENT_DELTAS
from radiomics_mammo.tables.patients import PATIENTS
from radiomics_mammo.tables.registration import REGISTRATION, RegistrationRow
from radiomics_mammo.tables.robustness import ROBUSTNESS
from radiomics_mammo.tables.rois import ROIS, RoiRow
from radiomics_mammo.tables.schema import Table, csv_text

CONTOURS = "masks/contours.json"
"""Sub-pixel contours of all masks by lesion id, (row, col) in DICOM pixels: what the masks are rasterised from."""
COHORT = (PATIENTS, IMAGES, LESIONS, AUDIT, FLOW)
"""What every command that reads a release leaves."""
TWINS = (FEATURES, DELTAS)
"""Tables with a Parquet twin."""
_OF_COLUMNS = (FEATURES, ROBUSTNESS, GREY_LEVELS, DELTAS, PATIENT_DELTAS)
"""Tables with a row or column per measured column."""


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """Options of every command that reads a release.

    Parameters
    ----------
    config : StudyConfig
    description : Path or None
        Workbook, where it is not beside or inside the release.
    exclusions : Path or None
        CSV of lesions a reader rejected.
    workers : Workers
    strict : bool
        Any audit error ends the run.
    fresh : bool
        Ignore the records of an earlier run.
    """

    config: StudyConfig = field(default_factory=StudyConfig)
    description: Path | None = None
    exclusions: Path | None = None
    workers: Workers = field(default_factory=Workers)
    strict: bool = False
    fresh: bool = False


@dataclass(frozen=True)
class Measured:
    """All pairs of a release after their stages, and the tables that say what came of them."""

    release: Release
    batch: Batch[PairRecord]
    findings: tuple[Finding, ...]
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def inputs_sha256(self) -> dict[str, str]:
        """Hash of every input file by its path inside the release, sorted."""
        return dict(sorted((name, sha) for record in self.records for name, sha in record.inputs_sha256.items()))

    @property
    def records(self) -> tuple[PairRecord, ...]:
        """One a pair that came back."""
        return self.batch.done


def read_release(path: Path, options: RunOptions, journal: Journal) -> Release:
    """Index a release; nothing is decoded yet.

    Raises
    ------
    ReleaseError
        If it cannot be used.
    """
    with journal.watch.stage("index"):
        return open_release(path, description=options.description, config=options.config.release)


def outline_align_measure(release: Release, depth: Depth, options: RunOptions, *, journal: Journal) -> Measured:
    """Take every exam pair as deep as asked for, and write the tables of patients, images, lesions and findings.

    Raises
    ------
    ReleaseError
        Where `strict` is set and an audit error was found; the tables of the audit are written before.
    """
    store, config = journal.store, options.config
    exclusions = read_exclusions(options.exclusions) if options.exclusions else ()
    journal.begin(depth.command, config, _source(release, options))
    if depth is Depth.FEATURES:
        announce_columns(store, config)
    task = PairTask(store.root, config, depth, exclusions)
    with journal.watch.stage(depth.command):
        batch = options.workers.each(depth.command, task, tuple(release.pairs()), name=pair_name)
    measured = Measured(release, batch, tuple(_findings(release, batch, exclusions)), exclusions)
    store.write_table(PATIENTS, PATIENTS.of(release.patients))
    store.write_table(IMAGES, images_table(batch.done))
    store.write_table(LESIONS, lesions_table(batch.done))
    store.write_table(AUDIT, AUDIT.of(measured.findings))
    _refuse_errors(measured.findings, strict=options.strict)
    if depth >= Depth.MASKS:
        store.write_text(CONTOURS, to_record(contours_of(batch.done)))
        remove_old_masks(batch.done, store, depth)
    return measured


def stop_at(depth: Depth, measured: Measured, options: RunOptions, *, journal: Journal) -> None:
    """End a run before anything is measured: who was lost so far, and what now stands."""
    journal.store.write_table(FLOW, flow.flow_table(_first_steps(measured, options.config)))
    contours = [CONTOURS] if depth >= Depth.MASKS else []
    _finish(Stage(name=depth.command, needs=(OUTLINE,)), measured, options, journal=journal, also=contours)


def change(measured: Measured, options: RunOptions, *, journal: Journal) -> None:
    """Write features and their change by lesion and by patient, and who was lost on the way."""
    store, config = journal.store, options.config
    with journal.watch.stage("deltas"):
        frames = measured_tables(measured, config)
    for table, frame in frames.items():
        store.write_table(table, frame, parquet=table in TWINS)
    steps = _first_steps(measured, config) + flow.delta_steps(frames[DELTAS], frames[ROIS])
    steps += flow.patient_steps(PATIENTS.of(measured.release.patients), frames[PATIENT_DELTAS])
    store.write_table(FLOW, flow.flow_table(steps))
    written = [CONTOURS, *(table.file for table in frames), *(f"{table.stem}.parquet" for table in TWINS)]
    _finish(CHANGE, measured, options, journal=journal, also=written)


def _finish(stage: Stage, measured: Measured, options: RunOptions, *, journal: Journal, also: Sequence[str]) -> None:
    config, inputs = options.config, measured.inputs_sha256
    done = StageDone(
        key=stage.key(config, *(f"{name}={sha}" for name, sha in inputs.items()), *map(str, measured.exclusions)),
        making=stage.making(config),
        settings=stage.settings_of(config),
        files=journal.store.hashes([*(table.file for table in COHORT), *also]),
    )
    journal.finish(stage, done, inputs_sha256=inputs)


def _source(release: Release, options: RunOptions) -> Source:
    rejected = options.exclusions
    return Source(
        release=str(release.root.resolve()),
        cases=any(patient.case_class is None for patient in release.patients[:1]),
        description=str(options.description.resolve()) if options.description else "",
        exclusions={rejected.name: hashlib.sha256(rejected.read_bytes()).hexdigest()} if rejected else {},
    )


def announce_columns(store: Store, config: StudyConfig) -> None:
    """Write what will be measured before the first lesion is; tables of other columns are gone by then."""
    wanted = possible_dictionaries(config.features)
    path = store.root / DICTIONARY.file
    if path.is_file() and path.read_bytes() in [csv_text(table).encode("utf-8") for table in wanted]:
        return
    for table in _OF_COLUMNS:
        for suffix in (".csv", ".parquet"):
            with writing(store.root / table.file):
                (store.root / table.file).with_suffix(suffix).unlink(missing_ok=True)
    store.write_table(DICTIONARY, wanted[0])


def images_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """``images.csv``: every image, with missing cells where it could not be read."""
    return IMAGES.of(outcome.row for outcome in _outcomes(records))


def lesions_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """``lesions.csv``: every outlined lesion that no reader rejected."""
    return LESIONS.of(
        LesionRow.of(lesion, mask_file=mask_file(lesion), mask_sha256=record.outlined.mask_sha256[str(lesion.key)])
        for record in records
        for lesion in record.outlined.kept
    )


def measured_tables(measured: Measured, config: StudyConfig) -> dict[Table[Any], pd.DataFrame]:
    """What the measured pairs say together: features, and their change by lesion and by patient."""
    records = measured.records
    patients, lesions = PATIENTS.of(measured.release.patients), lesions_table(records)
    every = [record.measured for record in records if record.measured]
    links = LINKS.of(sorted(_links(records, config)))
    rois = ROIS.of(RoiRow.of(roi, mask_file=_mask_of(roi)) for record in records for roi in rois_of(record))
    features = feature_table([one for part in every for one in part.features], config=config.features)
    similarity = [one for part in every for one in part.similarity]
    deltas = delta_table(features, rois, patients, similarity=similarity, config=config.features)
    counted = [one for part in every for one in part.features if one.row.source is not RoiSource.NULL]
    aligned = [record.aligned.registration for record in records if record.aligned and record.aligned.registration]
    return {
        LINKS: links,
        REGISTRATION: REGISTRATION.of(RegistrationRow.of(registration) for registration in aligned),
        ROIS: rois,
        FEATURES: features,
        DICTIONARY: feature_dictionary(config.features, units=units_of(features.columns)),
        ROBUSTNESS: icc_table([one for part in every for one in part.perturbed]),
        GREY_LEVELS: GREY_LEVELS.of(grey_level_rows(counted)),
        DELTAS: deltas,
        PATIENT_DELTAS: patient_delta_table(deltas, features, lesions, patients, links=links, config=config.features),
    }


def contours_of(records: Sequence[PairRecord]) -> dict[str, NDArray[np.float64]]:
    """Sub-pixel contour of every lesion by its id, (n, 2) DICOM pixels."""
    return {str(lesion.key): lesion.contour_px for record in records for lesion in record.outlined.kept}


def rois_of(record: PairRecord) -> tuple[Roi, ...]:
    """Every region of a pair, each once: lesions, lesion-free places, tissue."""
    if record.aligned is None:
        return ()
    pairs = (*record.aligned.lesions, *record.aligned.null_places)
    every = [*record.aligned.single, *(roi for pair in pairs for roi in (pair.recent, pair.prior))]
    return tuple({roi.roi_id: roi for roi in (*every, *record.aligned.tissue)}.values())


def remove_old_masks(records: Sequence[PairRecord], store: Store, depth: Depth) -> None:
    """No mask stays behind of a rejected lesion, or that an earlier run made from other files or settings."""
    current = {"masks": {mask_file(lesion) for record in records for lesion in record.outlined.kept}}
    if depth is Depth.FEATURES:
        aligned = [record.aligned for record in records if record.aligned]
        current[PRIOR_MASKS] = {prior_mask_file(pair.prior) for each in aligned for pair in each.lesions}
    for folder, names in current.items():
        for path in (store.root / folder).glob("*.png"):
            if f"{folder}/{path.name}" not in names:
                with writing(path):
                    path.unlink()


def exclusion_findings(exclusions: Sequence[Exclusion], records: Sequence[PairRecord]) -> tuple[Finding, ...]:
    """What became of a reader's exclusions: applied, or naming a lesion or mask that is not there."""
    hashes = {lesion: sha256 for record in records for lesion, sha256 in record.outlined.mask_sha256.items()}
    return match_exclusions(exclusions, hashes)[1]


def _outcomes(records: Sequence[PairRecord]) -> Iterator[ImageOutcome]:
    for record in records:
        yield from record.outlined.outcomes


def _findings(release: Release, batch: Batch[PairRecord], exclusions: Sequence[Exclusion]) -> list[Finding]:
    """Everything noticed, from the index to the measurements, without repeats."""
    records = batch.done
    found = [*release.findings, *compare_with_manifest(release), *audit_images(images_table(records))]
    found += [Finding.of(AuditCode.DICOM_UNREADABLE, case.reason, image_id=case.subject) for case in batch.dropped]
    found += [finding for outcome in _outcomes(records) for finding in outcome.findings]
    for patient in release.patients:
        own = [o.outlined for o in _outcomes(records) if o.key.patient_id == patient.patient_id and o.outlined]
        found += [*view_conflicts(own), *missing_outlines(own, patient)]
    for record in records:
        found += record.aligned.findings if record.aligned else ()
        found += record.measured.findings if record.measured else ()
    return sorted({*found, *exclusion_findings(exclusions, records)})


def _refuse_errors(findings: Sequence[Finding], *, strict: bool) -> None:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if strict and errors:
        found = f"{len(errors)}, the first {errors[0].code}: {errors[0].message.rstrip('.')}"
        raise ReleaseError("audit", "no errors with --strict", found, "see audit.csv, or leave out --strict")


def _first_steps(measured: Measured, config: StudyConfig) -> list[flow.FlowStep]:
    records = measured.records
    rejected = sum(
        LesionKey.parse(lesion).image.visit is Visit.RECENT for r in records for lesion in r.outlined.excluded
    )
    steps = flow.reading_steps(measured.release, records, measured.batch.dropped)
    unreliable = config.masks.measure_unreliable
    return steps + flow.outline_steps(lesions_table(records), rejected, measure_unreliable=unreliable)


def _links(records: Sequence[PairRecord], config: StudyConfig) -> list[LesionLink]:
    """One mass in two exams, and one mass in two views."""
    links = [link for record in records if record.aligned for link in record.aligned.links]
    places: dict[str, list[LesionPlace]] = {}
    for record in records:
        own = record.aligned.places if record.aligned else ()
        places.setdefault(record.outlined.recent.key.patient_id, []).extend(own)
    for of_patient in places.values():
        links += link_views(of_patient, config=config.registration)
    return links


def _mask_of(roi: Roi) -> str:
    if roi.prior_policy is not None and roi.recent_lesion_id:
        return prior_mask_file(roi)
    return f"masks/{roi.recent_lesion_id}.png" if roi.recent_lesion_id else ""
