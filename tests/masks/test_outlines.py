"""From an outlined copy to lesions on the DICOM grid and their rows; scribbles of every kind."""

from __future__ import annotations

import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.errors import OutlineError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, OutlineQuality, StrokePolicy
from radiomics_mammo.masks import encode_mask, is_measured, mask_sha256, outline_image


def outlined(art, breast, picture, config=None):
    return outline_image(art.mammogram(breast), art.overlay(picture), patient=art.patient, config=config)


def codes(image):
    return {finding.code for finding in image.findings}


def test_red_and_blue_become_lesions_top_to_bottom(art, breast, page):
    red, blue = art.blob((190, 120), 30, seed=1), art.blob((90, 100), 22, seed=2)
    image = outlined(art, breast, art.jpeg(art.draw(art.draw(page, red, "red"), blue, "blue")))
    assert [(str(x.key)[-1], x.color, x.label, x.quality) for x in image.lesions] == [
        ("1", "blue", "benign", "closed"),
        ("2", "red", "malignant", "closed"),
    ]
    assert min(art.dice(image.lesions[1].contour_px, red), art.dice(image.lesions[0].contour_px, blue)) > 0.97
    assert codes(image) == set()


@pytest.mark.parametrize("color", ["red", "blue", "green"])
def test_mask_drawn_outlined_and_read_is_the_same_mask(art, breast, page, color):
    truth = art.blob((150, 130), 45, seed=3)
    image = outlined(art, breast, art.jpeg(art.draw(page, truth, color, pen="smooth"), 95))
    assert [lesion.color for lesion in image.lesions] == [color]
    assert art.dice(image.lesions[0].contour_px, truth) > 0.985


@pytest.mark.parametrize("factor", [2.0, 4.1])
def test_small_copy_is_placed_on_the_dicom_grid(art, factor):
    grey = art.make_breast(4, (820, 656))
    truth = art.blob((400, 200), 70, seed=5)
    size = (round(656 / factor), round(820 / factor))
    small = cv2.resize(art.to_rgb(grey), size, interpolation=cv2.INTER_AREA)
    picture = art.jpeg(art.draw(small, (truth + 0.5) / factor - 0.5, width=1, pen="smooth"), 80)
    image = outlined(art, grey, picture)
    assert art.dice(image.lesions[0].contour_px, truth, grey.shape) > 0.95
    assert "GT_SCALED" in codes(image)


def test_normal_copy_holds_no_lesion_whatever_its_tint(art, breast, page):
    for name in ("none", "sepia", "bluish"):
        for quality in (60, 95):
            image = outlined(art, breast, art.jpeg(art.tint(page, name), quality))
            assert image.lesions == ()
            assert image.findings == ()


def test_copies_of_another_woman_and_coloured_pictures_are_refused(art, breast):
    other = art.draw(art.to_rgb(art.make_breast(9)), art.blob((150, 120), 30))
    with pytest.raises(OutlineError, match="similarity") as refused:
        outlined(art, breast, art.jpeg(other))
    assert refused.value.code == "GT_MISPLACED"
    with pytest.raises(OutlineError):
        outlined(art, breast, cv2.applyColorMap(np.round(breast).astype(np.uint8), cv2.COLORMAP_HSV))


def test_ring_around_air_is_a_marker_and_not_a_mass(art, breast, page):
    image = outlined(art, breast, art.jpeg(art.draw(page, art.blob((60, 360), 20), "blue")))
    assert image.lesions == ()
    assert codes(image) == {"STROKES_REJECTED"}


def test_mirrored_copy_is_placed_and_said(art, breast, page):
    truth = art.blob((140, 110), 30, seed=6)
    picture = np.ascontiguousarray(art.draw(page, truth)[:, ::-1])
    image = outlined(art, breast, art.jpeg(picture))
    assert art.dice(image.lesions[0].contour_px, truth) > 0.97
    assert codes(image) == {"GT_FLIPPED"}


def test_lesion_is_bounded_by_all_three_edges_of_its_pen(art):
    grey = art.make_breast(4, (600, 480))
    truth = art.blob((300, 150), 60, seed=5)
    small = cv2.resize(art.to_rgb(grey), (240, 300), interpolation=cv2.INTER_AREA)
    picture = art.jpeg(art.draw(small, (truth + 0.5) / 2 - 0.5, width=4, pen="pil"), 90)
    read = {}
    for policy in StrokePolicy:
        (lesion,) = outlined(art, grey, picture, MaskConfig(stroke_policy=policy)).lesions
        read[policy] = {policy: lesion.contour_px} | {edge.policy: edge.contour_px for edge in lesion.other_edges}
    for edges in read.values():
        assert set(edges) == set(StrokePolicy)
        for policy, contour in edges.items():
            np.testing.assert_array_equal(contour, read[StrokePolicy.CENTRE][policy])
    inner, centre, outer = (np.sqrt(contour_area_px(edges[policy]) / np.pi) for policy in StrokePolicy)
    # Half of four pixels of the copy are four pixels of the mammogram.
    assert centre - inner == pytest.approx(4, abs=1)
    assert outer - centre == pytest.approx(4, abs=1)


SQUARE = np.array([[1.5, 2.5], [1.5, 6.5], [4.5, 6.5], [4.5, 2.5]])
DRAWN = {"color": OutlineColor.BLUE, "boxed": False, "label": LesionLabel.BENIGN, "contour_px": SQUARE}
LESION = LesionMask(key=LesionKey.parse("benign-03_MLO_prior_2"), grid=PixelGrid(9, 12, 0.1, 0.07), **DRAWN)


def test_hash_is_that_of_the_picture_of_the_mask_and_of_nothing_else():
    for changed in (
        {"contour_px": np.add(SQUARE, (0, 1))},
        {"contour_px": SQUARE * (1, 1.2)},
        {"grid": PixelGrid(9, 13)},
    ):
        assert mask_sha256(replace(LESION, **changed)) != mask_sha256(LESION), changed
    key = LesionKey.parse("benign-01_CC_recent_1")
    same = replace(LESION, color=OutlineColor.RED, contour_px=SQUARE + 0.2, key=key)
    assert mask_sha256(same) == mask_sha256(LESION)
    assert len(mask_sha256(LESION)) == 64


def test_mask_picture_reads_back():
    inside = np.random.default_rng(0).random((7, 9)) > 0.5
    picture = cv2.imdecode(np.frombuffer(encode_mask(inside), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(picture, inside * 255)


def test_unreliable_outlines_are_measured_only_when_asked_for():
    broken = replace(LESION, quality=OutlineQuality.OPEN)
    assert is_measured(LESION, config=MaskConfig())
    assert not is_measured(broken, config=MaskConfig())
    assert is_measured(broken, config=MaskConfig(measure_unreliable=True))


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


def is_outlined_or_refused(art, grey, scribbles, quality):
    """Straight strokes, closed or open: lesions that hold together or our own error, never anything else."""
    rgb = art.to_rgb(grey)
    for points, color, width, closed in scribbles:
        contour = np.array(points, dtype=float)
        rgb = art.draw(rgb, contour if closed else [contour], color, width=width)
    try:
        found = outlined(art, grey, art.jpeg(rgb, quality))
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
