"""What is set as print is text; the parts of broken rings and rings apart are not."""

import numpy as np
import pytest

from radiomics_mammo.masks.typesetting import in_column, set_rows, under_words


def boxes(*pieces):
    """(top, left, bottom, right) of pieces given as (left, width, height above the base line, depth below it)."""
    return [(100 - up, left, 100 + down, left + wide) for left, wide, up, down in pieces]


def rows(found, *, rings=(), widths=None):
    return set_rows(found, widths or [2.0] * len(found), rings=frozenset(rings), tallest_px=40)


CAPITAL_AND_SMALL = boxes((0, 10, 16, 0), (13, 9, 11, 0), (25, 9, 11, 5), (37, 3, 16, 0))


def test_letters_on_a_base_line_are_a_row_round_or_not():
    assert rows(CAPITAL_AND_SMALL) == {0, 1, 2, 3}
    assert rows(CAPITAL_AND_SMALL, rings=(1, 2)) == {0, 1, 2, 3}
    assert rows(CAPITAL_AND_SMALL[:2]) == set()


@pytest.mark.parametrize(
    ("second", "text"), [((13, 10, 12, 0), True), ((18, 10, 12, 0), False), ((13, 10, 16, 4), False)]
)
def test_two_rings_are_text_where_they_are_as_even_and_close_as_print(second, text):
    assert (rows(boxes((0, 10, 12, 0), second), rings=(0, 1)) == {0, 1}) is text


def test_dashes_of_a_ring_and_tall_outlines_are_no_row():
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    middle = np.stack([150 + 30 * np.sin(turn), 150 + 30 * np.cos(turn)], axis=1)
    reach = 5 * np.abs(np.stack([np.cos(turn), np.sin(turn)], axis=1)) + 1.5
    dashes = [tuple(int(v) for v in np.r_[m - r, m + r]) for m, r in zip(middle, reach, strict=True)]
    assert rows(dashes, widths=[3.0] * 16) == set()
    assert rows([(top - 60, left, bottom, right) for top, left, bottom, right in CAPITAL_AND_SMALL]) == set()


def test_a_line_of_text_begins_below_another():
    word = np.array([[100.0, 50.0], [100.0, 120.0], [112.0, 120.0], [112.0, 50.0]])
    ring = np.array([[0.0, 0.0], [0.0, 9.0], [10.0, 9.0], [10.0, 0.0]])
    assert under_words(np.add(ring, (118, 52)), [word])
    assert under_words(np.add(ring, (85, 52)), [word])
    assert not under_words(np.add(ring, (118, 90)), [word])
    assert not under_words(np.add(ring, (140, 52)), [word])
    assert not under_words(np.add(3 * ring, (118, 52)), [word])


@pytest.mark.parametrize(("lefts", "text"), [((40, 40), True), ((40, 46), False), ((34, 46), False)])
def test_a_ring_among_the_first_characters_of_lines_is_text(lefts, text):
    ring = np.array([[100.0, 41.0], [100.0, 48.0], [111.0, 48.0], [111.0, 41.0]])
    lines = [(82, lefts[0], 94, lefts[0] + 9), (99, 40, 113, 50), (118, lefts[1], 130, lefts[1] + 7)]
    assert in_column(ring, lines) is text
    assert in_column(ring, [lines[1], lines[0]]) is False
