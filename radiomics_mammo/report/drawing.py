"""How every drawing looks, and how it becomes the same SVG text each time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator

from radiomics_mammo.report.blocks import Figure

INK, SOFT, LINE = "#1d2327", "#5d676d", "#d5d9d6"
ACCENT = "#1c5d78"
CLASS_COLORS = {"normal": "#7d878c", "benign": "#2f72ab", "malignant": "#b3384a", "unconfirmed": "#9a7f22"}
"""One colour a class everywhere; they differ in lightness as well as in hue."""
SERIES_COLORS = ("#1c5d78", "#b3384a", "#c58a1d", "#5b7f3a", "#7a5c99", "#7d878c")
WIDTH_INCH, NARROW_INCH = 8.6, 4.2

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "radiomics_mammo",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}
_FONTS = '"Source Sans 3", "Segoe UI", "Helvetica Neue", Helvetica, "Liberation Sans", Arial, sans-serif'
"""Laid out with DejaVu Sans, the widest of them, so that any of these fits."""


@contextmanager
def canvas(
    height_inch: float, *, columns: int = 1, rows: int = 1, width_inch: float = WIDTH_INCH
) -> Iterator[tuple[Canvas, list[Axes]]]:
    """An empty drawing with a row-major list of axes, in the common style.

    Parameters
    ----------
    height_inch, width_inch : float
    columns, rows : int

    Examples
    --------
    >>> with canvas(2.0, columns=3) as (_, axes):
    ...     len(axes)
    3
    """
    with mpl.rc_context(_STYLE):
        drawn = Canvas(figsize=(width_inch, height_inch), layout="constrained")
        yield drawn, list(drawn.subplots(rows, columns, squeeze=False).ravel())


def finished(drawn: Canvas, name: str, *, alt: str, caption: str, narrow: bool = False) -> Figure:
    """The drawing as SVG text without date, with texts kept as texts.

    Must be called inside `canvas`.

    Examples
    --------
    >>> with canvas(1.0) as (drawn, _):
    ...     finished(drawn, "empty", alt="nothing", caption="Nothing.").svg.count("<svg")
    1
    """
    buffer = io.StringIO()
    drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = re.sub(r"'DejaVu Sans'(, sans-serif)?", _FONTS.replace('"', "'"), buffer.getvalue())
    return Figure(name, "\n".join(line.rstrip() for line in svg.splitlines()) + "\n", alt, caption, narrow)


def count_axis(axis: Axis) -> None:
    """Whole numbers only, for counts.

    Examples
    --------
    >>> with canvas(2.0) as (_, (axes,)):
    ...     count_axis(axes.yaxis)
    ...     type(axes.yaxis.get_major_locator()).__name__
    'MaxNLocator'
    """
    axis.set_major_locator(MaxNLocator(integer=True))


def silence_frame(axes: Axes) -> None:
    """Remove ticks, frame and grid, for drawings that are not plots."""
    axes.set_axis_off()
    axes.grid(visible=False)
