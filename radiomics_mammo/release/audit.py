"""Findings that need more than one image, or a picture beside its header: sizes, bits, spacing, side."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from radiomics_mammo.core.cases import ImageRecord
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.images import Acquisition, BreastRegion
from radiomics_mammo.core.vocabulary import Laterality, Visit
from radiomics_mammo.release.manifest import release_facts

_SCALE_TOLERANCE = 0.01
"""Relative difference between two spacings, or of a scale from 1, that a rounded header or picture can show."""
_NAMED_EXAMPLES = 3
_WALL_EDGE = {"A": Laterality.LEFT, "P": Laterality.RIGHT}
"""Edge of the chest wall by the direction of growing columns: away from the wall is anterior."""


def audit_images(images: pd.DataFrame) -> tuple[Finding, ...]:
    """Findings across images: sizes and bits other than stated, exams of a pair that differ, scale of the copies.

    Parameters
    ----------
    images : DataFrame
        Rows of ``images.csv`` (`core.tables_cohort.IMAGES`); empty cells are allowed everywhere.

    Returns
    -------
    tuple of Finding
        Sizes, bits and scales one finding per value, not per image; pairs one per patient and view.
    """
    read = images[images["rows"].notna() & images["cols"].notna()]
    facts = release_facts()
    sizes = read["rows"].astype("Int64").astype(str) + " x " + read["cols"].astype("Int64").astype(str)
    bits = read["bits_stored"].astype("Int64").astype(str) + " bits"
    return (
        *_grouped(AuditCode.MATRIX_SIZE, sizes, read, f"{facts.rows} x {facts.cols}"),
        *_grouped(AuditCode.BITS_STORED, bits, read, f"{facts.bits_stored} bits"),
        *_pair_findings(read),
        *_scale_findings(images),
    )


def _grouped(code: AuditCode, values: pd.Series, images: pd.DataFrame, stated: str) -> Iterator[Finding]:
    for value, ids in sorted(images["image_id"].groupby(values)):
        if value != stated:
            yield Finding.of(code, f"{len(ids)} images of {value}, the release states {stated}: {_some(ids)}")


def _some(ids: pd.Series) -> str:
    names = sorted(str(name) for name in ids)
    return ", ".join(names[:_NAMED_EXAMPLES]) + (", ..." if len(names) > _NAMED_EXAMPLES else "")


def _pair_findings(images: pd.DataFrame) -> Iterator[Finding]:
    prior, recent = (images[images["visit"] == visit] for visit in Visit)
    pairs = prior.merge(recent, on=["patient_id", "view"], suffixes=("_prior", "_recent"))
    for pair in pairs.sort_values("image_id_recent").to_dict("records"):
        shapes = [(int(pair[f"rows_{visit}"]), int(pair[f"cols_{visit}"])) for visit in Visit]
        if shapes[0] != shapes[1]:
            message = f"prior {shapes[0][0]} x {shapes[0][1]}, recent {shapes[1][0]} x {shapes[1][1]} pixels"
            yield Finding.of(AuditCode.MATRIX_DIFFERS, message, image_id=pair["image_id_recent"])
        makers = [pair[f"manufacturer_{visit}"] for visit in Visit]
        if all(map(pd.notna, makers)) and makers[0] != makers[1]:
            message = f"prior {makers[0]}, recent {makers[1]}"
            yield Finding.of(AuditCode.MANUFACTURER_DIFFERS, message, image_id=pair["image_id_recent"])
        if _spacings_differ(pair):
            mm = [f"{pair[f'row_spacing_mm_{visit}']:g} x {pair[f'col_spacing_mm_{visit}']:g}" for visit in Visit]
            message = f"prior {mm[0]} mm, recent {mm[1]} mm"
            yield Finding.of(AuditCode.SPACING_DIFFERS, message, image_id=pair["image_id_recent"])


def _spacings_differ(pair: dict[str, float]) -> bool:
    for axis in ("row", "col"):
        prior, recent = pair[f"{axis}_spacing_mm_prior"], pair[f"{axis}_spacing_mm_recent"]
        if pd.notna(prior) and pd.notna(recent) and abs(prior - recent) > _SCALE_TOLERANCE * recent:
            return True
    return False


def _scale_findings(images: pd.DataFrame) -> Iterator[Finding]:
    placed = images[images["gt_scale_row"].notna() & images["gt_scale_col"].notna()]
    scaled = placed[((placed[["gt_scale_row", "gt_scale_col"]] - 1).abs() > _SCALE_TOLERANCE).any(axis=1)]
    sizes = scaled["gt_rows"].astype("Int64").astype(str) + " x " + scaled["gt_cols"].astype("Int64").astype(str)
    for size, group in sorted(scaled.groupby(sizes), key=lambda item: str(item[0])):
        rows, cols = (_range(group[f"gt_scale_{axis}"]) for axis in ("row", "col"))
        message = f"{len(group)} outlined copies of {size}, {rows} DICOM rows and {cols} columns per pixel"
        yield Finding.of(AuditCode.GT_SCALED, f"{message}: {_some(group['image_id'])}")


def _range(values: pd.Series) -> str:
    low, high = f"{values.min():.3g}", f"{values.max():.3g}"
    return low if low == high else f"{low} to {high}"


def check_laterality(record: ImageRecord, acquisition: Acquisition, region: BreastRegion) -> tuple[Finding, ...]:
    """Whether the picture shows the breast that workbook or header name.

    In the stored orientation of a mammogram the columns of a left breast run away from the chest wall, so that the
    wall is the left edge, and a right breast is its mirror (DICOM PS3.3 C.8.11.7, Patient Orientation ``A`` and
    ``P``). A header that states another row direction is believed.

    Parameters
    ----------
    record : ImageRecord
    acquisition : Acquisition
        Side and row direction stated by the header.
    region : BreastRegion
        Breast found in the picture.

    Returns
    -------
    tuple of Finding
        At most one LATERALITY_CONFLICT.
    """
    stated = record.patient.laterality or acquisition.laterality
    direction = acquisition.row_direction
    if stated is None and direction not in _WALL_EDGE:
        return ()
    edge = _WALL_EDGE.get(direction, stated)
    if edge is region.chest_wall:
        return ()
    reason = f"PatientOrientation {direction}" if direction in _WALL_EDGE else f"breast side {stated}"
    message = f"the picture has its chest wall on side {region.chest_wall}, {reason} puts it on side {edge}"
    file = record.dicom.name if record.dicom else ""
    return (Finding.of(AuditCode.LATERALITY_CONFLICT, message, image_id=str(record.key), file=file),)
