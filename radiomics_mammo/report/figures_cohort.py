"""Drawings of the cohort, the outlines, the alignment and the robustness of features."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from radiomics_mammo.core.vocabulary import CaseClass, Density, OutlineQuality
from radiomics_mammo.report.blocks import Figure
from radiomics_mammo.report.drawing import ACCENT, CLASS_COLORS, SERIES_COLORS, SOFT, canvas, count_axis, finished

_AGE_STEP_YEARS = 5
_REPORTED_ICC = 0.75


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
        count_axis(ages.yaxis)
        _stacked(densities, pd.crosstab(patients["density"], patients["case_class"]), [str(one) for one in Density])
        densities.set(title="Breast density (BI-RADS)", ylabel="patients")
        count_axis(densities.yaxis)
        unknown = len(patients) - len(known), int(patients["density"].isna().sum())
        counts = ", ".join(f"{int((patients['case_class'] == name).sum())} {name}" for name in classes)
        return finished(
            drawn,
            "cohort",
            alt=f"Histogram of age and bars of density for {counts} patients. Ages from {known.min()} to "
            f"{known.max()}.",
            caption=f"Age and BI-RADS density by class: {counts}. Age is unknown for {unknown[0]}, density for "
            f"{unknown[1]}.",
        )


def outline_quality_figure(lesions: pd.DataFrame) -> Figure:
    """How the outlines were read, by label."""
    qualities = [str(quality) for quality in OutlineQuality if (lesions["quality"] == quality).any()]
    with canvas(0.9 + 0.32 * len(qualities)) as (drawn, (axes,)):
        counted = pd.crosstab(lesions["quality"], lesions["label"]).reindex(qualities[::-1]).fillna(0)
        left = np.zeros(len(counted))
        for label in [name for name in CLASS_COLORS if name in counted]:
            values = counted[label].to_numpy(dtype=float)
            axes.barh(counted.index, values, left=left, color=CLASS_COLORS[label], label=label, height=0.66)
            left += values
        for place, total in enumerate(left):
            axes.text(total, place, f" {total:.0f}", va="center", color=SOFT)
        axes.set(title="Outlines by quality", xlabel="lesions")
        axes.margins(x=0.08)
        count_axis(axes.xaxis)
        axes.grid(visible=False, axis="y")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        said = ", ".join(f"{name} {int(total)}" for name, total in zip(counted.index[::-1], left[::-1], strict=True))
        return finished(
            drawn,
            "outline-quality",
            alt=f"Bars of lesions by outline quality: {said}.",
            caption="How each pen line was read, by label. Open and ambiguous outlines are kept but not measured by "
            "default.",
        )


def similarity_figure(registration: pd.DataFrame) -> Figure:
    """Similarity of each pair before and after alignment."""
    trusted = registration["trusted"].fillna(False).astype(bool)
    with canvas(3.1) as (drawn, (axes,)):
        for is_trusted, color, word in ((True, ACCENT, "trusted"), (False, CLASS_COLORS["malignant"], "not trusted")):
            part = registration[trusted == is_trusted]
            marker = "o" if is_trusted else "X"
            label = f"{word} ({len(part)})"
            axes.scatter(
                part["similarity_before"], part["similarity_after"], s=22, c=color, marker=marker, alpha=0.75, lw=0,
                label=label,
            )  # fmt: skip
        low = float(np.nanmin(registration[["similarity_before", "similarity_after"]].to_numpy(dtype=float)))
        axes.plot([low, 1], [low, 1], color=SOFT, lw=0.8, ls="--", zorder=0)
        axes.set(title="Similarity of the exams", xlabel="before alignment", ylabel="after alignment")
        axes.legend(loc="lower right")
        gain = (registration["similarity_after"] - registration["similarity_before"]).median()
        return finished(
            drawn,
            "registration-similarity",
            alt=f"Similarity before against after alignment for {len(registration)} pairs; median gain {gain:.2f}.",
            caption="One point is one pair of exams in one view; above the dashed line, alignment made the exams more "
            "alike.",
        )


def error_figure(errors_mm: pd.Series) -> Figure:
    """Cumulative share of pairs below an error.

    Examples
    --------
    >>> error_figure(pd.Series([1.0, 2.0, 3.0])).alt
    'Cumulative error over 3 pairs: median 2 mm, 90th percentile 2.8 mm.'
    """
    ordered = np.sort(errors_mm.to_numpy(dtype=float))
    share = np.arange(1, len(ordered) + 1) / len(ordered)
    with canvas(2.5) as (drawn, (axes,)):
        axes.step(np.r_[0, ordered], np.r_[0, share], where="post", color=ACCENT, lw=1.8)
        for level in (0.5, 0.9):
            value = float(np.quantile(ordered, level))
            axes.plot([0, value, value], [level, level, 0], color=SOFT, lw=0.8, ls=":")
            axes.text(value, 0.03, f" {value:.2g} mm", color=SOFT)
        axes.set(title="Error of finding the place again", xlabel="mm", ylabel="share of pairs", ylim=(0, 1.02))
        axes.set_xlim(left=0)
        median, high = np.quantile(ordered, [0.5, 0.9])
        return finished(
            drawn,
            "registration-error",
            alt=f"Cumulative error over {len(ordered)} pairs: median {median:.2g} mm, 90th percentile {high:.2g} mm.",
            caption=f"Distance between the carried-over and the outlined place, on {len(ordered)} pairs with one mass "
            "outlined in both exams, paired before distance is looked at. Dotted: median and 90th percentile.",
        )


def robustness_figure(robustness: pd.DataFrame, family: pd.Series) -> Figure:
    """ICC of every feature by family and view, as strips with medians."""
    table = robustness.assign(family=robustness["feature"].map(family).astype(object).fillna("other")).dropna(
        subset=["icc"]
    )
    families = sorted(table["family"].unique())
    views = sorted(table["view"].unique())
    rng = np.random.default_rng(0)
    with canvas(0.9 + 0.42 * len(families)) as (drawn, (axes,)):
        for series, view in enumerate(views):
            offset = (series - (len(views) - 1) / 2) * 0.34
            for place, name in enumerate(families):
                values = table.loc[(table["family"] == name) & (table["view"] == view), "icc"].to_numpy(dtype=float)
                spread = place + offset + rng.uniform(-0.11, 0.11, len(values))
                label = view if place == 0 else None
                axes.scatter(values, spread, s=7, color=SERIES_COLORS[series], alpha=0.45, lw=0, label=label)
                if len(values):
                    axes.plot(
                        [np.median(values)] * 2, [place + offset - 0.16, place + offset + 0.16], color="#1d2327", lw=1.4
                    )
        axes.axvline(_REPORTED_ICC, color=SOFT, lw=0.8, ls="--", zorder=0)
        axes.set_yticks(range(len(families)), families)
        axes.set_ylim(len(families) - 0.4, -0.6)
        axes.set(
            title="Robustness of features to the contour",
            xlabel="ICC(2,1)",
            xlim=(min(0.5, table["icc"].min()) - 0.05, 1.02),
        )
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower left", markerscale=2)
        good = float((table["icc"] >= _REPORTED_ICC).mean())
        return finished(
            drawn,
            "robustness",
            alt=f"ICC by feature family; {good:.0%} of features reach {_REPORTED_ICC}.",
            caption=f"One point is one feature in one view; bars are medians; dashed, ICC {_REPORTED_ICC}.",
        )


def _stacked(axes: Axes, counted: pd.DataFrame, order: list[str]) -> None:
    table = counted.reindex(order).fillna(0)
    bottom = np.zeros(len(table))
    for name in [name for name in CLASS_COLORS if name in table]:
        values = table[name].to_numpy(dtype=float)
        axes.bar(table.index, values, bottom=bottom, color=CLASS_COLORS[name], width=0.7, label=name)
        bottom += values
    axes.grid(visible=False, axis="x")
