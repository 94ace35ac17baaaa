"""Writes a synthetic release and its truth; the only module of the room that touches files."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import yaml

from radiomics_mammo.config.synthetic import DEFAULT_SYNTHETIC, SyntheticConfig
from radiomics_mammo.core.batch import RunMany, run_here
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import CaseClass
from radiomics_mammo.synthetic.case import CaseRequest, FinishedCase, make_case
from radiomics_mammo.synthetic.plan import ClassCounts, PatientPlan, plan_patients
from radiomics_mammo.synthetic.quirks import NO_BIOPSY, PatientQuirks, deal_quirks
from radiomics_mammo.synthetic.truth import PlantedQuirk, SyntheticTruth, planted_effects
from radiomics_mammo.synthetic.workbook import WorkbookStyle, build_workbook, interval_cell

DEFAULT_SEED = 20240531
SMALLEST_MATRIX = 64
FULL_RELEASE = 100
_STATED_MATRIX = (4096, 3328)
"""Matrix size that the release's README states for every picture."""
_QUIRKY_FOLDERS = {
    CaseClass.NORMAL: "Dataset_v3/Normal_Cases",
    CaseClass.BENIGN: "Dataset_v3/benign_cases",
    CaseClass.MALIGNANT: "Dataset_v3/Malignant_cases ",
}
_STRAY_FILES = {
    "__MACOSX/Dataset_v3/._Normal_Cases": b"\x00\x05\x16\x07" + bytes(60),
    "__MACOSX/Dataset_v3/Malignant_cases /1/._CC_prior.dcm": b"\x00\x05\x16\x07" + bytes(60),
    "Dataset_v3/Thumbs.db": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(56),
    "Dataset_v3/benign_cases/.DS_Store": b"\x00\x00\x00\x01Bud1" + bytes(56),
}


def synthesize_release(
    out: Path,
    *,
    patients: int | ClassCounts = FULL_RELEASE,
    rows: int = 4096,
    cols: int = 3328,
    seed: int = DEFAULT_SEED,
    quirks: bool = True,
    run_many: RunMany = run_here,
    config: SyntheticConfig = DEFAULT_SYNTHETIC,
) -> SyntheticTruth:
    """Write a release with known truth: ``out/release/`` and ``out/truth/``.

    Parameters
    ----------
    out : Path
        Made if needed; an earlier synthetic release there is replaced.
    patients : int or ClassCounts
        100 is the full 35 normal, 15 benign, 50 malignant; smaller numbers keep at least eight benign and eight
        malignant, so that 16 is the fewest. A `ClassCounts` gives the classes one by one, in any number.
    rows, cols : int
        Matrix of the recent pictures. The breast fills the same share of every matrix; pixel spacing follows.
    seed : int
        Same seed, same bytes, for any number of jobs.
    quirks : bool
        Whether to plant what real copies show; every one is listed in ``truth/quirks.csv``.
    run_many : callable
        Where the patients are made, one each.
    config : SyntheticConfig
        Planted effects.

    Returns
    -------
    SyntheticTruth

    Raises
    ------
    UsageError
        If there are too few patients or pixels, or `out` holds a ``release`` or ``truth`` made by something else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     truth = synthesize_release(Path(folder), patients=ClassCounts(1, 0, 0), rows=64, cols=64, quirks=False)
    ...     sorted(path.name for path in (truth.release / "Normal_cases" / "1").iterdir())[:2]
    ['CC_prior.dcm', 'CC_prior_GT.jpg']
    """
    if min(rows, cols) < SMALLEST_MATRIX or seed < 0:
        found = f"{rows} x {cols}, seed {seed}"
        raise UsageError("synthesize", f"at least {SMALLEST_MATRIX} pixels a side", found, "correct the options")
    counts = patients if isinstance(patients, ClassCounts) else ClassCounts.split(patients)
    plans = plan_patients(np.random.default_rng([seed, 0]), counts, config)
    request = CaseRequest(rows, cols, seed, config)
    dealt = tuple((plan, PatientQuirks()) for plan in plans)
    if quirks:
        dealt = deal_quirks(np.random.default_rng([seed, 4]), plans, rows=rows)
        request = replace(request, folders=_QUIRKY_FOLDERS)
    out = Path(out)
    _make_room(out, planted_effects([plan for plan, _ in dealt], config))
    write = partial(_write_case, out, request)
    cases: list[FinishedCase] = list(run_many(write, dealt))
    style = _workbook_style(counts) if quirks else WorkbookStyle()
    members = [plan.patient for plan, _ in dealt]
    _write(out / "release" / "Description.xlsx", build_workbook(members, style))
    for name, content in _STRAY_FILES.items() if quirks else ():
        _write(out / "release" / name, content)
    truth = SyntheticTruth(
        release=out / "release",
        truth=out / "truth",
        patients=tuple(_as_read(patient, style) for patient in members),
        lesions=tuple(lesion for case in cases for lesion in case.lesions),
        quirks=(
            *_release_quirks(counts, (rows, cols), quirks=quirks),
            *(quirk for case in cases for quirk in case.quirks),
        ),
    )
    tables = {"patients": truth.patient_table(), "lesions": truth.lesion_table(), "quirks": truth.quirk_table()}
    for name, table in tables.items():
        table.to_csv(truth.truth / f"{name}.csv", index=False, lineterminator="\n")
    return truth


def _make_room(out: Path, effects: dict[str, object]) -> None:
    """Remove an earlier synthetic release, known by its effects file; leave anything else alone.

    Raises
    ------
    UsageError
        If something else is there.
    """
    folders, marker = (out / "release", out / "truth"), out / "truth" / "effects.yaml"
    for folder in folders:
        if folder.is_dir() and any(folder.iterdir()) and not marker.is_file():
            remedy = "choose another folder or move it away"
            raise UsageError(folder.name, "no such folder yet, or one of synthesize", "other files in it", remedy)
    for folder in folders:
        if folder.is_dir():
            shutil.rmtree(folder)
    _write(marker, yaml.safe_dump(effects, sort_keys=False).encode())


def _workbook_style(counts: ClassCounts) -> WorkbookStyle:
    """The quirky workbook; intervals have two precisions only where two kinds of classes are there."""
    whole = counts.malignant == 0 or counts.normal + counts.benign > 0
    return WorkbookStyle(header_row=3, trailing_spaces=True, whole_years=whole, untidy_cells=True)


def _as_read(patient: Patient, style: WorkbookStyle) -> Patient:
    """The patient a careful reader finds: intervals of one precision for all, no words for a missing biopsy."""
    biopsy = "" if patient.biopsy == NO_BIOPSY else patient.biopsy
    interval = interval_cell(patient, style)
    if interval is not None and style.whole_years:
        interval = float(round(interval))
    return replace(patient, biopsy=biopsy, interval_years=interval)


def _release_quirks(counts: ClassCounts, shape: tuple[int, int], *, quirks: bool) -> list[PlantedQuirk]:
    listed = []
    if shape != _STATED_MATRIX:
        listed.append(PlantedQuirk("small-pictures", AuditCode.MATRIX_SIZE.name, detail=str(shape)))
    if counts.total < FULL_RELEASE:
        listed.append(PlantedQuirk("small-release", AuditCode.FEWER_PATIENTS.name, detail=str(counts.total)))
    if quirks and 0 < counts.malignant < counts.total:
        listed.append(PlantedQuirk("intervals-of-two-precisions", AuditCode.INTERVAL_ROUNDED.name))
    if quirks:
        listed += [
            PlantedQuirk("nested-parent", AuditCode.NESTED_PARENT.name, detail="Dataset_v3"),
            PlantedQuirk("folder-case-and-spaces", "", detail="; ".join(_QUIRKY_FOLDERS.values())),
            PlantedQuirk("stray-files", AuditCode.STRAY_FILES.name, detail=f"{len(_STRAY_FILES)} files"),
            PlantedQuirk("header-on-row-3", ""),
            PlantedQuirk("column-names-with-spaces", ""),
            PlantedQuirk("cells-with-spaces-and-case", ""),
        ]
    return listed


def _write_case(out: Path, request: CaseRequest, dealt: tuple[PatientPlan, PatientQuirks]) -> FinishedCase:
    """Make one patient and write her files; what is returned no longer holds them."""
    plan, quirks = dealt
    case = make_case(plan, quirks, request)
    for name, content in case.files:
        _write(out / "release" / name, content)
    for name, mask in case.masks:
        _write(out / "truth" / name, cv2.imencode(".png", mask)[1].tobytes())
    for warp in case.warps:
        (out / "truth" / warp.name).parent.mkdir(parents=True, exist_ok=True)
        np.savez(out / "truth" / warp.name, recent_px=warp.recent_px, prior_px=warp.prior_px, strong=warp.strong)
    return case.without_files()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
