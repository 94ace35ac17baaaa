"""Confidence falls with every sign of a mark or a character, and is a chance."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.vocabulary import OutlineColor, OutlineQuality
from radiomics_mammo.masks.confidence import MEASURED, WEIGHTS, confidence_of, evidence_of
from radiomics_mammo.masks.drawing import Ring

SQUARE = np.array([[10.0, 10.0], [10.0, 30.0], [25.0, 30.0], [25.0, 10.0]])
RING = Ring(
    color=OutlineColor.RED, contour_px=SQUARE, quality=OutlineQuality.CLOSED, gap_fraction=0.0, pen_width_px=2.0
)


def test_evidence_has_a_weight_each_and_its_own_order():
    marked = replace(RING, ink_share=0.4, gap_fraction=0.2, row_mates=9, quality=OutlineQuality.OPEN)
    found = dict(zip(MEASURED, evidence_of(marked, diameter_mm=np.e, copy_rows=800), strict=True))
    assert found == pytest.approx(
        {"ink_share": 0.4, "gap_fraction": 0.2, "row_mates": 4, "log_diameter": 1, "unreliable": 1}
    )
    assert len(WEIGHTS) == len(MEASURED)


def test_every_sign_of_a_mark_lowers_it():
    plain = confidence_of(RING, diameter_mm=9.0, copy_rows=800)
    assert 0.8 < plain < 1
    for worse in (
        replace(RING, ink_share=0.9), replace(RING, gap_fraction=0.2), replace(RING, row_mates=3),
        replace(RING, quality=OutlineQuality.AMBIGUOUS),
    ):  # fmt: skip
        assert confidence_of(worse, diameter_mm=9.0, copy_rows=800) < plain
    assert confidence_of(RING, diameter_mm=1.0, copy_rows=800) < 0.1


def test_without_spacing_the_copy_is_taken_for_a_whole_mammogram():
    known = evidence_of(RING, diameter_mm=300**0.5 * 280 / 800, copy_rows=800)
    assert evidence_of(RING, diameter_mm=None, copy_rows=800) == pytest.approx(known)
