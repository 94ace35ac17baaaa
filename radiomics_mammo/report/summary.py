"""The first chapter: what was found, in plain words, with the caution that the number of patients deserves."""

from __future__ import annotations

import math

from radiomics_mammo.core.vocabulary import CaseClass, Severity
from radiomics_mammo.report.blocks import Block, ListBlock, Section, TextBlock, Tile, TileBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.wording import SMALLEST_P, format_number, format_p, format_signed
from radiomics_mammo.tables.comparisons import COMPARISONS
from radiomics_mammo.tables.masses import recent_lesions

_REFERENCE_AUC = 0.85
"""A usual published figure, to show what n allows before anything is estimated."""
_NORMAL_QUANTILE = 1.959964
_PRIMARY = "Primary result"
"""How the sentence of the classification begins that the result block already says."""


def summary_section(material: ReportMaterial) -> Section:
    """Tiles, the primary result, what to be careful about, and what to look at first."""
    blocks: list[Block] = [TileBlock(_tiles(material)), primary_result(material)]
    if material.classification is not None and material.classification.summary:
        said = material.classification.summary
        said = said[1:] if said[0].startswith(_PRIMARY) else said
        blocks += [TextBlock("What the classification says besides:"), ListBlock(said)]
    blocks.extend(TextBlock(text, "caution") for text in cautions(material))
    blocks += [TextBlock("What to look at first:"), ListBlock(_look_first(material))]
    return Section("Summary", tuple(blocks))


def primary_result(material: ReportMaterial) -> TextBlock:
    """The one comparison that was named before the run, as a sentence."""
    if material.classification is None:
        return TextBlock("No classification was run, so there is no primary result.", "missing")
    primary = [row for row in COMPARISONS.rows(material.classification.comparisons) if row.role == "primary"]
    if not primary:
        return TextBlock("The classification holds no primary comparison.", "missing")
    row = primary[0]
    if row.difference is None:
        return TextBlock("The primary comparison could not be estimated with these patients.", "missing")
    interval, reading = "", "No interval could be given, so nothing is claimed."
    if row.ci_low is not None and row.ci_high is not None:
        interval = f"95 % interval {format_signed(row.ci_low)} to {format_signed(row.ci_high)}, "
        reading = _reading(row.ci_low, row.ci_high)
    p_value = ""
    if row.p_value is not None:
        p_value = f", p {'' if row.p_value < SMALLEST_P else '= '}{format_p(row.p_value)}"
    metric = "AUC" if row.metric.lower() == "auc" else row.metric
    sentence = (
        f"{row.a} against {row.b}: {metric} differs by {format_signed(row.difference)} "
        f"({interval}{row.n_patients} patients{p_value}). {reading}"
    )
    return TextBlock(sentence, "result")


def _reading(low: float, high: float) -> str:
    if low > 0:
        return "The interval lies above zero."
    if high < 0:
        return "The interval lies below zero: the larger set of features did worse."
    return "The interval includes zero: this study does not show a difference."


def cautions(material: ReportMaterial) -> tuple[str, ...]:
    """What n and the data allow to be said, in whole sentences."""
    malignant, benign = material.labelled_patients()
    counted = "Only one class of masses is present, so benign and malignant cannot be told apart."
    if malignant and benign:
        half = auc_half_width(_REFERENCE_AUC, malignant=malignant, benign=benign)
        share = max(malignant, benign) / (malignant + benign)
        counted = (
            f"{benign} patients with benign and {malignant} with malignant masses: an AUC of {_REFERENCE_AUC} would be "
            f"known to about ±\u00a0{half:.2f} only, and calling every mass by the larger class is right in "
            f"{share:.0%}. Accuracy is therefore not a headline figure here."
        )
    return (
        counted,
        "Benign masses are BI-RADS 2 and were not biopsied, malignant ones were: the two classes are known by "
        "different means. One breast a woman, one country, no external test.",
    )


def auc_half_width(auc: float, *, malignant: int, benign: int) -> float:
    """Half the width of the 95 % interval of an AUC (Hanley and McNeil, Radiology 1982;143:29, equation 2).

    Parameters
    ----------
    auc : float
    malignant, benign : int
        Patients of each class, at least 1.

    Examples
    --------
    >>> round(auc_half_width(0.85, malignant=50, benign=15), 3)
    0.095
    """
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (malignant - 1) * (q1 - auc**2) + (benign - 1) * (q2 - auc**2)
    return _NORMAL_QUANTILE * math.sqrt(variance / (malignant * benign))


def _tiles(material: ReportMaterial) -> tuple[Tile, ...]:
    study = material.study
    classes = study.patients["case_class"].value_counts()
    by_class = ", ".join(f"{classes[name]} {name}" for name in CaseClass if name in classes)
    recent, trusted = len(recent_lesions(study.lesions)), material.trusted_pairs
    errors = study.registration["error_mm"].dropna()
    tiles = [
        Tile(str(len(study.patients)), f"patients ({by_class})" if by_class else "patients"),
        Tile(str(material.images_read), "mammograms read"),
        Tile(str(recent), f"lesions outlined in the recent exam ({len(study.lesions) - recent} in the prior)"),
        Tile(f"{int(trusted.sum())} of {len(trusted)}", "exam pairs with a trusted alignment"),
    ]
    if len(errors):
        median = f"{format_number(float(errors.median()))} mm"
        tiles.append(Tile(median, f"median error of finding the place again (n = {len(errors)})"))
    return tuple(tiles)


def _look_first(material: ReportMaterial) -> tuple[str, ...]:
    study = material.study
    severity = study.audit["severity"].value_counts()
    errors, warnings = severity.get(Severity.ERROR, 0), severity.get(Severity.WARNING, 0)
    told = [
        f"Audit: errors {errors}, warnings {warnings}. "
        + ("Errors first." if material.images_read else "No image was read, so none was looked at."),
        "Masks: the contact sheet shows the least certain outlines first; mark wrong ones and run again without them.",
    ]
    untrusted = int((~material.trusted_pairs).sum())
    if untrusted:
        told.append(f"Alignment: {untrusted} pairs are not trusted and give no change; they come first in the gallery.")
    if material.classification is not None:
        checks = material.classification.sentinels
        failed = checks.loc[~checks["passed"].fillna(value=True), "name"].tolist()
        told.append(
            f"Sentinels that did not pass: {', '.join(failed)}. Read these before any AUC."
            if failed
            else "No sentinel failed: they found no sign of leakage."
        )
    return tuple(told)
