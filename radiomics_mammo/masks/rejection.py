"""What is no outline: each thing that was drawn and is no thin closed line around a mass, with its place and reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.geometry import PixelGrid, Points
from radiomics_mammo.core.lesions import OverlayPlacement, RejectedOutline
from radiomics_mammo.core.vocabulary import OutlineQuality
from radiomics_mammo.masks.drawing import Drawing, Ring
from radiomics_mammo.masks.letters import tallest_text_px
from radiomics_mammo.masks.rows import TEXT_FROM
from radiomics_mammo.masks.rulers import TICK_MM, Ruler

_MOST_PLACES = 4  # So many places are named in one finding; the table has all.
_MARKED_FROM = 5  # Where a reader put so many marks, a closed line not much larger than the smallest mass
_MARKED_FACTOR = 1.5  # (by this factor) is one more of them, drawn hollow.
_STRAIGHT = (
    0.95  # Straight lines turn at sharp corners to this share, lobes to 0.75; asked of lines that did not close.
)
_PIECED = frozenset(OutlineQuality) - {OutlineQuality.CLOSED, OutlineQuality.SPLIT}
_SPACING_TOLERANCE = 0.02  # A ruler and the header agree to this share.
_LONGEST_INTERVAL_SHARE = 0.25  # Ticks further apart, as a share of the rows, are no centimetres.

REJECTIONS = (AuditCode.FILLED_MARK, AuditCode.RULER, AuditCode.OVERLAY_TEXT, AuditCode.TOO_SMALL)
"""Why a closed line, or something like it, is no outline; in the order in which it is asked."""


def verdict(
    ring: Ring, *, diameter_mm: float | None, diameter_px: float, copy_rows: int, config: MaskConfig
) -> tuple[AuditCode, str] | None:
    """Why a closed line is no outline of a mass; None where it is one.

    Parameters
    ----------
    ring : Ring
    diameter_mm : float or None
        Of a circle of its area; None where the pixel spacing is unknown.
    diameter_px : float
        The same in DICOM pixels.
    copy_rows : int
        Rows of the outlined copy.
    config : MaskConfig
    """
    if ring.ink_share > config.max_ink_share:
        return AuditCode.FILLED_MARK, f"{ring.ink_share:.0%} of what its edge encloses is pen"
    height = float(np.ptp(ring.contour_px[:, 0]))
    if ring.row_mates >= TEXT_FROM and height <= tallest_text_px(copy_rows, config):
        return AuditCode.OVERLAY_TEXT, f"{ring.row_mates} pieces of like height stand in one row with it"
    if ring.framed or ring.in_frame:
        around = f"a frame around {ring.framed} pieces that stand in its middle in one row"
        return AuditCode.OVERLAY_TEXT, around if ring.framed else "within a frame of words"
    if ring.under_words and height <= tallest_text_px(copy_rows, config):
        return (
            AuditCode.OVERLAY_TEXT,
            "as high as the letters of the line above or below it, and on one margin with it",
        )
    if ring.beside_ruler:
        return AuditCode.OVERLAY_TEXT, "as small as a numeral, and beside the ticks of a ruler"
    size, least, unit = diameter_px, config.min_mass_diameter_px, "pixels"
    if diameter_mm is not None:
        size, least, unit = diameter_mm, config.min_mass_diameter_mm, "mm"
    if size < least:
        return AuditCode.TOO_SMALL, f"{size:.1f} {unit} across, less than {least:g}"
    if ring.quality in _PIECED and ring.sharp_share >= _STRAIGHT:
        return AuditCode.RULER, f"straight lines: {ring.sharp_share:.0%} of its turning is at sharp corners"
    if ring.marks >= _MARKED_FROM and size < _MARKED_FACTOR * least:
        among = f"among {ring.marks} marks of its colour, less than {_MARKED_FACTOR * least:g}"
        return AuditCode.TOO_SMALL, f"{size:.1f} {unit} across {among}"
    return None


def set_aside(drawing: Drawing, placement: OverlayPlacement) -> Iterator[RejectedOutline]:
    """Fills, plates, rulers and words on the DICOM grid: they were no candidates for an outline at all."""
    for aside in drawing.asides:
        contour = placement.to_dicom(aside.contour_px)
        yield RejectedOutline(code=aside.code, reason=aside.reason, color=aside.color, contour_px=contour)
    for ruler in drawing.rulers:
        top, left, bottom, right = ruler.box_px
        box = np.array([[top, left], [top, right - 1], [bottom - 1, right - 1], [bottom - 1, left]], dtype=np.float64)
        reason = f"{ruler.ticks} ticks at equal distances of {ruler.interval_px:.1f} pixels"
        contour = placement.to_dicom(box)
        yield RejectedOutline(code=AuditCode.RULER, reason=reason, color=ruler.color, contour_px=contour)


def ruled_spacing_mm(rulers: Sequence[Ruler], placement: OverlayPlacement) -> tuple[float, float] | None:
    """(row, col) spacing of a DICOM pixel that rulers of centimetres imply, mm; None where there is none.

    An upright ruler measures rows and a level one columns; where there is one kind only, pixels are taken as square.
    Of several of a kind the one with the most ticks counts.
    """
    found: dict[bool, float] = {}
    for ruler in sorted(rulers, key=lambda ruler: ruler.ticks):
        scale = placement.scale_row if ruler.upright else placement.scale_col
        if ruler.interval_px <= _LONGEST_INTERVAL_SHARE * placement.gt_rows:
            found[ruler.upright] = TICK_MM / (ruler.interval_px * scale)
    if not found:
        return None
    rows = found.get(True, found.get(False, 0.0))
    return rows, found.get(False, rows)


def spacing_disagreement(implied_mm: tuple[float, float] | None, grid: PixelGrid) -> str:
    """What is to be said where rulers and header disagree by more than 2 %; else empty."""
    if implied_mm is None or grid.row_spacing_mm is None or grid.col_spacing_mm is None:
        return ""
    known = (grid.row_spacing_mm, grid.col_spacing_mm)
    apart = max(abs(implied / own - 1) for implied, own in zip(implied_mm, known, strict=True))
    if apart <= _SPACING_TOLERANCE:
        return ""
    return (
        f"ticks taken as centimetres imply {implied_mm[0]:.4f} x {implied_mm[1]:.4f} mm, the header says "
        f"{known[0]:.4f} x {known[1]:.4f} mm ({apart:.0%} apart)"
    )


def rejection_notes(rejected: Sequence[RejectedOutline]) -> Iterator[tuple[AuditCode, str]]:
    """One note a class: how many were rejected, and where and why the first ones."""
    for code in REJECTIONS:
        own = [one for one in rejected if one.code is code]
        if own:
            places = "; ".join(f"{one.color} at {_place(one.contour_px)}: {one.reason}" for one in own[:_MOST_PLACES])
            more = f"; and {len(own) - _MOST_PLACES} more" if len(own) > _MOST_PLACES else ""
            yield code, f"{len(own)} rejected, {places}{more}"


def _place(contour_px: Points) -> str:
    row, col = contour_px.mean(axis=0)
    return f"row {row:.0f}, column {col:.0f}"
