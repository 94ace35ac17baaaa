"""Chapter on what was measured: families, regions, grey levels, change between the exams, robustness."""

from __future__ import annotations

import numpy as np
import pandas as pd

from radiomics_mammo.core.vocabulary import RoiSource
from radiomics_mammo.report.blocks import Block, Figure, Section, TextBlock
from radiomics_mammo.report.drawing import INK, SERIES_COLORS, SOFT, Marks, canvas, finished
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.wording import counts_table, table_block
from radiomics_mammo.tables.deltas import DELTAS
from radiomics_mammo.tables.features import FEATURES
from radiomics_mammo.tables.study import MeasuredStudy

GOOD_ICC, EXCELLENT_ICC = 0.75, 0.9
"""Koo and Li, J Chiropr Med 2016;15:155: good from 0.75, excellent from 0.9."""
_TISSUE = "tissue_"
"""Prefix of the columns of whole breast tissue; other columns are empty there by design, and these elsewhere."""
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
    if len(study.grey_levels):
        caption = "Grey levels that occur in a lesion region after discretisation (16 to 128 are usual)"
        levels, names = _grey_levels(study.grey_levels), {"image_type": "image"}
        blocks.append(table_block(levels, caption, names=names, source="grey_levels.csv"))
    if len(study.deltas):
        blocks.append(table_block(_change(study.deltas), "Change between the exams", source="deltas.csv"))
    else:
        text = "No change could be measured: no recent lesion has a prior exam that can be used."
        blocks.append(TextBlock(text, "missing"))
    return Section("Features", tuple(blocks), (_robustness(material),))


def _regions(features: pd.DataFrame, measured: list[str]) -> pd.DataFrame:
    of_tissue = [name for name in measured if name.startswith(_TISSUE)]
    of_regions = [name for name in measured if not name.startswith(_TISSUE)]
    empty, of_tissue_empty = (features[names].isna().mean(axis=1) for names in (of_regions, of_tissue or of_regions))
    empty = empty.where(features["source"] != RoiSource.TISSUE, of_tissue_empty)
    named = features[["roi_id", "patient_id", "visit", "source"]]
    table = named.assign(share=empty).groupby(["visit", "source"], dropna=False, as_index=False)
    counted = table.agg(regions=("roi_id", "size"), patients=("patient_id", "nunique"), empty=("share", "mean"))
    return counted.assign(empty=[f"{share:.1%}" for share in counted["empty"]]).rename(columns={"empty": "empty cells"})


def _grey_levels(levels: pd.DataFrame) -> pd.DataFrame:
    outside = levels["within_bounds"].eq(False).fillna(False).astype(bool)
    return (
        levels.assign(outside=outside)
        .groupby("image_type", sort=False, as_index=False)
        .agg(
            regions=("occupied", "size"),
            fewest=("occupied", "min"),
            median=("occupied", "median"),
            most=("occupied", "max"),
            outside=("outside", "sum"),
        )
    )


def _change(deltas: pd.DataFrame) -> pd.DataFrame:
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
    return pd.DataFrame(rows)


def _robustness(material: ReportMaterial) -> Section:
    table = material.study.robustness
    if table.empty:
        return Section("Robustness", (TextBlock("Robustness was not measured in this run.", "missing"),))
    words = _with_family(material.study)
    words = words.assign(good=words["icc"] >= GOOD_ICC, excellent=words["icc"] >= EXCELLENT_ICC)
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
        "its own; the intraclass correlation ICC(2,1) says how much of a feature's spread is between lesions and not "
        "between readers. In classification, this filter is fitted on training patients only."
    )
    block = table_block(grouped, "Robustness by family and view", names=names, source="robustness.csv")
    return Section("Robustness", (text, *material.drawn("robustness"), block))


def _with_family(study: MeasuredStudy) -> pd.DataFrame:
    """The robustness table with the family of each feature; ``other`` where the dictionary lacks it."""
    family = dict(zip(study.dictionary["name"], study.dictionary["family"], strict=True))
    return study.robustness.assign(family=study.robustness["feature"].map(family).astype(object).fillna("other"))


def robustness_figures(study: MeasuredStudy) -> tuple[Figure, ...]:
    """ICC of every feature by family and view, as strips with medians; nothing where none is known."""
    table = _with_family(study).dropna(subset=["icc"])
    if table.empty:
        return ()
    families, views = sorted(table["family"].unique()), sorted(table["view"].unique())
    rng, marks = np.random.default_rng(0), []
    with canvas(0.9 + 0.42 * len(families)) as (drawn, (axes,)):
        for series, view in enumerate(views):
            for place, name in enumerate(families):
                middle = place + (series - (len(views) - 1) / 2) * 0.34
                part = table[(table["family"] == name) & (table["view"] == view)]
                values = part["icc"].to_numpy(dtype=float)
                spread, label = middle + rng.uniform(-0.11, 0.11, len(values)), None if place else view
                axes.scatter(values, spread, s=7, color=SERIES_COLORS[series], alpha=0.45, lw=0, label=label)
                told = [f"{row.feature}, {view}: {row.icc:.2f}" for row in part.itertuples()]
                marks.append(Marks(axes, values, spread, told))
                if len(values):
                    axes.plot([np.median(values)] * 2, [middle - 0.16, middle + 0.16], color=INK, lw=1.4)
        axes.axvline(GOOD_ICC, color=SOFT, lw=0.8, ls="--", zorder=0)
        axes.set_yticks(range(len(families)), families)
        axes.set_ylim(len(families) - 0.4, -0.6)
        low = min(0.5, table["icc"].min()) - 0.05
        axes.set(title="Robustness of features to the contour", xlabel="ICC(2,1)", xlim=(low, 1.02))
        axes.grid(visible=False, axis="y")
        axes.legend(loc="lower left", markerscale=2)
        good = float((table["icc"] >= GOOD_ICC).mean())
        figure = finished(
            drawn,
            "robustness",
            alt=f"ICC by feature family; {good:.0%} of features reach {GOOD_ICC}.",
            caption=f"One point is one feature in one view; bars are medians; dashed, ICC {GOOD_ICC}.",
            marks=marks,
        )
        return (figure,)
