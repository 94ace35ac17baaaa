"""Rows of characters: counted on both sides, ended by a space, blind to what lies within the outline itself."""

import numpy as np

from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.rows import row_mates, words_of
from radiomics_mammo.masks.strokes import Stroke

OWN = np.array([[100.0, 100.0], [100.0, 110.0], [114.0, 110.0], [114.0, 100.0]])


def box(col, row=100, height=14, width=10):
    return (row, col, row + height, col + width)


def test_characters_on_both_sides_are_mates_until_a_wide_space():
    assert row_mates(OWN, [box(84), box(116), box(132), box(148), box(250)]) == 4
    assert row_mates(OWN, [box(160), box(176)]) == 0


def test_other_lines_other_heights_and_own_pieces_are_no_mates():
    assert row_mates(OWN, [box(116, row=130), box(116, row=80, height=60), box(116, height=4)]) == 0
    assert row_mates(OWN, [box(98, row=98, height=18, width=14), box(103, row=104, height=6, width=4)]) == 0


def test_letters_of_two_lines_are_two_words():
    page = [box(20), box(34), box(48), box(20, row=150), box(34, row=150)]
    letters = [
        Stroke(color=OutlineColor.RED, top=t, left=lf, mask=np.ones((b - t, r - lf), dtype=bool))
        for t, lf, b, r in page
    ]
    first, second = words_of(letters)
    assert first.reason.startswith("3 letters")
    assert second.reason.startswith("2 letters")
    assert first.contour_px.min(axis=0).tolist() == [100, 20]
