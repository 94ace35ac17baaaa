"""Hard drawings, each with its picture (kept in the folder that MASKS_PICTURES names)."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.contours import trace_contour
from radiomics_mammo.masks.boxes import split_boxes
from radiomics_mammo.masks.reading import read_drawing

REAL = Path(os.environ.get("REAL_MASSES", Path(__file__).parents[3] / "shared" / "real-masses"))


def disc(row, col, radius, flat=1.0):
    turn = np.linspace(0, 2 * np.pi, 240, endpoint=False)
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


BROKEN = {
    "one gap": ([(0.1, 0.12)], {"gap-closed"}),
    "a quarter missing": ([(0.1, 0.25)], {"gap-closed"}),
    "nearly closed arc": ([(0.6, 0.04)], {"gap-closed"}),
    "two gaps": ([(0.1, 0.1), (0.6, 0.12)], {"gap-closed"}),
    "four gaps": ([(0.0, 0.05), (0.3, 0.06), (0.55, 0.05), (0.8, 0.06)], {"gap-closed", "dots-joined"}),
    "dashes": ([(k / 16, 0.03) for k in range(16)], {"dots-joined"}),
    "dots": ([(k / 26, 0.03) for k in range(26)], {"dots-joined"}),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("width", [2])
def test_broken_ring_is_closed_along_its_course(art, page, show, name, width):
    gaps, words = BROKEN[name]
    drawing = read(art, show, f"{name} {width}", art.draw(page, art.arcs(ONE, gaps), width=width))
    assert_found(art, drawing, [ONE], least=0.97, words=words)


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


@pytest.mark.parametrize("second", [disc(150, 171, 40), disc(160, 140, 40), disc(150, 95, 15)])
def test_outlines_of_two_colours_touch_cross_and_nest(art, page, show, second):
    first = disc(150, 90, 40)
    picture = art.draw(art.draw(page, first, "red"), second, "blue")
    drawing = read(art, show, "two colours", picture)
    assert_found(art, drawing, [first, second])
    assert {ring.color.value for ring in drawing.rings} == {"red", "blue"}


@pytest.mark.parametrize("box", [(100, 60, 200, 140), (90, 70, 210, 190), (100, 80, 200, 180)])
@pytest.mark.parametrize("box_first", [True, False])
def test_box_line_across_an_outline(art, page, show, box, box_first):
    mass, frame = disc(150, 130, 40), art.rectangle(*box)
    order = [(frame, "green"), (mass, "red")] if box_first else [(mass, "red"), (frame, "green")]
    picture = page
    for contour, color in order:
        picture = art.draw(picture, contour, color)
    boxes, rings = split_boxes(read(art, show, "box", picture).rings)
    assert [art.dice(box.contour_px, frame) > 0.98 for box in boxes] == [True]
    assert [art.dice(ring.contour_px, mass) > 0.96 for ring in rings] == [True]


@pytest.mark.parametrize("centre", [(150, 20), (15, 15), (280, 60)])
def test_outline_cut_by_the_edge_is_closed_along_it(art, page, show, centre):
    truth = disc(*centre, 40)
    assert_found(art, read(art, show, "edge", art.draw(page, truth)), [truth], words={"edge-closed"})


def test_outline_running_along_the_edge_is_closed(art, page, show):
    truth = np.clip(disc(150, 20, 40), 0, 399)
    assert_found(art, read(art, show, "along", art.draw(page, truth)), [truth], words={"closed", "edge-closed"})


SMALL_AT_THE_EDGE = {"left": (150, 3), "right": (150, 397), "top": (2, 130), "bottom": (296, 130)}


@pytest.mark.parametrize("quality", [70, 90])
@pytest.mark.parametrize("kind", ["off", "along", "off, broken", "along, broken"])
@pytest.mark.parametrize("side", SMALL_AT_THE_EDGE)
def test_small_outline_at_the_edge_is_kept(art, page, show, *, side, kind, quality):
    truth = disc(*SMALL_AT_THE_EDGE[side], 8)
    course = np.clip(truth, 0, np.subtract(art.shape, 1)) if "along" in kind else truth
    # The break lies where the ring is farthest from the edge.
    farthest = {"left": 0.0, "bottom": 0.75, "right": 0.5, "top": 0.25}[side]
    parts = art.arcs(course, [((farthest - 0.06) % 1, 0.12)]) if "broken" in kind else course
    drawing = read(art, show, f"small {kind} {side}", art.draw(page, parts, width=2, pen="smooth"), quality)
    assert_found(art, drawing, [truth], least=0.8, words={"closed", "gap-closed", "edge-closed", "open"})


@pytest.mark.parametrize("side", SMALL_AT_THE_EDGE)
def test_spots_and_ticks_at_the_edge_leave_nothing(art, page, show, side):
    row, col = SMALL_AT_THE_EDGE[side]
    picture = page.copy()
    cv2.circle(picture, (col, row), 4, (255, 0, 0), -1)
    cv2.line(picture, (col - 12, row - 50), (col + 12, row - 40), (0, 0, 255), 2)
    cv2.line(picture, (col - 40, row + 5), (col - 30, row - 12), (0, 0, 255), 2)
    assert read(art, show, f"spots {side}", picture).rings == ()


def test_double_stroke_is_one_outline(art, page, show):
    picture = art.draw(art.draw(page, disc(150, 130, 50)), disc(151, 131, 54))
    assert_found(art, read(art, show, "double", picture), [disc(150.5, 130.5, 52)], least=0.97)


@pytest.mark.parametrize("color", ["red", "green"])
def test_annotations_are_letters_and_not_outlines(art, page, show, color):
    picture = art.draw(page, ONE, "blue")
    for text, place in (("R-CC", (290, 50)), ("L MLO", (90, 255))):
        cv2.putText(picture, text, place, 0, 0.7, {"red": (255, 0, 0), "green": (0, 255, 0)}[color], 2)
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
    assert drawing.specks == 6


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


@pytest.mark.parametrize("name", ["none", "sepia", "bluish"])
def test_tinted_picture_is_read_like_a_grey_one(art, page, show, name):
    picture = art.draw(art.tint(page, name), ONE, "blue", width=2, pen="smooth")
    assert_found(art, read(art, show, name, picture, 60), [ONE], least=0.97)


IMPURE = {
    "red": [(139, 0, 0), (255, 69, 0)],
    "blue": [(0, 176, 240), (0, 162, 232), (0, 0, 128)],
    "green": [(124, 252, 0)],
}


@pytest.mark.parametrize(("color", "ink"), [(color, ink) for color, inks in IMPURE.items() for ink in inks])
@pytest.mark.parametrize("name", ["none", "bluish"])
def test_impure_pen_is_read_like_a_pure_one(art, page, show, *, color, ink, name):
    picture = art.draw(art.tint(page, name), ONE, ink, width=2)
    drawing = read(art, show, f"impure {color} {name}", picture, 60)
    assert_found(art, drawing, [ONE], least=0.97, words={"closed", "gap-closed"})
    assert drawing.rings[0].color.value == color


@pytest.mark.parametrize("ink", [(255, 255, 0), (255, 0, 255), (0, 255, 255)])
def test_yellow_magenta_and_cyan_are_no_pens(art, page, show, ink):
    assert read(art, show, "no pen", art.draw(page, ONE, ink, width=4)).rings == ()


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
@pytest.mark.parametrize("color", ["red"])
def test_contours_of_real_masses_are_recovered(art, show, color):
    overlaps = []
    for mask_file in sorted(REAL.glob("*_mask.png")):
        mask = cv2.imread(str(mask_file), cv2.IMREAD_GRAYSCALE)
        grey = cv2.imread(str(mask_file).replace("_mask", ""), cv2.IMREAD_GRAYSCALE)
        _, labels, boxes, _ = cv2.connectedComponentsWithStats((mask > 0).astype(np.uint8))
        largest = 1 + int(boxes[1:, cv2.CC_STAT_AREA].argmax())
        truth = trace_contour(labels == largest)
        drawing = read(art, show, mask_file.stem, art.draw(art.to_rgb(grey), truth, color, width=2, pen="smooth"), 75)
        assert len(drawing.rings) == 1, mask_file.stem
        overlaps.append(art.dice(drawing.rings[0].contour_px, truth, grey.shape))
    assert len(overlaps) == 9
    assert min(overlaps) > 0.93
    assert np.median(overlaps) > 0.97
