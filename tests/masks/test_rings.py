"""Closed contours through the middle of the line, and the policies for its edges."""

from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.vocabulary import StrokePolicy
from radiomics_mammo.masks.reading import read_drawing


def circle(radius, centre=(150.3, 120.7)):
    turn = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    return np.stack([centre[0] + radius * np.sin(turn), centre[1] + radius * np.cos(turn)], axis=1)


def radius_of(art, picture, policy=StrokePolicy.CENTRE):
    (ring,) = read_drawing(art.overlay(picture), config=MaskConfig(stroke_policy=policy)).rings
    return np.sqrt(contour_area_px(ring.contour_px) / np.pi), ring


@pytest.mark.parametrize("width", [1, 4, 12])
@pytest.mark.parametrize("radius", [14, 45])
def test_middle_of_the_line_is_found_without_bias_whatever_its_width(art, page, width, radius):
    picture = art.jpeg(art.draw(page, circle(radius), "blue", width=width, pen="smooth"), 90)
    found, ring = radius_of(art, picture)
    assert found == pytest.approx(radius, abs=0.35)
    assert np.abs(ring.contour_px.mean(axis=0) - (150.3, 120.7)).max() < 0.8


@pytest.mark.parametrize("width", [4, 8])
def test_policies_differ_by_half_the_pen_width(art, page, width):
    picture = art.jpeg(art.draw(page, circle(40), "red", width=width, pen="smooth"), 90)
    inner, centre, outer = (radius_of(art, picture, policy)[0] for policy in StrokePolicy)
    pen = radius_of(art, picture)[1].pen_width_px
    assert outer - centre == pytest.approx(pen / 2, abs=0.3)
    assert centre - inner == pytest.approx(pen / 2, abs=0.3)
    assert pen == pytest.approx(width, abs=2)


@pytest.mark.parametrize("gap", [0.08, 0.15, 0.24])
def test_gap_fraction_is_measured(art, page, gap):
    picture = art.jpeg(art.draw(page, art.arcs(circle(45), [(0.1, gap)]), width=2), 90)
    _, ring = radius_of(art, picture)
    assert ring.gap_fraction == pytest.approx(gap, abs=0.025)
    assert ring.quality == "gap-closed"


def test_measured_gap_beyond_the_limit_is_open(art, page):
    picture = art.jpeg(art.draw(page, art.arcs(circle(45), [(0.1, 0.4)]), width=3), 90)
    _, ring = radius_of(art, picture)
    assert ring.quality == "open"
    assert not ring.quality.measurable
