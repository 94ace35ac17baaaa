"""Drawings for the statistics: strata, effects with intervals, volcano, clusters of features."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from radiomics_mammo.core.results import MeasuredStudy, NamedTable
from radiomics_mammo.core.tables_features import FEATURES
from radiomics_mammo.core.vocabulary import CaseClass, Density, RoiSource, Visit
from radiomics_mammo.report.blocks import Figure
from radiomics_mammo.report.drawing import ACCENT, CLASS_COLORS, SOFT, canvas, finished

_SHOWN_TISSUE = "original_firstorder_Mean"
"""Mean intensity of the breast without muscle, on the common scale of both exams: the simplest picture of density."""
_AGE_EDGES_YEARS = (50.0, 60.0, 70.0)
"""Bands of the drawing only; the tested bands are those of the configuration."""
_FALSE_DISCOVERY_RATE = 0.05
_MOST_FEATURES = 60
"""Features in the heat map: more cannot be told apart on a page."""
_MOST_EFFECTS = 28


def statistics_figures(study: MeasuredStudy, statistics: tuple[NamedTable, ...]) -> tuple[Figure | None, ...]:
    """The drawings that tables and statistics allow; None for each that they do not."""
    change = tissue_change(study)
    univariate = next((table for table in statistics if "univariate" in table.name), None)
    return (
        _strata_figure(change, "density", [str(one) for one in Density], name="change-by-density"),
        _strata_figure(change, "age band", age_bands(), name="change-by-age"),
        None if univariate is None else volcano_figure(univariate),
        cluster_figure(study.features),
    )


def age_bands() -> list[str]:
    """Names of the age bands, youngest first.

    Examples
    --------
    >>> age_bands()
    ['< 50', '50-59', '60-69', '>= 70']
    """
    first, *rest = _AGE_EDGES_YEARS
    middle = [f"{low:.0f}-{high - 1:.0f}" for low, high in zip(_AGE_EDGES_YEARS, rest, strict=False)]
    return [f"< {first:.0f}", *middle, f">= {_AGE_EDGES_YEARS[-1]:.0f}"]


def tissue_change(study: MeasuredStudy) -> pd.DataFrame:
    """Mean intensity of the breast tissue per woman, recent minus prior, over her views.

    Returns
    -------
    DataFrame
        Columns patient_id, case_class, density, age band, recent, change; no rows where tissue was not measured.
    """
    columns = ["patient_id", "case_class", "density", "age band", "recent", "change"]
    if _SHOWN_TISSUE not in study.features:
        return pd.DataFrame(columns=columns)
    tissue = study.features[study.features["source"] == RoiSource.TISSUE]
    means = tissue.pivot_table(index="patient_id", columns="visit", values=_SHOWN_TISSUE, aggfunc="mean")
    means = means.reindex(columns=[str(Visit.PRIOR), str(Visit.RECENT)])
    table = study.patients.set_index("patient_id")[["case_class", "density", "age_years"]].join(means, how="inner")
    edges = [-np.inf, *_AGE_EDGES_YEARS, np.inf]
    table["age band"] = pd.cut(table["age_years"], edges, right=False, labels=age_bands()).astype(object)
    table["change"] = table[Visit.RECENT] - table[Visit.PRIOR]
    return table.rename(columns={str(Visit.RECENT): "recent"}).reset_index()[columns].dropna(subset=["change"])


def _strata_figure(change: pd.DataFrame, stratum: str, order: list[str], *, name: str) -> Figure | None:
    known = change[change[stratum].isin(order)]
    if known.empty:
        return None
    with canvas(3.0, columns=2) as (drawn, axes):
        for lane, (column, words) in zip(
            axes, (("recent", "recent exam"), ("change", "recent minus prior")), strict=True
        ):
            _strip(lane, known, column, stratum=stratum, order=order)
            lane.set(title=f"Mean tissue intensity, {words}", xlabel=stratum)
        axes[1].axhline(0, color=SOFT, lw=0.8, ls="--", zorder=0)
        axes[0].legend(loc="best", markerscale=1.4)
        counts = ", ".join(f"{value} (n = {(known[stratum] == value).sum()})" for value in order)
        medians = known.groupby(stratum)["change"].median()
        told = ", ".join(f"{value} {medians[value]:+.3g}" for value in order if value in medians)
        return finished(
            drawn,
            name,
            alt=f"Mean tissue intensity and its change by {stratum}. Median change: {told}.",
            caption=f"One point is one woman, both views averaged; bars are medians. By {stratum}: {counts}. "
            "Descriptive; tests, effects and corrections are in the tables below.",
        )


def _strip(axes: Axes, table: pd.DataFrame, column: str, *, stratum: str, order: list[str]) -> None:
    rng = np.random.default_rng(0)
    for name in CaseClass:
        part = table[table["case_class"] == name]
        if len(part):
            places = part[stratum].map(order.index).to_numpy(dtype=float) + rng.uniform(-0.22, 0.22, len(part))
            axes.scatter(places, part[column], s=16, color=CLASS_COLORS[name], alpha=0.7, lw=0, label=str(name))
    for place, value in enumerate(order):
        values = table.loc[table[stratum] == value, column]
        if len(values):
            axes.plot([place - 0.3, place + 0.3], [values.median()] * 2, color="#1d2327", lw=1.8)
    axes.set_xticks(range(len(order)), order)
    axes.set_xlim(-0.6, len(order) - 0.4)
    axes.grid(visible=False, axis="x")


def volcano_figure(univariate: NamedTable) -> Figure | None:
    """Effect against p for every feature, those kept by the correction in colour."""
    needed = {"effect", "p_value", "q_value"}
    if not needed <= set(univariate.table.columns):
        return None
    table = univariate.table.dropna(subset=sorted(needed))
    if table.empty:
        return None
    kept = table["q_value"] < _FALSE_DISCOVERY_RATE
    height = -np.log10(table["p_value"].clip(lower=1e-12))
    with canvas(3.4) as (drawn, (axes,)):
        axes.scatter(table.loc[~kept, "effect"], height[~kept], s=12, color=SOFT, alpha=0.45, lw=0)
        axes.scatter(table.loc[kept, "effect"], height[kept], s=16, color=CLASS_COLORS["malignant"], alpha=0.8, lw=0)
        axes.set(title="Benign against malignant, every feature", xlabel="effect", ylabel="−log10 p")
        return finished(
            drawn,
            "volcano",
            alt=f"Effect against p for {len(table)} features; {int(kept.sum())} have q below {_FALSE_DISCOVERY_RATE}.",
            caption=f"{univariate.caption} Red: q below {_FALSE_DISCOVERY_RATE} ({int(kept.sum())} of {len(table)}).",
        )


def effects_figure(table: NamedTable, name: str) -> Figure | None:
    """Effects of one table with their intervals; None where the table holds none, or too many to read."""
    if not {"effect", "ci_low", "ci_high"} <= set(table.table.columns):
        return None
    rows = table.table.dropna(subset=["effect", "ci_low", "ci_high"]).reset_index(drop=True)
    if not 0 < len(rows) <= _MOST_EFFECTS:
        return None
    words = [column for column in rows.columns if rows[column].dtype == object or str(rows[column].dtype) == "str"]
    with canvas(0.8 + 0.25 * len(rows)) as (drawn, (axes,)):
        for place, row in rows.iterrows():
            axes.plot([row["ci_low"], row["ci_high"]], [place, place], color=ACCENT, lw=1.8)
            axes.plot(row["effect"], place, "o", color=ACCENT, ms=5)
        axes.set_yticks(
            range(len(rows)), [" · ".join(str(row[word]) for word in words[:3]) for _, row in rows.iterrows()]
        )
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set(title=table.caption.split(".")[0][:90], xlabel="effect")
        axes.grid(visible=False, axis="y")
        return finished(
            drawn, name, alt=f"Effects with intervals: {table.caption}", caption=f"{table.caption} 95 % intervals."
        )


def cluster_figure(features: pd.DataFrame) -> Figure | None:
    """Rank correlation of the features of recent outlined regions, ordered by average linkage."""
    recent = features[(features["visit"] == Visit.RECENT) & (features["source"] == RoiSource.OUTLINED)]
    values = recent[[name for name in features.columns if name.startswith("original_") and name not in FEATURES.names]]
    values = values.loc[:, values.notna().all() & (values.nunique() > 1)].iloc[:, :_MOST_FEATURES]
    if values.shape[1] < 3 or len(values) < 4:
        return None
    correlation = values.rank().corr().to_numpy()
    distance = np.clip(1 - np.abs(correlation), 0, None)
    np.fill_diagonal(distance, 0)
    order = hierarchy.leaves_list(hierarchy.linkage(squareform(distance, checks=False), "average"))
    names = [name.removeprefix("original_") for name in values.columns[order]]
    with canvas(0.9 + 0.125 * len(names)) as (drawn, (axes,)):
        shown = axes.pcolormesh(correlation[np.ix_(order, order)], cmap="RdBu_r", vmin=-1, vmax=1, rasterized=True)
        axes.set_yticks(np.arange(len(names)) + 0.5, names, fontsize=6)
        axes.set_xticks([])
        axes.set_ylim(len(names), 0)
        axes.set_aspect("equal")
        axes.grid(visible=False)
        axes.set_title("Features that say the same")
        drawn.colorbar(shown, ax=axes, shrink=0.5, label="Spearman correlation")
        return finished(
            drawn,
            "feature-clusters",
            alt=f"Heat map of rank correlations between {len(names)} features of {len(values)} recent lesions.",
            caption=f"Spearman correlation of {len(names)} features of the unfiltered image over {len(values)} recent "
            "lesions, "
            "ordered by average linkage of 1 − |correlation|. Blocks on the diagonal measure one thing.",
        )
