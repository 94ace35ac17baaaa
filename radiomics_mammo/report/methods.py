"""Chapters on how it was done and where it comes from: methods with references, checklists, provenance."""

from __future__ import annotations

import io
import shlex
from pathlib import PurePath

import pandas as pd

from radiomics_mammo.core.references import REFERENCES, cite
from radiomics_mammo.report.blocks import Block, ListBlock, PasteBlock, Section, TextBlock
from radiomics_mammo.report.material import LOOKED, ReportMaterial, packaged_text
from radiomics_mammo.report.wording import table_block
from radiomics_mammo.tables.checklists import CHECKLISTS, ChecklistRow
from radiomics_mammo.tables.origin import of_release
from radiomics_mammo.tables.primary import PRIMARY
from radiomics_mammo.tables.study import Classification, MeasuredStudy, NamedTable

DONE = "done by the software"
AUTHOR = "to be filled by the author"
IMPOSSIBLE = "not possible with this study"
NOT_DONE = "not done in this run"
STATUSES = (DONE, AUTHOR, NOT_DONE, IMPOSSIBLE)
COLUMNS_PER_PATIENT = 10
"""Patients of the smaller class that are usually asked for each column of a model (Peduzzi 1996)."""
_CITED = "References:"
"""Where the paragraph of the statistics begins to list its works; the one list of references holds them."""
_SETTINGS = ("configuration", "settings")
"""Groups of study.json that hold the settings; they are shown whole."""
_BOUNDS = {"inner": "inner edge", "centre": "middle", "outer": "outer edge"}
_ABSENT = {
    "protocol": "no protocol was frozen before results of these tables were looked at",
    "classification": "this run holds no classification",
    "statistics": "this run holds no statistical tables",
    "robustness": "this run holds no robustness table",
    "features": "this run holds no features",
    "lesions": "this run holds no outlined lesion",
    "combined": "no model of this run joins clinical and radiomic columns",
    "dimensionality": f"fewer than {COLUMNS_PER_PATIENT} patients of the smaller class for each column of the model",
}


def methods_section(material: ReportMaterial) -> Section:
    """Two paragraphs that a methods section can take over, the limitations, and one numbered list of references."""
    told = next((one.table for one in material.statistics if one.name == "statistical_methods"), None)
    texts = {"methods": (), "limitation": ()} if told is None else dict(told.groupby("kind")["text"].agg(tuple))
    statistics = " ".join(text.partition(_CITED)[0].strip() for text in texts.get("methods", ()))
    blocks: list[Block] = [
        TextBlock("Two paragraphs to take over; the numbers are those of the references below.", "note"),
        PasteBlock(" ".join(_measuring(material))),
        PasteBlock(" ".join((*_analysis(material), statistics)).strip()),
        TextBlock(
            "Every setting that was used, also those left at their default, is listed in the chapter Provenance and in "
            "study.json; the engines' parameters that are not listed keep the engines' defaults."
        ),
    ]
    if texts.get("limitation"):
        blocks += [TextBlock("What this study cannot show:"), ListBlock(tuple(texts["limitation"]))]
    works = ListBlock(tuple(REFERENCES.values()), numbered=True)
    return Section("Methods", tuple(blocks), (Section("References", (works,)),))


def _setting(material: ReportMaterial, name: str, otherwise: str = "") -> str:
    values = (material.provenance.value(f"{group}.{name}") for group in _SETTINGS)
    return next(filter(None, values), otherwise)


def _measuring(material: ReportMaterial) -> tuple[str, ...]:
    """From images to robust features."""
    bound = _BOUNDS.get(_setting(material, "masks.stroke_policy"), "configured edge")
    spacing = _setting(material, "features.spacing_mm")
    grid = f"{spacing} mm" if spacing else "the study's spacing"
    bins = _setting(material, "features.bin_count", "a fixed number of")
    scale = _setting(material, "features.intensity_scale", "breast-percentile")
    patients = material.study.patients
    data = f"Mammograms of {len(patients)} women in two screening rounds were read, with the outlines of their masses."
    if of_release(patients):
        data = (
            f"Two screening rounds of one breast of {len(patients)} women, CC and MLO, were read with the outlines by "
            f"radiologists {cite('data')}."
        )
    return (
        data,
        "Labels: blue outline, BI-RADS benign, not biopsied; red outline, suspicious; malignant where it is the only "
        "red one of its image or lies in the green box that marks the biopsied mass; otherwise unconfirmed and never "
        "used for training. Class folder, BI-RADS class and biopsy text never enter a model.",
        f"Pen lines were found by their chroma against the picture's own noise, closed along their course and "
        f"placed on the DICOM grid by a measured mapping; the {bound} of the line bounds the mass.",
        "Affine maps from several starts (masked correlation over all shifts and turns, mutual information "
        f"{cite('sitk')}) are weighed, a local step must prove itself on blocks it has not seen, and every place comes "
        f"with the radius that holds the true one nine times in ten {cite('timp', 'hadjiiski')}. Every prior region is "
        "propagated by one path, whoever outlined what.",
        f"Features were measured with PyRadiomics {cite('pyradiomics')}, 2-D, on {scale} intensities resampled once "
        f"to {grid}, with {bins} grey levels; names and formulas follow the IBSI {cite('ibsi', 'ibsi2')}.",
        "Change was expressed as difference, relative difference, log ratio, rate per year between screenings, and "
        "similarity of the two regions; z scores against lesion-free places of the same pair and of normal patients.",
        f"Robustness was measured as ICC(2,1) over moved and redrawn contours {cite('icc')}, once on all patients "
        "without labels; the models' filter by ICC is therefore not learned inside the folds.",
    )


def _analysis(material: ReportMaterial) -> tuple[str, ...]:
    """From features to models; the paragraph of the statistics follows it."""
    folds, repeats = _setting(material, "modeling.outer_folds", "k"), _setting(material, "modeling.repeats", "several")
    return (
        f"Penalised logistic regression was the primary model; nested cross-validation, {folds} folds, {repeats} "
        "repeats, stratified by label and grouped by patient; scaling, selection by label and tuning inside the inner "
        f"folds only {cite('sklearn', 'leakage')}. One hypothesis was named beforehand: recent and change against "
        "recent alone, by patient.",
        f"Intervals resample whole patients; calibration {cite('calibration')}, net benefit {cite('decision')}.",
        f"The gain was looked at under other reasonable choices as well {cite('specification')}, without tests.",
        f"False discovery rates follow Benjamini and Hochberg {cite('bh')} over a tree of questions, classes of "
        "features and features, declared before testing.",
        f"Reported by CLEAR, METRICS and TRIPOD+AI {cite('clear', 'metrics', 'tripod')}.",
    )


def checklists_section(material: ReportMaterial) -> Section:
    """CLEAR, METRICS and TRIPOD+AI as far as the run fills them."""
    in_time = material.provenance.value(LOOKED) == "no"
    table = checklist_table(material.study, material.classification, material.statistics, protocol=in_time)
    counted = table["status"].value_counts()
    said = "; ".join(f"{counted[status]} {status}" for status in STATUSES if status in counted)
    text = TextBlock(
        f"{len(table)} items: {said}. In METRICS those that are done carry a weight of "
        f"{covered_weight(table):.2f} of 1. {cite('clear', 'metrics', 'tripod')}"
    )
    blocks = tuple(
        table_block(part.drop(columns="checklist"), f"{name} items", source="checklists.csv", folded=True)
        for name, part in table.groupby("checklist")
    )
    return Section("Checklists", (text, *blocks))


def checklist_items() -> pd.DataFrame:
    """The items: CLEAR (58 items) and METRICS (30 weighted items) as published, TRIPOD+AI (52 items) in short.

    Returns
    -------
    DataFrame
        Columns checklist, number (text, TRIPOD+AI has 3a), category, item, weight (METRICS; they add up to 1), needs
        (what a run must hold for the item to be done; ``author`` and ``never`` where software cannot), where.

    Notes
    -----
    CLEAR: Kocak et al., Insights into Imaging 2023;14:75, doi 10.1186/s13244-023-01415-8. METRICS: Kocak et al.,
    Insights into Imaging 2024;15:8, doi 10.1186/s13244-023-01572-w, Table 1. TRIPOD+AI: Collins et al., BMJ
    2024;385:e078378.

    Examples
    --------
    >>> checklist_items()["checklist"].value_counts().to_dict()
    {'CLEAR': 58, 'TRIPOD+AI': 52, 'METRICS': 30}
    """
    return pd.read_csv(io.StringIO(packaged_text("checklists.csv")), keep_default_na=False, dtype={"number": str})


def checklist_table(
    study: MeasuredStudy,
    classification: Classification | None,
    statistics: tuple[NamedTable, ...],
    *,
    protocol: bool = False,
) -> pd.DataFrame:
    """``checklists.csv``: each item with what the run says to it.

    Parameters
    ----------
    study, classification, statistics : MeasuredStudy, Classification or None, tuple of NamedTable
        What the run left behind.
    protocol : bool
        Whether a protocol was frozen before the first look at results.
    """
    held = {
        "protocol": protocol,
        "always": True,
        "lesions": len(study.lesions) > 0,
        "features": len(study.features) > 0,
        "robustness": len(study.robustness) > 0,
        "classification": classification is not None and len(classification.metrics) > 0,
        "statistics": len(statistics) > 0,
        "combined": classification is not None and _joins_clinical(classification),
        "dimensionality": classification is not None and _patients_per_column(classification) >= COLUMNS_PER_PATIENT,
    }
    rows = []
    for item in checklist_items().itertuples():
        status, where = _status(item.needs.split(), item.where, held)
        text = f"{item.number}. {item.item}" + (f" (weight {item.weight})" if item.weight else "")
        rows.append(ChecklistRow(checklist=item.checklist, item=text, status=status, where=where))
    return CHECKLISTS.of(rows)


def _joins_clinical(found: Classification) -> bool:
    """Whether clinical columns were evaluated alone and together with radiomic ones."""
    sets = set(found.metrics["feature_set"].dropna())
    return "clinical" in sets and bool(sets & {"all", "clinical+radiomics", "recent+clinical", "recent+delta+clinical"})


def _patients_per_column(found: Classification) -> float:
    """Patients of the smaller class for each column of the primary model, on average over the outer fits."""
    rows, kept = PRIMARY.of(found.metrics), found.selection
    chosen = kept[(kept["model"] == PRIMARY.model) & (kept["feature_set"] == PRIMARY.feature_set)]
    columns = float(chosen["frequency"].sum())
    if rows.empty or columns == 0:
        return 0.0
    n, malignant = int(rows["n_patients"].max()), int(rows["n_malignant"].max())
    return min(malignant, n - malignant) / columns


def _status(needs: list[str], where: str, held: dict[str, bool]) -> tuple[str, str]:
    if needs == ["author"]:
        return AUTHOR, where
    if needs == ["never"]:
        return IMPOSSIBLE, where
    absent = [_ABSENT[need] for need in needs if not held[need]]
    return (NOT_DONE, "; ".join(absent)) if absent else (DONE, where)


def covered_weight(table: pd.DataFrame) -> float:
    """Sum of the weights of the METRICS items that a run has done, 0 to 1, from its `checklist_table`."""
    weights = pd.to_numeric(checklist_items()["weight"].replace("", "0"))
    return float(weights[(table["status"] == DONE).to_numpy()].sum())


def provenance_section(material: ReportMaterial) -> Section:
    """Versions, configuration, hashes, seed, timings."""
    groups = material.provenance.groups
    if not groups:
        return Section("Provenance", (TextBlock("This folder holds no study.json.", "missing"),))
    reproduce = (
        TextBlock("To make this study again, with the same version, these settings (saved as study.yaml) and files:"),
        PasteBlock(_command(material), code=True),
        PasteBlock(material.provenance.settings_yaml, code=True),
    )
    blocks = tuple(
        table_block(
            pd.DataFrame(facts, columns=["name", "value"]),
            name.replace("_", " "),
            limit=None if name in _SETTINGS else material.config.table_rows,
            source="study.json",
            folded=len(facts) > 8,
        )
        for name, facts in groups
        if facts
    )
    return Section("Provenance", (*(reproduce if material.provenance.settings_yaml else ()), *blocks))


def _command(material: ReportMaterial) -> str:
    version = material.provenance.value("versions.radiomics-mammo") or material.provenance.value(
        "versions.radiomics_mammo"
    )
    reviewed = " --review review.csv" if len(material.study.review) else ""
    release = PurePath(material.provenance.value("release") or "RELEASE").name
    installed = f"pip install radiomics-mammo=={version}\n" if version else ""
    return f"{installed}radiomics-mammo run {shlex.quote(release)} --out again --config study.yaml{reviewed}"
