"""Letters are told from rings."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.letters import find_letters
from radiomics_mammo.masks.skeleton import trace_piece
from radiomics_mammo.masks.strokes import Stroke

SHAPE = (300, 400)


def letters_of(draw):
    """(pieces drawn, positions of letters among them)."""
    page = np.zeros(SHAPE, np.uint8)
    draw(page)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(page, connectivity=8)
    strokes = [
        Stroke(color=OutlineColor.RED, top=int(t), left=int(lf), mask=labels[t : t + h, lf : lf + w] == k)
        for k, (lf, t, w, h) in ((k, boxes[k][:4]) for k in range(1, count))
    ]
    pieces = [trace_piece(stroke, k, shape=SHAPE) for k, stroke in enumerate(strokes)]
    return len(strokes), find_letters(strokes, pieces, shape=SHAPE, config=MaskConfig())


def write(page, text, *, at=(100, 100), size=0.7, pen=2):
    cv2.putText(page, text, at, 0, size, 1, pen)


def arc(page, at, axes, *, start=0, stop=360, pen=2):
    cv2.ellipse(page, at, axes, 0, start, stop, 1, pen)


def several(*draws):
    """One drawing of several."""
    return lambda page: [draw(page) for draw in draws]


def strokes_between(*segments):
    return lambda page: [cv2.line(page, start, stop, 1, 2) for start, stop in segments]


def open_arc(col, side=1):
    """A letter like C, or its mirror image."""
    start, stop = (50, 310) if side > 0 else (-130, 130)
    return partial(arc, at=(col, 98), axes=(8, 9), start=start, stop=stop)


V = strokes_between(((100, 90), (106, 106)), ((112, 90), (106, 106)))
CAPITAL_AND_SMALL = several(
    partial(arc, at=(110, 97), axes=(8, 10), start=50, stop=310),
    strokes_between(((125, 94), (125, 107)), ((125, 100), (133, 94)), ((125, 100), (133, 107))),
)
A = strokes_between(((112, 86), (103, 106)), ((112, 86), (121, 106)), ((106, 99), (118, 99)))
APART = [partial(arc, at=(col, 100), axes=(7, 9), start=50, stop=310) for col in (100, 140)]

WRITTEN = {
    **{text: partial(write, text=text) for text in ("R CC", "MLO", "L MLO", "RCC", "R")},
    **{f"{t} {s}": partial(write, text=t, size=s, pen=p) for t in "B8" for s, p in ((0.6, 1), (0.7, 2))},
    "two of which one is round, as close as print": several(V, partial(arc, at=(125, 98), axes=(7, 9))),
    "two that open to one side": several(open_arc(110), open_arc(130)),
    "a small letter beside a capital": CAPITAL_AND_SMALL,
    "a single A": A,
    "two apart with a dash between": several(*APART, strokes_between(((112, 100), (124, 100)))),
    "a letter that touches the left edge": partial(write, text="R", at=(-3, 100)),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_written_pieces_are_set_aside(name):
    count, letters = letters_of(WRITTEN[name])
    dashes = int("dash" in name)
    assert count > dashes
    assert letters == set(range(count - dashes))  # A dash begins lowest and is counted last.


def cut_ring(centre):
    def draw(page):
        turn = np.linspace(0, 2 * np.pi, 60)
        ring = np.stack([centre[0] + 7 * np.cos(turn), centre[1] + 7 * np.sin(turn)], axis=1)
        cv2.polylines(page, [np.clip(ring, 0, (399, 299)).round().astype(np.int32)[:, None]], True, 1, 3)

    return draw


DRAWN = {
    "two of which one is round, further apart": (2, several(V, partial(arc, at=(133, 98), axes=(7, 9)))),
    "two arcs that open to each other": (2, several(open_arc(110), open_arc(130, -1))),
    "two apart": (2, several(*APART)),
    "rings that touch one above the other": (1, several(*(partial(arc, at=(150, r), axes=(5, 5)) for r in (100, 111)))),
    "rings side by side": (3, several(*(partial(arc, at=(c, 100), axes=(8, 8)) for c in (100, 125, 150)))),
    "a large outline": (1, partial(arc, at=(150, 150), axes=(60, 45), start=40, stop=350, pen=3)),
    "dots": (7, several(*(partial(arc, at=(col, 80), axes=(2, 2), pen=-1) for col in range(50, 120, 10)))),
    **{f"ring cut at {at}": (1, cut_ring(at)) for at in ((2, 150), (397, 150), (200, 2), (200, 297))},
}


@pytest.mark.parametrize("name", DRAWN)
def test_drawn_pieces_are_no_letters(name):
    count, draw = DRAWN[name]
    assert letters_of(draw) == (count, frozenset())
