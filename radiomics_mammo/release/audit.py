"""What a copy of the public release should hold, and how patients, images and pairs at hand differ from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources

import numpy as np
import pandas as pd
import yaml

from radiomics_mammo.core.cases import ImageRecord, Release
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.images import Acquisition, BreastRegion
from radiomics_mammo.core.vocabulary import CaseClass, Laterality, View, Visit

_PACKAGE = "radiomics_mammo.data_manifest"
_SCALE_TOLERANCE = 0.01
"""Relative difference between two spacings, or of a scale from 1, that a rounded header or picture can show."""
_MAGNIFIED = 1.15
"""Ratio of the spacings of two exams by one detector that the thickness of the breast explains (magnification)."""
_ALIKE = 0.85
"""Share of the bits set in either hash that both must hold for two pictures to be one."""
_LEAST_BITS = 16
"""Bits below which a picture is too plain to be told from another."""
_NAMED_EXAMPLES, _NAMED_PATIENTS = 3, 5
_WALL_EDGE = {"A": Laterality.LEFT, "P": Laterality.RIGHT}
"""Edge of the chest wall by the direction of growing columns: away from the wall is anterior."""


@dataclass(frozen=True, kw_only=True)
class ReleaseFacts:
    """What the texts of the public release state (``data_manifest/release.yaml``)."""

    title: str
    record: str
    concept: str
    patients: dict[CaseClass, int]
    rows: int
    cols: int
    bits_stored: int
    citation: str


def release_facts() -> ReleaseFacts:
    """Facts of the public release.

    Examples
    --------
    >>> facts = release_facts()
    >>> facts.record, facts.patients[CaseClass.MALIGNANT], (facts.rows, facts.cols)
    ('11446259', 50, (4096, 3328))
    """
    tree = yaml.safe_load((resources.files(_PACKAGE) / "release.yaml").read_text(encoding="utf-8"))
    images = tree["images"]
    return ReleaseFacts(
        title=tree["title"],
        record=str(tree["zenodo"]["record"]),
        concept=str(tree["zenodo"]["concept"]),
        patients={case_class: int(tree["patients"][case_class]) for case_class in CaseClass},
        rows=int(images["rows"]),
        cols=int(images["cols"]),
        bits_stored=int(images["bits_stored"]),
        citation=" ".join(str(tree["citation"]).split()),
    )


def compare_with_manifest(release: Release) -> tuple[Finding, ...]:
    """How the patients of a release differ from those of the public release: at most one finding either way.

    Missing files of patients that are there, and everything about the workbook, are findings of `open_release`;
    sizes and bits are findings of `audit_images`.
    """
    counts = release_facts().patients
    expected = {(str(name), str(number + 1)) for name, count in counts.items() for number in range(count)}
    found = {(str(patient.case_class or ""), patient.folder.lstrip("0")) for patient in release.patients}
    here, lacking = expected & found, sorted(expected - found, key=lambda key: (key[0], int(key[1])))
    findings = []
    if lacking:
        classes = ", ".join(f"{name} {sum(key[0] == name for key in here)} of {counts[name]}" for name in CaseClass)
        named = f"; missing {', '.join(map(' '.join, lacking))}" if len(lacking) <= _NAMED_PATIENTS else ""
        message = f"{len(here)} of {len(expected)} patients of the public release: {classes}{named}"
        findings.append(Finding.of(AuditCode.FEWER_PATIENTS, message))
    if found - expected:
        more = [" ".join(key).strip() for key in found - expected]
        message = f"{len(more)} not in the public release: {_some(more, _NAMED_PATIENTS)}"
        findings.append(Finding.of(AuditCode.MORE_PATIENTS, message))
    return tuple(findings)


def _some(names: Iterable[str], count: int = _NAMED_EXAMPLES) -> str:
    ordered = sorted(map(str, names))
    return ", ".join(ordered[:count]) + (", ..." if len(ordered) > count else "")


def audit_images(images: pd.DataFrame) -> tuple[Finding, ...]:
    """Findings across images: sizes and bits other than stated, exams of a pair that differ, scale of the copies.

    Parameters
    ----------
    images : DataFrame
        Rows of ``images.csv`` (`tables.images.IMAGES`); empty cells are allowed everywhere.

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
        *_view_findings(read),
        *_scale_findings(images),
    )


def _grouped(code: AuditCode, values: pd.Series, images: pd.DataFrame, stated: str) -> Iterator[Finding]:
    for value, ids in sorted(images["image_id"].groupby(values)):
        if value != stated:
            yield Finding.of(code, f"{len(ids)} images of {value}, the release states {stated}: {_some(ids)}")


def _pair_findings(images: pd.DataFrame) -> Iterator[Finding]:
    prior, recent = (images[images["visit"] == visit] for visit in Visit)
    pairs = prior.merge(recent, on=["patient_id", "view"], suffixes=("_prior", "_recent"))
    for pair in pairs.sort_values("image_id_recent").to_dict("records"):
        image_id = pair["image_id_recent"]
        shapes = [f"{pair[f'rows_{visit}']:.0f} x {pair[f'cols_{visit}']:.0f}" for visit in Visit]
        if shapes[0] != shapes[1]:
            message = f"prior {shapes[0]}, recent {shapes[1]} pixels"
            yield Finding.of(AuditCode.MATRIX_DIFFERS, message, image_id=image_id)
        makers = [pair[f"manufacturer_{visit}"] for visit in Visit]
        if all(map(pd.notna, makers)) and makers[0] != makers[1]:
            message = f"prior {makers[0]}, recent {makers[1]}"
            yield Finding.of(AuditCode.MANUFACTURER_DIFFERS, message, image_id=image_id)
        axes = [[pair[f"{axis}_spacing_mm_{visit}"] for visit in Visit] for axis in ("row", "col")]
        if any(pd.notna(a) and pd.notna(b) and abs(a - b) > _SCALE_TOLERANCE * b for a, b in axes):
            mm = [f"{row:g} x {col:g}" for row, col in zip(*axes, strict=True)]
            message = f"prior {mm[0]} mm, recent {mm[1]} mm"
            far = any(not 1 / _MAGNIFIED <= a / b <= _MAGNIFIED for a, b in axes)
            same = far and shapes[0] == shapes[1] and pd.notna(makers[0]) and makers[0] == makers[1]
            said = f"{message} of {shapes[0]} pixels by {makers[0]}: one of them is wrong" if same else message
            code = AuditCode.SPACING_CONFLICT if same else AuditCode.SPACING_DIFFERS
            yield Finding.of(code, said, image_id=image_id)


def _view_findings(images: pd.DataFrame) -> Iterator[Finding]:
    """CC and MLO of one exam by one detector whose pixels differ by more than the thickness of the breast explains."""
    cc, mlo = (images[images["view"] == view] for view in (View.CC, View.MLO))
    both = cc.merge(mlo, on=["patient_id", "visit"], suffixes=("_cc", "_mlo"))
    for exam in both.sort_values("image_id_mlo").to_dict("records"):
        same = all(exam[f"{name}_cc"] == exam[f"{name}_mlo"] for name in ("rows", "cols", "manufacturer"))
        ratio = exam["row_spacing_mm_mlo"] / exam["row_spacing_mm_cc"]
        if same and pd.notna(ratio) and not 1 / _MAGNIFIED <= ratio <= _MAGNIFIED:
            mm = " and ".join(f"{view} {exam[f'row_spacing_mm_{view.lower()}']:g} mm" for view in (View.CC, View.MLO))
            said = f"{mm} of equal matrix by {exam['manufacturer_cc']}: one of them is wrong"
            yield Finding.of(AuditCode.SPACING_CONFLICT, said, image_id=exam["image_id_mlo"])


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


def check_visit_order(recent: ImageRecord, dates: tuple[str, str]) -> tuple[Finding, ...]:
    """Whether the exam dates of both headers, and those of the workbook, run the same way.

    Parameters
    ----------
    recent : ImageRecord
        The recent image of the pair.
    dates : tuple of str
        ISO dates of the prior and the recent header; empty where unknown.

    Returns
    -------
    tuple of Finding
        At most one VISITS_REVERSED. Dates that only differ from those of the workbook say nothing: de-identification
        shifts them.
    """
    booked = recent.patient.prior_date, recent.patient.recent_date
    if all(dates) and dates[0] > dates[1]:
        message = f"the header of the prior exam says {dates[0]}, that of the recent one {dates[1]}"
    elif all(booked) and any(map(_is_other, dates, booked, reversed(booked))):
        message = f"headers {dates[0] or 'silent'} and {dates[1] or 'silent'}, workbook {booked[0]} and {booked[1]}"
    else:
        return ()
    said = f"{message}; prior and recent files may be swapped"
    return (Finding.of(AuditCode.VISITS_REVERSED, said, image_id=str(recent.key)),)


def _is_other(header: str, own: str, other: str) -> bool:
    """Whether a header's date is, as precisely as the workbook knows, that of the other exam and not of its own."""
    return bool(header) and header.startswith(other) and not header.startswith(own)


def repeated_pictures(images: pd.DataFrame) -> tuple[Finding, ...]:
    """REPEATED_PICTURE for every pair of images of different patients that show nearly the same picture.

    A woman filed twice is on both sides of a split, and every figure of the models is then too good. Nothing is left
    out for it: which of the two is true nobody but the owner of the data can tell.

    Parameters
    ----------
    images : DataFrame
        ``images.csv``, columns image_id, patient_id and picture_hash; rows without a hash take no part.

    Examples
    --------
    >>> rows = pd.DataFrame({"image_id": ["a_CC_recent", "b_CC_recent"], "patient_id": ["a", "b"],
    ...                      "picture_hash": ["f" * 64] * 2})
    >>> [finding.message for finding in repeated_pictures(rows)]
    ['shows nearly the same picture as a_CC_recent (256 of 256 bits)']
    """
    known = images[images["picture_hash"].fillna("") != ""]
    if len(known) < 2:
        return ()
    bits = np.array([np.unpackbits(np.frombuffer(bytes.fromhex(one), np.uint8)) for one in known["picture_hash"]])
    shared = bits.astype(np.float32) @ bits.T.astype(np.float32)
    counts = np.diag(shared)
    either = counts[:, None] + counts[None, :] - shared
    owners = known["patient_id"].to_numpy(dtype=str)
    alike = (shared >= _ALIKE * either) & (counts >= _LEAST_BITS)[:, None] & (owners[:, None] != owners[None, :])
    names = known["image_id"].to_numpy(dtype=str)
    return tuple(
        Finding.of(
            AuditCode.REPEATED_PICTURE,
            f"shows nearly the same picture as {names[a]} ({shared[a, b]:.0f} of {either[a, b]:.0f} bits)",
            image_id=str(names[b]),
        )
        for a, b in zip(*np.nonzero(np.triu(alike, 1)), strict=True)
    )
