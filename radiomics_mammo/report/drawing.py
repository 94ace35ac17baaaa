"""How every drawing looks, the plots that several share, and how a drawing becomes the same SVG text each time."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.gridspec import GridSpec
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from radiomics_mammo.report.blocks import Figure, Tip
from radiomics_mammo.report.wording import format_effect

INK, SOFT, LINE = "#1d2327", "#5d676d", "#d5d9d6"
ACCENT = "#1c5d78"
CLASS_COLORS = {"normal": "#7d878c", "benign": "#2f72ab", "malignant": "#b3384a", "unconfirmed": "#9a7f22"}
"""One colour a class everywhere; they differ in lightness as well as in hue."""
SERIES_COLORS = ("#1c5d78", "#b3384a", "#c58a1d", "#5b7f3a", "#7a5c99", "#7d878c")
WIDTH_INCH, NARROW_INCH = 8.6, 4.2
_TITLE_CHARACTERS, _NAME_CHARACTERS, _NAME_POINTS = 46, 26, 6.5
"""Characters of a line in the title of a narrow drawing, and in the names beside it; their size."""
_EDGE = 0.005
"""How far beyond its panel a point may lie and still be seen, as a share of the drawing."""

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
_OF_SESSION = frozenset(name for name in mpl.rcParamsDefault if name.startswith(("backend", "interactive", "toolbar")))
"""Settings of the session rather than of a drawing; to touch them would switch the backend of a notebook."""
_FONTS = '"Source Sans 3", "Segoe UI", "Helvetica Neue", Helvetica, "Liberation Sans", Arial, sans-serif'
"""Laid out with DejaVu Sans, the widest of them, so that any of these fits."""


@contextmanager
def canvas(
    height_inch: float, *, columns: int = 1, rows: int = 1, width_inch: float = WIDTH_INCH
) -> Iterator[tuple[Canvas, list[Axes]]]:
    """An empty drawing with a row-major list of axes, in the common style, whatever the user's matplotlibrc says."""
    with mpl.rc_context():
        mpl.rcParams.update({name: value for name, value in mpl.rcParamsDefault.items() if name not in _OF_SESSION})
        mpl.rcParams.update(_STYLE)
        drawn = Canvas(figsize=(width_inch, height_inch), layout="constrained")
        yield drawn, list(drawn.subplots(rows, columns, squeeze=False).ravel())


@dataclass(frozen=True, eq=False)
class Marks:
    """Points of one panel and what each says where a reader points at it: its value, and whose it is."""

    axes: Axes
    x: Sequence[float] | NDArray[np.float64]
    y: Sequence[float] | NDArray[np.float64]
    words: Sequence[str]

    def tips(self, drawn: Canvas) -> tuple[Tip, ...]:
        """Each point as a place of the finished drawing; points without a value or outside the panel say nothing."""
        places = np.column_stack([np.asarray(self.x, dtype=np.float64), np.asarray(self.y, dtype=np.float64)])
        on_figure = drawn.transFigure.inverted().transform(self.axes.transData.transform(places))
        low, high = self.axes.get_position().get_points()
        seen = np.isfinite(places).all(axis=1)
        seen &= ((on_figure >= low - _EDGE) & (on_figure <= high + _EDGE)).all(axis=1)
        return tuple(
            (round(float(across), 4), round(float(1 - up), 4), words)
            for (across, up), words, here in zip(on_figure, self.words, seen, strict=True)
            if here
        )


def finished(
    drawn: Canvas, name: str, *, alt: str, caption: str, narrow: bool = False, marks: Sequence[Marks] = ()
) -> Figure:
    """The drawing as SVG text without date, with texts kept as texts; to be called inside `canvas`.

    Where it has several panels, it is drawn a second time with one panel a row, for phones. `marks` say what a reader
    is told at the points.
    """
    svg = _svg(drawn)
    tips = _tips(drawn, marks)
    phone_svg = _stacked(drawn)
    return Figure(
        name=name,
        svg=svg,
        phone_svg=phone_svg,
        alt=alt,
        caption=caption,
        narrow=narrow,
        tips=tips,
        phone_tips=_tips(drawn, marks) if phone_svg else (),
    )


def _tips(drawn: Canvas, marks: Sequence[Marks]) -> tuple[Tip, ...]:
    return tuple(tip for one in marks for tip in one.tips(drawn))


def _svg(drawn: Canvas) -> str:
    buffer = io.StringIO()
    drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = re.sub(r"'DejaVu Sans'(, sans-serif)?", _FONTS.replace('"', "'"), buffer.getvalue())
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def _stacked(drawn: Canvas) -> str:
    """The same for a narrow screen: one panel a row, long words wrapped; empty for pictures, which only get smaller."""
    panels = [axes for axes in drawn.axes if axes.get_subplotspec() is not None]
    grid = panels[0].get_gridspec() if panels else None
    if grid is None or len(panels) != grid.nrows * grid.ncols or any(axes.images for axes in panels):
        return ""
    height = drawn.get_figheight() / grid.nrows
    below = GridSpec(len(panels), 1, figure=drawn)
    for place, axes in enumerate(panels):
        axes.set_subplotspec(below[place])
        for text in axes.findobj(Text):
            if text.get_text() == axes.get_title(loc="left"):
                text.set_text(textwrap.fill(text.get_text(), _TITLE_CHARACTERS))
        names = [label.get_text() for label in axes.get_yticklabels()]
        if max(map(len, names), default=0) > _NAME_CHARACTERS:
            wrapped = [textwrap.fill(name, _NAME_CHARACTERS) for name in names]
            axes.set_yticks(axes.get_yticks(), wrapped, fontsize=_NAME_POINTS, linespacing=0.95)
    drawn.set_size_inches(NARROW_INCH, height * len(panels))
    return _svg(drawn)


def stacked_bars(axes: Axes, counted: pd.DataFrame, *, horizontal: bool = False) -> NDArray[np.float64]:
    """Stacked bars, one a row of `counted`, one colour a column (a class of `CLASS_COLORS`); the height of each bar."""
    ends = np.zeros(len(counted))
    for name in [name for name in CLASS_COLORS if name in counted]:
        values = counted[name].to_numpy(dtype=float)
        if horizontal:
            axes.barh(counted.index, values, left=ends, color=CLASS_COLORS[name], label=name, height=0.66)
        else:
            axes.bar(counted.index, values, bottom=ends, color=CLASS_COLORS[name], label=name, width=0.7)
        ends += values
    axes.grid(visible=False, axis="y" if horizontal else "x")
    (axes.xaxis if horizontal else axes.yaxis).set_major_locator(MaxNLocator(integer=True))
    return ends


def forest(
    axes: Axes, rows: pd.DataFrame, names: Sequence[str], colors: Sequence[str], *, ratio: bool = False
) -> Marks:
    """Forest plot: `estimate` of each row with its interval from `ci_low` to `ci_high`, from top to bottom.

    The points come back with what they say.
    """
    for place, (row, color) in enumerate(zip(rows.itertuples(), colors, strict=True)):
        axes.plot([row.ci_low, row.ci_high], [place, place], color=color, lw=2, solid_capstyle="butt")
        axes.plot(row.estimate, place, "o", color=color, ms=5)
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    told = [
        f"{name}: {format_effect(row.estimate, row.ci_low, row.ci_high, ratio=ratio)}"
        for name, row in zip(names, rows.itertuples(), strict=True)
    ]
    return Marks(axes, rows["estimate"].to_numpy(dtype=float), np.arange(len(rows), dtype=np.float64), told)
