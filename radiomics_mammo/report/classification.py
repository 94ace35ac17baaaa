"""Chapter on telling benign from malignant: AUC, curves, comparisons, sentinels, shortcuts, selected features."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from radiomics_mammo.report.blocks import Block, Figure, Section, TextBlock
from radiomics_mammo.report.choices import CHAPTER, DRAWINGS, choice_figures
from radiomics_mammo.report.drawing import ACCENT, SERIES_COLORS, SOFT, Marks, canvas, finished, forest
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.summary import primary_result, why_not_classified
from radiomics_mammo.report.wording import format_effect, format_interval, table_block
from radiomics_mammo.tables.primary import PRIMARY
from radiomics_mammo.tables.study import Classification, NamedTable

_SETS = ("recent", "recent+delta", "prior", "recent+prior", "delta", "all", "clinical", "shortcut")
"""Sets that are drawn, in this order; sets that only serve a check are not."""
_SHORTCUTS, _SHORTCUT_COLOR = ("shortcut", "clinical"), "#a8680b"
_COMMON = {"unit": PRIMARY.unit, "prior_policy": PRIMARY.prior_policy, "protocol": PRIMARY.protocol, "view": "both"}
"""What the AUC figure shows."""
_HOW = ["unit", "protocol", "prior_policy"]
_WHO = ["unit", "view", "model", "feature_set", "prior_policy", "protocol", "role"]
_HEADINGS = {
    "shortcut_panel": "Shortcuts",
    "stability": "Selected features",
    "importance": "Selected features",
    "coefficients": "Selected features",
}
"""Where tables stand that name no heading of their own; all others are beside the authors' protocol."""
_AUTHORS = "Beside the authors' protocol"
_CURVES = {
    "roc": ("roc", "ROC", "false positive rate", "sensitivity"),
    "pr": ("precision-recall", "PR", "recall", "precision"),
    "calibration": ("calibration", "Calibration", "predicted probability", "observed share of malignant"),
    "decision": ("decision", "Benefit", "threshold probability", "net benefit"),
}
"""Word of ``curves.csv``: name of the drawing, title, abscissa, ordinate."""
_PREVALENCE = "depends on the share of malignant patients, which is far above that of screening."
_CAPTIONS = {
    "roc": "Pooled out-of-fold predictions; the band is the 95 % interval by patient. Dashed: chance.",
    "pr": f"Pooled out-of-fold predictions; the band is the 95 % interval by patient. Precision {_PREVALENCE}",
    "calibration": "Predicted against observed share, with 95 % intervals by patient; on the dashed line, predictions "
    "mean what they say.",
    "decision": "Net benefit (Vickers and Elkin 2006) against calling everybody (dotted) or nobody (dashed) "
    f"malignant. Its level {_PREVALENCE}",
}
_MOST_CURVES = 4
_EVERYONE = "treat-all"
"""Word of the column `model` for calling everybody malignant."""


def classification_section(material: ReportMaterial) -> Section:
    """Primary result, figures with intervals, curves, comparisons, sentinels, shortcuts, selected features."""
    found = material.classification
    if found is None or found.metrics.empty:
        return Section("Classification", (TextBlock(why_not_classified(material), "missing"),))
    primary = found.metrics["role"] == "primary"
    blocks: list[Block] = [
        primary_result(material),
        TextBlock(
            "All figures come from out-of-fold predictions with patients never split between training and test. "
            "Intervals resample patients with all their lesions. Everything not marked primary is exploratory."
        ),
    ]
    if primary.any():
        blocks.append(_metrics_block(found.metrics[primary], "Primary analysis", folded=False))
    blocks.extend(material.drawn("auc-by-set", "roc", "precision-recall", "calibration", "decision"))
    limit = material.config.table_rows
    if not primary.all():
        blocks.append(_metrics_block(found.metrics[~primary], "Exploratory figures", folded=True, limit=limit))
    blocks.append(_comparisons(found.comparisons))
    tables: dict[str, list[NamedTable]] = {}
    for table in found.tables:
        tables.setdefault(table.chapter or _HEADINGS.get(table.name, _AUTHORS), []).append(table)
    details = {heading: material.blocks(group, "classification") for heading, group in tables.items()}
    if CHAPTER in details:
        details[CHAPTER] = (*material.drawn(*DRAWINGS), *details[CHAPTER])
    parts = [
        _sentinels(found.sentinels),
        _shortcuts(found.metrics, details.pop("Shortcuts", ())),
        _selection(found.selection, details.pop("Selected features", ()), limit=limit),
        *(Section(heading, shown) for heading, shown in details.items()),
    ]
    return Section("Classification", tuple(blocks), tuple(parts))


def _metrics_block(metrics: pd.DataFrame, caption: str, *, folded: bool, limit: int | None = None) -> Block:
    varying = [name for name in _WHO if metrics[name].nunique(dropna=False) > 1]
    said = [name for name in _WHO if name not in (*varying, "role")]
    fixed = [f"{name.replace('_', ' ')} {metrics[name].iloc[0]}" for name in said]
    intervals = zip(metrics["estimate"], metrics["ci_low"], metrics["ci_high"], strict=True)
    patients = zip(metrics["n_patients"], metrics["n_malignant"], strict=True)
    shown = pd.DataFrame(
        {
            "figure": metrics["metric"].replace({"auc": "AUC"}),
            "estimate (95 % interval)": [format_interval(*figures) for figures in intervals],
            "patients (malignant)": [f"{n} ({malignant})" for n, malignant in patients],
        }
    )
    words = f"{caption}: {', '.join(fixed)}" if fixed else caption
    return table_block(shown.join(metrics[varying]), words, limit=limit, source="metrics.csv", folded=folded)


def _comparisons(compared: pd.DataFrame) -> Block:
    if compared.empty:
        return TextBlock("No pair of feature sets could be compared.", "missing")
    shown = compared[["a", "b", "metric", *_HOW, "role"]].replace({"metric": {"auc": "AUC"}})
    fixed = [name for name in _HOW if len(shown) > 1 and shown[name].nunique(dropna=False) == 1]
    intervals = zip(compared["difference"], compared["ci_low"], compared["ci_high"], strict=True)
    shown["difference (95 % interval)"] = [format_interval(*figures) for figures in intervals]
    shown = shown.join(compared[["p_value", "q_value", "n_patients", "n_usable"]])
    if compared["note"].notna().any():
        shown["note"] = compared["note"]
    order = (shown["role"] != "primary").sort_values(kind="stable").index
    words = "".join(f"; {name.replace('_', ' ')} {shown[name].iloc[0]}" for name in fixed)
    caption = f"Comparisons, a minus b; q is p adjusted within the declared family{words}"
    names = {"n_patients": "patients", "n_usable": "with a usable prior"}
    return table_block(shown.loc[order].drop(columns=fixed), caption, names=names, source="comparisons.csv")


def _sentinels(sentinels: pd.DataFrame) -> Section:
    text = TextBlock(
        "Sentinels are analyses whose honest answer is known beforehand: labels shuffled by whole patients, a random "
        "number per patient, the same patients on both sides. One that does not pass casts doubt on every figure above."
    )
    if sentinels.empty:
        return Section("Sentinels", (TextBlock("No sentinel was run.", "missing"),))
    return Section("Sentinels", (text, table_block(sentinels, "Sentinels", source="sentinels.csv")))


def _shortcuts(metrics: pd.DataFrame, panel: tuple[Block, ...]) -> Section:
    text = TextBlock(
        "What tells the label without looking at texture: whether the prior was outlined, area, interval, matrix, "
        "size of the zone (shortcut), age and density (clinical). A model is worth its complexity only where it is "
        "clearly above these."
    )
    rows = metrics[metrics["feature_set"].isin(_SHORTCUTS) & (metrics["metric"] == "auc")]
    if len(rows):
        panel = (*panel, _metrics_block(rows, "AUC of the shortcuts alone", folded=bool(panel)))
    absent = (TextBlock("These sets were not evaluated in this run.", "missing"),)
    return Section("Shortcuts", (text, *(panel or absent)))


def _selection(selection: pd.DataFrame, details: tuple[Block, ...], *, limit: int) -> Section:
    if selection.empty:
        absent = TextBlock("No model in this run selects features.", "missing")
        return Section("Selected features", (absent, *details))
    ordered = selection.sort_values("frequency", ascending=False, kind="stable")
    text = TextBlock("Share of outer fits that kept a feature; features kept rarely are not a finding.")
    table = table_block(ordered, "Features kept most often", limit=limit, source="selection.csv", folded=True)
    return Section("Selected features", (text, table, *details))


def classification_figures(found: Classification) -> tuple[Figure, ...]:
    """AUC by feature set, one drawing for each kind of curve there is, and what the result hangs on."""
    known = found.curves.dropna(subset=["x", "y"])
    curves = [(kind, known[known["curve"] == kind]) for kind in _CURVES]
    drawn = (curve_figure(kind, points) for kind, points in curves if len(points))
    return (*auc_figures(found.metrics), *drawn, *choice_figures(found.tables))


def auc_figures(metrics: pd.DataFrame) -> tuple[Figure, ...]:
    """AUC by feature set with its interval, per patient, the primary model first; nothing where there is none."""
    rows = _auc_rows(metrics)
    if rows.empty:
        return ()
    plain = [_SHORTCUT_COLOR if name in _SHORTCUTS else SOFT for name in rows["feature_set"]]
    colors = [ACCENT if role == "primary" else color for role, color in zip(rows["role"], plain, strict=True)]
    names = [f"{row.feature_set}  ({row.model})" for row in rows.itertuples()]
    with canvas(0.8 + 0.27 * len(rows)) as (drawn, (axes,)):
        marks = forest(axes, rows, names, colors)
        for place, (value, color) in enumerate(zip(rows["estimate"], colors, strict=True)):
            axes.text(1.01, place, f"{value:.2f}", va="center", transform=axes.get_yaxis_transform(), color=color)
        axes.axvline(0.5, color=SOFT, lw=0.8, ls="--", zorder=0)
        low = float(np.nanmin([rows["ci_low"].min(), rows["estimate"].min(), 0.45]))
        axes.set(
            title=f"AUC by set of features, per patient, n = {rows['n_patients'].iloc[0]}",
            xlabel="AUC",
            xlim=(low, 1.0),
        )
        told = "; ".join(f"{row.feature_set} {row.model} {row.estimate:.2f}" for row in rows.itertuples())
        figure = finished(
            drawn,
            "auc-by-set",
            alt=f"AUC with 95 % interval by feature set: {told}",
            caption=f"AUC with its 95 % interval by patient, {rows['n_patients'].iloc[0]} patients of whom "
            f"{rows['n_malignant'].iloc[0]} malignant; {PRIMARY.protocol}, {PRIMARY.prior_policy} priors. Blue: the "
            "primary analysis. Brown: sets that look at no texture. Dashed: chance.",
            marks=[marks],
        )
        return (figure,)


def _auc_rows(metrics: pd.DataFrame) -> pd.DataFrame:
    """The rows to draw: the common protocol, known sets only, the primary model first."""
    rows = metrics[(metrics["metric"] == "auc") & metrics["estimate"].notna() & metrics["feature_set"].isin(_SETS)]
    rows = rows[(rows[list(_COMMON)] == pd.Series(_COMMON)).all(axis=1)]
    ranked = rows.assign(later=rows["model"] != PRIMARY.model, order=rows["feature_set"].map(_SETS.index))
    return ranked.sort_values(["later", "model", "order"]).reset_index(drop=True)


def curve_figure(kind: str, points: pd.DataFrame) -> Figure:
    """One `kind` of curve of the primary model (the first, where it is absent), one panel a feature set.

    Bands of several sets in one panel would cover each other.
    """
    name, title, across, up = _CURVES[kind]
    everyone = points["model"] == _EVERYONE
    names = points.loc[~everyone, "model"].unique()
    model = PRIMARY.model if PRIMARY.model in names else next(iter(names), "")
    chosen = points[points["model"] == model]
    series, marks = list(chosen.groupby(["unit", "feature_set"], sort=False))[:_MOST_CURVES], []
    with canvas(3.0, columns=max(1, len(series))) as (drawn, axes):
        for lane, color, ((_, feature_set), curve) in zip(axes, SERIES_COLORS, series, strict=False):
            marks.append(_draw_curve(lane, curve, color=color, apart=kind == "calibration"))
            if kind in ("roc", "calibration"):
                lane.plot([0, 1], [0, 1], color=SOFT, lw=0.8, ls="--", zorder=0)
            if kind == "decision":
                all_called = points[everyone].drop_duplicates("x").sort_values("x")
                lane.plot(all_called["x"], all_called["y"], color=SOFT, lw=1, ls=":")
                lane.axhline(0, color=SOFT, lw=0.8, ls="--", zorder=0)
                lane.set_ylim(max(-0.15, float(points["y"].min()) - 0.02), float(points["y"].max()) + 0.1)
            else:
                lane.set_ylim(-0.01, 1.02)
            lane.set(title=f"{title}: {feature_set}", xlabel=across, xlim=(-0.01, 1.01))
            lane.set_box_aspect(1)
        axes[0].set_ylabel(up)
        units = " and ".join(dict.fromkeys(str(who[0]) for who, _ in series))
        told = ", ".join(str(who[1]) for who, _ in series)
        caption = f"{model}, by {units}. {_CAPTIONS[kind]}" if series else _CAPTIONS[kind]
        return finished(drawn, name, alt=f"{title} of {told}: {up} against {across}.", caption=caption, marks=marks)


def _draw_curve(axes: Axes, curve: pd.DataFrame, *, color: str, apart: bool) -> Marks:
    """A line with a band, or points with bars where they stand apart; what its points say."""
    ordered = curve.sort_values(["x", "y"])
    x, y, low, high = (ordered[name].to_numpy(dtype=float) for name in ("x", "y", "y_low", "y_high"))
    known = bool(np.isfinite(low).all() and np.isfinite(high).all())
    if known and apart:
        axes.vlines(x, low, high, color=color, lw=1, alpha=0.6)
    elif known:
        axes.fill_between(x, low, high, color=color, alpha=0.14, lw=0)
    axes.plot(x, y, color=color, lw=1 if apart else 1.8, marker="o" if apart else None, ms=5)
    told = [format_effect(*figures) for figures in zip(y, low, high, strict=True)]
    return Marks(axes, x, y, [f"at {place:.2f}: {words}" for place, words in zip(x, told, strict=True)])
