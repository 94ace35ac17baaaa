"""Tint, noise and pens in the chroma plane."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.masks.chroma import PENS, fit_chroma


def strength_of(model, *color):
    strength, pen = model.look_up(np.full((2, 3, 3), color, np.uint8), floor=1)
    return int(strength[0, 0]), int(pen[0, 0])


@pytest.mark.parametrize(
    ("color", "pen"),
    [
        ((255, 0, 0), 1),
        ((220, 20, 60), 1),
        ((255, 120, 120), 1),
        ((0, 0, 255), 2),
        ((65, 105, 225), 2),
        ((30, 144, 255), 2),
        ((0, 255, 0), 3),
        ((50, 205, 50), 3),
        ((255, 255, 0), 0),
        ((255, 0, 255), 0),
        ((0, 255, 255), 0),
    ],
)
def test_impure_pens_keep_their_name_and_other_hues_have_none(page, color, pen):
    assert strength_of(fit_chroma(page), *color)[1] == pen


@pytest.mark.parametrize("name", ["none", "sepia", "bluish"])
@pytest.mark.parametrize("quality", [60, 95])
def test_tint_and_jpeg_noise_stay_far_below_a_pen(art, page, name, quality):
    picture = art.jpeg(art.tint(page, name), quality)
    model = fit_chroma(picture)
    strength, _ = model.look_up(picture, floor=1)
    assert strength.max() < 15
    assert strength_of(model, 255, 0, 0)[0] > 80


def test_tint_is_learned_beside_wide_strokes(art, page):
    marked = art.jpeg(art.draw(page, art.blob((150, 120), 60), "blue", width=12))
    assert np.abs(fit_chroma(marked).tint).max() < 4


def test_noise_is_at_least_what_storage_costs(page):
    assert fit_chroma(page).noise == 1.0


def test_look_up_is_zero_below_the_floor(page):
    model = fit_chroma(page)
    picture = page.copy()
    picture[5, 7] = (140, 120, 120)
    assert model.look_up(picture, floor=60)[0].max() == 0
    assert [pen.value for pen in PENS] == ["red", "blue", "green"]
