"""From a release to the measured tables: every exam pair taken through its stages, and what came of all of them."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
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
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import LesionLink, LesionPlace, Roi
from radiomics_mammo.core.vocabulary import Decision, RoiSource, Severity, Visit
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
from radiomics_mammo.masks import missing_outlines, repeated_outlines, view_conflicts
from radiomics_mammo.pipeline import flow
from radiomics_mammo.pipeline.journal import CHANGE, OUTLINE, Journal, Source, Stage, StageDone
from radiomics_mammo.pipeline.pairs import Depth, PairRecord, PairTask, pair_name
from radiomics_mammo.pipeline.stages import PRIOR_MASKS, ImageOutcome, mask_file, prior_mask_file
from radiomics_mammo.pipeline.store import Store, to_record, writing
from radiomics_mammo.pipeline.workers import Workers
from radiomics_mammo.registration import link_views
from radiomics_mammo.release import (
    Exclusion,
    Inclusion,
    audit_images,
    compare_with_manifest,
    joined,
    match_exclusions,
    match_rejections,
    open_release,
    read_exclusions,
    read_inclusions,
    read_review,
    rejected_lesions,
    repeated_pictures,
    stale_inclusions,
)
from radiomics_mammo.tables.audit import AUDIT
from radiomics_mammo.tables.deltas import DELTAS
from radiomics_mammo.tables.dictionary import DICTIONARY
from radiomics_mammo.tables.features import FEATURES
from radiomics_mammo.tables.flow import FLOW
from radiomics_mammo.tables.grey_levels import GREY_LEVELS
from radiomics_mammo.tables.images import IMAGES
from radiomics_mammo.tables.lesions import LESIONS, REVIEWED_OUT, LesionRow
from radiomics_mammo.tables.links import LINKS
from radiomics_mammo.tables.lost import LOST
from radiomics_mammo.tables.patient_deltas import PATIENT_DELTAS
from radiomics_mammo.tables.patients import PATIENTS
from radiomics_mammo.tables.registration import REGISTRATION, RegistrationRow
from radiomics_mammo.tables.rejected import REJECTED, RejectedRow
from radiomics_mammo.tables.review import REVIEW, ReviewRow, alignment_id, alignment_sha256
from radiomics_mammo.tables.robustness import ROBUSTNESS
from radiomics_mammo.tables.rois import ROIS, RoiRow
from radiomics_mammo.tables.schema import Table, csv_text

logger = logging.getLogger(__name__)

CONTOURS = "masks/contours.json"
"""Sub-pixel contours of all masks by lesion id, (row, col) in DICOM pixels: what the masks are rasterised from."""
COHORT = (PATIENTS, IMAGES, LESIONS, REJECTED, AUDIT, FLOW, LOST, REVIEW, REVIEWED_OUT)
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
    inclusions : Path or None
        CSV of rejected outlines a reader brought back.
    review : Path or None
        Readers' decisions on outlines, alignments and prior regions, as the report downloads them.
    workers : Workers
    strict : bool
        Any audit error ends the run.
    fresh : bool
        Ignore the records of an earlier run.
    """

    config: StudyConfig = field(default_factory=StudyConfig)
    description: Path | None = None
    exclusions: Path | None = None
    inclusions: Path | None = None
    review: Path | None = None
    workers: Workers = field(default_factory=Workers)
    strict: bool = False
    fresh: bool = False


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All pairs of a release after their stages, and the tables that say what came of them."""

    release: Release
    batch: Batch[PairRecord]
    findings: tuple[Finding, ...]
    exclusions: tuple[Exclusion, ...] = ()
    inclusions: tuple[Inclusion, ...] = ()
    review: tuple[ReviewRow, ...] = ()

    @property
    def inputs_sha256(self) -> dict[str, str]:
        """Hash of every input file by its path inside the release, sorted."""
        return dict(sorted((name, sha) for record in self.records for name, sha in record.inputs_sha256.items()))

    @property
    def decisions(self) -> list[str]:
        """What readers decided, for the key of a stage."""
        wrong = [(row.id, row.mask_sha256) for row in self.review if row.decision is Decision.WRONG]
        return [*map(str, self.exclusions), *map(str, self.inclusions), *map(str, wrong)]

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
    review = _review_of(options, store)
    listed = read_exclusions(options.exclusions) if options.exclusions else ()
    exclusions = tuple(sorted({*listed, *rejected_lesions(review)}))
    journal.begin(depth.command, config, _source(release, options))
    if depth is Depth.FEATURES:
        announce_columns(store, config)
    inclusions = read_inclusions(options.inclusions) if options.inclusions else ()
    task = PairTask(out=store.root, config=config, depth=depth, exclusions=exclusions, inclusions=inclusions)
    with journal.watch.stage(depth.command):
        batch = options.workers.each(depth.command, task, tuple(release.pairs()), name=pair_name)
    asked = bool(review) and depth is Depth.FEATURES  # hashes of every place are made for a reader's decisions only
    doubts = match_rejections(review, judged_hashes(batch.done, store))[1] if asked else ()
    findings = {*_findings(release, batch, exclusions), *inclusion_findings(inclusions, batch.done), *doubts}
    _log_findings(findings)
    measured = Measured(
        release=release,
        batch=batch,
        findings=tuple(sorted(findings)),
        exclusions=exclusions,
        inclusions=inclusions,
        review=review,
    )
    store.write_table(PATIENTS, PATIENTS.of(release.patients))
    store.write_table(IMAGES, _images_of(measured))
    store.write_table(LESIONS, lesions_table(batch.done))
    store.write_table(REJECTED, rejected_table(batch.done))
    store.write_table(AUDIT, AUDIT.of(measured.findings))
    store.write_table(REVIEW, REVIEW.of(review))
    store.write_table(REVIEWED_OUT, reviewed_out_table(batch.done))
    _refuse_errors(measured.findings, strict=options.strict)
    if depth >= Depth.MASKS:
        store.write_text(CONTOURS, to_record(contours_of(batch.done)))
        remove_old_masks(batch.done, store, depth)
    return measured


def _review_of(options: RunOptions, store: Store) -> tuple[ReviewRow, ...]:
    """Every decision ever made on what lies in this folder: those of earlier runs and those given, the latest each.

    A run that is given no review brings back nobody whom a reader rejected; ``fresh`` forgets earlier decisions.
    """
    kept = () if options.fresh else REVIEW.rows(store.read_or_empty(REVIEW))
    return joined([*kept, *(read_review(options.review) if options.review else ())])


def stop_at(depth: Depth, measured: Measured, options: RunOptions, *, journal: Journal) -> None:
    """End a run before anything is measured: who was lost so far, and what now stands."""
    steps = _first_steps(measured, options.config)
    journal.store.write_table(FLOW, flow.flow_table(steps))
    journal.store.write_table(LOST, flow.lost_table(steps))
    contours = [CONTOURS] if depth >= Depth.MASKS else []
    _finish(Stage(name=depth.command, needs=(OUTLINE,)), measured, options, journal=journal, also=contours)


def change(measured: Measured, options: RunOptions, *, journal: Journal) -> None:
    """Write features and their change by lesion and by patient, and who was lost on the way."""
    store, config = journal.store, options.config
    with journal.watch.stage("deltas"):
        review = measured.review
        rejected = match_rejections(review, judged_hashes(measured.records, store))[0] if review else frozenset()
        frames = measured_tables(measured, config, rejected=rejected)
    for table, frame in frames.items():
        store.write_table(table, frame, parquet=table in TWINS)
    gone = frozenset(frames[ROIS].loc[rejected_priors(frames[ROIS], rejected), "recent_lesion_id"].dropna())
    steps = _first_steps(measured, config) + flow.delta_steps(frames[DELTAS], frames[ROIS], rejected=gone)
    patients, lesions = PATIENTS.of(measured.release.patients), lesions_table(measured.records)
    steps += flow.patient_steps(patients, frames[PATIENT_DELTAS], lesions)
    store.write_table(FLOW, flow.flow_table(steps))
    store.write_table(LOST, flow.lost_table(steps))
    written = [CONTOURS, *(table.file for table in frames), *(f"{table.stem}.parquet" for table in TWINS)]
    _finish(CHANGE, measured, options, journal=journal, also=written)


def _finish(stage: Stage, measured: Measured, options: RunOptions, *, journal: Journal, also: Sequence[str]) -> None:
    config, inputs = options.config, measured.inputs_sha256
    done = StageDone(
        key=stage.key(config, *(f"{name}={sha}" for name, sha in inputs.items()), *measured.decisions),
        making=stage.making(config),
        settings=stage.settings_of(config),
        files=journal.store.hashes([*(table.file for table in COHORT), *also]),
    )
    journal.finish(stage, done, inputs_sha256=inputs)


def _source(release: Release, options: RunOptions) -> Source:
    return Source(
        release=str(release.root.resolve()),
        cases=any(patient.case_class is None for patient in release.patients[:1]),
        description=str(options.description.resolve()) if options.description else "",
        exclusions={**_hashed(options.exclusions), **_hashed(options.review)},
        inclusions=_hashed(options.inclusions),
    )


def _hashed(file: Path | None) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest()} if file else {}


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


def _images_of(measured: Measured) -> pd.DataFrame:
    """Rows of the images that the index holds; a prior exam that never was is no image."""
    known = {str(image.key) for image in measured.release.images}
    table = images_table(measured.records)
    return table[table["image_id"].isin(known)].reset_index(drop=True)


def lesions_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """``lesions.csv``: every outlined lesion that no reader rejected."""
    return LESIONS.of(_lesion_row(lesion, record) for record in records for lesion in record.outlined.kept)


def reviewed_out_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """``reviewed_out.csv``: every outlined lesion that a reader rejected; no mask of it stays in ``masks/``."""
    every = ((lesion, record) for record in records for lesion in replace(record.outlined, excluded=()).kept)
    return REVIEWED_OUT.of(
        replace(_lesion_row(lesion, record), mask_file="")
        for lesion, record in every
        if str(lesion.key) in record.outlined.excluded
    )


def rejected_table(records: Sequence[PairRecord]) -> pd.DataFrame:
    """``rejected.csv``: what was drawn and is no outline, unless a reader brought it back."""
    read = (outcome.outlined for outcome in _outcomes(records) if outcome.outlined)
    return REJECTED.of(RejectedRow.of(image.key, image.grid, one) for image in read for one in image.rejected)


def _lesion_row(lesion: LesionMask, record: PairRecord) -> LesionRow:
    sha256 = record.outlined.mask_sha256[str(lesion.key)]
    return LesionRow.of(lesion, mask_file=mask_file(lesion), mask_sha256=sha256)


def judged_hashes(records: Sequence[PairRecord], store: Store) -> dict[str, str]:
    """What a reader can reject besides outlines: hash by id of every alignment and every prior region of a lesion."""
    aligned = [record.aligned for record in records if record.aligned]
    rows = [RegistrationRow.of(one.registration) for one in aligned if one.registration]
    priors = [pair.prior for one in aligned for pair in one.lesions]
    masks = store.hashes(prior_mask_file(roi) for roi in priors)
    return {
        **{alignment_id(row): alignment_sha256(row) for row in rows},
        **{roi.roi_id: masks[prior_mask_file(roi)] for roi in priors},
    }


def rejected_priors(rois: pd.DataFrame, rejected: frozenset[str]) -> pd.Series:
    """Which rows of ``rois.csv`` are a prior region that a reader rejected, or one of a rejected alignment.

    A place that is wrong is wrong under every policy: with one prior region of a lesion go all that lie where the
    alignment carried it. One that a radiologist outlined stays, unless it is the one rejected.
    """
    pair = rois["patient_id"].astype(str) + "_" + rois["view"].astype(str)
    prior = rois["prior_policy"].notna() & (rois["visit"] == str(Visit.PRIOR))
    named = rois["roi_id"].isin(rejected)
    lesions = set(rois.loc[prior & named, "recent_lesion_id"].dropna())
    carried = rois["recent_lesion_id"].isin(lesions) & (rois["source"] != str(RoiSource.OUTLINED))
    return prior & (named | carried | pair.isin(rejected))


def measured_tables(
    measured: Measured, config: StudyConfig, *, rejected: frozenset[str] = frozenset()
) -> dict[Table[Any], pd.DataFrame]:
    """What the measured pairs say together: features, and their change by lesion and by patient.

    Of `rejected` alignments and prior regions (by their ids) no change is used.
    """
    records = measured.records
    patients, lesions = PATIENTS.of(measured.release.patients), lesions_table(records)
    every = [record.measured for record in records if record.measured]
    links = LINKS.of(sorted(_links(records, config)))
    rois = ROIS.of(RoiRow.of(roi, mask_file=_mask_of(roi)) for record in records for roi in rois_of(record))
    gone = rejected_priors(rois, rejected)
    rois = rois.assign(trusted=rois["trusted"].mask(gone, False))
    features = feature_table([one for part in every for one in part.features], config=config.features)
    similarity = [one for part in every for one in part.similarity]
    spreads = {roi_id: spread for part in every for roi_id, spread in part.spreads.items()}
    deltas = delta_table(features, rois, patients, similarity=similarity, spreads=spreads, config=config.features)
    empty = deltas["prior_roi_id"].isin(set(rois.loc[gone, "roi_id"]))
    deltas.loc[empty, [name for name in deltas.columns if name not in DELTAS.names]] = np.nan
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


def inclusion_findings(inclusions: Sequence[Inclusion], records: Sequence[PairRecord]) -> tuple[Finding, ...]:
    """What became of a reader's inclusions that fit nothing; those that were applied the images say themselves."""
    read = [outcome.outlined for outcome in _outcomes(records) if outcome.outlined]
    applied = [Inclusion(str(image.key), sha256) for image in read for sha256 in image.brought_back]
    return stale_inclusions(inclusions, applied)


def _outcomes(records: Sequence[PairRecord]) -> Iterator[ImageOutcome]:
    for record in records:
        yield from record.outlined.outcomes


def _findings(release: Release, batch: Batch[PairRecord], exclusions: Sequence[Exclusion]) -> list[Finding]:
    """Everything noticed, from the index to the measurements, without repeats."""
    records = batch.done
    found = [*release.findings]
    if not release.is_cohort:
        found += [*compare_with_manifest(release), *audit_images(images_table(records))]
    found += repeated_pictures(images_table(records))
    found += [Finding.of(AuditCode.DICOM_UNREADABLE, case.reason, image_id=case.subject) for case in batch.dropped]
    found += [finding for outcome in _outcomes(records) for finding in outcome.findings]
    for patient in release.patients:
        own = [o.outlined for o in _outcomes(records) if o.key.patient_id == patient.patient_id and o.outlined]
        found += view_conflicts(own)
        found += () if release.is_cohort else missing_outlines(own, patient)
    found += repeated_outlines([outcome.outlined for outcome in _outcomes(records) if outcome.outlined])
    for record in records:
        found += record.aligned.findings if record.aligned else ()
        found += record.measured.findings if record.measured else ()
    return sorted({*found, *exclusion_findings(exclusions, records)})


def _log_findings(findings: Iterable[Finding]) -> None:
    """How often each error and warning was found, one line a code; each of them stands in ``audit.csv``."""
    counted = Counter((found.severity, str(found.code)) for found in findings if found.severity is not Severity.INFO)
    for (severity, code), n in sorted(counted.items()):
        facts = {"stage": "audit", "severity": str(severity), "code": code, "findings": n}
        logger.info("%s %s: %d", severity, code, n, extra={"facts": facts})


def _refuse_errors(findings: Sequence[Finding], *, strict: bool) -> None:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if strict and errors:
        found = f"{len(errors)}, the first {errors[0].code}: {errors[0].message.rstrip('.')}"
        raise ReleaseError("audit", "no errors with --strict", found, "see audit.csv, or leave out --strict")


def _first_steps(measured: Measured, config: StudyConfig) -> list[flow.FlowStep]:
    records = measured.records
    steps = flow.reading_steps(measured.release, records, measured.batch.dropped)
    return steps + flow.outline_steps(lesions_table(records), reviewed_out_table(records), masks=config.masks)


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
