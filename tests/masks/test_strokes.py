"""Connected pieces of pen line."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.colors import fit_chroma
from radiomics_mammo.masks.strokes import Stroke, chroma_floor, find_strokes, in_pen_colors


def strokes_of(art, picture):
    return find_strokes(art.overlay(picture), fit_chroma(picture), config=MaskConfig())


@pytest.mark.parametrize("width", [1, 3, 12])
def test_ring_of_any_width_is_one_piece(art, page, width):
    ring = art.blob((150, 120), 40, seed=1)
    for quality in (75, 95):
        (stroke,) = strokes_of(art, art.jpeg(art.draw(page, ring, "blue", width=width), quality))
        top, left, bottom, right = stroke.box_px
        assert abs(top - (ring[:, 0].min() - width / 2)) < 4
        assert abs(right - (ring[:, 1].max() + width / 2)) < 4
        assert (bottom - top, right - left) == (stroke.height_px, stroke.width_px)


def test_ringing_beside_a_strong_line_is_no_line_of_another_pen(art, page):
    picture = art.jpeg(art.draw(page, art.blob((150, 120), 50), "red", width=4), 60)
    assert {stroke.color for stroke in strokes_of(art, picture)} == {"red"}


def test_thin_line_goes_on_beside_a_stronger_one_of_another_colour(art, page):
    picture = art.draw(page, art.blob((150, 120), 50), "red", width=4)
    picture = cv2.line(picture, (176, 40), (176, 270), (0, 190, 60), 1)
    green = [stroke for stroke in strokes_of(art, art.jpeg(picture, 80)) if stroke.color == "green"]
    assert [stroke.height_px > 220 for stroke in green] == [True]


def test_large_picture_is_searched_at_half_size(art):
    grey = np.full((1650, 1610, 3), 90, np.uint8)
    (stroke,) = strokes_of(art, art.draw(grey, art.blob((800, 700), 200), "green", width=6))
    assert stroke.step == 2
    assert abs(stroke.box_px[0] - 600) < 110


def test_grey_copy_has_no_strokes_and_a_picture_coloured_all_over_is_refused(art, page):
    assert strokes_of(art, art.jpeg(page, 60)) == ()
    picture = page.copy()
    picture[:, ::2] = (255, 0, 0)
    with pytest.raises(OutlineError, match="coloured pixels"):
        find_strokes(art.overlay(picture), fit_chroma(page), config=MaskConfig())


def test_floor_grows_with_the_noise(page):
    assert chroma_floor(fit_chroma(page), MaskConfig(noise_factor=9)) == 9.0


@pytest.mark.parametrize(
    ("ink", "kept"),
    [
        ((0, 255, 255), False),
        ((255, 0, 255), False),
        ((255, 255, 0), False),
        ((255, 165, 0), True),
        ((0, 162, 232), True),
    ],
)
def test_a_line_of_a_colour_between_two_pens_is_drawn_with_none(art, page, ink, kept):
    for quality in (65, 95):
        picture = art.draw(page, art.blob((90, 100), 40), ink, width=3)
        picture = art.jpeg(art.draw(picture, art.blob((220, 100), 30), "red", width=2), quality)
        model, found = fit_chroma(picture), strokes_of(art, picture)
        left = in_pen_colors(found, picture, model, config=MaskConfig())
        assert any(stroke.box_px[2] < 150 and stroke.mask.sum() > 15 for stroke in left) is kept
        assert any(stroke.box_px[0] > 150 for stroke in left)


def test_pieces_too_small_to_tell_their_colour_are_judged_together(page):
    """Small words in yellow fall into specks of a few reddish pixels."""
    model, yellow = fit_chroma(page), page.copy()
    specks = [
        Stroke(color=OutlineColor.RED, top=20, left=30 + 6 * k, mask=np.ones((2, 2), dtype=bool), step=1)
        for k in range(6)
    ]
    yellow[20:22, 30:72] = (225, 215, 40)
    assert in_pen_colors(specks[:1], yellow, model, config=MaskConfig()) == (specks[0],)
    assert in_pen_colors(specks, yellow, model, config=MaskConfig()) == ()
    yellow[20:22, 30:72] = (225, 60, 40)
    assert in_pen_colors(specks, yellow, model, config=MaskConfig()) == tuple(specks)
