"""From a release to the measured tables: index, outlines, alignment, features, deltas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radiomics_mammo.core import tables_cohort as cohort
from radiomics_mammo.core import tables_features as feature_tables
from radiomics_mammo.core import tables_lesions as lesion_tables
from radiomics_mammo.core.batch import Batch
from radiomics_mammo.core.cases import ExamPair, Release
from radiomics_mammo.core.errors import ReleaseError
from radiomics_mammo.core.findings import Finding
from radiomics_mammo.core.vocabulary import Severity
from radiomics_mammo.features import (
    delta_table,
    feature_dictionary,
    icc_table,
    patient_delta_table,
    possible_dictionaries,
    units_of,
)
from radiomics_mammo.pipeline import flow, tables
from radiomics_mammo.pipeline.options import Depth, RunOptions
from radiomics_mammo.pipeline.outline_stage import CONTOURS, lesions_of, mask_file
from radiomics_mammo.pipeline.pair_records import PairRecord
from radiomics_mammo.pipeline.pair_task import PairTask
from radiomics_mammo.pipeline.picture_stage import PRIOR_MASKS, prior_mask_file
from radiomics_mammo.pipeline.provenance import Stopwatch, code_hash, study_json
from radiomics_mammo.pipeline.records import to_record
from radiomics_mammo.pipeline.store import Store, csv_text, writing
from radiomics_mammo.release import Exclusion, match_exclusions, open_release, read_exclusions

_MEASURED_TABLES = (
    feature_tables.FEATURES, feature_tables.ROBUSTNESS, feature_tables.GREY_LEVELS,
    feature_tables.DELTAS, feature_tables.PATIENT_DELTAS,
)  # fmt: skip
"""Tables with a row or column per measured column."""


@dataclass(frozen=True)
class Measuring:
    """A release on its way through the stages.

    Parameters
    ----------
    release : Release
    store : Store
        Held by the caller.
    options : RunOptions
    watch : Stopwatch
    """

    release: Release
    store: Store
    options: RunOptions
    watch: Stopwatch = field(default_factory=Stopwatch)
    inputs: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, *, store: Store, options: RunOptions) -> Measuring:
        """Index a release.

        Raises
        ------
        ReleaseError
            If it cannot be used.
        """
        watch = Stopwatch()
        with watch.stage("index"):
            release = open_release(path, description=options.description, config=options.config.release)
        return cls(release, store, options, watch)

    def work(self, depth: Depth) -> Batch[PairRecord]:
        """Take every exam pair as deep as asked for, and write the tables of that depth.

        Raises
        ------
        ReleaseError
            Where `strict` is set and an audit error was found; the tables of the audit are written before.
        """
        exclusions = read_exclusions(self.options.exclusions) if self.options.exclusions else ()
        if depth is Depth.FEATURES:
            self._announce_columns()
        task = PairTask(self.store.root, self.options.config, depth, code_hash(), exclusions)
        with self.watch.stage(depth.name.lower()):
            batch = self.options.workers.each(depth.name.lower(), task, tuple(self.release.pairs()), name=pair_name)
        for record in batch.done:
            self.inputs.update(record.inputs_sha256)
        findings = self._write_cohort(batch, exclusions)
        self._refuse_errors(findings)
        if depth >= Depth.MASKS:
            self.store.write_text(CONTOURS, to_record(tables.contours_of(batch.done)))
            self._remove_old_masks(batch.done, depth)
        if depth is Depth.FEATURES:
            with self.watch.stage("deltas"):
                self._write_measured(batch.done)
        self._write_flow(batch, depth)
        return batch

    def _announce_columns(self) -> None:
        """Write what will be measured before the first lesion is; tables of other columns are gone by then."""
        wanted = possible_dictionaries(self.options.config.features)
        path = self.store.root / feature_tables.DICTIONARY.file
        if path.is_file() and path.read_bytes() in [csv_text(table).encode("utf-8") for table in wanted]:
            return
        for schema in _MEASURED_TABLES:
            for suffix in (".csv", ".parquet"):
                with writing(self.store.root / schema.file):
                    (self.store.root / schema.file).with_suffix(suffix).unlink(missing_ok=True)
        self.store.write_table(feature_tables.DICTIONARY, wanted[0])

    def _write_cohort(self, batch: Batch[PairRecord], exclusions: Sequence[Exclusion]) -> list[Finding]:
        findings = tables.findings_of(self.release, batch.done, batch.dropped)
        findings = sorted({*findings, *exclusion_findings(exclusions, batch.done)})
        self.store.write_table(cohort.PATIENTS, tables.patients_table(self.release))
        self.store.write_table(cohort.IMAGES, tables.images_table(batch.done))
        self.store.write_table(lesion_tables.LESIONS, tables.lesions_table(batch.done))
        self.store.write_table(cohort.AUDIT, tables.audit_table(findings))
        return findings

    def _remove_old_masks(self, records: Sequence[PairRecord], depth: Depth) -> None:
        """No mask stays behind that an earlier run made from other files or settings."""
        current = {"masks": {mask_file(lesion) for o in tables.outcomes(records) for lesion in lesions_of(o)}}
        if depth is Depth.FEATURES:
            aligned = [record.aligned for record in records if record.aligned]
            current[PRIOR_MASKS] = {prior_mask_file(pair.prior) for each in aligned for pair in each.lesions}
        for folder, names in current.items():
            for path in (self.store.root / folder).glob("*.png"):
                if f"{folder}/{path.name}" not in names:
                    with writing(path):
                        path.unlink()

    def _refuse_errors(self, findings: Sequence[Finding]) -> None:
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        if self.options.strict and errors:
            found = f"{len(errors)}, the first {errors[0].code}: {errors[0].message.rstrip('.')}"
            raise ReleaseError("audit", "no errors with --strict", found, "see audit.csv, or leave out --strict")

    def write_provenance(self) -> None:
        """Write ``study.json``: versions, settings, input hashes, seed, time per stage."""
        text = study_json(
            self.options.config,
            release=str(self.release.root.resolve()),
            cases=self.release.patients[0].case_class is None if self.release.patients else False,
            description=str(self.options.description.resolve()) if self.options.description else "",
            inputs=self.inputs,
            seconds=self.watch.seconds,
        )
        self.store.write_text("study.json", text)

    def _write_measured(self, records: Sequence[PairRecord]) -> None:
        config, store = self.options.config, self.store
        patients, rois = tables.patients_table(self.release), tables.rois_table(records)
        links, lesions = tables.links_table(records, config=config.registration), tables.lesions_table(records)
        features, similarity = tables.features_table(records, config=config.features), tables.similarity_table(records)
        deltas = delta_table(features, rois, patients, similarity=similarity, config=config.features)
        by_patient = patient_delta_table(deltas, features, lesions, patients, links=links, config=config.features)
        store.write_table(lesion_tables.LINKS, links)
        store.write_table(lesion_tables.REGISTRATION, tables.registration_table(records))
        store.write_table(lesion_tables.ROIS, rois)
        store.write_table(feature_tables.FEATURES, features, parquet=True)
        dictionary = feature_dictionary(config.features, units=units_of(features.columns))
        store.write_table(feature_tables.DICTIONARY, dictionary)
        store.write_table(feature_tables.ROBUSTNESS, icc_table(tables.perturbed_table(records)))
        store.write_table(feature_tables.GREY_LEVELS, tables.grey_levels_table(records))
        store.write_table(feature_tables.DELTAS, deltas, parquet=True)
        store.write_table(feature_tables.PATIENT_DELTAS, by_patient)

    def _write_flow(self, batch: Batch[PairRecord], depth: Depth) -> None:
        store, config = self.store, self.options.config
        steps = flow.reading_steps(self.release, batch.done, batch.dropped)
        rejected = sum("_recent_" in lesion for record in batch.done for lesion in record.outlined.excluded)
        lesions = store.read_table(lesion_tables.LESIONS)
        steps += flow.outline_steps(lesions, rejected, measure_unreliable=config.masks.measure_unreliable)
        if depth is Depth.FEATURES:
            steps += flow.delta_steps(store.read_table(feature_tables.DELTAS), store.read_table(lesion_tables.ROIS))
            patient_deltas = store.read_table(feature_tables.PATIENT_DELTAS)
            steps += flow.patient_steps(store.read_table(cohort.PATIENTS), patient_deltas)
        store.write_table(cohort.FLOW, flow.flow_table(steps))


def exclusion_findings(exclusions: Sequence[Exclusion], records: Sequence[PairRecord]) -> tuple[Finding, ...]:
    """What became of a reader's exclusions: applied, or naming a lesion or mask that is not there."""
    return match_exclusions(exclusions, tables.mask_hashes(records))[1]


def pair_name(pair: ExamPair) -> str:
    """Printable name of a pair, ``malignant-07_CC``."""
    return f"{pair.patient.patient_id}_{pair.view}"
