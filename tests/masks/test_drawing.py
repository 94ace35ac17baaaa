"""Hard drawings, each with its picture (kept in the folder MASKS_PICTURES names), and how exactly they are read."""

from __future__ import annotations

import itertools
import os
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.contours import contour_area_px, trace_contour
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import OutlineColor, StrokePolicy
from radiomics_mammo.masks.drawing import read_drawing
from radiomics_mammo.masks.labels import split_boxes

REAL = Path(os.environ.get("REAL_MASSES", Path(__file__).parents[3] / "shared" / "real-masses"))


def disc(row, col, radius, flat=1.0):
    turn = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    return np.stack([row + radius * flat * np.sin(turn), col + radius * np.cos(turn)], axis=1)


ONE = disc(150, 130, 50, 0.8)


def read(art, show, name, picture, quality=80):
    picture = art.jpeg(picture, quality)
    drawing = read_drawing(art.overlay(picture), config=MaskConfig())
    marked = picture.copy()
    for ring in drawing.rings:
        points = np.round(ring.contour_px[:, ::-1] * 8).astype(np.int32)
        cv2.polylines(marked, [points], True, (255, 255, 0), 1, cv2.LINE_AA, 3)
    show(name, marked)
    return drawing


def assert_found(art, drawing, truths, *, least=0.95, words=None):
    assert len(drawing.rings) == len(truths)
    for truth in truths:
        assert max(art.dice(ring.contour_px, truth) for ring in drawing.rings) > least
    if words is not None:
        assert {ring.quality.value for ring in drawing.rings} <= words


GAPS = {
    "one gap": [(0.1, 0.12)],
    "a quarter missing": [(0.1, 0.25)],
    "nearly closed arc": [(0.6, 0.04)],
    "two gaps": [(0.1, 0.1), (0.6, 0.12)],
    "four gaps": [(0.0, 0.05), (0.3, 0.06), (0.55, 0.05), (0.8, 0.06)],
    "dashes": [(k / 16, 0.03) for k in range(16)],
    "dots": [(k / 26, 0.03) for k in range(26)],
}


@pytest.mark.parametrize("name", GAPS)
def test_broken_ring_is_closed_along_its_course(art, page, show, name):
    drawing = read(art, show, name, art.draw(page, art.arcs(ONE, GAPS[name]), width=2))
    words = {"dashes": {"dots-joined"}, "dots": {"dots-joined"}, "four gaps": {"gap-closed", "dots-joined"}}
    assert_found(art, drawing, [ONE], least=0.97, words=words.get(name, {"gap-closed"}))


TANGLED = {
    "touching": ([disc(150, 90, 40), disc(150, 171, 40)], {"split"}),
    "crossing": ([disc(150, 90, 40), disc(160, 140, 40)], {"split"}),
    "nested": ([disc(150, 130, 60), disc(150, 120, 25)], {"closed"}),
    "nested and touching": ([disc(150, 130, 60), disc(150, 96, 25)], {"closed", "split"}),
    "three crossing": ([disc(110, 100, 35), disc(110, 150, 35), disc(160, 125, 35)], {"split"}),
}


@pytest.mark.parametrize("name", TANGLED)
def test_tangled_outlines_of_one_colour_are_separated(art, page, show, name):
    truths, words = TANGLED[name]
    picture = page
    for truth in truths:
        picture = art.draw(picture, truth, width=3, pen="smooth")
    assert_found(art, read(art, show, name, picture), truths, words=words)


def test_outlines_of_two_colours_touch_cross_and_nest(art, page, show):
    first = disc(150, 90, 40)
    for second in (disc(150, 171, 40), disc(160, 140, 40), disc(150, 95, 15)):
        drawing = read(art, show, "two colours", art.draw(art.draw(page, first, "red"), second, "blue"))
        assert_found(art, drawing, [first, second])
        assert {ring.color.value for ring in drawing.rings} == {"red", "blue"}


@pytest.mark.parametrize("box", [(100, 60, 200, 140), (90, 70, 210, 190), (100, 80, 200, 180)])
def test_box_line_across_an_outline(art, page, show, box):
    mass, frame = (disc(150, 130, 40), "red"), (art.rectangle(*box), "green")
    for below, above in ((mass, frame), (frame, mass)):
        picture = art.draw(art.draw(page, *below), *above)
        boxes, rings = split_boxes(read(art, show, "box", picture).rings)
        assert [art.dice(box.contour_px, frame[0]) > 0.98 for box in boxes] == [True]
        assert [art.dice(ring.contour_px, mass[0]) > 0.96 for ring in rings] == [True]


def test_outline_cut_by_the_edge_or_running_along_it_is_closed(art, page, show):
    for centre in ((150, 20), (15, 15), (280, 60)):
        truth = disc(*centre, 40)
        assert_found(art, read(art, show, "edge", art.draw(page, truth)), [truth], words={"edge-closed"})
    truth = np.clip(disc(150, 20, 40), 0, 399)
    assert_found(art, read(art, show, "along", art.draw(page, truth)), [truth], words={"closed", "edge-closed"})


SMALL_AT_THE_EDGE = {"left": (150, 3), "right": (150, 397), "top": (2, 130), "bottom": (296, 130)}


@pytest.mark.parametrize("kind", ["off", "along", "off, broken", "along, broken"])
@pytest.mark.parametrize("side", SMALL_AT_THE_EDGE)
def test_small_outline_at_the_edge_is_kept(art, page, show, side, kind):
    truth = disc(*SMALL_AT_THE_EDGE[side], 8)
    course = np.clip(truth, 0, np.subtract(art.shape, 1)) if "along" in kind else truth
    # The break lies where the ring is farthest from the edge.
    farthest = {"left": 0.0, "bottom": 0.75, "right": 0.5, "top": 0.25}[side]
    parts = art.arcs(course, [((farthest - 0.06) % 1, 0.12)]) if "broken" in kind else course
    for quality in (70, 90):
        drawing = read(art, show, f"small {kind} {side}", art.draw(page, parts, width=2, pen="smooth"), quality)
        assert_found(art, drawing, [truth], least=0.8, words={"closed", "gap-closed", "edge-closed", "open"})


def test_spots_and_ticks_at_the_edge_leave_nothing(art, page, show):
    for side, (row, col) in SMALL_AT_THE_EDGE.items():
        picture = page.copy()
        cv2.circle(picture, (col, row), 4, (255, 0, 0), -1)
        cv2.line(picture, (col - 12, row - 50), (col + 12, row - 40), (0, 0, 255), 2)
        cv2.line(picture, (col - 40, row + 5), (col - 30, row - 12), (0, 0, 255), 2)
        assert read(art, show, f"spots {side}", picture).rings == (), side


def test_double_stroke_is_one_outline(art, page, show):
    picture = art.draw(art.draw(page, disc(150, 130, 50)), disc(151, 131, 54))
    assert_found(art, read(art, show, "double", picture), [disc(150.5, 130.5, 52)], least=0.97)


def test_annotations_are_letters_and_not_outlines(art, page, show):
    for ink in ((255, 0, 0), (0, 255, 0)):
        picture = art.draw(page, ONE, "blue")
        for text, place in (("R-CC", (290, 50)), ("L MLO", (90, 255))):
            cv2.putText(picture, text, place, 0, 0.7, ink, 2)
        drawing = read(art, show, "text", picture)
        assert_found(art, drawing, [ONE])
        assert drawing.letters >= 4


def test_marks_that_are_no_outlines_leave_nothing(art, page, show):
    picture = page.copy()
    cv2.circle(picture, (100, 120), 14, (255, 0, 0), -1)
    cv2.drawMarker(picture, (180, 180), (0, 0, 255), cv2.MARKER_CROSS, 24, 2)
    cv2.line(picture, (60, 200), (110, 230), (255, 0, 0), 3)
    for place in ((40, 60), (90, 60), (200, 90)):
        cv2.circle(picture, place, 2, (0, 0, 255), -1)
    drawing = read(art, show, "marks", picture)
    assert drawing.rings == ()
    assert drawing.specks == 5
    assert [(aside.code, aside.color) for aside in drawing.asides] == [(AuditCode.FILLED_MARK, OutlineColor.RED)]
    assert contour_area_px(drawing.asides[0].contour_px) == pytest.approx(np.pi * 14.5**2, rel=0.1)


@pytest.mark.parametrize(
    ("turn_deg", "length", "width", "quality"), [(140, 22, 3, 60), (185, 26, 4, 80), (335, 17, 2, 60), (70, 19, 3, 70)]
)
def test_arrow_is_no_outline(art, page, show, *, turn_deg, length, width, quality):
    along = np.array([np.sin(np.deg2rad(turn_deg)), np.cos(np.deg2rad(turn_deg))])
    tip, across = np.array([150.0, 130.0]), along[::-1] * (1, -1)
    barbs = [tip - length * (0.3 * along + side * 0.18 * across) for side in (-1, 1)]
    parts = [np.array([tip, tip - length * along]), *(np.array([tip, barb]) for barb in barbs)]
    assert read(art, show, f"arrow {turn_deg} {length}", art.draw(page, parts, width=width), quality).rings == ()


@pytest.mark.parametrize(("seed", "radius", "color", "quality"), [(87, 18, "blue", 60), (45, 24, "blue", 75)])
def test_loop_of_a_broken_spiky_outline_is_not_taken_for_the_outline(art, page, show, *, seed, radius, color, quality):
    truth = art.blob((150, 120), radius, seed=seed, spikes=0.3)
    drawing = read(art, show, f"spiky {seed}", art.draw(page, truth, color, width=1), quality)
    assert len(drawing.rings) == 1
    wrong = [ring for ring in drawing.rings if art.dice(ring.contour_px, truth) < 0.8]
    assert {ring.quality.measurable for ring in wrong} <= {False}


def test_tinted_picture_is_read_like_a_grey_one(art, page, show):
    for name in ("none", "sepia", "bluish"):
        picture = art.draw(art.tint(page, name), ONE, "blue", width=2, pen="smooth")
        assert_found(art, read(art, show, name, picture, 60), [ONE], least=0.97)


BLUES = [(0, 176, 240), (0, 162, 232), (0, 0, 128)]
IMPURE = {"red": [(139, 0, 0), (255, 69, 0)], "blue": BLUES, "green": [(124, 252, 0)]}


@pytest.mark.parametrize("color", IMPURE)
def test_impure_pens_are_read_like_a_pure_one(art, page, show, color):
    for ink, name in itertools.product(IMPURE[color], ("none", "bluish")):
        drawing = read(art, show, f"impure {ink} {name}", art.draw(art.tint(page, name), ONE, ink, width=2), 60)
        assert_found(art, drawing, [ONE], least=0.97, words={"closed", "gap-closed"})
        assert drawing.rings[0].color == color


def test_yellow_magenta_and_cyan_are_no_pens(art, page, show):
    for ink in ((255, 255, 0), (255, 0, 255), (0, 255, 255)):
        assert read(art, show, "no pen", art.draw(page, ONE, ink, width=4)).rings == (), ink


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 999),
    radius=st.sampled_from([9, 18, 36, 70]),
    spikes=st.sampled_from([0.0, 0.0, 0.2]),
    color=st.sampled_from(["red", "blue", (210, 40, 50), (60, 90, 230)]),
    width=st.integers(1, 7),
    quality=st.integers(60, 95),
    pen=st.sampled_from(["cv2", "smooth", "pil"]),
    gap=st.sampled_from([0.0, 0.0, 0.1, 0.2]),
)
def test_random_contour_drawn_and_read_back_is_the_same(
    art, page, *, seed, radius, spikes, color, width, quality, pen, gap
):
    width = max(min(width, radius // 4), 2 if spikes else 1)
    truth = art.blob((150, 120), radius, seed=seed, spikes=spikes)
    parts = art.arcs(truth, [(seed % 10 / 10, gap)]) if gap and not spikes and radius > 9 else truth
    picture = art.jpeg(art.draw(page, parts, color, width=max(1, width), pen=pen), quality)
    drawing = read_drawing(art.overlay(picture), config=MaskConfig())
    assert len(drawing.rings) == 1
    # Half a pen width, or half a pixel, is what a line leaves undecided.
    limit = 1 - 1.2 * max(1.0, width / 2) / radius * (1.5 if spikes else 1) - (0.03 if gap else 0)
    assert art.dice(drawing.rings[0].contour_px, truth) > min(limit, 0.97)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real mammograms with masks are not beside the repository")
def test_contours_of_real_masses_are_recovered(art, show):
    overlaps = []
    for mask_file in sorted(REAL.glob("*_mask.png")):
        mask = cv2.imread(str(mask_file), cv2.IMREAD_GRAYSCALE)
        grey = cv2.imread(str(mask_file).replace("_mask", ""), cv2.IMREAD_GRAYSCALE)
        _, labels, boxes, _ = cv2.connectedComponentsWithStats((mask > 0).astype(np.uint8))
        largest = 1 + int(boxes[1:, cv2.CC_STAT_AREA].argmax())
        truth = trace_contour(labels == largest)
        drawing = read(art, show, mask_file.stem, art.draw(art.to_rgb(grey), truth, width=2, pen="smooth"), 75)
        assert len(drawing.rings) == 1, mask_file.stem
        overlaps.append(art.dice(drawing.rings[0].contour_px, truth, grey.shape))
    assert len(overlaps) == 9
    assert min(overlaps) > 0.93
    assert np.median(overlaps) > 0.97


circle = partial(disc, 150.3, 120.7)


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


def test_gap_fraction_is_measured_and_beyond_the_limit_the_outline_is_open(art, page):
    for gap in (0.08, 0.15, 0.24):
        _, ring = radius_of(art, art.jpeg(art.draw(page, art.arcs(circle(45), [(0.1, gap)]), width=2), 90))
        assert ring.gap_fraction == pytest.approx(gap, abs=0.025)
        assert ring.quality == "gap-closed"
    _, ring = radius_of(art, art.jpeg(art.draw(page, art.arcs(circle(45), [(0.1, 0.4)]), width=3), 90))
    assert ring.quality == "open"
    assert not ring.quality.measurable
