"""Chapter with the statistical tables, by density, by age and beyond, each with its caption and drawing."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from radiomics_mammo.core.vocabulary import CaseClass, Density
from radiomics_mammo.report.blocks import Figure, Section, TextBlock
from radiomics_mammo.report.drawing import ACCENT, CLASS_COLORS, INK, SOFT, canvas, finished, forest
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.tables.study import NamedTable

_DRAWINGS: dict[str, tuple[str, ...]] = {
    "By breast density": ("strip-density-tissue", "strip-density-lesion"),
    "By age": ("strip-age-tissue", "strip-age-lesion"),
    "Interactions with density and age": ("effects-interactions",),
    "Benign against malignant": ("volcano", "effects-models-patient"),
    "Change over time": (),
    "Fairness of the classifier": ("effects-fairness",),
    "Confounders and power": (),
    "Clusters of features": ("feature-clusters",),
}
"""Drawings of each heading, in the order of the headings; tables name theirs in `NamedTable.chapter`."""
_ELSEWHERE = ("Cohort", "Flow", "Methods and limitations")
"""Headings of other chapters."""
_EFFECTS = ("models_patient", "interactions", "fairness")
"""Tables whose effects are drawn."""
_QUANTITIES, _COLUMNS = ("recent", "prior", "delta"), 3
_MOST_EFFECTS = 24
_MOST_VOLCANOES = 3
_NO_DIFFERENCE = 0.5
"""Common-language effect where the classes do not differ."""
_MARKED_Q = 0.05
"""q below which a point is filled; the declared rate stands in the table."""
_SMALLEST_P = 1e-12
_NAMING = ("quantity", "feature", "stratification", "stratum", "modifier", "term", "metric")
"""Words that name a row of a forest plot; the others repeat them."""
_RATIO_LIMITS = (1e-3, 1e3)
"""Odds beyond are separation, not knowledge; the axis ends here."""


def statistics_section(material: ReportMaterial) -> Section:
    """All statistical tables under their headings; headings not known here come last."""
    if not material.statistics:
        text = "This folder holds no statistical tables; `radiomics-mammo statistics DIR` makes them."
        return Section("Statistics", (TextBlock(text, "missing"),))
    intro = TextBlock(
        "Every figure stands with its n, effect, interval, p and q. A stratum with too few patients is printed with "
        "its n and not tested. Strata by density and age hold all women with a known value; tests by class use two "
        "strata only."
    )
    parts = []
    for title in dict.fromkeys((*_DRAWINGS, *material.headings)):
        blocks = material.drawn(*_DRAWINGS.get(title, ())) + material.under(title)
        if blocks and title not in _ELSEWHERE:
            parts.append(Section(title or "Further tables", blocks))
    return Section("Statistics", (intro,), tuple(parts))


def statistics_figures(statistics: tuple[NamedTable, ...]) -> tuple[Figure, ...]:
    """The drawings these tables allow."""
    drawn: list[Figure | None] = []
    known = {table.name: table for table in statistics if len(table.table)}
    if "strip_points" in known:
        points = known["strip_points"].table
        drawn += [*strip_figures(points, "density"), *strip_figures(points, "age_band")]
    if "univariate" in known:
        drawn.append(volcano_figure(known["univariate"]))
    drawn += [effects_figure(known[name]) for name in _EFFECTS if name in known]
    if "cluster_correlation" in known:
        drawn.append(cluster_figure(known["cluster_correlation"]))
    return tuple(figure for figure in drawn if figure is not None)


def strip_figures(points: pd.DataFrame, stratum: str) -> tuple[Figure, ...]:
    """Recent, prior and change of the first declared features by density or age band, one drawing a source.

    `points` is ``statistics/strip_points.csv``, one point a woman and feature; `stratum` density or age_band.
    """
    known = points[points[stratum].notna() & (points[stratum] != "") & points["effect"].notna()]
    if stratum == "density":
        order = [str(one) for one in Density]
    else:  # age bands by the youngest woman in them
        order = [str(band) for band in known.groupby(stratum)["age_years"].min().sort_values().index]
    parts = known.groupby("source")
    return tuple(_strip_figure(part, stratum, source=str(source), order=order) for source, part in parts)


def _strip_figure(points: pd.DataFrame, stratum: str, *, source: str, order: list[str]) -> Figure:
    quantities = [one for one in _QUANTITIES if (points["quantity"] == one).any()]
    whole = points.groupby("feature", sort=False)["quantity"].nunique().sort_values(ascending=False, kind="stable")
    features = [str(one) for one in whole.index[:_COLUMNS]]
    word = stratum.replace("_", " ")
    with canvas(2.1 * len(quantities) + 0.4, columns=len(features), rows=len(quantities)) as (drawn, axes):
        for lane, (quantity, feature) in zip(axes, itertools.product(quantities, features), strict=True):
            shown = points[(points["quantity"] == quantity) & (points["feature"] == feature)]
            _strip(lane, shown, stratum=stratum, order=order)
            lane.set_title(f"{feature.removeprefix('tissue_').removeprefix('original_')}, {quantity}", fontsize=8.5)
            if quantity == "delta":
                lane.axhline(0, color=SOFT, lw=0.8, ls="--", zorder=0)
        names = axes[0].get_legend_handles_labels()
        drawn.legend(*names, loc="outside lower center", ncols=3, markerscale=1.4)
        women = points.drop_duplicates("patient_id")[stratum].value_counts()
        counts = ", ".join(f"{value} (n = {women.get(value, 0)})" for value in order)
        return finished(
            drawn,
            f"strip-{word.split()[0]}-{source}",
            alt=f"{source.capitalize()} by {word}: {', '.join(features)}, each {', '.join(quantities)}.",
            caption=f"One point is one woman; bars are medians; women by {word}: {counts}. Descriptive; tests, "
            "effects and corrections are in the tables. All points are in statistics/strip_points.csv.",
        )


def _strip(axes: Axes, table: pd.DataFrame, *, stratum: str, order: list[str]) -> None:
    rng = np.random.default_rng(0)
    for name in CaseClass:
        part = table[(table["case_class"] == name) & table[stratum].isin(order)]
        if len(part):
            places = part[stratum].map(order.index).to_numpy(dtype=float) + rng.uniform(-0.22, 0.22, len(part))
            axes.scatter(places, part["effect"], s=12, color=CLASS_COLORS[name], alpha=0.7, lw=0, label=str(name))
    for place, value in enumerate(order):
        values = table.loc[table[stratum] == value, "effect"]
        if len(values):
            axes.plot([place - 0.3, place + 0.3], [values.median()] * 2, color=INK, lw=1.8)
    axes.set_xticks(range(len(order)), order)
    axes.set_xlim(-0.6, len(order) - 0.4)
    axes.grid(visible=False, axis="x")


def volcano_figure(univariate: NamedTable) -> Figure | None:
    """Volcano plot: common-language effect against p for every feature, one panel a quantity; filled where q is small.

    None where no feature has both.
    """
    table = univariate.table.dropna(subset=["effect", "p_value"])
    panels = list(table.groupby("quantity", sort=False))[:_MOST_VOLCANOES]
    if not panels:
        return None
    with canvas(2.9, columns=len(panels)) as (drawn, axes):
        for lane, (quantity, part) in zip(axes, panels, strict=True):
            kept = (part["q_value"] <= _MARKED_Q).fillna(False).to_numpy(dtype=bool)
            height = -np.log10(part["p_value"].clip(lower=_SMALLEST_P).to_numpy(dtype=float))
            effect = part["effect"].to_numpy(dtype=float)
            lane.scatter(effect[~kept], height[~kept], s=9, facecolors="none", edgecolors=SOFT, alpha=0.6, lw=0.6)
            lane.scatter(effect[kept], height[kept], s=14, color=CLASS_COLORS["malignant"], alpha=0.85, lw=0)
            lane.axvline(_NO_DIFFERENCE, color=SOFT, lw=0.8, ls="--", zorder=0)
            lane.set(title=f"{quantity}: {int(kept.sum())} of {len(part)}", xlabel="effect", xlim=(-0.02, 1.02))
        axes[0].set_ylabel("−log10 p")
        total = int((table["q_value"] <= _MARKED_Q).sum())
        return finished(
            drawn,
            "volcano",
            alt=f"Effect against p for {len(table)} features; {total} have q of at most {_MARKED_Q}.",
            caption=f"{univariate.caption} Filled: q at most {_MARKED_Q}, counted in the titles. At an effect of "
            f"{_NO_DIFFERENCE} (dashed) the classes do not differ.",
        )


def effects_figure(named: NamedTable) -> Figure | None:
    """Forest plot: effects of one table with their intervals, smallest p first; a log axis for ratios.

    None where the table holds no effect with an interval.
    """
    rows = named.table.dropna(subset=["effect", "ci_low", "ci_high"])
    rows = rows[np.isfinite(rows[["effect", "ci_low", "ci_high"]].to_numpy(dtype=float)).all(axis=1)]
    if rows.empty:
        return None
    effect_name = str(rows["effect_name"].astype(str).value_counts().index[0])
    rows = rows[rows["effect_name"] == effect_name].rename(columns={"effect": "estimate"})
    rows = rows.sort_values("p_value", kind="stable").head(_MOST_EFFECTS).reset_index(drop=True)
    ratio = "ratio" in effect_name and bool((rows["ci_low"] > 0).all())
    low, high = _RATIO_LIMITS
    with canvas(0.8 + 0.24 * len(rows)) as (drawn, (axes,)):
        forest(axes, rows, row_names(rows), [ACCENT] * len(rows))
        axes.tick_params("y", labelsize=7.5)
        axes.axvline(1.0 if ratio else 0.5 if "AUC" in effect_name else 0.0, color=SOFT, lw=0.8, ls="--", zorder=0)
        if ratio:
            axes.set_xscale("log")
            axes.set_xlim(max(rows["ci_low"].min() / 1.5, low), min(rows["ci_high"].max() * 1.5, high))
        axes.set(title=named.name.replace("_", " "), xlabel=effect_name)
        shown = f" The {len(rows)} rows with the smallest p." if len(rows) < len(named.table) else ""
        cut = f", cut at {low:g} and {high:g}" if ratio else ""
        return finished(
            drawn,
            f"effects-{named.name.replace('_', '-')}",
            alt=f"{effect_name} with intervals for {len(rows)} rows of {named.name}.",
            caption=f"{named.caption}{shown} Points: {effect_name}; lines: intervals{cut}.",
        )


def row_names(rows: pd.DataFrame) -> list[str]:
    """A short name for each row: the naming words that differ between rows."""
    words = [word for word in _NAMING if word in rows]
    telling = [word for word in words if rows[word].nunique(dropna=False) > 1] or words[:1]
    return [" · ".join(str(row[word]) for word in telling if pd.notna(row[word])) for _, row in rows.iterrows()]


def cluster_figure(correlation: NamedTable) -> Figure | None:
    """Heat map of the correlations between the features that stand for their clusters; None without one."""
    table = correlation.table.dropna(subset=["position_a", "position_b", "effect"])
    if table.empty:
        return None
    order = {place: rank for rank, place in enumerate(sorted({*table["position_a"], *table["position_b"]}))}
    size = len(order)
    grid = np.full((size, size), np.nan)
    names = [""] * size
    for row in table.itertuples():
        a, b = order[row.position_a], order[row.position_b]
        grid[a, b] = grid[b, a] = row.effect
        names[a], names[b] = str(row.feature_a), str(row.feature_b)
    np.fill_diagonal(grid, 1.0)
    with canvas(min(8.0, 1.4 + 0.16 * size)) as (drawn, (axes,)):
        shown = axes.imshow(grid, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
        axes.set_yticks(range(size), names, fontsize=max(3.5, 7 - size / 25))
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.set_title("Features that stand for their clusters")
        drawn.colorbar(shown, ax=axes, shrink=0.6, label="Spearman correlation")
        return finished(
            drawn,
            "feature-clusters",
            alt=f"Heat map of rank correlations between {size} features, one for each cluster.",
            caption=correlation.caption,
        )
