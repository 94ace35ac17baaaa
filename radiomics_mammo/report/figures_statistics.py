"""Drawings of the statistical tables: strata, effects with intervals, volcano, clusters of features."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.core.vocabulary import CaseClass, Density
from radiomics_mammo.report.blocks import Figure
from radiomics_mammo.report.drawing import ACCENT, CLASS_COLORS, INK, SOFT, canvas, finished

_QUANTITIES, _COLUMNS = ("recent", "prior", "delta"), 3
_MOST_EFFECTS = 24
_MOST_VOLCANOES = 3
_NO_DIFFERENCE = 0.5
"""Common-language effect where the classes do not differ."""
_MARKED_Q = 0.05
"""q below which a point is filled; the declared rate stands in the table."""
_SMALLEST_P = 1e-12
_NAMING = ("quantity", "feature", "stratification", "stratum", "modifier", "term", "metric")
"""Words that name a row of a forest; the others repeat them."""
_RATIO_LIMITS = (1e-3, 1e3)
"""Odds beyond are separation, not knowledge; the axis ends here."""


def statistics_figures(statistics: tuple[NamedTable, ...]) -> tuple[Figure | None, ...]:
    """The drawings these tables allow; None for each that they do not.

    Examples
    --------
    >>> statistics_figures(())
    (None, None)
    """
    known = {table.name: table for table in statistics if len(table.table)}
    points, clusters = known.get("strip_points"), known.get("cluster_correlation")
    return (
        *(() if points is None else strip_figures(points.table, "density")),
        *(() if points is None else strip_figures(points.table, "age_band")),
        volcano_figure(known["univariate"]) if "univariate" in known else None,
        *(effects_figure(known[name]) for name in ("models_patient", "interactions", "fairness") if name in known),
        None if clusters is None else cluster_figure(clusters),
    )


def strip_figures(points: pd.DataFrame, stratum: str) -> tuple[Figure, ...]:
    """Recent, prior and change of the first declared features by density or age band, one drawing a source.

    Parameters
    ----------
    points : DataFrame
        ``statistics/strip_points.csv``: one point a woman.
    stratum : {'density', 'age_band'}
    """
    known = points[points[stratum].notna() & (points[stratum] != "") & points["effect"].notna()]
    order = _stratum_order(known, stratum)
    return tuple(
        _strip_figure(part, stratum, source=str(source), order=order) for source, part in known.groupby("source")
    )


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
            "effects and "
            "corrections are in the tables. All points are in statistics/strip_points.csv.",
        )


def _stratum_order(points: pd.DataFrame, stratum: str) -> list[str]:
    """Densities a to d; age bands by the youngest woman in them."""
    if stratum == "density":
        return [str(one) for one in Density]
    return [str(band) for band in points.groupby(stratum)["age_years"].min().sort_values().index]


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
    """Common-language effect against p for every feature, one panel a quantity; filled where q is small."""
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


def effects_figure(table: NamedTable) -> Figure | None:
    """Effects of one table with their intervals, smallest p first; a log axis for ratios.

    None where the table holds no effect with an interval.
    """
    rows = table.table.dropna(subset=["effect", "ci_low", "ci_high"])
    rows = rows[np.isfinite(rows[["effect", "ci_low", "ci_high"]].to_numpy(dtype=float)).all(axis=1)]
    if rows.empty:
        return None
    names = rows["effect_name"].astype(str)
    rows = rows[names == names.value_counts().index[0]]
    rows = rows.sort_values("p_value", kind="stable").head(_MOST_EFFECTS).reset_index(drop=True)
    effect_name = str(rows["effect_name"].iloc[0])
    ratio = "ratio" in effect_name and bool((rows["ci_low"] > 0).all())
    low, high = _RATIO_LIMITS
    with canvas(0.8 + 0.24 * len(rows)) as (drawn, (axes,)):
        for place, row in enumerate(rows.itertuples()):
            axes.plot([row.ci_low, row.ci_high], [place, place], color=ACCENT, lw=1.8, solid_capstyle="butt")
            axes.plot(row.effect, place, "o", color=ACCENT, ms=4.5)
        axes.set_yticks(range(len(rows)), row_names(rows), fontsize=7.5)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.axvline(1.0 if ratio else 0.5 if "AUC" in effect_name else 0.0, color=SOFT, lw=0.8, ls="--", zorder=0)
        if ratio:
            axes.set_xscale("log")
            axes.set_xlim(max(rows["ci_low"].min() / 1.5, low), min(rows["ci_high"].max() * 1.5, high))
        axes.set(title=table.name.replace("_", " "), xlabel=effect_name)
        axes.grid(visible=False, axis="y")
        shown = f" The {len(rows)} rows with the smallest p." if len(rows) < len(table.table) else ""
        return finished(
            drawn,
            f"effects-{table.name.replace('_', '-')}",
            alt=f"{effect_name} with intervals for {len(rows)} rows of {table.name}.",
            caption=f"{table.caption}{shown} Points: {effect_name}; lines: intervals"
            + (f", cut at {low:g} and {high:g}." if ratio else "."),
        )


def row_names(rows: pd.DataFrame) -> list[str]:
    """A short name for each row: the naming words that differ between rows.

    Examples
    --------
    >>> row_names(pd.DataFrame({"feature": ["a", "b"], "quantity": ["recent", "recent"], "n": [5, 5]}))
    ['a', 'b']
    """
    words = [word for word in _NAMING if word in rows]
    telling = [word for word in words if rows[word].nunique(dropna=False) > 1] or words[:1]
    return [" · ".join(str(row[word]) for word in telling if pd.notna(row[word])) for _, row in rows.iterrows()]


def cluster_figure(correlation: NamedTable) -> Figure | None:
    """Heat map of the correlations between the features that stand for their clusters."""
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
