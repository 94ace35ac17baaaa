"""Chapters on how it was done and where it comes from: methods with references, checklists, provenance."""

from __future__ import annotations

import io

import pandas as pd

from radiomics_mammo.core.references import REFERENCES, cite
from radiomics_mammo.report.blocks import Block, ListBlock, Section, TextBlock
from radiomics_mammo.report.material import ReportMaterial, packaged_text
from radiomics_mammo.report.wording import table_block
from radiomics_mammo.tables.checklists import CHECKLISTS, ChecklistRow
from radiomics_mammo.tables.study import Classification, MeasuredStudy, NamedTable

DONE = "done by the software"
AUTHOR = "to be filled by the author"
IMPOSSIBLE = "not possible with this study"
_SETTINGS = ("configuration", "settings")
"""Groups of study.json that hold the settings; they are shown whole."""
_BOUNDS = {"inner": "inner edge", "centre": "middle", "outer": "outer edge"}
_ABSENT = {
    "classification": "this run holds no classification",
    "statistics": "this run holds no statistical tables",
    "robustness": "this run holds no robustness table",
    "features": "this run holds no features",
    "lesions": "this run holds no outlined lesion",
}


def methods_section(material: ReportMaterial) -> Section:
    """The steps in order, in words a methods section can take over, with numbered references."""
    blocks: tuple[Block, ...] = (
        ListBlock(_steps(material)),
        *material.under("Methods and limitations"),
        TextBlock(
            "Every setting that was used, also those left at their default, is listed in the chapter Provenance and in "
            "study.json; the engines' parameters that are not listed keep the engines' defaults."
        ),
    )
    works = ListBlock(tuple(REFERENCES.values()), numbered=True)
    return Section("Methods", blocks, (Section("References", (works,)),))


def _setting(material: ReportMaterial, name: str, otherwise: str = "") -> str:
    values = (material.provenance.value(f"{group}.{name}") for group in _SETTINGS)
    return next(filter(None, values), otherwise)


def _steps(material: ReportMaterial) -> tuple[str, ...]:
    bound = _BOUNDS.get(_setting(material, "masks.stroke_policy"), "configured edge")
    spacing = _setting(material, "features.spacing_mm")
    grid = f"{spacing} mm" if spacing else "the study's spacing"
    bins = _setting(material, "features.bin_count", "a fixed number of")
    scale = _setting(material, "features.intensity_scale", "breast-percentile")
    folds, repeats = _setting(material, "modeling.outer_folds", "k"), _setting(material, "modeling.repeats", "several")
    return (
        f"Data. Two screening rounds of one breast a woman, CC and MLO, with outlines by two radiologists "
        f"{cite('data')}.",
        "Labels. Blue outline: BI-RADS benign, not biopsied. Red outline: suspicious; malignant where it is the only "
        "red one of its image or lies in the green box that marks the biopsied mass; otherwise unconfirmed and never "
        "used for training. Class folder, BI-RADS class and biopsy text never enter a model.",
        f"Masks. Pen lines were found by their chroma against the picture's own noise, closed along their course and "
        f"placed on the DICOM grid by a measured mapping; the {bound} of the line bounds the mass.",
        "Alignment. Identity, affine and deformable alignments compete, and a more complex one is kept only when it "
        f"gains enough {cite('sitk')}; a regional search refines the place {cite('timp', 'hadjiiski')}. Last resort "
        "are anatomical coordinates. Every prior region is propagated by one path, whoever outlined what.",
        f"Features. PyRadiomics {cite('pyradiomics')}, 2-D, on {scale} intensities resampled once to {grid}, with "
        f"{bins} grey levels; names and formulas follow the IBSI {cite('ibsi', 'ibsi2')}.",
        "Change. Difference, relative difference, log ratio, rate per year between screenings, and similarity of the "
        "two regions; z scores against lesion-free places of the same pair and of normal patients.",
        f"Robustness. ICC(2,1) over moved and redrawn contours {cite('icc')}.",
        f"Classification. Penalised logistic regression is primary; nested cross-validation, {folds} folds, {repeats} "
        "repeats, stratified by label and grouped by patient; scaling, selection and tuning inside the inner folds "
        f"only {cite('sklearn', 'leakage')}. One hypothesis was named beforehand: recent and change against recent "
        "alone, by patient.",
        f"Intervals resample whole patients; calibration {cite('calibration')}, net benefit {cite('decision')}.",
        f"Statistics. By density and age; false discovery rate by Benjamini and Hochberg {cite('bh')} within families "
        "declared before testing.",
        f"Reporting. CLEAR and METRICS {cite('clear', 'metrics')}.",
    )


def checklists_section(material: ReportMaterial) -> Section:
    """CLEAR and METRICS as far as the run fills them."""
    table = checklist_table(material.study, material.classification, material.statistics)
    text = TextBlock(
        f"{int((table['status'] == DONE).sum())} of {len(table)} items are done by the software. In METRICS these "
        f"carry a weight of {covered_weight(table):.2f} of 1; the author decides about the rest. "
        f"{cite('clear', 'metrics')}"
    )
    blocks = tuple(
        table_block(part.drop(columns="checklist"), f"{name} items", source="checklists.csv", folded=True)
        for name, part in table.groupby("checklist")
    )
    return Section("Checklists", (text, *blocks))


def checklist_items() -> pd.DataFrame:
    """The items as published: CLEAR (58 items) and METRICS (30 weighted items).

    Returns
    -------
    DataFrame
        Columns checklist, number, category, item, weight (METRICS; the weights add up to 1), needs (what a run must
        hold for the item to be done; ``author`` and ``never`` where software cannot), where.

    Notes
    -----
    CLEAR: Kocak et al., Insights into Imaging 2023;14:75, doi 10.1186/s13244-023-01415-8. METRICS: Kocak et al.,
    Insights into Imaging 2024;15:8, doi 10.1186/s13244-023-01572-w, Table 1.

    Examples
    --------
    >>> checklist_items()["checklist"].value_counts().to_dict()
    {'CLEAR': 58, 'METRICS': 30}
    """
    return pd.read_csv(io.StringIO(packaged_text("checklists.csv")), keep_default_na=False)


def checklist_table(
    study: MeasuredStudy, classification: Classification | None, statistics: tuple[NamedTable, ...]
) -> pd.DataFrame:
    """``checklists.csv``: each item with what the run says to it.

    Parameters
    ----------
    study, classification, statistics : MeasuredStudy, Classification or None, tuple of NamedTable
        What the run left behind.
    """
    held = {
        "always": True,
        "lesions": len(study.lesions) > 0,
        "features": len(study.features) > 0,
        "robustness": len(study.robustness) > 0,
        "classification": classification is not None and len(classification.metrics) > 0,
        "statistics": len(statistics) > 0,
    }
    rows = []
    for item in checklist_items().itertuples():
        status, where = _status(item.needs.split(), item.where, held)
        text = f"{item.number}. {item.item}" + (f" (weight {item.weight})" if item.weight else "")
        rows.append(ChecklistRow(checklist=item.checklist, item=text, status=status, where=where))
    return CHECKLISTS.of(rows)


def _status(needs: list[str], where: str, held: dict[str, bool]) -> tuple[str, str]:
    if needs == ["author"]:
        return AUTHOR, where
    if needs == ["never"]:
        return IMPOSSIBLE, where
    absent = [_ABSENT[need] for need in needs if not held[need]]
    return (IMPOSSIBLE, "; ".join(absent)) if absent else (DONE, where)


def covered_weight(table: pd.DataFrame) -> float:
    """Sum of the weights of the METRICS items that a run has done, 0 to 1, from its `checklist_table`."""
    weights = pd.to_numeric(checklist_items()["weight"].replace("", "0"))
    return float(weights[(table["status"] == DONE).to_numpy()].sum())


def provenance_section(material: ReportMaterial) -> Section:
    """Versions, configuration, hashes, seed, timings."""
    groups = material.provenance.groups
    if not groups:
        return Section("Provenance", (TextBlock("This folder holds no study.json.", "missing"),))
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
    return Section("Provenance", blocks)
