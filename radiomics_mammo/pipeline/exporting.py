"""The masks of a finished study in the formats of other programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import numpy as np
import pandas as pd

from radiomics_mammo.core.cases import ImageRecord, Release
from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.tables_lesions import LESIONS
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, OutlineQuality
from radiomics_mammo.export import write_dicom_seg, write_nrrd, write_pyradiomics_batch
from radiomics_mammo.masks import mask_sha256
from radiomics_mammo.pipeline.batch import Progress, silent
from radiomics_mammo.pipeline.exam_images import ExamImages
from radiomics_mammo.pipeline.folder import stored_config
from radiomics_mammo.pipeline.outline_stage import CONTOURS
from radiomics_mammo.pipeline.store import Store, writing
from radiomics_mammo.release import open_cases, open_release, read_bytes


class ExportFormat(StrEnum):
    """What to write."""

    SEG = "seg"
    NRRD = "nrrd"
    PYRADIOMICS = "pyradiomics"


def export_study(study: Path, file_format: ExportFormat, *, out: Path, progress: Progress = silent) -> int:
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

    Raises
    ------
    ExportError
        If the folder holds no study, or a mask is not the one its table names.
    ReleaseError
        If the release is no longer there.
    """
    store = Store(study)
    table = store.read_table(LESIONS)
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        if file_format is ExportFormat.PYRADIOMICS:
            write_pyradiomics_batch(_cases(store, table, progress), out)
        else:
            for record, mammogram, lesions in _outlined_images(store, table, progress):
                if file_format is ExportFormat.SEG and record.dicom is not None:
                    write_dicom_seg(lesions, read_bytes(record.dicom), out / f"{mammogram.key}.dcm")
                for lesion in lesions if file_format is ExportFormat.NRRD else ():
                    write_nrrd(out / f"{lesion.key}.nrrd", lesion.inside, lesion.grid)
        return sum(path.is_file() for path in out.rglob("*"))


def _cases(store: Store, table: pd.DataFrame, progress: Progress) -> Iterator[tuple[Mammogram, list[LesionMask]]]:
    for _, mammogram, lesions in _outlined_images(store, table, progress):
        yield mammogram, lesions


def _outlined_images(
    store: Store, table: pd.DataFrame, progress: Progress
) -> Iterator[tuple[ImageRecord, Mammogram, list[LesionMask]]]:
    release, config = _release_of(store), stored_config(store)
    contours = _contours(store)
    images = table.groupby("image_id", sort=False)
    for done, (_, rows) in enumerate(images, start=1):
        key = LesionKey.parse(rows["lesion_id"].iloc[0]).image
        record = release[key.patient_id, key.view, key.visit]
        mammogram = ExamImages(record, config).mammogram
        yield record, mammogram, [_lesion(row, mammogram, contours) for _, row in rows.iterrows()]
        progress("export", done, len(images))


def _release_of(store: Store) -> Release:
    try:
        tree = json.loads((store.root / "study.json").read_text(encoding="utf-8"))
        root, description = Path(tree["release"]), tree["description"]
        cases = bool(tree["cases"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "give a folder that `run`, `features` or `masks` wrote"
        raise ExportError(str(store.root), "a study with its study.json", type(error).__name__, remedy) from error
    reader = open_cases if cases else open_release
    return reader(root, description=Path(description) if description else None, config=stored_config(store).release)


def _contours(store: Store) -> dict[str, list[list[float]]]:
    try:
        found: dict[str, list[list[float]]] = json.loads((store.root / CONTOURS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExportError(CONTOURS, "the contours of the masks", type(error).__name__, "run `masks` again") from error
    return found


def _lesion(row: pd.Series, mammogram: Mammogram, contours: dict[str, list[list[float]]]) -> LesionMask:
    name = str(row["lesion_id"])
    lesion = LesionMask(
        LesionKey.parse(name),
        mammogram.grid,
        OutlineColor(row["color"]),
        bool(row["boxed"]),
        LesionLabel(row["label"]),
        np.asarray(contours.get(name, [])),
        OutlineQuality(row["quality"]),
        float(row["gap_fraction"]),
    )
    if mask_sha256(lesion) != row["mask_sha256"]:
        raise ExportError(name, "the mask its table names", "another", "run `masks` again")
    return lesion
