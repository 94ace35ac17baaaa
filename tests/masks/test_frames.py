"""Frames of words are told from outlines and boxes by what stands in them."""

import numpy as np

from radiomics_mammo.masks import outline_image
from radiomics_mammo.masks.frames import framed_pieces, holds

TURN = np.linspace(0, 2 * np.pi, 100, endpoint=False)
FRAME = np.array([[10.0, 10.0], [10.0, 70.0], [34.0, 70.0], [34.0, 10.0]])
OWN = (10, 10, 35, 71)
WORD = [(16, 20, 29, 32), (16, 35, 29, 47), (17, 50, 29, 60)]


def test_words_in_the_middle_of_a_rectangle_are_framed():
    assert framed_pieces(FRAME, [OWN, *WORD]) == 3
    assert framed_pieces(FRAME, [OWN, (16, 30, 29, 50)]) == 1


def test_what_lies_anywhere_in_it_or_in_no_rectangle_is_not():
    assert framed_pieces(FRAME, [OWN]) == 0
    assert framed_pieces(FRAME, [OWN, (12, 12, 16, 17), (27, 60, 31, 64)]) == 0
    ellipse = np.stack([22 + 12 * np.sin(TURN), 40 + 30 * np.cos(TURN)], axis=1)
    assert framed_pieces(ellipse, [OWN, *WORD]) == 0


def test_a_badge_on_tissue_is_no_outline_and_no_box(art, page):
    for color in ("red", "blue", "green"):
        picture = art.draw(page, art.rectangle(120, 60, 160, 150), color, width=2)
        for left in (75, 97, 119):
            letter = [np.array([[130.0, left], [150.0, left], [150.0, left + 12.0]])]
            picture = art.draw(picture, letter, color, width=2)
        mammogram, copy = art.mammogram(art.make_breast()), art.overlay(art.jpeg(picture, 90))
        found = outline_image(mammogram, copy, patient=art.patient)
        assert found.lesions == ()
        assert "OVERLAY_TEXT" in {one.code.name for one in found.rejected}, color


def test_a_rectangle_of_the_pen_without_words_stays(art, page):
    picture = art.draw(page, art.rectangle(120, 60, 160, 150), "red", width=2)
    found = outline_image(art.mammogram(art.make_breast()), art.overlay(art.jpeg(picture, 90)), patient=art.patient)
    assert [lesion.color for lesion in found.lesions] == ["red"]


def test_serifs_and_halves_of_letters_that_came_off_do_not_hide_a_row():
    serifs = [(16, 42, 19, 46), (26, 42, 29, 46), (16, 56, 19, 59), (26, 56, 29, 59)]
    assert framed_pieces(FRAME, [OWN, *WORD, *serifs]) == 7


def test_what_lies_within_a_frame_is_held_by_it():
    assert holds(FRAME, FRAME * 0.5 + np.array([10.0, 20.0]))
    assert not holds(FRAME, FRAME + np.array([0.0, 5.0]))
