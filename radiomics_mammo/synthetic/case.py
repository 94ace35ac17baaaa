"""All files of one synthetic patient: eight pictures, true masks, the true change between the exams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.synthetic import DEFAULT_SYNTHETIC, SyntheticConfig
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.vocabulary import CaseClass, Laterality, View, Visit
from radiomics_mammo.synthetic.breasts import PlannedMass, draw_masses, draw_shapes, gland_share
from radiomics_mammo.synthetic.copies import OutlinedCopy, PenLine, draw_copy
from radiomics_mammo.synthetic.dicom import DicomStyle, encode_dicom
from radiomics_mammo.synthetic.drawn import DrawnMass, outlined_masses, pen_course
from radiomics_mammo.synthetic.exposure import ShownMass, draw_exposure, expose
from radiomics_mammo.synthetic.frames import PictureFrame
from radiomics_mammo.synthetic.listing import TakenPicture, list_quirks
from radiomics_mammo.synthetic.pairs import FIELD_HEIGHT_MM
from radiomics_mammo.synthetic.plan import PatientPlan, PriorDetector
from radiomics_mammo.synthetic.quirks import PatientQuirks
from radiomics_mammo.synthetic.texture import Field
from radiomics_mammo.synthetic.tissue import TissueMap, grow_tissue
from radiomics_mammo.synthetic.truth import PlantedQuirk, TrueLesion
from radiomics_mammo.synthetic.warps import SmoothWarp, draw_warp

_MAKERS = (
    ("HOLOGIC, Inc.", "ImagerPixelSpacing", 1.06),
    ("GE MEDICAL SYSTEMS", "PixelSpacing", 1.0),
    ("SIEMENS", "ImagerPixelSpacing", 1.0),
)
"""Manufacturer, the tag it keeps the spacing in, and its magnification factor."""
_WARP_STEP_MM = 4.0
_STRONG = 1.6
"""Factor on the bounds of the change for the deliberately difficult pairs."""
_MARKER_BRIGHTNESS = 0.72


@dataclass(frozen=True)
class CaseRequest:
    """What all patients of a release share.

    Parameters
    ----------
    rows, cols : int
        Matrix of the recent pictures.
    seed : int
    config : SyntheticConfig
    folders : mapping of CaseClass to str
        Class folders inside the release, with parents.
    """

    rows: int
    cols: int
    seed: int
    config: SyntheticConfig = DEFAULT_SYNTHETIC
    folders: Mapping[CaseClass, str] = field(
        default_factory=lambda: {case_class: f"{case_class.capitalize()}_cases" for case_class in CaseClass}
    )


@dataclass(frozen=True, eq=False)
class SampledWarp:
    """True change of one view: places on a grid of the recent picture, and where they were in the prior one.

    Parameters
    ----------
    name : str
        File inside ``truth/``.
    recent_px, prior_px : ndarray of shape (n, m, 2)
        (row, col) pixels of each picture.
    strong : bool
        Whether the change exceeds the usual bounds.
    """

    name: str
    recent_px: NDArray[np.float64]
    prior_px: NDArray[np.float64]
    strong: bool


@dataclass(frozen=True)
class FinishedCase:
    """One patient's files, by name inside ``release/`` and ``truth/``, and what is known about them."""

    lesions: tuple[TrueLesion, ...]
    quirks: tuple[PlantedQuirk, ...]
    files: tuple[tuple[str, bytes], ...] = field(repr=False, default=())
    masks: tuple[tuple[str, NDArray[np.uint8]], ...] = field(repr=False, default=())
    warps: tuple[SampledWarp, ...] = field(repr=False, default=())

    def without_files(self) -> FinishedCase:
        """The same case without the contents of its files."""
        return replace(self, files=(), masks=(), warps=())


@dataclass(frozen=True)
class _Exam:
    """One exam of one view, ready to be taken."""

    key: ImageKey
    frame: PictureFrame
    warp: SmoothWarp
    maker: int


@dataclass(frozen=True)
class _Streams:
    """Random numbers of one patient, apart for anatomy, detector and pen: quirks change no anatomy."""

    anatomy: np.random.Generator
    detector: np.random.Generator
    pen: np.random.Generator


def make_case(plan: PatientPlan, quirks: PatientQuirks, request: CaseRequest) -> FinishedCase:
    """Make all files of one patient.

    Parameters
    ----------
    plan : PatientPlan
    quirks : PatientQuirks
    request : CaseRequest
    """
    streams = _Streams(*(np.random.default_rng([request.seed, part, plan.index]) for part in (1, 2, 3)))
    shapes = draw_shapes(streams.anatomy)
    masses = draw_masses(streams.anatomy, plan, shapes, request.config)
    makers = _draw_makers(streams.detector, plan)
    taken: list[TakenPicture] = []
    files: list[tuple[str, bytes]] = []
    warps: list[SampledWarp] = []
    for view, shape in shapes.items():
        strength = _STRONG if plan.strong_warp else 1.0
        warp = draw_warp(streams.anatomy, height_mm=shape.height_mm, width_mm=shape.depth_mm, strength=strength)
        frames = _frames(plan, request, view, mirrored=quirks.scan.mirrored)
        share = gland_share(plan.patient, request.config)
        finest = min(frame.spacing_mm for frame in frames.values())
        tissue = grow_tissue(streams.anatomy, shape, gland_share=share, spacing_mm=finest)
        for visit, frame in frames.items():
            key = ImageKey(plan.patient.patient_id, view, visit)
            exam = _Exam(key, frame, warp if visit is Visit.PRIOR else SmoothWarp.identity(), makers[visit])
            bright = _take(streams.detector, exam, plan, tissue, masses=masses, request=request)
            bright = _with_marker(bright, exam, plan) if quirks.scan.marker else bright
            picture = _outline(streams.pen, exam, bright, quirks, masses=masses)
            stem = f"{request.folders[plan.case_class]}/{plan.patient.folder}/{view}_{visit}"
            dicom = encode_dicom(bright, key, _style(exam, plan, quirks), seed=request.seed)
            files += [(stem + quirks.scan.suffix, dicom), (f"{stem}_GT{quirks.copy.suffix}", picture.copy.jpeg)]
            taken.append(picture)
        warps.append(_sampled_warp(f"warps/{plan.patient.patient_id}_{view}.npz", frames, warp))
    pairs = [pair for picture in taken for pair in _true_lesions(picture, quirks)]
    masks = tuple((lesion.mask_file, mask) for lesion, mask in pairs)
    listed = list_quirks(plan, quirks, taken)
    return FinishedCase(tuple(lesion for lesion, _ in pairs), listed, tuple(files), masks, tuple(warps))


def _draw_makers(rng: np.random.Generator, plan: PatientPlan) -> dict[Visit, int]:
    recent, other = (int(rng.integers(len(_MAKERS))) for _ in range(2))
    same = plan.prior_detector == PriorDetector()
    return {Visit.PRIOR: recent if same else other, Visit.RECENT: recent}


def _frames(plan: PatientPlan, request: CaseRequest, view: View, *, mirrored: bool) -> dict[Visit, PictureFrame]:
    spacing = FIELD_HEIGHT_MM / request.rows
    right = (plan.patient.laterality is Laterality.RIGHT) != mirrored
    other = plan.prior_detector
    rows, cols = round(request.rows * other.rows), round(request.cols * other.cols)
    free_mm = FIELD_HEIGHT_MM - rows * spacing * other.spacing
    # A smaller detector is centred on the breast in CC and loses the axilla in MLO.
    top = free_mm * (0.5 if view is View.CC else 0.8)
    return {
        Visit.PRIOR: PictureFrame(rows, cols, spacing * other.spacing, top_mm=top, chest_wall_right=right),
        Visit.RECENT: PictureFrame(request.rows, request.cols, spacing, chest_wall_right=right),
    }


def _take(
    rng: np.random.Generator,
    exam: _Exam,
    plan: PatientPlan,
    tissue: TissueMap,
    *,
    masses: tuple[PlannedMass, ...],
    request: CaseRequest,
) -> Field:
    view, recent = exam.key.view, exam.key.visit is Visit.RECENT
    shown = [
        ShownMass(mass.forms[view], *((1.0, 1.0) if recent else (mass.prior_strength, mass.prior_size)))
        for mass in masses
        if view in mass.forms and (recent or mass.prior_strength > 0)
    ]
    gain = 1.0 if recent else 1.0 + request.config.gland_loss_per_year * plan.interval_years
    exposure = draw_exposure(rng, gland_gain=gain)
    return expose(tissue, exam.frame, rng, warp=exam.warp, masses=shown, exposure=exposure)


def _with_marker(bright: Field, exam: _Exam, plan: PatientPlan) -> Field:
    """View marker burned into the upper corner away from the chest wall."""
    size, thickness = exam.frame.rows / 1400, max(1, round(exam.frame.rows / 700))
    text = f"{plan.patient.laterality or ''}{exam.key.view}"
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thickness)
    left = round(0.04 * exam.frame.cols) if exam.frame.chest_wall_right else round(0.96 * exam.frame.cols) - width
    place = left, round(0.03 * exam.frame.rows) + height
    ink = cv2.putText(np.zeros(bright.shape, np.uint8), text, place, cv2.FONT_HERSHEY_SIMPLEX, size, 255, thickness)
    return np.where(ink > 0, np.float32(_MARKER_BRIGHTNESS), bright)


def _outline(
    rng: np.random.Generator,
    exam: _Exam,
    bright: Field,
    quirks: PatientQuirks,
    *,
    masses: tuple[PlannedMass, ...],
) -> TakenPicture:
    boxless = quirks.boxless_view is exam.key.view
    drawn = outlined_masses(exam.key, masses, exam.frame, warp=exam.warp, boxless=boxless)
    along = quirks.edge == "along"
    lines = [
        PenLine(pen_course(one.contour_px, exam.frame, along_edge=along), one.mass.color, one.boxed) for one in drawn
    ]
    grey = np.round(bright * np.float32(255)).astype(np.uint8)
    flipped = quirks.copy.flipped and (exam.key.view, exam.key.visit) == (View.CC, Visit.RECENT)
    copy = draw_copy(rng, grey, lines, quirks=quirks.copy, flipped=flipped)
    return TakenPicture(exam.key, exam.frame, _MAKERS[exam.maker][0], drawn, copy, flipped)


def _style(exam: _Exam, plan: PatientPlan, quirks: PatientQuirks) -> DicomStyle:
    maker, tag, magnification = _MAKERS[exam.maker]
    return DicomStyle(
        laterality=plan.patient.laterality or Laterality.LEFT,
        spacing_mm=exam.frame.spacing_mm,
        manufacturer=maker,
        bits=quirks.scan.bits,
        inverted=quirks.scan.inverted,
        transfer_syntax=quirks.scan.transfer_syntax,
        spacing_tag=tag if quirks.scan.spacing_tag else "",
        magnification=magnification,
        laterality_tag=quirks.scan.laterality_tag,
    )


def _true_lesions(picture: TakenPicture, quirks: PatientQuirks) -> list[tuple[TrueLesion, NDArray[np.uint8]]]:
    pairs = []
    for number, drawn in enumerate(picture.drawn, start=1):
        mask = drawn.region.on_grid(picture.frame.shape).astype(np.uint8) * 255
        pairs.append((_true_lesion(LesionKey(picture.key, number), drawn, picture, quirks), mask))
    return pairs


def _true_lesion(key: LesionKey, drawn: DrawnMass, picture: TakenPicture, quirks: PatientQuirks) -> TrueLesion:
    row, col = drawn.region.centroid_px
    copy: OutlinedCopy = picture.copy
    oddities = [word for word in (quirks.copy.ring, f"edge-{quirks.edge}") if word not in ("closed", "edge-")]
    return TrueLesion(
        lesion_id=str(key),
        image_id=str(key.image),
        patient_id=key.image.patient_id,
        view=key.image.view,
        visit=key.image.visit,
        mass=f"{key.image.patient_id}-mass-{drawn.mass.number}",
        color=drawn.mass.color,
        boxed=drawn.boxed,
        label=drawn.label,
        area_px=drawn.region.area_px,
        area_mm2=round(drawn.region.area_px * picture.frame.spacing_mm**2, 6),
        centroid_row_px=round(row, 6),
        centroid_col_px=round(col, 6),
        pen_width_gt_px=round(copy.widths_px[key.number - 1], 3),
        gap_fraction=copy.gap_fractions[key.number - 1],
        mask_file=f"masks/{key}.png",
        quirks=" ".join(oddities),
    )


def _sampled_warp(name: str, frames: dict[Visit, PictureFrame], warp: SmoothWarp) -> SampledWarp:
    recent = frames[Visit.RECENT]
    step = max(1, round(_WARP_STEP_MM / recent.spacing_mm))
    places = np.stack(np.meshgrid(*(np.arange(0.0, n, step) for n in recent.shape), indexing="ij"), axis=-1)
    prior = frames[Visit.PRIOR].to_px(warp.to_prior(recent.to_mm(places.reshape(-1, 2))))
    return SampledWarp(name, places, prior.reshape(places.shape), warp.strong)
