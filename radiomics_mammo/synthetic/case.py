"""All files of one synthetic patient: eight pictures, true masks, the true change between the exams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.vocabulary import Laterality, LesionLabel, OutlineColor, View, Visit
from radiomics_mammo.synthetic.breasts import PlannedMass, draw_masses, draw_shapes, gland_share
from radiomics_mammo.synthetic.dicom import DicomStyle, encode_dicom
from radiomics_mammo.synthetic.exposure import ShownMass, draw_exposure, expose
from radiomics_mammo.synthetic.frames import PictureFrame
from radiomics_mammo.synthetic.pairs import FIELD_HEIGHT_MM
from radiomics_mammo.synthetic.pen import draw_outline, save_jpeg_like
from radiomics_mammo.synthetic.plan import PatientPlan
from radiomics_mammo.synthetic.tissue import Composition, TissueMap, grow_tissue
from radiomics_mammo.synthetic.truth import TrueLesion
from radiomics_mammo.synthetic.warps import SmoothWarp, draw_warp

_PEN = {OutlineColor.RED: (255, 0, 0), OutlineColor.BLUE: (0, 0, 255), OutlineColor.GREEN: (0, 255, 0)}
_MAKERS = ("HOLOGIC, Inc.", "GE MEDICAL SYSTEMS", "SIEMENS")
_WARP_STEP_MM = 4.0


@dataclass(frozen=True)
class CaseRequest:
    """What all patients of a release share."""

    rows: int
    cols: int
    seed: int
    config: SyntheticConfig


@dataclass(frozen=True)
class FinishedCase:
    """One patient's files, by name inside ``release/`` and ``truth/``, and the outlines on them."""

    lesions: tuple[TrueLesion, ...]
    files: tuple[tuple[str, bytes], ...] = field(repr=False, default=())
    masks: tuple[tuple[str, NDArray[np.uint8]], ...] = field(repr=False, default=())
    warps: tuple[tuple[str, Mapping[str, NDArray[np.float64]]], ...] = field(repr=False, default=())

    def without_files(self) -> FinishedCase:
        """The same case without the contents of its files."""
        return replace(self, files=(), masks=(), warps=())


@dataclass(frozen=True)
class _Picture:
    """One exam of one view, ready to be taken."""

    key: ImageKey
    frame: PictureFrame
    warp: SmoothWarp
    masses: tuple[PlannedMass, ...]


@dataclass(frozen=True)
class _Outline:
    """One pen line on one picture."""

    mass: PlannedMass
    contour_px: Points
    boxed: bool
    label: LesionLabel


def make_case(plan: PatientPlan, request: CaseRequest) -> FinishedCase:
    """Make all files of one patient.

    Parameters
    ----------
    plan : PatientPlan
    request : CaseRequest
    """
    rng = np.random.default_rng([request.seed, 1, plan.index])
    shapes = draw_shapes(rng)
    masses = draw_masses(rng, plan, shapes, request.config)
    maker = _MAKERS[int(rng.integers(len(_MAKERS)))]
    lesions: list[TrueLesion] = []
    files: list[tuple[str, bytes]] = []
    masks: list[tuple[str, NDArray[np.uint8]]] = []
    warps: list[tuple[str, Mapping[str, NDArray[np.float64]]]] = []
    for view in View:
        shape = shapes[view]
        warp = draw_warp(
            rng, height_mm=shape.height_mm, width_mm=shape.depth_mm, strength=1.6 if plan.strong_warp else 1.0
        )
        share = gland_share(plan.patient, request.config)
        frames = _frames(plan, request, view)
        tissue = grow_tissue(rng, shape, Composition(share, 1.0), spacing_mm=frames[Visit.RECENT].spacing_mm)
        for visit in Visit:
            key = ImageKey(plan.patient.patient_id, view, visit)
            picture = _Picture(key, frames[visit], warp if visit is Visit.PRIOR else SmoothWarp.identity(), masses)
            bright = _take(rng, picture, tissue)
            outlines = _outlines(picture)
            style = DicomStyle(
                plan.patient.laterality or Laterality.LEFT,
                frames[visit].spacing_mm,
                maker,
                chest_wall_right=frames[visit].chest_wall_right,
            )
            stem = f"{plan.case_class.capitalize()}_cases/{plan.patient.folder}/{view}_{visit}"
            files.append((f"{stem}.dcm", encode_dicom(bright, key, style, seed=request.seed)))
            files.append((f"{stem}_GT.jpg", _overlay(bright, outlines)))
            for number, outline in enumerate(outlines, start=1):
                lesion, mask = _true_lesion(LesionKey(key, number), outline, frames[visit])
                lesions.append(lesion)
                masks.append((lesion.mask_file, mask))
        name = f"warps/{plan.patient.patient_id}_{view}.npz"
        warps.append((name, _sampled_warp(frames, warp)))
    return FinishedCase(tuple(lesions), tuple(files), tuple(masks), tuple(warps))


def _frames(plan: PatientPlan, request: CaseRequest, view: View) -> dict[Visit, PictureFrame]:
    spacing = FIELD_HEIGHT_MM / request.rows
    right = plan.patient.laterality is Laterality.RIGHT
    rows, cols = (
        round(size * share) for size, share in zip((request.rows, request.cols), plan.prior_matrix, strict=True)
    )
    top = (request.rows - rows) * spacing * (0.5 if view is View.CC else 0.8)
    return {
        Visit.PRIOR: PictureFrame(rows, cols, spacing, top_mm=top, chest_wall_right=right),
        Visit.RECENT: PictureFrame(request.rows, request.cols, spacing, chest_wall_right=right),
    }


def _take(rng: np.random.Generator, picture: _Picture, tissue: TissueMap) -> NDArray[np.float32]:
    recent = picture.key.visit is Visit.RECENT
    shown = [
        ShownMass(mass.forms[picture.key.view], *((1.0, 1.0) if recent else (mass.prior_strength, mass.prior_size)))
        for mass in picture.masses
        if picture.key.view in mass.forms and (recent or mass.prior_strength > 0)
    ]
    return expose(tissue, picture.frame, rng, warp=picture.warp, masses=shown, exposure=draw_exposure(rng))


def _outlines(picture: _Picture) -> list[_Outline]:
    """Pen lines on a picture in the order of their lesion numbers."""
    recent = picture.key.visit is Visit.RECENT
    drawn = [mass for mass in picture.masses if picture.key.view in mass.forms and (recent or mass.prior_outlined)]
    reds = sum(mass.color is OutlineColor.RED for mass in drawn)
    outlines = []
    for mass in drawn:
        outline_mm = mass.forms[picture.key.view].outline_mm(size=1.0 if recent else mass.prior_size)
        contour = picture.frame.to_px(picture.warp.to_prior(outline_mm))
        boxed = reds > 1 and mass.confirmed
        label = LesionLabel.BENIGN
        if mass.color is OutlineColor.RED:
            label = LesionLabel.MALIGNANT if boxed or reds == 1 else LesionLabel.UNCONFIRMED
        outlines.append(_Outline(mass, contour, boxed, label))
    return sorted(outlines, key=lambda outline: tuple(outline.contour_px.mean(axis=0)))


def _overlay(bright: NDArray[np.float32], outlines: list[_Outline]) -> bytes:
    rgb = cv2.cvtColor(np.round(bright * 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)
    width = max(1.6, bright.shape[0] / 700)
    for outline in outlines:
        rgb = draw_outline(rgb, outline.contour_px, color_rgb=_PEN[outline.mass.color], width_px=width)
        if outline.boxed:
            rgb = draw_outline(rgb, _box(outline.contour_px), color_rgb=_PEN[OutlineColor.GREEN], width_px=width)
    return save_jpeg_like(rgb, 92, "4:4:4")


def _box(contour_px: Points) -> Points:
    low, high = contour_px.min(axis=0), contour_px.max(axis=0)
    low, high = low - 0.35 * (high - low), high + 0.35 * (high - low)
    return np.array([[low[0], low[1]], [low[0], high[1]], [high[0], high[1]], [high[0], low[1]]])


def _true_lesion(key: LesionKey, outline: _Outline, frame: PictureFrame) -> tuple[TrueLesion, NDArray[np.uint8]]:
    region = fill_contour(outline.contour_px, frame.shape)
    row, col = region.centroid_px
    lesion = TrueLesion(
        lesion_id=str(key),
        image_id=str(key.image),
        patient_id=key.image.patient_id,
        view=key.image.view,
        visit=key.image.visit,
        mass=f"{key.image.patient_id}-mass-{outline.mass.number}",
        color=outline.mass.color,
        boxed=outline.boxed,
        label=outline.label,
        area_px=region.area_px,
        area_mm2=round(region.area_px * frame.spacing_mm**2, 6),
        centroid_row_px=round(row, 6),
        centroid_col_px=round(col, 6),
        width_px=0.0,
        gap_fraction=0.0,
        mask_file=f"masks/{key}.png",
    )
    return lesion, region.on_grid(frame.shape).astype(np.uint8) * 255


def _sampled_warp(frames: dict[Visit, PictureFrame], warp: SmoothWarp) -> dict[str, NDArray[np.float64]]:
    """Places on a regular grid of the recent picture and their true places in the prior one, in pixels of each."""
    recent = frames[Visit.RECENT]
    step = max(1, round(_WARP_STEP_MM / recent.spacing_mm))
    places = np.stack(np.meshgrid(*(np.arange(0.0, n, step) for n in recent.shape), indexing="ij"), axis=-1)
    prior = frames[Visit.PRIOR].to_px(warp.to_prior(recent.to_mm(places.reshape(-1, 2))))
    return {"recent_px": places, "prior_px": prior.reshape(places.shape), "strong": np.array(float(warp.strong))}
