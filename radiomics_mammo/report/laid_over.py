"""Regions drawn over their image, for notebooks: a mask over a mammogram, two exams side by side, a small table."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import cv2
import numpy as np

from radiomics_mammo.core.contours import Region
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.report.pictures import encode_png, grey_window

HEIGHT_PX = 420
"""Height of a picture in a notebook."""
_EDGE_BGR, _WIDE_BGR = (60, 200, 255), (255, 190, 90)
"""Colour of a region, and of the circle that holds its true place nine times in ten (OpenCV's blue, green, red)."""


def mask_over_image(
    mammogram: Mammogram, regions: Sequence[Region], *, circles_px: Sequence[tuple[float, float, float]] = ()
) -> bytes:
    """One image with the edges of some regions, as a PNG of `HEIGHT_PX` rows.

    Parameters
    ----------
    mammogram : Mammogram
    regions : sequence of Region
        On the grid of the image.
    circles_px : sequence of (row, col, radius)
        Circles to draw beside, pixels of the image.
    """
    rows, cols = mammogram.grid.shape
    scale = HEIGHT_PX / rows
    size = max(1, round(cols * scale)), HEIGHT_PX
    grey = grey_window(cv2.resize(np.asarray(mammogram.pixels), size, interpolation=cv2.INTER_AREA))
    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    for region in regions:
        full = region.on_grid((rows, cols)).astype(np.uint8)
        borders, _ = cv2.findContours(full, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        for border in borders:
            points = np.round((border.astype(np.float64) + 0.5) * scale - 0.5).astype(np.int32)
            cv2.polylines(picture, [points], True, _EDGE_BGR, 1, cv2.LINE_AA)
    for row, col, radius in circles_px:
        centre = round((col + 0.5) * scale), round((row + 0.5) * scale)
        cv2.circle(picture, centre, max(1, round(radius * scale)), _WIDE_BGR, 1, cv2.LINE_AA)
    return encode_png(np.asarray(picture, dtype=np.uint8))


def figure_row(pictures: Sequence[tuple[str, bytes]], facts: Sequence[tuple[str, str]] = ()) -> str:
    """HTML of captioned pictures in a row, and a small table of facts below.

    Parameters
    ----------
    pictures : sequence of (caption, PNG)
    facts : sequence of (name, value)

    Examples
    --------
    >>> figure_row([], [("trusted", "yes")])
    '<div></div><table><tr><th>trusted</th><td>yes</td></tr></table>'
    """
    shown = "".join(_figure(caption, png) for caption, png in pictures)
    cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
    return f"<div>{shown}</div><table>{cells}</table>"


def _figure(caption: str, png: bytes) -> str:
    data = base64.b64encode(png).decode("ascii")
    words = escape(caption)
    style = "display:inline-block;margin:0 1em 0 0"
    return (
        f'<figure style="{style}"><img alt="{words}" src="data:image/png;base64,{data}">'
        f"<figcaption>{words}</figcaption></figure>"
    )
