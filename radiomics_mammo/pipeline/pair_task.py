"""One exam pair from files to measured regions, going on from whatever an earlier run recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from radiomics_mammo.config.study import StudyConfig, settings_hash
from radiomics_mammo.core.cases import ExamPair, FileRef
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.pipeline.align_stage import align_regions
from radiomics_mammo.pipeline.exam_images import PairImages
from radiomics_mammo.pipeline.measure_stage import measure_regions
from radiomics_mammo.pipeline.options import Depth
from radiomics_mammo.pipeline.outline_stage import outline_pair, write_masks
from radiomics_mammo.pipeline.pair_records import AlignedRegions, MeasuredRegions, OutlinedPair, PairRecord
from radiomics_mammo.pipeline.picture_stage import write_pictures, write_prior_masks
from radiomics_mammo.pipeline.store import Store, key_of
from radiomics_mammo.release import Exclusion, content_hash, match_exclusions


@dataclass(frozen=True)
class FilesWritten:
    """Names of the files a step wrote below the output folder."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class PairTask:
    """What every worker does with an exam pair.

    Parameters
    ----------
    out : Path
        Output folder; all workers share it.
    config : StudyConfig
    depth : Depth
    code_sha256 : str
        Hash of the measuring code.
    exclusions : tuple of Exclusion
        Lesions a reader rejected.
    """

    out: Path
    config: StudyConfig
    depth: Depth
    code_sha256: str
    exclusions: tuple[Exclusion, ...] = ()

    def __call__(self, pair: ExamPair) -> PairRecord:
        """Outline, align and measure one pair, as deep as asked for.

        Raises
        ------
        StoreError
            If the output folder cannot be written.
        """
        store = Store(self.out)
        images = PairImages.of(pair, self.config)
        inputs = {ref.name: _input_hash(ref) for ref in _files(pair)}
        key = self._outline_key(pair, inputs)
        found = store.recall_or_make(OutlinedPair, "outlined", key, make=lambda: outline_pair(images, self.config))
        outlined = replace(found, excluded=self._excluded(found))
        record = PairRecord(f"{pair.patient.patient_id}_{pair.view}", inputs, outlined)
        if self.depth is Depth.AUDIT:
            return record
        self._files_once(store, "masks", key, make=lambda: write_masks(outlined, store))
        return record if self.depth is Depth.MASKS else self._measured(record, images, key)

    def _measured(self, record: PairRecord, images: PairImages, outline_key: str) -> PairRecord:
        store, config, outlined = Store(self.out), self.config, record.outlined
        key = key_of(outline_key, settings_hash(config.registration), str(config.seed), *outlined.excluded)
        aligned = store.recall_or_make(
            AlignedRegions, "aligned", key, make=lambda: align_regions(images, outlined, config)
        )
        self._files_once(store, "regions", key, make=lambda: write_prior_masks(aligned, store))
        picture_key = key_of(key, settings_hash(config.report))
        pictures = partial(write_pictures, images, outlined, aligned, store=store, config=config)
        self._files_once(store, "pictures", picture_key, make=pictures)
        measure_key = key_of(key, settings_hash(config.features))
        measured = store.recall_or_make(
            MeasuredRegions,
            "measured",
            measure_key,
            make=lambda: measure_regions(images, outlined, aligned, config=config),
        )
        return replace(record, aligned=aligned, measured=measured)

    def _outline_key(self, pair: ExamPair, inputs: dict[str, str]) -> str:
        settings = settings_hash(self.config.release, self.config.masks)
        spacing = str(self.config.assumed_spacing_mm)
        files = [f"{name}={value}" for name, value in sorted(inputs.items())]
        return key_of(self.code_sha256, settings, spacing, repr(pair.patient), str(pair.view), *files)

    def _excluded(self, outlined: OutlinedPair) -> tuple[str, ...]:
        return tuple(sorted(match_exclusions(self.exclusions, outlined.mask_sha256)[0]))

    def _files_once(self, store: Store, stage: str, key: str, *, make: Callable[[], tuple[str, ...]]) -> None:
        known = store.recall(FilesWritten, stage, key)
        if known is not None and all((store.root / name).is_file() for name in known.names):
            return
        store.record(stage, key, FilesWritten(make()))


def _files(pair: ExamPair) -> tuple[FileRef, ...]:
    refs = (pair.prior.dicom, pair.prior.overlay, pair.recent.dicom, pair.recent.overlay)
    return tuple(ref for ref in refs if ref is not None)


def _input_hash(ref: FileRef) -> str:
    try:
        return content_hash(ref)
    except ImageError:
        return "unreadable"
