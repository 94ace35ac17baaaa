"""What every worker does with one exam pair, going on from whatever an earlier run recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from pathlib import Path

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import CohortImage, DrawnLesion, ExamPair, FiledImage, FileRef
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.pipeline.exams import PairImages
from radiomics_mammo.pipeline.journal import ALIGN, MEASURE, OUTLINE, PICTURE
from radiomics_mammo.pipeline.stages import (
    AlignedRegions,
    MeasuredRegions,
    OutlinedPair,
    align_regions,
    measure_regions,
    outline_pair,
    write_masks,
    write_pictures,
    write_prior_masks,
)
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.release import Exclusion, Inclusion, content_hash, first_bytes, match_exclusions

_HEADER_BYTES = 16384
"""What is looked at of a file whose header alone matters."""


class Depth(IntEnum):
    """How far a command goes with each exam pair; the names are those of the commands."""

    AUDIT = 0
    MASKS = 1
    FEATURES = 2

    @property
    def command(self) -> str:
        """The command that goes so far."""
        return self.name.lower()


@dataclass(frozen=True, kw_only=True)
class PairRecord:
    """One exam pair after the stages that were asked for."""

    name: str
    inputs_sha256: Mapping[str, str]
    outlined: OutlinedPair
    aligned: AlignedRegions | None = None
    measured: MeasuredRegions | None = None


@dataclass(frozen=True)
class FilesWritten:
    """Names of the files a step wrote below the output folder."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PairTask:
    """Outline, align and measure one exam pair.

    Parameters
    ----------
    out : Path
        Output folder; all workers share it.
    config : StudyConfig
    depth : Depth
    exclusions : tuple of Exclusion
        Lesions a reader rejected.
    inclusions : tuple of Inclusion
        Rejected outlines a reader brought back.
    """

    out: Path
    config: StudyConfig
    depth: Depth
    exclusions: tuple[Exclusion, ...] = ()
    inclusions: tuple[Inclusion, ...] = ()

    def __call__(self, pair: ExamPair) -> PairRecord:
        """One pair, as deep as asked for.

        Raises
        ------
        StoreError
            If the output folder cannot be written.
        """
        store, config = Store(self.out), self.config
        images = PairImages.of(pair, config)
        inputs = {ref.name: _input_hash(ref) for ref in _files(pair)}
        facts = [repr(pair.patient), str(pair.view), *(f"{name}={value}" for name, value in sorted(inputs.items()))]
        included = self._included(pair)
        facts += [*_said(pair), *_beside(pair), *included]
        key = OUTLINE.key(config, *facts)
        outline = partial(outline_pair, images, included)
        read = store.recall_or_make(OutlinedPair, OUTLINE.name, key, make=outline)
        excluded = tuple(sorted(match_exclusions(self.exclusions, read.mask_sha256)[0]))
        outlined = replace(read, excluded=excluded)
        record = PairRecord(name=pair_name(pair), inputs_sha256=inputs, outlined=outlined)
        if self.depth is Depth.AUDIT:
            return record
        facts += excluded
        _files_once(store, "masks", OUTLINE.key(config, *facts), make=lambda: write_masks(outlined, store))
        return record if self.depth is Depth.MASKS else self._measured(record, images, facts)

    def _included(self, pair: ExamPair) -> list[str]:
        """Hashes of the rejected outlines of a pair that a reader brought back."""
        images = {str(pair.prior.key), str(pair.recent.key)}
        return [one.region_sha256 for one in self.inclusions if one.image_id in images]

    def _measured(self, record: PairRecord, images: PairImages, facts: list[str]) -> PairRecord:
        store, config, outlined = Store(self.out), self.config, record.outlined
        align_key, measure_key = ALIGN.key(config, *facts), MEASURE.key(config, *facts)
        align = partial(align_regions, images, outlined, config)
        aligned = store.recall_or_make(AlignedRegions, ALIGN.name, align_key, make=align)
        _files_once(store, "regions", align_key, make=lambda: write_prior_masks(aligned, store))
        pictures = partial(write_pictures, images, outlined, aligned, store=store, config=config)
        _files_once(store, PICTURE.name, PICTURE.key(config, *facts), make=pictures)
        measure = partial(measure_regions, images, outlined, aligned, config=config)
        measured = store.recall_or_make(MeasuredRegions, MEASURE.name, measure_key, make=measure)
        return replace(record, aligned=aligned, measured=measured)


def pair_name(pair: ExamPair) -> str:
    """Printable name of a pair, ``malignant-07_CC``."""
    return f"{pair.patient.patient_id}_{pair.view}"


def _files_once(store: Store, stage: str, key: str, *, make: Callable[[], tuple[str, ...]]) -> None:
    known = store.recall(FilesWritten, stage, key)
    if known is not None and all((store.root / name).is_file() for name in known.names):
        return
    store.record(stage, key, FilesWritten(make()))


def _files(pair: ExamPair) -> tuple[FileRef, ...]:
    refs = [pair.prior.dicom, pair.prior.overlay, pair.recent.dicom, pair.recent.overlay]
    for record in (pair.prior, pair.recent):
        drawn = record.drawn if isinstance(record, CohortImage) else ()
        refs += [ref for lesion in drawn for ref in (lesion.mask, lesion.polygons)]
    return tuple(dict.fromkeys(ref for ref in refs if ref is not None))


def _said(pair: ExamPair) -> tuple[str, ...]:
    """What a cohort file says of a pair besides the files it names."""
    records = [record for record in (pair.prior, pair.recent) if isinstance(record, CohortImage)]
    told = [
        (record.spacing_mm, [(one.label, one.name, one.mask_value, _names(one)) for one in record.drawn])
        for record in records
    ]
    return (repr(told),) if told else ()


def _beside(pair: ExamPair) -> tuple[str, ...]:
    """Headers of the patient's other images, as far as they may settle a doubt about these."""
    refs = {ref for record in (pair.prior, pair.recent) if isinstance(record, FiledImage) for ref in record.beside}
    return tuple(hashlib.sha256(first_bytes(ref, _HEADER_BYTES)).hexdigest() for ref in sorted(refs))


def _names(lesion: DrawnLesion) -> list[str]:
    """Files a lesion comes from, without the folder, which may be another tomorrow."""
    return [ref.name for ref in (lesion.mask, lesion.polygons) if ref is not None]


def _input_hash(ref: FileRef) -> str:
    try:
        return content_hash(ref)
    except ImageError:
        return "unreadable"
