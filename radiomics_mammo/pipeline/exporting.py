"""The masks of a finished study in the formats of other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import FileRef, ImageRecord
from radiomics_mammo.core.errors import ExportError, RadiomicsMammoError, StoreError, TableError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.vocabulary import ExportFormat, Visit
from radiomics_mammo.export import MeasuredWindow, read_source, write_dicom_seg, write_measured_batch, write_nrrd
from radiomics_mammo.features import FeatureExtractor
from radiomics_mammo.masks import mask_sha256
from radiomics_mammo.pipeline.exams import ExamImages
from radiomics_mammo.pipeline.journal import Entry, Journal
from radiomics_mammo.pipeline.measuring import CONTOURS
from radiomics_mammo.pipeline.store import Store, writing
from radiomics_mammo.pipeline.workers import Progress, silent
from radiomics_mammo.registration import recent_roi
from radiomics_mammo.release import open_cases, open_release, read_bytes
from radiomics_mammo.tables.lesions import LESIONS, LesionRow

_Contours = dict[str, list[list[float]]]
_REMEDY = "give a folder that `run`, `features` or `masks` wrote"


def unheard(finding: Finding) -> None:
    """Tell nobody.

    Examples
    --------
    >>> unheard(Finding.of(AuditCode.SOURCE_REPAIRED))
    """


def export_study(
    study: Path,
    file_format: ExportFormat,
    *,
    out: Path,
    progress: Progress = silent,
    notice: Callable[[Finding], None] = unheard,
) -> int:
    """Write the lesion masks of a study folder in another format; the number of files written.

    Parameters
    ----------
    study : Path
        Folder of a study; the release it was made from must still be where it was.
    file_format : ExportFormat
        ``seg``: one DICOM Segmentation per image. ``nrrd``: one mask per lesion, on the grid of its image.
        ``pyradiomics``: image, mask and ``batch.csv`` for the stock ``pyradiomics`` command.
    out : Path
        Made where it is missing.
    progress : callable
    notice : callable
        Told of every image whose source was repaired for its segmentation, or that could not be exported as one; the
        others are.

    Raises
    ------
    ExportError
        If the folder holds no study, a mask is not the one its table names, or no image can be exported.
    ReleaseError
        If the release is no longer there.
    """
    entry, lesions, contours = _masks_of(Store(study))
    images = _outlined_images(entry, lesions, contours, progress)
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        if file_format is ExportFormat.PYRADIOMICS:
            features = entry.config.features
            windows = (window for record, _, masks in images for window in _windows(record, masks, entry.config))
            write_measured_batch(windows, out, bin_count=features.bin_count, bin_width=features.bin_width)
        else:
            for record, mammogram, masks in images:
                if file_format is ExportFormat.SEG and record.dicom is not None:
                    _write_seg(record.dicom, masks, out / f"{mammogram.key}.dcm", notice)
                for lesion in masks if file_format is ExportFormat.NRRD else ():
                    write_nrrd(out / f"{lesion.key}.nrrd", lesion.inside, lesion.grid)
        written = sum(path.is_file() for path in out.rglob("*"))
    if not written:
        raise ExportError(str(study), "an image to export", "none that could be", "see the findings above")
    return written


def _write_seg(ref: FileRef, masks: Sequence[LesionMask], path: Path, notice: Callable[[Finding], None]) -> None:
    """One segmentation; what is odd about its source costs no other image its own."""
    content, image_id = read_bytes(ref), path.stem
    try:
        odd = read_source(content, masks[0].grid, name=path.name).repaired
        write_dicom_seg(masks, content, path)
    except ExportError as error:
        notice(Finding.of(AuditCode.EXPORT_FAILED, str(error), image_id=image_id, file=ref.name))
        return
    if odd:
        message = f"{', '.join(odd)} replaced or left out"
        notice(Finding.of(AuditCode.SOURCE_REPAIRED, message, image_id=image_id, file=ref.name))


def _windows(record: ImageRecord, masks: Sequence[LesionMask], config: StudyConfig) -> Iterator[MeasuredWindow]:
    """Lesions of one image as they were measured; outlines of a prior exam keep the id of the lesion."""
    image, extractor = ExamImages(record, config), FeatureExtractor(config.features)
    for lesion in masks:
        roi, exam = recent_roi(lesion), image.exam(())
        crop = extractor.window(exam, roi)
        spacing = crop.study.spacing if crop.study.unit == "mm" else (None, None)
        yield MeasuredWindow(
            roi_id=roi.roi_id if record.key.visit is Visit.RECENT else str(lesion.key),
            patient_id=record.key.patient_id,
            image_id=str(record.key),
            label=str(lesion.label),
            image=np.asarray(crop.image),
            inside=crop.inside,
            spacing=spacing,
        )


def _masks_of(store: Store) -> tuple[Entry, tuple[LesionRow, ...], _Contours]:
    """How the folder was made, its lesions and their contours.

    Raises
    ------
    ExportError
        If the folder is no study.
    """
    journal = Journal(store)
    try:
        journal.tables([LESIONS.file, CONTOURS])
        entry = journal.read()
        lesions = LESIONS.rows(store.read_table(LESIONS))
        contours: _Contours = json.loads((store.root / CONTOURS).read_text(encoding="utf-8"))
    except (StoreError, TableError, OSError, ValueError) as error:
        found = f"{error.subject}, {error.found}" if isinstance(error, RadiomicsMammoError) else type(error).__name__
        raise ExportError(str(store.root), "a study with its masks", found, _REMEDY) from error
    if entry is None or not entry.release:
        raise ExportError(str(store.root), "a study with its study.json", "none", _REMEDY)
    return entry, lesions, contours


def _outlined_images(
    entry: Entry, lesions: Sequence[LesionRow], contours: _Contours, progress: Progress
) -> Iterator[tuple[ImageRecord, Mammogram, list[LesionMask]]]:
    config, reader = entry.config, open_cases if entry.cases else open_release
    description = Path(entry.description) if entry.description else None
    release = reader(Path(entry.release), description=description, config=config.release)
    keys = list(dict.fromkeys(_image_of(row) for row in lesions))
    for done, key in enumerate(keys, start=1):
        record = release[key.patient_id, key.view, key.visit]
        mammogram = ExamImages(record, config).mammogram
        own = [row for row in lesions if row.image_id == str(key)]
        yield record, mammogram, [_lesion(row, mammogram, contours) for row in own]
        progress("export", done, len(keys))


def _image_of(row: LesionRow) -> ImageKey:
    return ImageKey(row.patient_id, row.view, row.visit)


def _lesion(row: LesionRow, mammogram: Mammogram, contours: _Contours) -> LesionMask:
    lesion = LesionMask(
        key=LesionKey(_image_of(row), 1, row.lesion_id),
        grid=mammogram.grid,
        color=row.color,
        boxed=bool(row.boxed),
        label=row.label,
        contour_px=np.asarray(contours.get(row.lesion_id, [])),
        quality=row.quality,
        gap_fraction=row.gap_fraction or 0.0,
    )
    if mask_sha256(lesion) != row.mask_sha256:
        raise ExportError(row.lesion_id, "the mask its table names", "another", "run `masks` again")
    return lesion
