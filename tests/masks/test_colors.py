"""The pens and their meanings; tint, noise and pens in the chroma plane."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor
from radiomics_mammo.masks import colors, drawing, outline_image, pen_line, strokes
from radiomics_mammo.masks.colors import PENS, Pen, PenRule, fit_chroma, pen_of


def strength_of(model, *color):
    strength, pen = model.look_up(np.full((2, 3, 3), color, np.uint8), floor=1)
    return int(strength[0, 0]), int(pen[0, 0])


INKS = {
    "red": [(255, 0, 0), (220, 20, 60), (255, 120, 120)],
    "blue": [(0, 0, 255), (65, 105, 225), (30, 144, 255)],
    "green": [(0, 255, 0), (50, 205, 50)],
    "none": [(255, 255, 0), (255, 0, 255), (0, 255, 255)],
}


def test_impure_pens_keep_their_name_and_other_hues_have_none(page):
    model, names = fit_chroma(page), ["none", *(pen.color for pen in PENS)]
    assert {name: [names[strength_of(model, *ink)[1]] for ink in inks] for name, inks in INKS.items()} == {
        name: [name] * len(inks) for name, inks in INKS.items()
    }


@pytest.mark.parametrize("name", ["none", "sepia", "bluish"])
def test_tint_and_jpeg_noise_stay_far_below_a_pen(art, page, name):
    for quality in (60, 95):
        picture = art.jpeg(art.tint(page, name), quality)
        model = fit_chroma(picture)
        assert model.look_up(picture, floor=1)[0].max() < 15
        assert strength_of(model, 255, 0, 0)[0] > 80


def test_tint_is_learned_beside_wide_strokes(art, page):
    marked = art.jpeg(art.draw(page, art.blob((150, 120), 60), "blue", width=12))
    assert np.abs(fit_chroma(marked).tint).max() < 4


def test_noise_is_at_least_what_storage_costs_and_look_up_is_zero_below_the_floor(page):
    model = fit_chroma(page)
    assert model.noise == 1.0
    picture = page.copy()
    picture[5, 7] = (140, 120, 120)
    assert model.look_up(picture, floor=60)[0].max() == 0


def test_every_colour_has_its_pen_and_another_is_refused():
    assert {pen.color for pen in PENS} == set(OutlineColor) - {OutlineColor.NONE}
    with pytest.raises(InvariantError, match="expected one of red, blue, green, found yellow"):
        pen_of("yellow")


def test_a_new_pen_is_found_and_labelled_by_its_row_alone(monkeypatch, art, page):
    yellow = Pen("yellow", (255, 255, 0), LesionLabel.UNCONFIRMED, PenRule.AS_DRAWN)
    for module in (colors, strokes, pen_line, drawing):
        monkeypatch.setattr(module, "PENS", (*PENS, yellow))
    picture = art.draw(art.draw(page, art.blob((90, 100), 25), "yellow"), art.blob((200, 110), 30), "red")
    grey = art.make_breast()
    image = outline_image(art.mammogram(grey), art.overlay(art.jpeg(picture, 90)), patient=art.patient)
    assert [(lesion.color, lesion.label) for lesion in image.lesions] == [
        ("yellow", "unconfirmed"),
        ("red", "malignant"),
    ]
