"""Green boxes: told from green outlines by shape; which masses lie inside them, by area."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.masks.rings import Ring

_RECTANGULARITY = 0.86
"""Share of its smallest enclosing rectangle that a box fills, at least; an ellipse fills 0.79."""

_CORNER_SHARE = 0.13
"""A box comes this near to every corner of that rectangle, as a share of its shorter side; a circle stays 0.21 away."""

_MEMBER_SHARE = 0.5
"""A mass belongs to a box when more than this share of its area lies inside."""

_GRID_SIDE_PX = 160
"""Shared areas are counted on a grid on which the mass is about so large."""


def is_box(contour_px: Points) -> bool:
    """Whether a closed contour is a rectangle, drawn roughly or tilted, rather than a free outline.

    Examples
    --------
    >>> is_box(np.array([[0.0, 0.0], [0.0, 30.0], [20.0, 30.0], [20.0, 0.0]]))
    True
    >>> turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    >>> is_box(np.stack([20 * np.sin(turn), 30 * np.cos(turn)], axis=1))
    False
    """
    xy = contour_px[:, ::-1].astype(np.float32)
    rectangle = cv2.minAreaRect(xy)
    sides = rectangle[1]
    whole = sides[0] * sides[1]
    if whole <= 0 or cv2.contourArea(xy) < _RECTANGULARITY * whole:
        return False
    outline = xy[:, None, :]
    away = [abs(cv2.pointPolygonTest(outline, (float(x), float(y)), True)) for x, y in cv2.boxPoints(rectangle)]
    return bool(max(away) <= _CORNER_SHARE * min(sides) + 1)


def split_boxes(rings: Sequence[Ring]) -> tuple[tuple[Ring, ...], tuple[Ring, ...]]:
    """(boxes, outlines): green rectangles, and everything else."""
    boxes = [ring for ring in rings if ring.color is OutlineColor.GREEN and is_box(ring.contour_px)]
    return tuple(boxes), tuple(ring for ring in rings if not any(ring is box for box in boxes))


def share_inside(contour_px: Points, box_px: Points) -> float:
    """Share of the area of a contour that lies inside another, 0..1.

    Examples
    --------
    >>> box = np.array([[0.0, 0.0], [0.0, 10.0], [10.0, 10.0], [10.0, 0.0]])
    >>> round(share_inside(box + (0.0, 5.0), box), 2)
    0.5
    """
    low = contour_px.min(axis=0)
    size = contour_px.max(axis=0) - low
    scale = _GRID_SIDE_PX / max(float(size.max()), 1e-9)
    shape = (int(size[0] * scale) + 2, int(size[1] * scale) + 2)
    own = fill_contour((contour_px - low) * scale, shape).on_grid(shape)
    inside = fill_contour((box_px - low) * scale, shape)
    return float((own & inside.on_grid(shape)).sum()) / max(float(own.sum()), 1.0)


def boxes_holding(ring: Ring, boxes: Sequence[Ring]) -> frozenset[int]:
    """Positions of the boxes that hold more than half of an outlined area."""
    return frozenset(k for k, box in enumerate(boxes) if share_inside(ring.contour_px, box.contour_px) > _MEMBER_SHARE)
