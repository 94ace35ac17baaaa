"""The flow diagram: patients, images and lesions from found to analysed, each loss with its reason."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from radiomics_mammo.report.blocks import Figure
from radiomics_mammo.report.drawing import ACCENT, INK, LINE, SOFT, canvas, finished, silence_frame

_UNITS = {"patient": "patients", "image": "images", "lesion": "lesions"}
_CHARACTERS = 26
"""Characters of a line in a box of one lane."""
_LINE_HEIGHT = 1.0
_GAP = 1.5


@dataclass(frozen=True)
class FlowBox:
    """One step of one lane: how many went on, who was lost, and whether it starts where the step before ended."""

    step: str
    n_in: int
    n_out: int
    losses: tuple[tuple[str, int], ...]
    follows: bool = True


def flow_lanes(flow: pd.DataFrame) -> dict[str, tuple[FlowBox, ...]]:
    """Steps by unit, in the order of the table.

    Examples
    --------
    >>> rows = {"step": ["read"], "unit": ["image"], "n_in": [8], "n_out": [7], "reason": ["truncated"]}
    >>> flow_lanes(pd.DataFrame(rows))["image"]
    (FlowBox(step='read', n_in=8, n_out=7, losses=(('truncated', 1),), follows=True),)
    """
    lanes: dict[str, list[FlowBox]] = {}
    for (unit, step), rows in flow.groupby(["unit", "step"], sort=False):
        lost = rows["n_in"] - rows["n_out"]
        losses = tuple((str(reason), int(n)) for reason, n in zip(rows["reason"], lost, strict=True) if n > 0)
        first = int(rows["n_in"].iloc[0])
        left = first - sum(n for _, n in losses)
        lane = lanes.setdefault(str(unit), [])
        lane.append(FlowBox(str(step), first, left, losses, follows=not lane or lane[-1].n_out == first))
    return {unit: tuple(boxes) for unit, boxes in lanes.items()}


def flow_figure(flow: pd.DataFrame) -> Figure:
    """Draw the lanes side by side.

    Parameters
    ----------
    flow : DataFrame
        ``flow.csv``, at least one row.
    """
    lanes = flow_lanes(flow)
    depth = max(sum(_height(box) + _GAP for box in boxes) for boxes in lanes.values())
    with canvas(0.55 + 0.165 * depth, columns=len(lanes)) as (drawn, axes):
        for lane, (unit, boxes) in zip(axes, lanes.items(), strict=True):
            silence_frame(lane)
            lane.set_title(f"{_UNITS.get(unit, unit)}, {boxes[0].n_in} to begin with")
            lane.set_xlim(0, _CHARACTERS + 2)
            lane.set_ylim(depth, -0.5)
            _draw_lane(lane, boxes)
        told = "; ".join(f"{unit}: {', '.join(_said(box) for box in boxes)}" for unit, boxes in lanes.items())
        return finished(
            drawn,
            "flow",
            alt=f"Flow diagram. {told}.",
            caption="From what the release holds to what is analysed. Each box says how many remain; beside the line "
            "stands who was lost, and why. A box without a line from above counts all units again.",
        )


def _said(box: FlowBox) -> str:
    lost = "; ".join(f"{n} lost, {reason}" for reason, n in box.losses)
    return f"{box.step} {box.n_out}" + (f" ({lost})" if lost else "")


def _loss_lines(box: FlowBox) -> list[str]:
    told = [] if box.follows else [f"of all {box.n_in}:"]
    told += [f"− {n}: {reason}" for reason, n in box.losses]
    return [line for text in told for line in textwrap.wrap(text, _CHARACTERS - 2)]


def _step_lines(box: FlowBox) -> list[str]:
    return textwrap.wrap(box.step, _CHARACTERS - 6)


def _height(box: FlowBox) -> float:
    lost = _loss_lines(box)
    return (len(_step_lines(box)) + 1.2 + (len(lost) + 0.8 if lost else 0)) * _LINE_HEIGHT


def _draw_lane(lane: Axes, boxes: tuple[FlowBox, ...]) -> None:
    top = 0.0
    for place, box in enumerate(boxes):
        lost = _loss_lines(box)
        start = top - _GAP if place else top
        if lost:
            lane.text(4.2, top + 0.2, "\n".join(lost), va="top", fontsize=7.6, color=SOFT, linespacing=1.25)
            top += (len(lost) + 0.8) * _LINE_HEIGHT
        if box.follows and (place or lost):
            arrow = {"arrowstyle": "-|>", "color": SOFT, "lw": 0.9, "shrinkA": 0, "shrinkB": 0}
            lane.annotate("", xy=(3.0, top - 0.05), xytext=(3.0, start), arrowprops=arrow)
        lines = _step_lines(box)
        height = (len(lines) + 1.2) * _LINE_HEIGHT
        patch = FancyBboxPatch(
            (0.3, top), _CHARACTERS + 1.2, height, boxstyle="round,pad=0,rounding_size=0.5", fc="#f3f6f6", ec=LINE, lw=1
        )
        lane.add_patch(patch)
        lane.text(1.2, top + height / 2, "\n".join(lines), va="center", fontsize=8.4, color=INK, linespacing=1.25)
        lane.text(
            _CHARACTERS + 0.9, top + height / 2, str(box.n_out), va="center", ha="right", fontsize=12, color=ACCENT,
            weight="bold",
        )  # fmt: skip
        top += height + _GAP
