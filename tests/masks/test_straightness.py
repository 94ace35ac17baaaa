"""Straight lines that meet at corners turn all at once; a hand around a mass does not."""

import numpy as np
import pytest

from radiomics_mammo.masks.straightness import sharp_share

TURN = np.linspace(0, 2 * np.pi, 240, endpoint=False)


def polygon(*corners):
    corners = np.array(corners, dtype=float)
    return np.concatenate(
        [np.linspace(a, b, 40, endpoint=False) for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)]
    )


@pytest.mark.parametrize("radius", [6, 15, 60])
def test_round_lines_have_no_corner_whole_or_half(radius):
    ring = radius * np.stack([np.sin(TURN), 1.4 * np.cos(TURN)], axis=1)
    assert sharp_share(ring, np.zeros(240, dtype=bool), pen_px=2) == 0
    assert sharp_share(ring, np.arange(240) > 130, pen_px=2) == 0


@pytest.mark.parametrize("dashes", [6, 12, 30])
def test_dots_and_dashes_around_a_mass_are_one_round_line(dashes):
    ring = 20 * np.stack([np.sin(TURN), 1.2 * np.cos(TURN)], axis=1)
    assert sharp_share(ring, np.arange(240) % (240 // dashes) < 100 // dashes, pen_px=2) == 0


@pytest.mark.parametrize("size", [10, 40])
def test_frames_and_heads_of_arrows_turn_at_corners_alone(size):
    frame, head = (
        polygon((0, 0), (0, size), (size, size), (size, 0)),
        polygon((0, 0), (size, size), (size, -0.4 * size)),
    )
    assert sharp_share(frame, np.zeros(160, dtype=bool), pen_px=1) == 1
    assert sharp_share(head, np.zeros(120, dtype=bool), pen_px=1) == 1


def test_two_arms_are_a_cross_however_they_are_completed():
    arms = polygon((0, 20), (0, 3), (3, 0), (20, 0))
    missing = np.zeros(160, dtype=bool)
    missing[40:80], missing[120:] = True, True
    assert sharp_share(arms, missing, pen_px=2) == 1


def test_nothing_drawn_is_straight():
    assert sharp_share(polygon((0, 0), (0, 9), (9, 9)), np.ones(120, dtype=bool), pen_px=1) == 1


def test_the_rounded_tips_of_a_straight_line_are_no_turns():
    line = np.linspace((0, 0), (30, 30), 120)
    tips = [np.linspace((4, -3), (0, 0), 20), line, np.linspace((30, 30), (27, 34), 20)]
    course = np.concatenate([*tips, np.linspace((27, 34), (4, -3), 80)])
    missing = np.arange(len(course)) >= 160
    assert sharp_share(course, missing, pen_px=3) == 1


@pytest.mark.parametrize("radius", [9, 14])
def test_the_last_runs_of_a_short_arc_are_no_tips(radius):
    ring = radius * np.stack([np.sin(TURN), np.cos(TURN)], axis=1)
    assert sharp_share(ring, np.arange(240) >= 180, pen_px=3) == 0
