"""Chapter about what was measured and how firmly it stands."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.core.tables_features import DELTAS, FEATURES
from radiomics_mammo.core.vocabulary import RoiSource
from radiomics_mammo.report.blocks import Block, Section, TextBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.tables import counts_table, table_block

GOOD_ICC = 0.75
"""Koo and Li, J Chiropr Med 2016;15:155: good from 0.75, excellent from 0.9."""
EXCELLENT_ICC = 0.9
_TISSUE = "tissue_"
"""Prefix of the columns measured on whole breast tissue; other columns are empty there by design, and these "
"elsewhere."""
_DELTA_KINDS = ("delta_", "relative_", "logratio_", "rate_", "z_", "similarity_")


def features_section(material: ReportMaterial) -> Section:
    """How many features of which family, what is missing, change, and robustness."""
    study = material.study
    if study.features.empty:
        return Section("Features", (TextBlock("No region was measured.", "missing"),))
    measured = [name for name in study.features.columns if name not in FEATURES.names]
    blocks: list[Block] = [
        TextBlock(
            f"{len(measured)} features were measured on {len(study.features)} regions. Every column is explained in "
            "dictionary.csv. A feature that could not be computed is empty, never zero."
        )
    ]
    if len(study.dictionary):
        counted = counts_table(study.dictionary, "family", "image_type")
        blocks.append(table_block(counted, "Features by family and image", source="dictionary.csv"))
    blocks.append(table_block(_regions(study.features, measured), "Regions measured", source="features.csv"))
    blocks.extend(_grey_levels(study.grey_levels))
    blocks.extend(_change(study.deltas))
    return Section("Features", tuple(blocks), (_robustness(material),))


def _regions(features: pd.DataFrame, measured: list[str]) -> pd.DataFrame:
    of_tissue = [name for name in measured if name.startswith(_TISSUE)]
    of_regions = [name for name in measured if name not in set(of_tissue)]
    tissue = features["source"] == RoiSource.TISSUE
    empty = (
        features[of_regions].isna().mean(axis=1).where(~tissue, features[of_tissue or of_regions].isna().mean(axis=1))
    )
    named = features[["roi_id", "patient_id", "visit", "source"]]
    table = named.assign(share=empty).groupby(["visit", "source"], dropna=False, as_index=False)
    counted = table.agg(regions=("roi_id", "size"), patients=("patient_id", "nunique"), empty=("share", "mean"))
    return counted.assign(empty=[f"{share:.1%}" for share in counted["empty"]]).rename(columns={"empty": "empty cells"})


def _grey_levels(levels: pd.DataFrame) -> tuple[Block, ...]:
    if levels.empty:
        return ()
    outside = levels["within_bounds"].eq(False).fillna(False).astype(bool)
    grouped = levels.assign(outside=outside).groupby("image_type", sort=False, as_index=False)
    counted = grouped.agg(
        regions=("occupied", "size"),
        fewest=("occupied", "min"),
        median=("occupied", "median"),
        most=("occupied", "max"),
        outside=("outside", "sum"),
    )
    caption = "Grey levels that occur in a lesion region after discretisation (16 to 128 are usual)"
    return (table_block(counted, caption, names={"image_type": "image"}, source="grey_levels.csv"),)


def _change(deltas: pd.DataFrame) -> tuple[Block, ...]:
    if deltas.empty:
        return (
            TextBlock("No change could be measured: no recent lesion has a prior exam that can be used.", "missing"),
        )
    values = [name for name in deltas.columns if name not in DELTAS.names]
    rows = []
    for policy, part in deltas.groupby("prior_policy"):
        usable = part[[name for name in values if name.startswith("delta_")]].notna().any(axis=1)
        rows.append(
            {
                "prior policy": policy,
                "recent lesions": len(part),
                "with a usable change": int(usable.sum()),
                "without (not trusted or no prior)": int((~usable).sum()),
                **{f"{kind[:-1]} columns": sum(name.startswith(kind) for name in values) for kind in _DELTA_KINDS},
            }
        )
    return (table_block(pd.DataFrame(rows), "Change between the exams", source="deltas.csv"),)


def _robustness(material: ReportMaterial) -> Section:
    table = material.study.robustness
    if table.empty:
        return Section("Robustness", (TextBlock("Robustness was not measured in this run.", "missing"),))
    family = (
        material.study.dictionary.set_index("name")["family"]
        if len(material.study.dictionary)
        else pd.Series(dtype=object)
    )
    words = table.assign(family=table["feature"].map(family).astype(object).fillna("other"))
    words["good"] = words["icc"] >= GOOD_ICC
    words["excellent"] = words["icc"] >= EXCELLENT_ICC
    grouped = words.groupby(["family", "view"], as_index=False).agg(
        features=("feature", "size"),
        median_icc=("icc", "median"),
        good=("good", "sum"),
        excellent=("excellent", "sum"),
        lesions=("n", "max"),
    )
    names = {"good": f"ICC from {GOOD_ICC}", "excellent": f"ICC from {EXCELLENT_ICC}", "median_icc": "median ICC"}
    text = TextBlock(
        "Contours were moved, grown, shrunk and redrawn at the inner and outer edge of the pen line, each a reader of "
        "its "
        "own; the intraclass correlation ICC(2,1) says how much of a feature's spread is between lesions and not "
        "between "
        "readers. In classification, this filter is fitted on training patients only."
    )
    block = table_block(grouped, "Robustness by family and view", names=names, source="robustness.csv")
    return Section("Robustness", (text, *material.drawn("robustness"), block))
