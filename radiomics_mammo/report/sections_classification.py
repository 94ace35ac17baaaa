"""Chapter about telling benign from malignant, and about what might only look like it."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.core.results import Classification
from radiomics_mammo.report.blocks import Block, Section, TextBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.sections_statistics import statistics_block
from radiomics_mammo.report.summary import labelled_patients, primary_result
from radiomics_mammo.report.tables import format_interval, format_p, table_block

_SHORTCUTS = ("shortcut", "clinical")
_HOW = ["unit", "protocol", "prior_policy"]
_EXPLAINING = ("stability", "importance", "coefficients")
_WHO = ["unit", "view", "model", "feature_set", "prior_policy", "protocol", "role"]


def classification_section(material: ReportMaterial) -> Section:
    """Primary result, figures with intervals, curves, comparisons, sentinels, shortcuts, selected features."""
    found = material.classification
    if found is None or found.metrics.empty:
        return Section("Classification", (TextBlock(_why_absent(material), "missing"),))
    primary = found.metrics[found.metrics["role"] == "primary"]
    blocks: list[Block] = [
        primary_result(material),
        TextBlock(
            "All figures come from out-of-fold predictions with patients never split between training and test. "
            "Intervals resample patients with all their lesions. Everything not marked primary is exploratory."
        ),
    ]
    if len(primary):
        blocks.append(_metrics_block(primary, "Primary analysis", folded=False))
    blocks.extend(material.drawn("auc-by-set", "roc", "precision-recall", "calibration", "decision"))
    limit = material.config.table_rows
    rest = found.metrics[found.metrics["role"] != "primary"]
    if len(rest):
        blocks.append(_metrics_block(rest, "Exploratory figures", folded=True, limit=limit))
    blocks.append(_comparisons(found))
    parts = [_sentinels(found), _shortcuts(found, limit), _selection(found, limit), *_further(found, limit)]
    return Section("Classification", tuple(blocks), tuple(parts))


def _why_absent(material: ReportMaterial) -> str:
    malignant, benign = labelled_patients(material)
    if malignant and benign:
        return "This folder holds no classification; `radiomics-mammo classify DIR` makes it."
    return (
        f"Benign and malignant cannot be told apart with {malignant} malignant and {benign} benign patients: "
        "both classes are needed."
    )


def _metrics_block(metrics: pd.DataFrame, caption: str, *, folded: bool, limit: int | None = None) -> Block:
    shown = metrics[_WHO].copy()
    shown["figure"] = metrics["metric"].replace({"auc": "AUC"})
    shown["estimate (95 % interval)"] = [
        format_interval(row.estimate, row.ci_low, row.ci_high) for row in metrics.itertuples()
    ]
    shown["patients (malignant)"] = [f"{row.n_patients} ({row.n_malignant})" for row in metrics.itertuples()]
    varying = [name for name in _WHO if metrics[name].nunique(dropna=False) > 1]
    fixed = [f"{name.replace('_', ' ')} {metrics[name].iloc[0]}" for name in _WHO if name not in varying]
    kept = ["figure", "estimate (95 % interval)", "patients (malignant)", *varying]
    words = f"{caption}: {', '.join(fixed)}" if fixed else caption
    return table_block(shown[kept], words, limit=limit, source="metrics.csv", folded=folded)


def _comparisons(found: Classification) -> Block:
    compared = found.comparisons
    if compared.empty:
        return TextBlock("No pair of feature sets could be compared.", "missing")
    shown = compared[["a", "b", "metric", *_HOW, "role"]].replace({"metric": {"auc": "AUC"}})
    fixed = [name for name in _HOW if len(shown) > 1 and shown[name].nunique(dropna=False) == 1]
    shown["difference (95 % interval)"] = [
        format_interval(row.difference, row.ci_low, row.ci_high) for row in compared.itertuples()
    ]
    for name in ("p_value", "q_value"):
        shown[name] = [format_p(value) if pd.notna(value) else "–" for value in compared[name]]
    shown["patients"] = compared["n_patients"]
    order = shown["role"].map({"primary": 0}).fillna(1).sort_values(kind="stable").index
    words = "".join(f"; {name.replace('_', ' ')} {shown[name].iloc[0]}" for name in fixed)
    caption = f"Comparisons, a minus b; q is p adjusted within the declared family{words}"
    return table_block(shown.loc[order].drop(columns=fixed), caption, source="comparisons.csv")


def _sentinels(found: Classification) -> Section:
    text = TextBlock(
        "Sentinels are analyses whose honest answer is known beforehand: labels shuffled by whole patients, a random "
        "number per patient, the same patients on both sides. One that does not pass casts doubt on every figure above."
    )
    if found.sentinels.empty:
        return Section("Sentinels", (TextBlock("No sentinel was run.", "missing"),))
    return Section("Sentinels", (text, table_block(found.sentinels, "Sentinels", source="sentinels.csv")))


def _shortcuts(found: Classification, limit: int) -> Section:
    text = TextBlock(
        "What tells the label without looking at texture: whether the prior was outlined, area, interval, matrix "
        "(shortcut), age and density (clinical). A model is worth its complexity only where it is clearly above these."
    )
    panel = _detail(found, limit, "shortcut_panel")
    metrics = found.metrics
    rows = metrics[metrics["feature_set"].isin(_SHORTCUTS) & (metrics["metric"] == "auc")]
    if len(rows):
        panel = (*panel, _metrics_block(rows, "AUC of the shortcuts alone", folded=bool(panel)))
    absent = (TextBlock("These sets were not evaluated in this run.", "missing"),)
    return Section("Shortcuts", (text, *(panel or absent)))


def _selection(found: Classification, limit: int) -> Section:
    details = _detail(found, limit, *_EXPLAINING)
    if found.selection.empty:
        absent = TextBlock("No model in this run selects features.", "missing")
        return Section("Selected features", (absent, *details))
    ordered = found.selection.sort_values("frequency", ascending=False, kind="stable")
    text = TextBlock("Share of outer fits that kept a feature; features kept rarely are not a finding.")
    table = table_block(ordered, "Features kept most often", limit=limit, source="selection.csv", folded=True)
    return Section("Selected features", (text, table, *details))


def _further(found: Classification, limit: int) -> tuple[Section, ...]:
    shown = {"shortcut_panel", *_EXPLAINING}
    left = [table.name for table in found.tables if table.name not in shown]
    return (Section("Beside the authors' protocol", _detail(found, limit, *left)),) if left else ()


def _detail(found: Classification, limit: int, *names: str) -> tuple[Block, ...]:
    known = {table.name: table for table in found.tables}
    return tuple(statistics_block(known[name], limit, folder="classification") for name in names if name in known)
