"""What is known about a synthetic release: its lesions, every planted oddity in words, the planted effects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import TypeAdapter
from pydicom.uid import ExplicitVRLittleEndian

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, View, Visit
from radiomics_mammo.synthetic.copies import DrawnMass, OutlinedCopy
from radiomics_mammo.synthetic.exposure import PictureFrame
from radiomics_mammo.synthetic.masses import TRAITS
from radiomics_mammo.synthetic.overlays import BurnedIn, Kind
from radiomics_mammo.synthetic.plan import PatientPlan, gland_share
from radiomics_mammo.synthetic.quirks import PALETTES, CopyQuirks, PatientQuirks, Ring
from radiomics_mammo.tables.patients import PATIENTS
from radiomics_mammo.tables.schema import Table

_Fact = tuple[bool, str, AuditCode | None, str]
"""Whether an oddity is there, its word, the audit code due for it, details."""


@dataclass(frozen=True, kw_only=True, order=True)
class TrueLesion:
    """One drawn outline; a row of ``truth/lesions.csv``."""

    lesion_id: Annotated[str, "image id and number, top to bottom then left to right"]
    image_id: Annotated[str, "patient, view and visit"]
    patient_id: Annotated[str, "class-qualified patient id"]
    view: View
    visit: Visit
    mass: Annotated[str, "the same for one mass in every picture"]
    color: Annotated[OutlineColor, "pen colour"]
    boxed: Annotated[bool, "whether a green box marks it"]
    label: Annotated[LesionLabel, "by the rules for readers"]
    area_px: Annotated[int, "area in DICOM pixels"]
    area_mm2: Annotated[float, "area in mm2"]
    centroid_row_px: Annotated[float, "row of the centroid"]
    centroid_col_px: Annotated[float, "column of the centroid"]
    pen_width_gt_px: Annotated[float, "width of the pen in pixels of the copy"]
    gap_fraction: Annotated[float, "share of the perimeter without pen line"]
    mask_file: Annotated[str, "mask picture on the DICOM grid"]
    quirks: Annotated[str, "words for how it was drawn, apart by spaces"] = ""


@dataclass(frozen=True, kw_only=True, order=True)
class PlantedQuirk:
    """One oddity; a row of ``truth/quirks.csv``."""

    quirk: Annotated[str, "its word"]
    code: Annotated[str, "audit code expected for it, empty where none is due"]
    patient_id: Annotated[str, "whom it concerns, empty for the release"] = ""
    image_id: Annotated[str, "which picture, empty for all"] = ""
    detail: str = ""


TRUE_LESIONS = Table("lesions.csv", TrueLesion, "drawn outline")
OVERLAYS = Table("overlays.csv", BurnedIn, "text, ruler, badge, mark or patch on a copy")
PLANTED_QUIRKS = Table("quirks.csv", PlantedQuirk, "planted oddity")


@dataclass(frozen=True, kw_only=True)
class SyntheticTruth:
    """A written synthetic release and what is known about it.

    Parameters
    ----------
    release : Path
        Folder to hand to ``open_release``.
    truth : Path
        Folder with masks, tables and warps.
    patients : tuple of Patient
        As a reader must find them.
    """

    release: Path
    truth: Path
    patients: tuple[Patient, ...]
    lesions: tuple[TrueLesion, ...]
    quirks: tuple[PlantedQuirk, ...]
    overlays: tuple[BurnedIn, ...]

    def lesion_table(self) -> pd.DataFrame:
        """``truth/lesions.csv`` as a table."""
        return TRUE_LESIONS.of(self.lesions)

    def quirk_table(self) -> pd.DataFrame:
        """``truth/quirks.csv`` as a table."""
        return PLANTED_QUIRKS.of(self.quirks)

    def overlay_table(self) -> pd.DataFrame:
        """``truth/overlays.csv`` as a table."""
        return OVERLAYS.of(self.overlays)

    def patient_table(self) -> pd.DataFrame:
        """``truth/patients.csv`` as a table."""
        return PATIENTS.of(self.patients)


@dataclass(frozen=True, kw_only=True)
class TakenPicture:
    """One finished picture: where it lies, what is outlined on it, its outlined copy."""

    key: ImageKey
    frame: PictureFrame
    manufacturer: str
    drawn: tuple[DrawnMass, ...]
    copy: OutlinedCopy

    @property
    def reds(self) -> int:
        """How many red outlines it holds."""
        return sum(drawn.mass.color is OutlineColor.RED for drawn in self.drawn)


def true_lesions(picture: TakenPicture, quirks: PatientQuirks) -> Iterator[tuple[TrueLesion, NDArray[np.uint8]]]:
    """Row and mask (0 and 255 on the DICOM grid) of every outline of one picture, in the order of their numbers."""
    oddities = [] if quirks.copy.ring is Ring.CLOSED else [str(quirks.copy.ring)]
    oddities += [f"edge-{quirks.edge}"] if quirks.edge else []
    for number, drawn in enumerate(picture.drawn, start=1):
        key, region = LesionKey(picture.key, number), drawn.region
        lesion = TrueLesion(
            lesion_id=str(key),
            image_id=str(key.image),
            patient_id=key.image.patient_id,
            view=key.image.view,
            visit=key.image.visit,
            mass=f"{key.image.patient_id}-mass-{drawn.mass.number}",
            color=drawn.mass.color,
            boxed=drawn.line.boxed,
            label=drawn.label,
            area_px=region.area_px,
            area_mm2=round(region.area_px * picture.frame.spacing_mm**2, 6),
            centroid_row_px=round(region.centroid_px[0], 6),
            centroid_col_px=round(region.centroid_px[1], 6),
            pen_width_gt_px=round(picture.copy.pen_px, 3),
            gap_fraction=picture.copy.gap_fractions[number - 1],
            mask_file=f"masks/{key}.png",
            quirks=" ".join(oddities),
        )
        yield lesion, region.on_grid(picture.frame.shape).astype(np.uint8) * 255


def list_quirks(plan: PatientPlan, quirks: PatientQuirks, pictures: Sequence[TakenPicture]) -> tuple[PlantedQuirk, ...]:
    """Rows of ``truth/quirks.csv`` for one patient, from her four pictures."""
    facts = [("", fact) for fact in _of_patient(plan, quirks, pictures)]
    for picture in pictures:
        facts += [(str(picture.key), fact) for fact in (*_of_scan(quirks), *_of_copy(quirks, picture))]
    patient = plan.patient.patient_id
    return tuple(
        PlantedQuirk(quirk=word, code=code.name if code else "", patient_id=patient, image_id=image, detail=detail)
        for image, (there, word, code, detail) in facts
        if there
    )


def _of_patient(plan: PatientPlan, quirks: PatientQuirks, pictures: Sequence[TakenPicture]) -> Iterator[_Fact]:
    yield len(set(quirks.shrinks)) > 1, "copy-sizes-differ", None, str(quirks.shrinks)
    yield quirks.biopsy_missing, "biopsy-not-available", AuditCode.BIOPSY_MISSING, plan.patient.biopsy
    for view in View:
        prior, recent = (picture for picture in pictures if picture.key.view is view)
        a, b = prior.frame, recent.frame
        shapes, makers = f"{view} prior {a.shape}, recent {b.shape}", (prior.manufacturer, recent.manufacturer)
        yield a.shape != b.shape, "matrix-differs", AuditCode.MATRIX_DIFFERS, shapes
        yield a.shape != b.shape, "matrix-size", AuditCode.MATRIX_SIZE, shapes
        detail = f"{view} prior {makers[0]}, recent {makers[1]}"
        yield makers[0] != makers[1], "manufacturer-differs", AuditCode.MANUFACTURER_DIFFERS, detail
        differs = quirks.scan.spacing_tag and a.spacing_mm != b.spacing_mm
        yield differs, "spacing-differs", AuditCode.SPACING_DIFFERS, f"{view} {a.spacing_mm} {b.spacing_mm}"
    reds = {str(picture.key.view): picture.reds for picture in pictures if picture.key.visit is Visit.RECENT}
    conflict = 1 in reds.values() and max(reds.values()) > 1
    yield conflict, "one-red-here-several-there", AuditCode.LABEL_VIEW_CONFLICT, str(reds)


def _of_scan(quirks: PatientQuirks) -> tuple[_Fact, ...]:
    scan, aside = quirks.scan, "chest wall on the unusual side of the picture"
    return (
        (scan.bits != 8, "bits-12-in-16", AuditCode.BITS_STORED, str(scan.bits)),
        (scan.inverted, "monochrome1", AuditCode.PHOTOMETRIC_INVERTED, ""),
        (scan.transfer_syntax != ExplicitVRLittleEndian, "compressed", None, scan.transfer_syntax.name),
        (scan.suffix != ".dcm", "dicom-extension", AuditCode.FILE_EXTENSION, scan.suffix or "none"),
        (not scan.spacing_tag, "no-spacing", AuditCode.SPACING_UNKNOWN, ""),
        (not scan.laterality_tag, "no-laterality", AuditCode.TAG_MISSING, "ImageLaterality"),
        (scan.mirrored, "mirrored", AuditCode.LATERALITY_CONFLICT, aside),
        (scan.marker, "view-marker", None, ""),
    )


def _of_copy(quirks: PatientQuirks, picture: TakenPicture) -> tuple[_Fact, ...]:
    copy, made, drawn = quirks.copy_of(picture.key.view, picture.key.visit), picture.copy.frame, bool(picture.drawn)
    gaps, red = str(picture.copy.gap_fractions), str(PALETTES[copy.palette][OutlineColor.RED])
    repaired, at_edge = AuditCode.OUTLINE_REPAIRED, bool(quirks.edge) and picture.key.view is View.CC
    boxless = quirks.boxless_view is picture.key.view and picture.reds > 1
    return (
        ((made.rows, made.cols) != picture.frame.shape, "copy-size", AuditCode.GT_SCALED, f"{made.rows} x {made.cols}"),
        (copy.border > 0, "copy-border", None, f"{copy.border:g} of the height"),
        (made.flipped, "copy-flipped", AuditCode.GT_FLIPPED, ""),
        (copy.tint != (1.0, 1.0, 1.0), "copy-tinted", None, str(copy.tint)),
        (copy.suffix != ".jpg", "copy-extension", None, copy.suffix),
        (drawn and copy.palette != 0, "impure-colours", None, red),
        (drawn and copy.ring is not Ring.CLOSED, f"ring-{copy.ring}", repaired, gaps),
        (drawn and copy.speck, "speck", AuditCode.STROKES_REJECTED, ""),
        (drawn and at_edge, f"edge-{quirks.edge}", repaired if quirks.edge == "open" else None, ""),
        (boxless, "box-forgotten", AuditCode.SEVERAL_REDS_NO_BOX, ""),
        (drawn and copy.hard_pen, "hard-pen", None, f"{picture.copy.pen_px:g} px"),
        (copy.edited, "copy-edited", None, "progressive, EXIF, ICC, XMP"),
        (copy.orientation != 1, "copy-turned", None, f"EXIF orientation {copy.orientation}"),
        *_of_overlay(copy, picture.copy.burned_in),
    )


def _of_overlay(copy: CopyQuirks, left: Sequence[BurnedIn]) -> Iterator[_Fact]:
    """One row a kind; `truth/overlays.csv` has every single one and its place."""
    for kind in Kind:
        found = [note for note in left if note.kind is kind]
        viewer = f", {copy.viewer.name}" if copy.viewer and kind in (Kind.TEXT, Kind.RULER, Kind.BADGE) else ""
        tissue = sum(note.on_tissue for note in found)
        yield bool(found), str(kind), None, f"{len(found)}, {tissue} on tissue{viewer}"


def planted_effects(plans: Sequence[PatientPlan], config: SyntheticConfig) -> dict[str, Any]:
    """What was planted, as plain values for ``truth/effects.yaml``: settings, looks, each patient's true figures."""
    patients = {
        plan.patient.patient_id: {
            "gland_share": round(gland_share(plan.patient, config), 6),
            "interval_years": plan.patient.interval_years,
            "strong_warp": plan.strong_warp,
            "precursor": plan.scenario.precursor,
        }
        for plan in plans
    }
    return {
        "settings": TypeAdapter(SyntheticConfig).dump_python(config, mode="json"),
        "look_differences_sd": {name: round(trait.gap * config.class_effect, 6) for name, trait in TRAITS.items()},
        "patients": patients,
    }
