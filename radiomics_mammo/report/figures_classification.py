"""Drawings of the classification: figures by feature set and the four curves."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from radiomics_mammo.report.blocks import Figure
from radiomics_mammo.report.drawing import ACCENT, NARROW_INCH, SERIES_COLORS, SOFT, canvas, finished

_CURVES = {
    "roc": ("roc", "ROC", "false positive rate", "sensitivity"),
    "pr": ("precision-recall", "Precision and recall", "recall", "precision"),
    "calibration": ("calibration", "Calibration", "predicted probability", "observed share of malignant"),
    "decision": ("decision", "Decision curve", "threshold probability", "net benefit"),
}
"""Word of ``curves.csv``: name of the drawing, title, abscissa, ordinate."""
_CAPTIONS = {
    "roc": "Pooled out-of-fold predictions; the band is the 95 % interval by patient. Dashed: chance.",
    "pr": "Pooled out-of-fold predictions; the band is the 95 % interval by patient. Precision depends on the share of "
    "malignant patients, which is far above that of screening.",
    "calibration": "Predicted against observed share, with 95 % intervals by patient; on the dashed line, predictions "
    "mean what they say.",
    "decision": "Net benefit (Vickers and Elkin 2006) against calling everybody (dotted) or nobody (dashed) "
    "malignant. Its level depends on the "
    "share of "
    "malignant patients, which is far above that of screening.",
}
_MOST_CURVES = 4
_SETS = ("recent", "recent+delta", "prior", "recent+prior", "delta", "all", "clinical", "shortcut")
"""Sets that are drawn, in this order; sets that only serve a check are not."""
_SHORTCUTS, _SHORTCUT_COLOR = ("clinical", "shortcut"), "#a8680b"
_EVERYONE = "treat-all"
"""Word of the column `model` for calling everybody malignant."""


def auc_figure(metrics: pd.DataFrame) -> Figure | None:
    """AUC by feature set with its interval, per patient, the primary model first; None where there is none."""
    rows = _auc_rows(metrics)
    if rows.empty:
        return None
    with canvas(0.8 + 0.27 * len(rows)) as (drawn, (axes,)):
        for place, row in enumerate(rows.itertuples()):
            color = ACCENT if row.role == "primary" else _SHORTCUT_COLOR if row.feature_set in _SHORTCUTS else SOFT
            axes.plot([row.ci_low, row.ci_high], [place, place], color=color, lw=2, solid_capstyle="butt")
            axes.plot(row.estimate, place, "o", color=color, ms=5.5)
            axes.text(
                1.01, place, f"{row.estimate:.2f}", va="center", transform=axes.get_yaxis_transform(), color=color
            )
        axes.set_yticks(range(len(rows)), [f"{row.feature_set}  ({row.model})" for row in rows.itertuples()])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.axvline(0.5, color=SOFT, lw=0.8, ls="--", zorder=0)
        low = float(np.nanmin([rows["ci_low"].min(), rows["estimate"].min(), 0.45]))
        axes.set(title="AUC by set of features, per patient", xlabel="AUC", xlim=(low, 1.0))
        axes.grid(visible=False, axis="y")
        told = "; ".join(f"{row.feature_set} {row.model} {row.estimate:.2f}" for row in rows.itertuples())
        return finished(
            drawn,
            "auc-by-set",
            alt=f"AUC with 95 % interval by feature set: {told}",
            caption=f"AUC with its 95 % interval by patient, {rows['n_patients'].iloc[0]} patients of whom "
            f"{rows['n_malignant'].iloc[0]} malignant; grouped k-fold, registered priors. Blue: the primary analysis. "
            "Brown: sets that look at no texture. Dashed: chance.",
        )


def _auc_rows(metrics: pd.DataFrame) -> pd.DataFrame:
    """The rows to draw: the common protocol, known sets only, the primary model first."""
    rows = metrics[(metrics["metric"] == "auc") & metrics["estimate"].notna() & metrics["feature_set"].isin(_SETS)]
    common = {"unit": "patient", "prior_policy": "registered", "protocol": "grouped-kfold", "view": "both"}
    for column, word in common.items():
        rows = rows[rows[column] == word]
    first = rows.loc[rows["role"] == "primary", "model"].iloc[:1].tolist()
    ranked = rows.assign(later=~rows["model"].isin(first), order=rows["feature_set"].map(_SETS.index))
    return ranked.sort_values(["later", "model", "order"]).reset_index(drop=True)


def curve_figures(curves: pd.DataFrame) -> tuple[Figure, ...]:
    """One drawing for each kind of curve there is."""
    drawn = []
    for kind in _CURVES:
        points = curves[(curves["curve"] == kind) & curves["x"].notna() & curves["y"].notna()]
        if len(points):
            drawn.append(_curve_figure(kind, points))
    return tuple(drawn)


def _curve_figure(kind: str, points: pd.DataFrame) -> Figure:
    name, title, across, up = _CURVES[kind]
    everyone = points["model"] == _EVERYONE
    models = points[~everyone]
    models = models[models["model"] == models["model"].iloc[0]] if len(models) else models
    series = list(models.groupby(["unit", "model", "feature_set"], sort=False))[:_MOST_CURVES]
    with canvas(3.9 + 0.17 * len(series), width_inch=NARROW_INCH) as (drawn, (axes,)):
        for color, (who, curve) in zip(SERIES_COLORS, series, strict=False):
            _draw_curve(axes, curve, color=color, label=" · ".join(map(str, who)), apart=kind == "calibration")
        if kind in ("roc", "calibration"):
            axes.plot([0, 1], [0, 1], color=SOFT, lw=0.8, ls="--", zorder=0)
        if kind == "decision":
            all_called = points[everyone].drop_duplicates("x").sort_values("x")
            axes.plot(all_called["x"], all_called["y"], color=SOFT, lw=1, ls=":", label="calling everybody malignant")
            axes.axhline(0, color=SOFT, lw=0.8, ls="--", zorder=0)
            axes.set_ylim(max(-0.15, float(points["y"].min()) - 0.02), float(points["y"].max()) + 0.1)
        else:
            axes.set(ylim=(-0.01, 1.02))
        axes.set(title=title, xlabel=across, ylabel=up, xlim=(-0.01, 1.01))
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), fontsize=8)
        axes.set_box_aspect(1)
        told = ", ".join(" ".join(map(str, who)) for who, _ in series)
        return finished(
            drawn, name, alt=f"{title} of {told}: {up} against {across}.", caption=_CAPTIONS[kind], narrow=True
        )


def _draw_curve(axes: Axes, curve: pd.DataFrame, *, color: str, label: str, apart: bool) -> None:
    """A line with a band, or points with bars where they stand apart."""
    ordered = curve.sort_values(["x", "y"])
    x, y = ordered["x"].to_numpy(dtype=float), ordered["y"].to_numpy(dtype=float)
    low, high = ordered["y_low"].to_numpy(dtype=float), ordered["y_high"].to_numpy(dtype=float)
    known = bool(np.isfinite(low).all() and np.isfinite(high).all())
    if known and apart:
        axes.vlines(x, low, high, color=color, lw=1, alpha=0.6)
    elif known:
        axes.fill_between(x, low, high, color=color, alpha=0.14, lw=0)
    axes.plot(x, y, color=color, lw=1 if apart else 1.8, marker="o" if apart else None, ms=5, label=label)
