"""Chapters on who is in the study: the flow from found to analysed, the audit, the cohort."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import MaxNLocator

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import CaseClass, Density, Severity
from radiomics_mammo.report.blocks import Block, Figure, ListBlock, Pointer, Section, TextBlock, anchor_of
from radiomics_mammo.report.drawing import (
    ACCENT,
    CLASS_COLORS,
    INK,
    LINE,
    SOFT,
    canvas,
    finished,
    stacked_bars,
)
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.wording import counts_table, table_block
from radiomics_mammo.tables.study import MeasuredStudy

_AGE_STEP_YEARS = 5
_UNITS = {"patient": "patients", "image": "images", "lesion": "lesions"}
_CHARACTERS = 26
"""Characters of a line in a box of one lane."""
LOST_TITLE = "Lost, by name"
"""Heading of the list that the flow diagram opens."""
_GAP = 1.5
"""Lines between two boxes of a lane."""
_ACQUISITION = {
    "matrix": "Matrix (rows x columns)",
    "spacing_source": "Where the pixel spacing was found",
    "manufacturer": "Manufacturer",
}


def flow_section(material: ReportMaterial) -> Section:
    """From patients found to lesions analysed, every drop with its reason."""
    flow = material.study.flow
    if flow.empty:
        return Section("Flow", (TextBlock("The run recorded no steps.", "missing"),))
    table = table_block(flow, "Every step and every reason", source="flow.csv", folded=True)
    opened = ListBlock((Pointer("By name", anchor_of(LOST_TITLE), lost_words(material.study)),))
    return Section("Flow", (*material.drawn("flow"), opened, table), (_lost_section(material),))


def lost_words(study: MeasuredStudy) -> str:
    """How many were lost on the way, by unit.

    Normal women are in the study without a mass; they are no loss.
    """
    if study.lost.empty:
        gone = int((study.flow["n_in"] - study.flow["n_out"]).sum()) if len(study.flow) else 0
        return "nobody was lost." if gone == 0 else f"{gone} losses are counted, none is named in this folder."
    named = study.lost.drop_duplicates(["unit", "patient_id", "image_id", "lesion_id"])  # one can be lost at two steps
    counted = named["unit"].value_counts()
    return (
        ", ".join(
            f"{counted[unit]} {_UNITS[unit] if counted[unit] > 1 else unit}" for unit in _UNITS if unit in counted
        )
        + "."
    )


def _lost_section(material: ReportMaterial) -> Section:
    lost = material.study.lost
    if lost.empty:
        return Section(LOST_TITLE, (TextBlock(lost_words(material.study).capitalize()),))
    limit = material.config.table_rows
    table = table_block(lost.dropna(axis=1, how="all"), "Every loss by name", limit=limit, source="lost.csv")
    return Section(LOST_TITLE, (table,))


def audit_section(material: ReportMaterial) -> Section:
    """Findings by severity and code, each with its meaning; none is good news only where images were read."""
    audit = material.study.audit
    if audit.empty and not material.images_read:
        return Section("Audit", (TextBlock("No image was read, so nothing can be said of the release.", "missing"),))
    if audit.empty:
        return Section("Audit", (TextBlock("Nothing deviates from the description of the release."),))
    blocks: list[Block] = [
        TextBlock(
            "An error means that something was left out or could not be believed; a warning, that a choice was made "
            "for the reader; an information, that the release differs from its description without harm."
        ),
        table_block(_by_code(audit), "Findings by code", source="audit.csv"),
    ]
    for severity in Severity:
        found = audit[audit["severity"] == severity].drop(columns="severity")
        if len(found):
            caption = f"Every finding of severity {severity}"
            limit = material.config.table_rows
            blocks.append(table_block(found, caption, limit=limit, source="audit.csv", folded=True))
    return Section("Audit", tuple(blocks))


def cohort_section(material: ReportMaterial) -> Section:
    """Patients by class, density and age; acquisition; the table of baseline characteristics."""
    study = material.study
    if study.patients.empty:
        return Section("Cohort", (TextBlock("No patient was found.", "missing"),))
    by_class = table_block(_by_class(study.patients), "Patients by class")
    blocks: list[Block] = [*material.drawn("cohort"), *material.under("Cohort"), by_class]
    if len(study.images):
        images = study.images.merge(study.patients[["patient_id", "case_class"]], on="patient_id", how="left")
        images["matrix"] = images["rows"].astype(str) + " x " + images["cols"].astype(str)
        for column, words in _ACQUISITION.items():
            counted = counts_table(images, column, "case_class")
            blocks.append(table_block(counted, f"{words} by class, images", source="images.csv", folded=True))
    return Section("Cohort", tuple(blocks))


def _by_code(audit: pd.DataFrame) -> pd.DataFrame:
    order = [str(severity) for severity in Severity]
    grouped = audit.groupby(["severity", "code"], as_index=False).agg(
        findings=("message", "size"), patients=("patient_id", lambda ids: int(ids[ids.fillna("") != ""].nunique()))
    )
    grouped["meaning"] = [AuditCode[code].meaning if code in AuditCode.__members__ else "" for code in grouped["code"]]
    grouped["rank"] = grouped["severity"].map(order.index)
    return grouped.sort_values(["rank", "findings"], ascending=[True, False]).drop(columns="rank")


def _by_class(patients: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, members in (*patients.groupby("case_class"), ("all", patients)):
        rows.append(
            {
                "class": name,
                "patients": len(members),
                "age, years": _median_iqr(members["age_years"]),
                "interval, years": _median_iqr(members["interval_years"]),
                **{f"density {one}": int((members["density"] == one).sum()) for one in Density},
                "density unknown": int((~members["density"].isin(list(Density))).sum()),
                "right": int((members["laterality"] == "R").sum()),
                "left": int((members["laterality"] == "L").sum()),
            }
        )
    return pd.DataFrame(rows)


def _median_iqr(values: pd.Series) -> str:
    known = values.dropna()
    if known.empty:
        return "not known"
    low, middle, high = known.quantile([0.25, 0.5, 0.75])
    missing = f", {len(values) - len(known)} missing" if len(known) < len(values) else ""
    return f"{middle:.1f} ({low:.1f} to {high:.1f}){missing}"


def cohort_figures(study: MeasuredStudy) -> tuple[Figure, ...]:
    """The flow diagram, and ages and densities, as far as there are rows."""
    flow = (flow_figure(study.flow),) if len(study.flow) else ()
    return (*flow, cohort_figure(study.patients)) if len(study.patients) else flow


def cohort_figure(patients: pd.DataFrame) -> Figure:
    """Ages and densities by class; women without a known value are counted in the caption."""
    classes = [str(name) for name in CaseClass if (patients["case_class"] == name).any()]
    with canvas(2.7, columns=2) as (drawn, (ages, densities)):
        known = patients["age_years"].dropna()
        low = _AGE_STEP_YEARS * np.floor((known.min() if len(known) else 40) / _AGE_STEP_YEARS)
        high = (known.max() if len(known) else 80) + _AGE_STEP_YEARS
        edges = np.arange(low, high + 1, _AGE_STEP_YEARS).tolist()
        groups = [patients.loc[patients["case_class"] == name, "age_years"].dropna() for name in classes]
        colors = [CLASS_COLORS[name] for name in classes]
        ages.hist(groups, bins=edges, stacked=True, color=colors, label=classes, edgecolor="white", linewidth=0.5)
        ages.set(title="Age at the recent exam", xlabel="years", ylabel="patients")
        ages.grid(visible=False, axis="x")
        ages.legend()
        ages.yaxis.set_major_locator(MaxNLocator(integer=True))
        counted = pd.crosstab(patients["density"], patients["case_class"])
        stacked_bars(densities, counted.reindex([str(one) for one in Density]).fillna(0))
        densities.set(title="Breast density (BI-RADS)", ylabel="patients")
        unknown = len(patients) - len(known), int(patients["density"].isna().sum())
        gaps = (
            f"Age is unknown for {unknown[0]}, density for {unknown[1]}." if any(unknown) else "Both are known for all."
        )
        counts = ", ".join(f"{int((patients['case_class'] == name).sum())} {name}" for name in classes)
        return finished(
            drawn,
            "cohort",
            alt=f"Histogram of age and bars of density for {counts} patients. Ages from {known.min()} to "
            f"{known.max()}.",
            caption=f"Age and BI-RADS density by class: {counts}. {gaps}",
        )


@dataclass(frozen=True, kw_only=True)
class FlowBox:
    """One step of one lane: how many went on, who was lost, and whether it starts where the step before ended."""

    step: str
    n_in: int
    n_out: int
    losses: tuple[tuple[str, int], ...] = ()
    follows: bool = True

    @property
    def step_lines(self) -> list[str]:
        """The step, wrapped to the width of the box."""
        return textwrap.wrap(self.step, _CHARACTERS - 6)

    @property
    def loss_lines(self) -> list[str]:
        """Who was lost above the box, wrapped to its width."""
        told = [] if self.follows else [f"of all {self.n_in}:"]
        told += [f"− {n}: {reason}" for reason, n in self.losses]
        return [line for text in told for line in textwrap.wrap(text, _CHARACTERS - 2)]

    @property
    def heights(self) -> tuple[float, float]:
        """Height of the losses and of the box below them, in lines."""
        lost = self.loss_lines
        return len(lost) + 0.8 if lost else 0.0, len(self.step_lines) + 1.2

    def __str__(self) -> str:
        lost = "; ".join(f"{n} lost, {reason}" for reason, n in self.losses)
        return f"{self.step} {self.n_out}" + (f" ({lost})" if lost else "")


def flow_lanes(flow: pd.DataFrame) -> dict[str, tuple[FlowBox, ...]]:
    """Steps by unit, in the order of the table.

    Examples
    --------
    >>> rows = {"step": ["read"], "unit": ["image"], "n_in": [8], "n_out": [7], "reason": ["truncated"]}
    >>> print(*flow_lanes(pd.DataFrame(rows))["image"])
    read 7 (1 lost, truncated)
    """
    lanes: dict[str, list[FlowBox]] = {}
    for (unit, step), rows in flow.groupby(["unit", "step"], sort=False):
        lost = rows["n_in"] - rows["n_out"]
        losses = tuple((str(reason), int(n)) for reason, n in zip(rows["reason"], lost, strict=True) if n > 0)
        first = int(rows["n_in"].iloc[0])
        left = first - sum(n for _, n in losses)
        lane = lanes.setdefault(str(unit), [])
        follows = not lane or lane[-1].n_out == first
        lane.append(FlowBox(step=str(step), n_in=first, n_out=left, losses=losses, follows=follows))
    return {unit: tuple(boxes) for unit, boxes in lanes.items()}


def flow_figure(flow: pd.DataFrame) -> Figure:
    """Draw the lanes of ``flow.csv`` side by side; at least one row."""
    lanes = flow_lanes(flow)
    depth = max(sum(sum(box.heights) + _GAP for box in boxes) for boxes in lanes.values())
    with canvas(0.55 + 0.165 * depth, columns=len(lanes)) as (drawn, axes):
        for lane, (unit, boxes) in zip(axes, lanes.items(), strict=True):
            lane.set_axis_off()
            lane.set_title(f"{_UNITS.get(unit, unit)}, {boxes[0].n_in} to begin with")
            lane.set_xlim(0, _CHARACTERS + 2)
            lane.set_ylim(depth, -0.5)
            _draw_lane(lane, boxes)
        told = "; ".join(f"{unit}: {', '.join(map(str, boxes))}" for unit, boxes in lanes.items())
        return finished(
            drawn,
            "flow",
            alt=f"Flow diagram. {told}.",
            caption="From what the release holds to what is analysed. Each box says how many remain; beside the line "
            "stands who was lost, and why; all of them are named below. Normal women have no mass to lose. A box "
            "without a line from above counts all units again.",
        )


def _draw_lane(lane: Axes, boxes: tuple[FlowBox, ...]) -> None:
    top = 0.0
    for place, box in enumerate(boxes):
        above, height = box.heights
        start = top - _GAP if place else top
        if above:
            text = "\n".join(box.loss_lines)
            lane.text(4.2, top + 0.2, text, va="top", fontsize=7.6, color=SOFT, linespacing=1.25)
        top += above
        if box.follows and (place or above):
            arrow = {"arrowstyle": "-|>", "color": SOFT, "lw": 0.9, "shrinkA": 0, "shrinkB": 0}
            lane.annotate("", xy=(3.0, top - 0.05), xytext=(3.0, start), arrowprops=arrow)
        rounded = "round,pad=0,rounding_size=0.5"
        lane.add_patch(
            FancyBboxPatch((0.3, top), _CHARACTERS + 1.2, height, boxstyle=rounded, fc="#f3f6f6", ec=LINE, lw=1)
        )
        step, number = "\n".join(box.step_lines), {"ha": "right", "fontsize": 12, "color": ACCENT, "weight": "bold"}
        lane.text(1.2, top + height / 2, step, va="center", fontsize=8.4, color=INK, linespacing=1.25)
        lane.text(_CHARACTERS + 0.9, top + height / 2, str(box.n_out), number, va="center")
        top += height + _GAP
