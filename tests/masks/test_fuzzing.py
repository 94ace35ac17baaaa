"""Scribbles of every kind on a copy: lesions that hold together or our own named error, never anything else."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.masks.outlines import outline_image

SHORT = settings(
    max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
LONG_EXAMPLES = 4_000
SHAPE = (150, 200)
POINT = st.tuples(st.integers(-30, 180), st.integers(-30, 230))
LINE = st.tuples(
    st.lists(POINT, min_size=1, max_size=7),
    st.sampled_from(["red", "blue", "green", (200, 40, 90), (255, 255, 0), (0, 0, 0)])
    | st.tuples(*[st.integers(0, 255)] * 3),
    st.integers(1, 14),
    st.booleans(),
)
SCRIBBLES = st.lists(LINE, max_size=6)


def copy_of(art, grey, scribbles, quality: int):
    """The picture with straight strokes, closed or open, stored as JPEG."""
    rgb = art.to_rgb(grey)
    for points, color, width, closed in scribbles:
        contour = np.array(points, dtype=float)
        rgb = art.draw(rgb, contour if closed else [contour], color, width=width)
    return art.overlay(art.jpeg(rgb, quality))


def is_outlined_or_refused(art, grey, scribbles, quality: int) -> bool:
    try:
        found = outline_image(art.mammogram(grey), copy_of(art, grey, scribbles, quality), patient=art.patient)
    except OutlineError as error:
        return "\n" not in str(error)
    assert [lesion.key.number for lesion in found.lesions] == list(range(1, len(found.lesions) + 1))
    assert all(lesion.region.area_px > 0 and 0 <= lesion.gap_fraction <= 1 for lesion in found.lesions)
    centres = [lesion.region.centroid_px for lesion in found.lesions]
    return all(before <= after for before, after in itertools.pairwise(centres))


@pytest.fixture(scope="module")
def grey(art):
    return art.make_breast(3, SHAPE)


@SHORT
@given(SCRIBBLES, st.integers(40, 98))
def test_scribbled_copy(art, grey, scribbles, quality):
    assert is_outlined_or_refused(art, grey, scribbles, quality)


@pytest.mark.nightly
def test_scribbled_copies_by_the_thousand(art, grey):
    counts = {"copies": 0}

    @settings(SHORT, max_examples=LONG_EXAMPLES)
    @given(SCRIBBLES, st.integers(40, 98))
    def every(scribbles, quality):
        assert is_outlined_or_refused(art, grey, scribbles, quality)
        counts["copies"] += 1

    every()
    print(f"\nfuzz inputs of the outlines: {counts['copies']}")  # noqa: T201 - the nightly run shows it
    assert counts["copies"] >= LONG_EXAMPLES // 2
