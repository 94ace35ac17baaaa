"""The first chapter: what was found, in plain words, with the caution that the number of patients deserves."""

from __future__ import annotations

import math
from dataclasses import replace

from radiomics_mammo.core.vocabulary import CaseClass, OutlineQuality, Severity
from radiomics_mammo.report.blocks import Block, ListBlock, Pointer, Section, TextBlock, Tile, TileBlock, anchor_of
from radiomics_mammo.report.cohort import LOST_TITLE, lost_words
from radiomics_mammo.report.material import LOOKED, ReportMaterial
from radiomics_mammo.report.wording import SMALLEST_P, decimals, format_interval, format_p, format_signed
from radiomics_mammo.tables.comparisons import COMPARISONS
from radiomics_mammo.tables.masses import recent_lesions
from radiomics_mammo.tables.origin import notices
from radiomics_mammo.tables.primary import PRIMARY, PRIMARY_SETS, SIGNIFICANCE, Answer, primary_answer
from radiomics_mammo.tables.study import MeasuredStudy
from radiomics_mammo.tables.trust import under_primary_policy, with_trusted_prior

_REFERENCE_AUC = 0.85
"""A usual published figure, to show what n allows before anything is estimated."""
_NORMAL_QUANTILE = 1.959964
_PRIMARY = "Primary result"
"""How the sentence of the classification begins that the result block already says."""
_ACCURACY = "Accuracy"
"""How the sentence begins that must not be read as the headline."""
_LOOKED = (
    "Results of this folder were looked at before this protocol was frozen (protocol.yaml): whatever is called primary "
    "here is exploratory."
)
_WITH = {
    PRIMARY_SETS[0]: "with the change since the prior exam",
    PRIMARY_SETS[1]: "from the recent exam alone",
}
"""The two sides of the primary hypothesis in words."""


_READINGS: dict[Answer, str] = {
    "helped": f"Decided by p below {SIGNIFICANCE:g}: the prior exam helped.",
    "worse": f"Decided by p below {SIGNIFICANCE:g}: the larger set of features did worse.",
    "not shown": f"Decided by p below {SIGNIFICANCE:g}: this study does not show a difference.",
    "not tested": "It was not tested, so nothing is claimed.",
}


def summary_section(material: ReportMaterial) -> Section:
    """Tiles, the primary result, what to be careful about, and what to look at first."""
    blocks: list[Block] = [TileBlock(_tiles(material)), primary_result(material)]
    if material.classification is not None and material.classification.summary:
        said = [text for text in material.classification.summary if not text.startswith(_PRIMARY)]
        said.sort(key=lambda text: text.startswith(_ACCURACY))  # accuracy does not come first
        blocks += [TextBlock("What the classification says besides:"), ListBlock(tuple(said))] if said else []
    blocks.extend(TextBlock(text, "caution") for text in cautions(material))
    blocks += [TextBlock("What to look at first:"), ListBlock(_look_first(material))]
    return Section("Summary", tuple(blocks))


def primary_result(material: ReportMaterial) -> TextBlock:
    """The one comparison that was named before the run, in words: both AUCs, difference, interval, p, usable priors.

    What was not tested says so, and why.
    """
    found = material.classification
    if found is None:
        return TextBlock(f"Not tested. {why_not_classified(material)}", "missing")
    primary = [row for row in COMPARISONS.rows(found.comparisons) if row.role == "primary"]
    if primary and primary[0].note and primary[0].difference is None:
        return TextBlock(f"{primary[0].note[0].upper()}{primary[0].note[1:]}.", "result")
    if not primary or primary[0].difference is None:
        reason = next((text for text in found.summary if text.startswith(_PRIMARY)), "")
        return TextBlock(f"Not tested. {reason or _who_compared(material)}", "missing")
    row = primary[0]
    places = decimals(row.ci_low, row.ci_high)
    interval, reading = "", _READINGS[primary_answer(row.difference, row.p_value)]
    if row.note:
        reading = f"{row.note[0].upper()}{row.note[1:]}."
    if row.ci_low is not None and row.ci_high is not None:
        interval = f" (95 % interval {format_signed(row.ci_low, places)} to {format_signed(row.ci_high, places)})"
    p_value = "no p value"
    if row.p_value is not None:
        p_value = f"p {'' if row.p_value < SMALLEST_P else '= '}{format_p(row.p_value)}"
    aucs = [f"{_auc_of(material, name)} {_WITH.get(name, f'with {name}')}" for name in (row.a, row.b)]
    with_prior = patients_with_prior(material.study) if row.n_usable is None else row.n_usable
    sentence = (
        f"AUC {aucs[0]}, {aucs[1]}: difference {format_signed(row.difference or 0.0, places)}{interval}, {p_value}, "
        f"{_who(material, row.n_patients)}; {with_prior} women had a usable prior. {reading}"
    )
    return TextBlock(sentence, "result")


def patients_with_prior(study: MeasuredStudy) -> int:
    """Women with a recent lesion whose prior region may be used, under the primary policy."""
    primary = under_primary_policy(study.deltas)
    return int(primary.loc[with_trusted_prior(primary, study.rois), "patient_id"].nunique())


def _auc_of(material: ReportMaterial, feature_set: str) -> str:
    assert material.classification is not None
    rows = replace(PRIMARY, feature_set=feature_set).of(material.classification.metrics)
    rows = rows[(rows["metric"].str.lower() == "auc") & (rows["view"].fillna("both") == "both")]
    if rows.empty:
        return "not known"
    estimate, low, high = rows[["estimate", "ci_low", "ci_high"]].astype(float).iloc[0]
    return format_interval(estimate, low, high)


def _who(material: ReportMaterial, n: int | None) -> str:
    malignant, benign = material.labelled_patients()
    counted = f"{benign} benign, {malignant} malignant"
    return f"{n} women ({counted})" if n == benign + malignant else f"{n} women"


def _who_compared(material: ReportMaterial) -> str:
    malignant, benign = material.labelled_patients()
    return (
        f"The primary comparison could not be estimated with these patients: {benign} benign, {malignant} malignant, "
        f"{patients_with_prior(material.study)} with a usable prior."
    )


def why_not_classified(material: ReportMaterial) -> str:
    """Why a folder holds no classification, and what to do."""
    malignant, benign = material.labelled_patients()
    if malignant and benign:
        return "This folder holds no classification; `radiomics-mammo classify DIR` makes it."
    return (
        f"Benign and malignant cannot be told apart with {malignant} malignant and {benign} benign patients: "
        "both classes are needed."
    )


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
    looked = (_LOOKED,) if material.provenance.value(LOOKED) == "yes" else ()
    return (*looked, counted, " ".join(notices(material.study.patients, material.study.lesions)))


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
        median = f"{errors.median():.2g} mm"
        tiles.append(Tile(median, f"median error of finding the place again (n = {len(errors)})"))
    return tuple(tiles)


def _look_first(material: ReportMaterial) -> tuple[Pointer, ...]:
    study = material.study
    severity = study.audit["severity"].value_counts()
    errors, warnings = severity.get(Severity.ERROR, 0), severity.get(Severity.WARNING, 0)
    checked = "Errors first." if material.images_read else "No image was read, so none was looked at."
    doubtful = int((~study.lesions["quality"].isin([OutlineQuality.CLOSED, OutlineQuality.EDGE_CLOSED])).sum())
    told = [
        Pointer("Audit", "audit", f"errors {errors}, warnings {warnings}. {checked}"),
        Pointer("Who was lost", anchor_of(LOST_TITLE), lost_words(study)),
        Pointer(
            "Masks",
            "masks",
            f"{doubtful} of {len(study.lesions)} outlines are not simply closed; they come first. Judge them and "
            "run again with `--review review.csv`.",
        ),
    ]
    untrusted = int((~material.trusted_pairs).sum())
    if untrusted:
        told.append(
            Pointer("Alignment", "alignment", f"{untrusted} pairs are not trusted; they come first, widest zone first.")
        )
    if material.classification is not None:
        checks = material.classification.sentinels
        failed = checks.loc[~checks["passed"].fillna(value=True), "name"].tolist()
        words = f"{len(failed)} of {len(checks)} did not pass: {', '.join(failed)}. Read these before any AUC."
        passed = f"{len(checks)} of {len(checks)} passed: they found no sign of leakage."
        told.append(Pointer("Sentinels", "sentinels", words if failed else passed))
    return tuple(told)
