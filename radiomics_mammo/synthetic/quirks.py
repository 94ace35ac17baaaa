"""What real copies show: every oddity a synthetic release may have, and which patient gets which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Literal

import numpy as np
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from radiomics_mammo.core.vocabulary import CaseClass, OutlineColor, View, Visit
from radiomics_mammo.synthetic.overlays import VIEWERS, Viewer
from radiomics_mammo.synthetic.plan import PatientPlan

NO_BIOPSY = "NOT AVAILABLE"
"""What the workbook says where no biopsy result is known."""
Color = tuple[int, int, int]
PALETTES: tuple[dict[OutlineColor, Color], ...] = (
    {OutlineColor.RED: (255, 0, 0), OutlineColor.BLUE: (0, 0, 255), OutlineColor.GREEN: (0, 255, 0)},
    {OutlineColor.RED: (237, 28, 36), OutlineColor.BLUE: (63, 72, 204), OutlineColor.GREEN: (34, 177, 76)},
    {OutlineColor.RED: (192, 0, 0), OutlineColor.BLUE: (0, 112, 192), OutlineColor.GREEN: (0, 176, 80)},
    {OutlineColor.RED: (255, 60, 70), OutlineColor.BLUE: (40, 60, 255), OutlineColor.GREEN: (90, 230, 60)},
    {OutlineColor.RED: (255, 0, 0), OutlineColor.BLUE: (0, 54, 255), OutlineColor.GREEN: (0, 255, 0)},
)
"""Pure colours, those of two usual drawing programs, a washed-out pen, and the pencil of the real copies."""
PENCIL = 4
"""Palette of the hard-edged pencil."""
_SHRINKS = (5.16, 5.16, 5.16, 3.143, 6.291, 4.96, 2.4615, 1.0)
"""Sizes of real copies of 4096 x 3328 pictures: 794 x 645 (most), 1303 x 1059, 651 x 529, 826 x 671, 1664 x 1352."""
_SMALLEST_COPY_ROWS = 420
"""Outlined copies are not made smaller than this: a mass would be thinner than the pen."""


class Ring(StrEnum):
    """How an outline is closed: whole, with gaps, or as dots."""

    CLOSED = "closed"
    BROKEN = "broken"
    DOTTED = "dotted"


Edge = Literal["", "open", "along"]
"""How a mass cut by the edge of the picture is outlined: open at the edge or along it; empty for none."""


@dataclass(frozen=True, kw_only=True)
class CopyQuirks:
    """How the outlined copies of one patient differ from their mammograms."""

    shrink: Annotated[float, "DICOM rows per row of the copy"] = 1.0
    stretch: Annotated[float, "width of the copy relative to what its height would ask for"] = 1.0
    border: Annotated[float, "black border above and at the left, as a share of the height"] = 0.0
    flipped: Annotated[bool, "whether the copy of the recent CC picture is mirrored"] = False
    quality: Annotated[tuple[int, int], "range of JPEG quality"] = (92, 92)
    subsampling: str = "4:4:4"
    tint: Annotated[tuple[float, float, float], "factors of red, green, blue over the whole picture"] = (1.0, 1.0, 1.0)
    palette: Annotated[int, "index into PALETTES"] = 0
    ring: Ring = Ring.CLOSED
    speck: Annotated[bool, "whether a stray dot of ink lies on the picture"] = False
    hard_pen: Annotated[bool, "a pencil without antialiasing, 0.3 % of the rows wide"] = False
    viewer: Annotated[Viewer | None, "what burned its overlay in"] = None
    marks: Annotated[int, "filled marks that a reader put into the breast"] = 0
    patch: Annotated[bool, "whether something was brushed black by hand"] = False
    edited: Annotated[bool, "a progressive 4:4:4 JPEG with EXIF, ICC and XMP, as a picture editor saves it"] = False
    orientation: Annotated[int, "EXIF orientation: 1, or 3, 6, 8 for pixels stored turned"] = 1
    suffix: str = ".jpg"


@dataclass(frozen=True, kw_only=True)
class ScanQuirks:
    """How the DICOM files of one patient differ from plain 8-bit ones."""

    bits: Annotated[int, "8, or 12 stored in 16"] = 8
    inverted: Annotated[bool, "MONOCHROME1"] = False
    transfer_syntax: UID = ExplicitVRLittleEndian
    suffix: str = ".dcm"
    spacing_tag: Annotated[bool, "whether a spacing is written"] = True
    laterality_tag: bool = True
    mirrored: Annotated[bool, "whether the pictures show the chest wall on the unusual side"] = False
    marker: Annotated[bool, "whether a view marker is burned in beside the breast"] = False


@dataclass(frozen=True, kw_only=True)
class PatientQuirks:
    """All oddities of one patient."""

    copy: CopyQuirks = CopyQuirks()
    scan: ScanQuirks = ScanQuirks()
    edge: Annotated[Edge, "how a mass cut by the edge of the picture is outlined"] = ""
    boxless_view: Annotated[View | None, "view in which the green box was forgotten"] = None
    biopsy_missing: bool = False
    shrinks: Annotated[tuple[float, ...], "shrink of each picture, view by view, prior first; none: all alike"] = ()

    def copy_of(self, view: View, visit: Visit) -> CopyQuirks:
        """How the outlined copy of one picture differs."""
        shrink = (
            self.shrinks[2 * list(View).index(view) + list(Visit).index(visit)] if self.shrinks else self.copy.shrink
        )
        flipped = self.copy.flipped and (view, visit) == (View.CC, Visit.RECENT)
        return replace(self.copy, shrink=shrink, flipped=flipped)


NO_QUIRKS = PatientQuirks()
_Change = Callable[[PatientQuirks], PatientQuirks]
_Fits = Callable[[PatientPlan, PatientQuirks], bool]


def deal_quirks(
    rng: np.random.Generator, plans: Sequence[PatientPlan], *, rows: int
) -> tuple[tuple[PatientPlan, PatientQuirks], ...]:
    """Deal oddities to patients, each kind to at least one whom it fits; the plans change where a mass must move.

    `rows` is the height of the recent pictures: small ones are not shrunk further.
    """
    dealt = [_everyday(rng, rows) for _ in plans]
    overlays = rng.spawn(1)[0]  # apart, so that overlays change nothing else
    for kinds, draws in ((_rare(), rng), (_left_on_copies(overlays, rows), overlays)):
        for share, fits, change in kinds:
            eligible = [index for index, plan in enumerate(plans) if fits(plan, dealt[index])]
            count = min(len(eligible), max(1, round(share * len(plans))))
            for index in draws.choice(eligible, count, replace=False) if eligible else []:
                dealt[index] = change(dealt[index])
    return tuple((_moved(plan, quirks), quirks) for plan, quirks in zip(plans, dealt, strict=True))


def _everyday(rng: np.random.Generator, rows: int) -> PatientQuirks:
    """What every patient has: some size, quality, subsampling, palette and perhaps a marker."""
    factor = float(rng.choice((1.0, 1.0, 2.0, 3.0, 4.4, 5.0, 5.6)))
    low = int(rng.integers(70, 91))
    copy = CopyQuirks(
        shrink=float(np.clip(factor, 1.0, max(1.0, rows / _SMALLEST_COPY_ROWS))),
        quality=(low, low + 5),
        subsampling=str(rng.choice(("4:2:0", "4:2:0", "4:2:0", "4:2:2", "4:4:4"))),
        palette=int(rng.integers(PENCIL)),
        suffix=str(rng.choice((".jpg", ".jpg", ".JPG", ".jpeg"))),
    )
    return PatientQuirks(copy=copy, scan=ScanQuirks(marker=bool(rng.random() < 0.3)))


def _rare() -> tuple[tuple[float, _Fits, _Change], ...]:
    """(share of patients, whom it fits, what changes)."""
    return (
        (0.01, _free_to_move, lambda quirks: replace(quirks, edge="open")),
        (0.01, _free_to_move, lambda quirks: replace(quirks, edge="along")),
        (0.12, _ringed, _copy(ring=Ring.BROKEN)),
        (0.02, _ringed, _copy(ring=Ring.DOTTED)),
        (0.02, _outlined, _copy(speck=True)),
        (0.02, _anyone, _copy(tint=(1.0, 0.94, 0.80))),
        (0.02, _anyone, _copy(stretch=1.02)),
        (0.02, _anyone, _copy(border=0.03)),
        (0.01, _outlined, _copy(flipped=True)),
        (0.10, _anyone, _scan(bits=12)),
        (0.03, _anyone, _scan(inverted=True)),
        (0.03, _anyone, _scan(transfer_syntax=RLELossless)),
        (0.02, _anyone, _scan(transfer_syntax=JPEG2000Lossless)),
        (0.04, _anyone, _scan(suffix=".DCM")),
        (0.02, _anyone, _scan(suffix="")),
        (0.01, _anyone, _scan(spacing_tag=False)),
        (0.03, _anyone, _scan(laterality_tag=False)),
        (0.01, _outlined, _scan(mirrored=True)),
        (0.01, _boxed_twice, lambda quirks: replace(quirks, boxless_view=View.MLO)),
        (0.05, _biopsied, lambda quirks: replace(quirks, biopsy_missing=True)),
    )


def _left_on_copies(rng: np.random.Generator, rows: int) -> list[tuple[float, _Fits, _Change]]:
    """What viewers, editors and hands left on real copies, as `_rare`."""
    smallest = max(1.0, rows / _SMALLEST_COPY_ROWS)

    def _own_sizes(quirks: PatientQuirks) -> PatientQuirks:
        return replace(quirks, shrinks=tuple(min(float(rng.choice(_SHRINKS)), smallest) for _ in range(4)))

    def _marked(quirks: PatientQuirks) -> PatientQuirks:
        return replace(quirks, copy=replace(quirks.copy, marks=int(rng.integers(2, 30))))

    kinds: list[tuple[float, _Fits, _Change]] = [
        (0.3, _anyone, _own_sizes),
        (0.3, _outlined, _copy(hard_pen=True, palette=PENCIL)),
        (0.3, _anyone, _copy(edited=True, subsampling="4:4:4", quality=(95, 95))),
        (0.15, _anyone, _marked),
        (0.03, _anyone, _copy(patch=True)),
    ]
    kinds += [(0.01, _anyone, _copy(orientation=turned)) for turned in (3, 6, 8)]
    return kinds + [(0.08, _bare, _copy(viewer=viewer)) for viewer in VIEWERS]


def _copy(**changes: object) -> _Change:
    return lambda quirks: replace(quirks, copy=replace(quirks.copy, **changes))  # type: ignore[arg-type]


def _scan(**changes: object) -> _Change:
    return lambda quirks: replace(quirks, scan=replace(quirks.scan, **changes))  # type: ignore[arg-type]


def _anyone(plan: PatientPlan, quirks: PatientQuirks) -> bool:
    return True


def _outlined(plan: PatientPlan, quirks: PatientQuirks) -> bool:
    return plan.patient.case_class is not CaseClass.NORMAL


def _bare(plan: PatientPlan, quirks: PatientQuirks) -> bool:
    return quirks.copy.viewer is None


def _biopsied(plan: PatientPlan, quirks: PatientQuirks) -> bool:
    return plan.patient.case_class is CaseClass.MALIGNANT


def _ringed(plan: PatientPlan, quirks: PatientQuirks) -> bool:
    """Whole rings only: of a ring both cut and broken nobody could tell where it ran."""
    return _outlined(plan, quirks) and not quirks.edge and quirks.copy.ring is Ring.CLOSED


def _free_to_move(plan: PatientPlan, quirks: PatientQuirks) -> bool:
    """One mass that can go to the edge without changing anybody's label."""
    scenario = plan.scenario
    alone = scenario.confirmed + scenario.unconfirmed + scenario.blue == 1
    return alone and scenario.only_view is not View.MLO and not quirks.edge


def _boxed_twice(plan: PatientPlan, quirks: PatientQuirks) -> bool:
    """Several reds in both views, so that one view keeps its box."""
    return plan.scenario.unconfirmed > 0 and plan.scenario.unconfirmed_view is None


def _moved(plan: PatientPlan, quirks: PatientQuirks) -> PatientPlan:
    """The plan with her mass at the edge and her biopsy text gone, where the quirks say so."""
    if quirks.edge:
        plan = replace(plan, scenario=replace(plan.scenario, at_edge=True, only_view=View.CC, blue_in_prior=False))
    if quirks.biopsy_missing:
        plan = replace(plan, patient=replace(plan.patient, biopsy=NO_BIOPSY))
    return plan
