"""Why a closed line is no outline; what a ruler says of the spacing; what the audit says of it."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.lesions import OverlayPlacement, RejectedOutline
from radiomics_mammo.core.vocabulary import OutlineColor, OutlineQuality
from radiomics_mammo.masks.drawing import Ring
from radiomics_mammo.masks.rejection import rejection_notes, ruled_spacing_mm, spacing_disagreement, verdict
from radiomics_mammo.masks.rulers import Ruler

SQUARE = np.array([[10.0, 10.0], [10.0, 30.0], [25.0, 30.0], [25.0, 10.0]])
RING = Ring(
    color=OutlineColor.RED, contour_px=SQUARE, quality=OutlineQuality.CLOSED, gap_fraction=0.0, pen_width_px=2.0
)
HALVED = OverlayPlacement(
    gt_rows=800, gt_cols=600, scale_row=2.0, scale_col=2.5, offset_row_px=0.0, offset_col_px=0.0, similarity=1.0
)


def code_of(ring, diameter_mm=8.0, **settings):
    found = verdict(ring, diameter_mm=diameter_mm, diameter_px=9.0, copy_rows=800, config=MaskConfig(**settings))
    return found and found[0]


def test_thin_closed_line_around_tissue_is_an_outline():
    assert code_of(RING) is None


def test_each_class_is_told_by_what_was_measured():
    assert code_of(replace(RING, ink_share=0.97)) is AuditCode.FILLED_MARK
    assert code_of(replace(RING, row_mates=3)) is AuditCode.OVERLAY_TEXT
    assert code_of(replace(RING, row_mates=2)) is None
    assert code_of(replace(RING, beside_ruler=True)) is AuditCode.OVERLAY_TEXT
    assert code_of(RING, 1.9) is AuditCode.TOO_SMALL
    assert code_of(RING, 1.9, min_mass_diameter_mm=1.5) is None
    assert code_of(RING, None) is None
    assert code_of(RING, None, min_mass_diameter_px=9.5) is AuditCode.TOO_SMALL


def test_straight_lines_are_none_unless_they_close_by_themselves():
    for quality in (OutlineQuality.OPEN, OutlineQuality.GAP_CLOSED, OutlineQuality.AMBIGUOUS):
        assert code_of(replace(RING, quality=quality, sharp_share=1.0)) is AuditCode.RULER
        assert code_of(replace(RING, quality=quality, sharp_share=0.75)) is None
    assert code_of(replace(RING, sharp_share=1.0)) is None
    assert code_of(replace(RING, framed=2)) is AuditCode.OVERLAY_TEXT
    assert code_of(replace(RING, in_frame=True)) is AuditCode.OVERLAY_TEXT


def test_small_ring_among_marks_of_its_colour_is_one_of_them():
    assert code_of(replace(RING, marks=5), 2.6) is AuditCode.TOO_SMALL
    assert code_of(replace(RING, marks=4), 2.6) is None
    assert code_of(replace(RING, marks=20), 3.1) is None


def test_tall_outline_in_a_row_is_no_character():
    tall = replace(RING, row_mates=5, contour_px=SQUARE * (8, 1))
    assert code_of(tall) is None


def ruler(interval, *, upright=True, ticks=11):
    return Ruler(
        color=OutlineColor.GREEN, box_px=(0, 0, 9, 9), upright=upright, interval_px=interval, ticks=ticks,
        members=frozenset(),
    )  # fmt: skip


def test_centimetres_of_a_ruler_give_the_spacing_of_the_axis_it_lies_along():
    both = [ruler(50.0), ruler(40.0, upright=False)]
    assert ruled_spacing_mm(both, HALVED) == pytest.approx((0.1, 0.1))
    assert ruled_spacing_mm(both[:1], HALVED) == pytest.approx((0.1, 0.1))
    assert ruled_spacing_mm([], HALVED) is None


def test_ruler_and_header_may_differ_by_two_percent():
    implied = (0.1, 0.1)
    assert spacing_disagreement(implied, PixelGrid(9, 8, 0.1015, 0.1)) == ""
    assert "7% apart" in spacing_disagreement(implied, PixelGrid(9, 8, 0.0935, 0.1))
    assert spacing_disagreement(implied, PixelGrid(9, 8)) == ""
    assert spacing_disagreement(None, PixelGrid(9, 8, 0.2, 0.2)) == ""


def test_one_note_a_class_counts_all_and_names_the_first_places():
    small = RejectedOutline(code=AuditCode.TOO_SMALL, reason="1 mm", color=OutlineColor.RED, contour_px=SQUARE)
    text = replace(small, code=AuditCode.OVERLAY_TEXT)
    (first, message), (second, _) = sorted(rejection_notes([small] * 6 + [text]), key=lambda note: note[0].name)[::-1]
    assert (first, second) == (AuditCode.TOO_SMALL, AuditCode.OVERLAY_TEXT)
    assert message.startswith("6 rejected, red at row 18, column 20: 1 mm")
    assert message.endswith("and 2 more")
