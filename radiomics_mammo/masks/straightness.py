"""Straightness: whether a line is made of straight runs that meet at corners, as crosses and arrows are, masses not."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.geometry import Points

_SLACK_SHARE, _SLACK_PX, _SLACK_WIDTHS = 0.05, 1.0, 0.4  # A straight run strays so far: share of the size, px, pens.
_SHARP_DEG = 65.0  # Straight runs meet at a corner where the line turns by more; a circle's never do.
_LEAST_TURN_DEG = 30.0  # A drawn line that turns by less in all is straight.
_SHORTEST_PX = 3.0  # Shorter runs of line say nothing.
_SMALL_GAP = 0.08  # A gap of at most this share of the line, as between dots and dashes, is read through.
_CAP_WIDTHS, _CAP_SHARE = 2.5, 0.35  # Where a line ends a contour rounds its tip: pen widths, share of its longest run.
_TWO_RUNS = 0.85  # A line of which two straight runs are this share is two lines: the arms of a cross.


def sharp_share(contour_px: Points, missing: NDArray[np.bool_], *, pen_px: float) -> float:
    """Share, 0..1, of the turning of the drawn part of a closed line that happens at sharp corners.

    The line is taken as the fewest straight runs that stay near it (Ramer, Douglas and Peucker). A circle turns by a
    little at many places; the arm of a cross, the head of an arrow and the corner of a frame turn all at once. What
    does not turn counts as 1, and so do two straight runs that are nearly all of the line, as the arms of a cross.

    Parameters
    ----------
    contour_px : ndarray of shape (n, 2)
        (row, col) in pixels of the copy.
    missing : ndarray of bool, shape (n,)
        Which vertices no pen line lies on: they count for nothing, but for the small gaps of a dotted line.
    pen_px : float
        Width of the pen line.

    Examples
    --------
    >>> turn = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    >>> circle = 20 * np.stack([np.sin(turn), np.cos(turn)], 1)
    >>> sharp_share(circle, np.zeros(200, dtype=bool), pen_px=2)
    0.0
    >>> sharp_share(circle / np.abs(circle).max(axis=1, keepdims=True) * 20, np.zeros(200, dtype=bool), pen_px=2)
    1.0
    """
    slack = max(_SLACK_PX, _SLACK_SHARE * float(np.ptp(contour_px, axis=0).max()), _SLACK_WIDTHS * pen_px)
    drawn = [(_straight_runs(run, slack, closed), closed) for run, closed in _runs(contour_px, missing)]
    runs = [(corners if closed else _without_tips(corners, pen_px), closed) for corners, closed in drawn]
    steps = [np.diff(corners, axis=0) for corners, _ in runs]
    lengths = np.sort(np.concatenate([np.zeros(2), *(np.hypot(*step.T) for step in steps)]))
    each = [_turns(step, closed) for step, (_, closed) in zip(steps, runs, strict=True)]
    turns = np.concatenate([np.zeros(0), *each])
    whole = float(turns.sum())
    if whole < _LEAST_TURN_DEG or lengths[-2:].sum() >= _TWO_RUNS * lengths.sum():
        return 1.0
    return float(turns[turns > _SHARP_DEG].sum()) / whole


def _runs(contour_px: Points, missing: NDArray[np.bool_]) -> list[tuple[Points, bool]]:
    """The drawn stretches of a closed line, and whether each is the whole of it."""
    gone = missing & ~_in_small_gap(contour_px, missing)
    if not gone.any():
        return [(contour_px, True)]
    first = int(np.argmax(gone))
    gone, course = np.roll(gone, -first), np.roll(contour_px, -first, axis=0)
    edges = np.flatnonzero(np.diff(np.r_[True, gone, True].astype(int)))
    stretches = [course[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return [(run, False) for run in stretches if float(np.hypot(*np.ptp(run, axis=0))) >= _SHORTEST_PX]


def _in_small_gap(contour_px: Points, missing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which vertices lie in a gap that is short beside the whole line."""
    small = np.zeros(len(missing), dtype=bool)
    if missing.all() or not missing.any():
        return small
    start = int(np.argmin(missing))
    gone = np.roll(missing, -start)
    steps = np.roll(np.hypot(*(np.roll(contour_px, -1, axis=0) - contour_px).T), -start)
    edges = np.flatnonzero(np.diff(np.r_[False, gone, False].astype(int)))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        small[a:b] = steps[a - 1 : b].sum() <= _SMALL_GAP * steps.sum()
    return np.roll(small, start)


def _straight_runs(line: Points, slack_px: float, closed: bool) -> Points:
    """Where the straight runs that a line is made of begin and end; a closed one comes back to its first place."""
    corners: Points = cv2.approxPolyDP(line[:, None].astype(np.float32), slack_px, closed)[:, 0].astype(np.float64)
    return np.vstack([corners, corners[:1]]) if closed else corners


def _without_tips(corners: Points, pen_px: float) -> Points:
    """Corners of an open line without those where the contour only rounds the tip of the pen line on its way across."""
    lengths = np.hypot(*np.diff(corners, axis=0).T)
    short = lengths <= min(_CAP_WIDTHS * pen_px, _CAP_SHARE * float(lengths.max(initial=0.0)))
    return corners[int(short[:1].sum()) : len(corners) - int(short[-1:].sum())]


def _turns(steps: Points, closed: bool) -> NDArray[np.float64]:
    """By how many degrees a line turns at each place where two straight runs meet."""
    angle = np.arctan2(steps[:, 0], steps[:, 1])
    angle = np.r_[angle, angle[:1]] if closed else angle
    return np.asarray(np.abs(np.rad2deg(np.angle(np.exp(1j * np.diff(angle))))), dtype=np.float64)
