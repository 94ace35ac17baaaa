"""Chapters on how it was done and where it comes from: methods, checklists, provenance."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.report.blocks import Block, ListBlock, Section, TextBlock
from radiomics_mammo.report.checklists import DONE, checklist_table, covered_weight
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.references import REFERENCES
from radiomics_mammo.report.tables import table_block

_SETTINGS = ("configuration", "settings")
"""Groups of study.json that hold the settings; they are shown whole."""
_BOUNDS = {"inner": "inner edge", "centre": "middle", "outer": "outer edge"}


def methods_section(material: ReportMaterial) -> Section:
    """The steps in order, in words a methods section can take over, with numbered references."""
    written = [table for table in material.statistics if "methods" in table.name]
    blocks: list[Block] = [ListBlock(_steps(material))]
    blocks += [table_block(table.table, table.caption) for table in written if len(table.table)]
    blocks.append(
        TextBlock(
            "Every setting that was used, also those left at their default, is listed in the chapter Provenance and in "
            "study.json; the engines' parameters that are not listed keep the engines' defaults."
        )
    )
    works = ListBlock(tuple(reference.text for reference in REFERENCES), numbered=True)
    return Section("Methods", tuple(blocks), (Section("References", (works,)),))


def checklists_section(material: ReportMaterial) -> Section:
    """CLEAR and METRICS as far as the run fills them."""
    found = material.study, material.classification, material.statistics
    table = checklist_table(*found)
    done = int((table["status"] == DONE).sum())
    text = TextBlock(
        f"{done} of {len(table)} items are done by the software. In METRICS these carry a weight of "
        f"{covered_weight(*found):.2f} of 1; the author decides about the rest. {_cite('clear', 'metrics')}"
    )
    blocks = tuple(
        table_block(part.drop(columns="checklist"), f"{name} items", source="checklists.csv", folded=True)
        for name, part in table.groupby("checklist")
    )
    return Section("Checklists", (text, *blocks))


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


def _cite(*keys: str) -> str:
    places = {reference.key: number for number, reference in enumerate(REFERENCES, 1)}
    return "[" + ", ".join(str(places[key]) for key in keys) + "]"


def _setting(material: ReportMaterial, name: str, otherwise: str) -> str:
    for group in _SETTINGS:
        value = material.provenance.value(f"{group}.{name}")
        if value:
            return value
    return otherwise


def _steps(material: ReportMaterial) -> tuple[str, ...]:
    bound = _BOUNDS.get(_setting(material, "masks.stroke_policy", ""), "configured edge")
    spacing = _setting(material, "features.spacing_mm", "")
    grid = f"{spacing} mm" if spacing else "the study's spacing"
    bins = _setting(material, "features.bin_count", "a fixed number of")
    scale = _setting(material, "features.intensity_scale", "breast-percentile")
    folds, repeats = _setting(material, "modeling.outer_folds", "k"), _setting(material, "modeling.repeats", "several")
    return (
        "Data. Two screening rounds of one breast a woman, CC and MLO, with outlines by two radiologists "
        f"{_cite('data')}.",
        "Labels. Blue outline: BI-RADS benign, not biopsied. Red outline: suspicious; malignant where it is the only "
        "red "
        "one of its image or lies in the green box that marks the biopsied mass; otherwise unconfirmed and never used "
        "for training. Class folder, BI-RADS class and biopsy text never enter a model.",
        f"Masks. Pen lines were found by their chroma against the picture's own noise, closed along their course and "
        f"placed on the DICOM grid by a measured mapping; the {bound} of the line bounds the mass.",
        "Alignment. Identity, affine and deformable alignments compete, and a more complex one is kept only when it "
        "gains "
        f"enough {_cite('sitk')}; a regional search refines the place {_cite('timp', 'hadjiiski')}. Last resort are "
        "anatomical coordinates. Every prior region is carried over by one path, whoever outlined what.",
        f"Features. PyRadiomics {_cite('pyradiomics')}, 2-D, on {scale} intensities resampled once to {grid}, "
        "with "
        f"{bins} grey levels; names and formulas follow the IBSI {_cite('ibsi', 'ibsi2')}.",
        "Change. Difference, relative difference, log ratio, rate per year between screenings, and similarity of the "
        "two "
        "regions; z scores against lesion-free places of the same pair and of normal patients.",
        f"Robustness. ICC(2,1) over moved and redrawn contours {_cite('icc')}.",
        f"Classification. Penalised logistic regression is primary; nested cross-validation, {folds} folds, {repeats} "
        "repeats, stratified by label and grouped by patient; scaling, selection and tuning inside the inner folds "
        "only "
        f"{_cite('sklearn', 'leakage')}. One hypothesis was named beforehand: recent and change against recent alone, "
        "by "
        "patient.",
        f"Intervals resample whole patients; calibration {_cite('calibration')}, net benefit {_cite('decision')}.",
        f"Statistics. By density and age; false discovery rate by Benjamini and Hochberg {_cite('bh')} within families "
        "declared before testing.",
        f"Reporting. CLEAR and METRICS {_cite('clear', 'metrics')}.",
    )
