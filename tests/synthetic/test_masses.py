from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.synthetic.masses import MassForm, MassLook, draw_form

SMOOTH = MassLook(8.0, 0.8, 0.0, 0.8, 0.5, 0.0, 0.0)
ROWS_MM, DEPTHS_MM = (
    plane.astype(np.float32) for plane in np.meshgrid(np.arange(110, 176, 0.5), np.arange(15, 85, 0.5), indexing="ij")
)
FLAT = np.zeros_like(ROWS_MM)


def test_outline_encloses_the_area_of_the_radius():
    form = draw_form(np.random.default_rng(1), SMOOTH, (143.0, 50.0))
    assert contour_area_px(form.outline_mm()) == pytest.approx(np.pi * 8.0**2, rel=0.01)
    assert contour_area_px(form.outline_mm(size=0.5)) == pytest.approx(np.pi * 16.0, rel=0.01)


def test_irregularity_lengthens_the_outline():
    lengths = []
    for irregularity in (0.0, 0.08, 0.16):
        form = draw_form(np.random.default_rng(1), replace(SMOOTH, irregularity=irregularity), (143.0, 50.0))
        contour = form.outline_mm()
        lengths.append(np.hypot(*(np.roll(contour, -1, axis=0) - contour).T).sum())
    assert lengths == sorted(lengths)
    assert lengths[2] > 1.1 * lengths[0]


def test_body_lies_inside_the_outline():
    form = draw_form(np.random.default_rng(1), SMOOTH, (143.0, 50.0))
    cover, added = form.cast(ROWS_MM, DEPTHS_MM, FLAT)
    distance = np.hypot(ROWS_MM - 143.0, DEPTHS_MM - 50.0)
    assert (cover * 0.25).sum() == pytest.approx(np.pi * 64, rel=0.03)
    assert cover[distance < 5].min() > 0.95
    assert added[distance > form.reach_mm].max() < 1e-3
    assert added.max() == pytest.approx(0.5, abs=0.02)


def test_spicules_radiate_beyond_the_margin():
    spiky = draw_form(np.random.default_rng(1), replace(SMOOTH, spicules=0.8), (143.0, 50.0))
    plain = draw_form(np.random.default_rng(1), SMOOTH, (143.0, 50.0))
    outside = np.hypot(ROWS_MM - 143.0, DEPTHS_MM - 50.0) > 11
    assert len(spiky.rays) >= 10
    assert (
        spiky.cast(ROWS_MM, DEPTHS_MM, FLAT)[1][outside].sum()
        > 5 * plain.cast(ROWS_MM, DEPTHS_MM, FLAT)[1][outside].sum()
    )


def test_texture_inside_follows_heterogeneity(rng):
    texture = rng.standard_normal(ROWS_MM.shape).astype(np.float32)
    inner = np.hypot(ROWS_MM - 143.0, DEPTHS_MM - 50.0) < 4
    spread = [
        draw_form(np.random.default_rng(1), replace(SMOOTH, heterogeneity=share), (143.0, 50.0))
        .cast(ROWS_MM, DEPTHS_MM, texture)[1][inner]
        .std()
        for share in (0.05, 0.2)
    ]
    assert spread[1] > 2 * spread[0]


def test_a_mass_without_size_is_refused():
    with pytest.raises(InvariantError):
        MassForm((0.0, 0.0), replace(SMOOTH, radius_mm=0.0), 0.0, np.zeros((1, 2)), np.zeros((0, 2)))
