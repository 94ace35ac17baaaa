"""The entry: makes every patient's files and writes them, the workbook and the truth; alone here it touches files."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from radiomics_mammo.config.synthetic import DEFAULT_SYNTHETIC, SyntheticConfig
from radiomics_mammo.core.batch import RunMany, run_here
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, Laterality, View, Visit
from radiomics_mammo.synthetic.anatomy import BreastShape, Field, TissueMap, draw_shapes, grow_tissue
from radiomics_mammo.synthetic.copies import draw_copy, outlined_masses
from radiomics_mammo.synthetic.dicom import MACHINES, Machine, encode_dicom
from radiomics_mammo.synthetic.exposure import (
    FIELD_HEIGHT_MM,
    PictureFrame,
    draw_exposure,
    draw_machine_exposure,
    expose,
)
from radiomics_mammo.synthetic.layers import draw_layered_warp, draw_states, grow_layers, project
from radiomics_mammo.synthetic.masses import PlannedMass, draw_masses
from radiomics_mammo.synthetic.overlays import BurnedIn
from radiomics_mammo.synthetic.plan import ClassCounts, PatientPlan, PriorDetector, gland_share, plan_patients
from radiomics_mammo.synthetic.quirks import NO_BIOPSY, NO_QUIRKS, PatientQuirks, deal_quirks
from radiomics_mammo.synthetic.truth import (
    OVERLAYS,
    PLANTED_QUIRKS,
    TRUE_LESIONS,
    PlantedQuirk,
    SyntheticTruth,
    TakenPicture,
    TrueLesion,
    list_quirks,
    planted_effects,
    true_lesions,
)
from radiomics_mammo.synthetic.warps import ExamWarp, SmoothWarp, draw_warp
from radiomics_mammo.synthetic.workbook import WorkbookStyle, build_workbook, interval_cell
from radiomics_mammo.tables.patients import PATIENTS

DEFAULT_SEED = 20240531
SMALLEST_MATRIX = 64
FULL_RELEASE = 100
_WARP_STEP_MM = 4.0
_STRONG = 1.6
"""Factor on the bounds of the change for the deliberately difficult pairs."""
_MARKER_BRIGHTNESS = 0.72
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
    request = CaseRequest(rows=rows, cols=cols, seed=seed, config=config)
    dealt, style = tuple((plan, NO_QUIRKS) for plan in plans), WorkbookStyle()
    if quirks:
        dealt = deal_quirks(np.random.default_rng([seed, 4]), plans, rows=rows)
        request = replace(request, folders=_QUIRKY_FOLDERS)
        # Intervals have two precisions only where two kinds of classes are there.
        whole_years = counts.malignant == 0 or counts.normal + counts.benign > 0
        style = WorkbookStyle(untidy=True, whole_years=whole_years)
    out = Path(out)
    _make_room(out, planted_effects([plan for plan, _ in dealt], config))
    cases: list[FinishedCase] = list(run_many(partial(_write_case, out, request), dealt))
    members = [plan.patient for plan, _ in dealt]
    _write(out / "release" / "Description.xlsx", build_workbook(members, style))
    for name, content in _STRAY_FILES.items() if quirks else ():
        _write(out / "release" / name, content)
    of_release = _release_quirks(counts, (rows, cols), quirks=quirks)
    truth = SyntheticTruth(
        release=out / "release",
        truth=out / "truth",
        patients=tuple(_as_read(patient, style) for patient in members),
        lesions=tuple(lesion for case in cases for lesion in case.lesions),
        quirks=(*of_release, *(quirk for case in cases for quirk in case.quirks)),
        overlays=tuple(note for case in cases for note in case.overlays),
    )
    _write(truth.truth / PATIENTS.file, PATIENTS.csv(truth.patient_table()).encode())
    _write(truth.truth / TRUE_LESIONS.file, TRUE_LESIONS.csv(truth.lesion_table()).encode())
    _write(truth.truth / PLANTED_QUIRKS.file, PLANTED_QUIRKS.csv(truth.quirk_table()).encode())
    _write(truth.truth / OVERLAYS.file, OVERLAYS.csv(truth.overlay_table()).encode())
    return truth


def _make_room(out: Path, effects: dict[str, Any]) -> None:
    """Remove an earlier synthetic release, known by its effects file; leave anything else alone."""
    folders, marker = (out / "release", out / "truth"), out / "truth" / "effects.yaml"
    for folder in folders:
        if folder.is_dir() and any(folder.iterdir()) and not marker.is_file():
            remedy = "choose another folder or move it away"
            raise UsageError(folder.name, "no such folder yet, or one of synthesize", "other files in it", remedy)
    for folder in folders:
        if folder.is_dir():
            shutil.rmtree(folder)
    _write(marker, yaml.safe_dump(effects, sort_keys=False).encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _write_case(out: Path, request: CaseRequest, dealt: tuple[PatientPlan, PatientQuirks]) -> FinishedCase:
    """Make one patient and write her files; what is returned no longer holds them."""
    case = make_case(*dealt, request)
    for name, content in case.files:
        _write(out / name, content)
    return replace(case, files=())


def _as_read(patient: Patient, style: WorkbookStyle) -> Patient:
    """The patient a careful reader finds: intervals of one precision for all, no words for a missing biopsy."""
    interval = interval_cell(patient, style)
    if interval is not None and style.whole_years:
        interval = float(round(interval))
    return replace(patient, biopsy="" if patient.biopsy == NO_BIOPSY else patient.biopsy, interval_years=interval)


def _release_quirks(counts: ClassCounts, shape: tuple[int, int], *, quirks: bool) -> list[PlantedQuirk]:
    two_precisions = quirks and 0 < counts.malignant < counts.total
    facts = (
        (shape != _STATED_MATRIX, "small-pictures", AuditCode.MATRIX_SIZE.name, str(shape)),
        (counts.total < FULL_RELEASE, "small-release", AuditCode.FEWER_PATIENTS.name, str(counts.total)),
        (two_precisions, "intervals-of-two-precisions", AuditCode.INTERVAL_ROUNDED.name, ""),
        (quirks, "nested-parent", AuditCode.NESTED_PARENT.name, "Dataset_v3"),
        (quirks, "folder-case-and-spaces", "", "; ".join(_QUIRKY_FOLDERS.values())),
        (quirks, "stray-files", AuditCode.STRAY_FILES.name, f"{len(_STRAY_FILES)} files"),
        (quirks, "header-on-row-3", "", ""),
        (quirks, "column-names-with-spaces", "", ""),
        (quirks, "cells-with-spaces-and-case", "", ""),
    )
    return [PlantedQuirk(quirk=word, code=code, detail=detail) for there, word, code, detail in facts if there]


@dataclass(frozen=True, kw_only=True)
class CaseRequest:
    """What all patients share: matrix of the recent pictures, seed, effects, class folders inside the release."""

    rows: int
    cols: int
    seed: int
    config: SyntheticConfig = DEFAULT_SYNTHETIC
    folders: Mapping[CaseClass, str] = field(
        default_factory=lambda: {case_class: f"{case_class.capitalize()}_cases" for case_class in CaseClass}
    )


@dataclass(frozen=True)
class FinishedCase:
    """One patient's eight pictures, true masks and true changes as files (name, content), and what is known of them."""

    lesions: tuple[TrueLesion, ...]
    quirks: tuple[PlantedQuirk, ...]
    overlays: tuple[BurnedIn, ...]
    files: tuple[tuple[str, bytes], ...] = field(repr=False, default=())


@dataclass(frozen=True)
class _Exam:
    """One exam of one view, ready to be taken; the warp leads from it to the recent exam."""

    key: ImageKey
    frame: PictureFrame
    warp: SmoothWarp
    machine: Machine


def make_case(plan: PatientPlan, quirks: PatientQuirks, request: CaseRequest) -> FinishedCase:
    """Make all files of one patient; her anatomy, detector and pen draw apart, so that quirks change no anatomy."""
    anatomy, detector, pen = (np.random.default_rng([request.seed, part, plan.index]) for part in (1, 2, 3))
    patient, shapes = plan.patient, draw_shapes(anatomy)
    masses = draw_masses(anatomy, plan, shapes, request.config)
    machines = _draw_machines(detector, plan)
    pictures: list[TakenPicture] = []
    files: list[tuple[str, bytes]] = []
    for view, shape in shapes.items():
        frames = _frames(plan, request, view, mirrored=quirks.scan.mirrored)
        finest = min(frame.spacing_mm for frame in frames.values())
        breast = _breast(anatomy, plan, shape, config=request.config, spacing_mm=finest)
        masses = breast.with_layers(anatomy, view, masses)
        for visit, frame in frames.items():
            key = ImageKey(patient.patient_id, view, visit)
            exam = _Exam(key, frame, breast.pictured[visit], machines[visit])
            bright = _take(detector, exam, plan, breast.tissue[visit], masses=masses, config=request.config)
            bright = _with_marker(bright, exam, plan) if quirks.scan.marker else bright
            picture = _outline(pen, exam, bright, quirks, masses=masses)
            stem = f"release/{request.folders[CaseClass(str(patient.case_class))]}/{patient.folder}/{view}_{visit}"
            dicom = encode_dicom(
                bright,
                key,
                quirks.scan,
                laterality=patient.laterality or Laterality.LEFT,
                spacing_mm=frame.spacing_mm,
                machine=exam.machine,
                seed=request.seed,
            )
            files += [(stem + quirks.scan.suffix, dicom), (f"{stem}_GT{quirks.copy.suffix}", picture.copy.jpeg)]
            pictures.append(picture)
        files.append((f"truth/warps/{patient.patient_id}_{view}.npz", _sampled_warp(frames, breast.layers)))
    lesions = [lesion for picture in pictures for lesion in true_lesions(picture, quirks)]
    files += [(f"truth/{row.mask_file}", cv2.imencode(".png", mask)[1].tobytes()) for row, mask in lesions]
    overlays = tuple(note for picture in pictures for note in picture.copy.burned_in)
    return FinishedCase(tuple(row for row, _ in lesions), list_quirks(plan, quirks, pictures), overlays, tuple(files))


@dataclass(frozen=True)
class _Breast:
    """One breast in one view at both exams.

    What changed in each layer (one where all moved as one), the tissue, and the map from its frame to each picture's.
    """

    layers: tuple[ExamWarp, ...]
    tissue: Mapping[Visit, TissueMap]
    pictured: Mapping[Visit, SmoothWarp]

    def with_layers(
        self, rng: np.random.Generator, view: View, masses: tuple[PlannedMass, ...]
    ) -> tuple[PlannedMass, ...]:
        """Masses put into a layer each, where layers slide."""
        if len(self.layers) == 1:
            return masses
        put = (self.layers[int(rng.integers(len(self.layers)))] for _ in masses)
        return tuple(replace(mass, warps={**mass.warps, view: warp}) for mass, warp in zip(masses, put, strict=True))


def _breast(
    rng: np.random.Generator, plan: PatientPlan, shape: BreastShape, *, config: SyntheticConfig, spacing_mm: float
) -> _Breast:
    share, still = gland_share(plan.patient, config), SmoothWarp.identity()
    if config.world == "easy":
        strength = _STRONG if plan.strong_warp else 1.0
        warp = draw_warp(rng, height_mm=shape.height_mm, width_mm=shape.depth_mm, strength=strength)
        tissue = grow_tissue(rng, shape, gland_share=share, spacing_mm=spacing_mm)
        return _Breast((warp,), dict.fromkeys(Visit, tissue), {Visit.PRIOR: warp, Visit.RECENT: still})
    change = draw_layered_warp(rng, shape)
    grown = grow_layers(rng, shape, gland_share=share, spacing_mm=spacing_mm)
    prior, recent = draw_states(rng)
    shown = {Visit.PRIOR: project(grown, change, prior, rng), Visit.RECENT: project(grown, None, recent, rng)}
    return _Breast(change.layers, shown, dict.fromkeys(Visit, still))


def _draw_machines(rng: np.random.Generator, plan: PatientPlan) -> dict[Visit, Machine]:
    recent, other = (MACHINES[int(rng.integers(len(MACHINES)))] for _ in range(2))
    return {Visit.PRIOR: recent if plan.prior_detector == PriorDetector() else other, Visit.RECENT: recent}


def _frames(plan: PatientPlan, request: CaseRequest, view: View, *, mirrored: bool) -> dict[Visit, PictureFrame]:
    spacing = FIELD_HEIGHT_MM / request.rows
    right = (plan.patient.laterality is Laterality.RIGHT) != mirrored
    recent = PictureFrame(rows=request.rows, cols=request.cols, spacing_mm=spacing, chest_wall_right=right)
    other = plan.prior_detector
    rows, cols = round(request.rows * other.rows), round(request.cols * other.cols)
    free_mm = FIELD_HEIGHT_MM - rows * spacing * other.spacing
    # A smaller detector is centred on the breast in CC and loses the axilla in MLO.
    top = free_mm * (0.5 if view is View.CC else 0.8)
    return {
        Visit.PRIOR: replace(recent, rows=rows, cols=cols, spacing_mm=spacing * other.spacing, top_mm=top),
        Visit.RECENT: recent,
    }


def _take(
    rng: np.random.Generator,
    exam: _Exam,
    plan: PatientPlan,
    tissue: TissueMap,
    *,
    masses: tuple[PlannedMass, ...],
    config: SyntheticConfig,
) -> Field:
    shown = [seen for mass in masses if (seen := mass.shown(exam.key.view, exam.key.visit))]
    if config.world == "hard":
        exposure = draw_machine_exposure(rng)
        return expose(tissue, exam.frame, rng, warp=exam.warp, masses=shown, exposure=exposure)
    gain = 1.0
    if exam.key.visit is Visit.PRIOR:
        gain += config.gland_loss_per_year * (plan.patient.interval_years or 0.0)
    exposure = draw_exposure(rng, gland_gain=gain)
    return expose(tissue, exam.frame, rng, warp=exam.warp, masses=shown, exposure=exposure)


def _with_marker(bright: Field, exam: _Exam, plan: PatientPlan) -> Field:
    """View marker burned into the upper corner away from the chest wall."""
    rows, cols = exam.frame.shape
    text = f"{plan.patient.laterality or ''}{exam.key.view}"
    font, size, thickness = cv2.FONT_HERSHEY_SIMPLEX, rows / 1400, max(1, round(rows / 700))
    (width, height), _ = cv2.getTextSize(text, font, size, thickness)
    left = round(0.04 * cols) if exam.frame.chest_wall_right else round(0.96 * cols) - width
    place = left, round(0.03 * rows) + height
    ink = cv2.putText(np.zeros(bright.shape, np.uint8), text, place, font, size, 255, thickness)
    return np.where(ink > 0, np.float32(_MARKER_BRIGHTNESS), bright)


def _outline(
    rng: np.random.Generator, exam: _Exam, bright: Field, quirks: PatientQuirks, *, masses: tuple[PlannedMass, ...]
) -> TakenPicture:
    drawn = outlined_masses(exam.key, masses, exam.frame, warp=exam.warp, quirks=quirks)
    grey = np.round(bright * np.float32(255)).astype(np.uint8)
    lines, of_copy = [one.line for one in drawn], quirks.copy_of(exam.key.view, exam.key.visit)
    copy = draw_copy(rng, grey, lines, quirks=of_copy, key=exam.key, spacing_mm=exam.frame.spacing_mm)
    return TakenPicture(key=exam.key, frame=exam.frame, manufacturer=exam.machine.manufacturer, drawn=drawn, copy=copy)


def _sampled_warp(frames: dict[Visit, PictureFrame], layers: tuple[ExamWarp, ...]) -> bytes:
    """True change of one view as npz: places on a grid of the recent picture, and where they were in the prior one.

    ``prior_px`` is that of the middle layer, ``layers_px``, shape (layers, rows, cols, 2), that of each.
    """
    recent = frames[Visit.RECENT]
    step = max(1, round(_WARP_STEP_MM / recent.spacing_mm))
    places = np.stack(np.meshgrid(*(np.arange(0.0, n, step) for n in recent.shape), indexing="ij"), axis=-1)
    here_mm = recent.to_mm(places.reshape(-1, 2))
    there = np.stack([frames[Visit.PRIOR].to_px(layer.to_prior(here_mm)).reshape(places.shape) for layer in layers])
    strong = isinstance(layers[0], SmoothWarp) and layers[0].strong
    target = io.BytesIO()
    np.savez(target, recent_px=places, prior_px=there[len(layers) // 2], layers_px=there, strong=strong)
    return target.getvalue()
