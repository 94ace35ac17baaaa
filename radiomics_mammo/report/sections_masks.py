"""Chapters with pictures: the contact sheet of outlined lesions and the gallery of aligned exam pairs."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.core.vocabulary import OutlineQuality
from radiomics_mammo.report.blocks import (
    AlignmentCard,
    AlignmentGallery,
    Block,
    ContactSheet,
    LesionCard,
    Picture,
    Section,
    TextBlock,
)
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.picture_files import compress_pictures
from radiomics_mammo.report.tables import counts_table, format_number, table_block

_WORST_FIRST = (
    OutlineQuality.AMBIGUOUS,
    OutlineQuality.OPEN,
    OutlineQuality.SPLIT,
    OutlineQuality.DOTS_JOINED,
    OutlineQuality.EDGE_CLOSED,
    OutlineQuality.GAP_CLOSED,
    OutlineQuality.CLOSED,
)
_LESION_SHARE, _ALIGNMENT_SHARE = 0.45, 0.4
"""Shares of the page's size for the two sets of pictures; the rest is text and drawings."""
_MEGABYTE = 1_000_000
_PUBLISHED = "Published error on real pairs, for orientation: 8.5 ± 6.2 mm (Hadjiiski 2003, 390 pairs)."


def masks_section(material: ReportMaterial) -> Section:
    """Quality of the outlines and the contact sheet, least certain first."""
    lesions = material.study.lesions
    if lesions.empty:
        return Section("Masks", (TextBlock("No outline was found in any image.", "missing"),))
    blocks: list[Block] = [
        TextBlock(
            "Each mask is the inside of a pen line found on the outlined copy and carried to the grid of the DICOM "
            "image. "
            "Below, the recovered contour lies on the mammogram; the outlined copy of the same place is beside it."
        ),
        *material.drawn("outline-quality"),
        table_block(
            counts_table(lesions, "quality", "label"), "How outlines were read, by label", source="lesions.csv"
        ),
    ]
    sheet = contact_sheet(material)
    if sheet.cards:
        blocks.append(sheet)
    left = len(lesions) - len(sheet.cards)
    if left:
        blocks.append(TextBlock(f"{left} of {len(lesions)} lesions have no picture in this folder.", "missing"))
    return Section("Masks", tuple(blocks))


def contact_sheet(material: ReportMaterial) -> ContactSheet:
    """Cards of all lesions that have pictures, ordered by quality, then by the share of pen line missing."""
    lesions = material.study.lesions
    pictures = material.pictures.by_lesion
    rank = {str(quality): place for place, quality in enumerate(_WORST_FIRST)}
    shown = lesions[lesions["lesion_id"].isin(list(pictures))]
    shown = shown.assign(rank=shown["quality"].map(rank)).sort_values(
        ["rank", "gap_fraction", "lesion_id"], ascending=[True, False, True]
    )
    ids = shown["lesion_id"].tolist()
    budget = material.config.max_page_megabytes * _MEGABYTE * _LESION_SHARE
    pngs = [png for lesion_id in ids for png in (pictures[lesion_id].dicom_png, pictures[lesion_id].gt_png)]
    embedded = compress_pictures(pngs, budget_bytes=budget)
    case_class = material.study.patients.set_index("patient_id")["case_class"]
    cards = []
    for place, (_, row) in enumerate(shown.iterrows()):
        contour = Picture("image/svg+xml", pictures[row["lesion_id"]].contour_svg)
        cards.append(
            LesionCard(
                lesion_id=row["lesion_id"],
                patient_id=row["patient_id"],
                case_class=str(case_class.get(row["patient_id"], "unknown")),
                label=row["label"],
                quality=row["quality"],
                visit=row["visit"],
                mask_sha256=row["mask_sha256"],
                facts=_lesion_facts(row),
                dicom=embedded[2 * place],
                contour=contour,
                outlined=embedded[2 * place + 1],
            )
        )
    return ContactSheet(tuple(cards))


def alignment_section(material: ReportMaterial) -> Section:
    """Measured error, quality figures and the gallery, untrusted and least similar first."""
    table = material.study.registration
    if table.empty:
        return Section("Alignment", (TextBlock("No pair of exams was aligned.", "missing"),))
    blocks: list[Block] = [
        TextBlock(
            "Every recent lesion gets a prior region by one code path: the recent contour is carried to the prior "
            "exam. "
            "A pair that cannot be trusted gives no change; it is counted, never guessed."
        ),
        *material.drawn("registration-similarity", "registration-error"),
        _error_table(material),
        table_block(_method_counts(table), "Which alignment was kept", source="registration.csv"),
    ]
    gallery = alignment_gallery(material)
    if gallery.cards:
        blocks.append(
            TextBlock(
                "Squares alternate between the two exams; where the skin line runs on from square to square, they fit. "
                "The slider uncovers the pair as it was before the alignment, on its right. "
                "Recent outlines are drawn in yellow. Displacement: dark is none, bright is a tenth of the picture's "
                "height or more. Area change: white is none, red is larger and blue smaller in the prior, black is "
                "folded.",
                "note",
            )
        )
        blocks.append(gallery)
    else:
        blocks.append(TextBlock("This folder holds no pictures of aligned pairs.", "missing"))
    return Section("Alignment", tuple(blocks))


def alignment_gallery(material: ReportMaterial) -> AlignmentGallery:
    """Cards of all pairs that have pictures, untrusted first, then by similarity."""
    pictures = material.pictures.by_pair
    table = material.study.registration
    there = [(row.patient_id, row.view) in pictures for row in table.itertuples()]
    shown = table.assign(order=table["trusted"].fillna(False).astype(int))[there].sort_values(
        ["order", "similarity_after", "patient_id", "view"]
    )
    found = [pictures[row.patient_id, row.view] for row in shown.itertuples()]
    pngs = [png for one in found for png in (one.before_png, one.after_png, one.displacement_png, one.jacobian_png)]
    budget = material.config.max_page_megabytes * _MEGABYTE * _ALIGNMENT_SHARE
    embedded = compress_pictures(pngs, budget_bytes=budget)
    cards = []
    for place, (_, row) in enumerate(shown.iterrows()):
        trusted = "yes" if row["order"] else "no"
        four = embedded[4 * place : 4 * place + 4]
        cards.append(AlignmentCard(row["patient_id"], row["view"], trusted, _pair_facts(row), *four))
    return AlignmentGallery(tuple(cards))


def _lesion_facts(row: pd.Series) -> tuple[str, ...]:
    area = f"{row['area_mm2']:.0f} mm²" if pd.notna(row["area_mm2"]) else f"{row['area_px']} px"
    boxed = ("boxed",) if pd.notna(row["boxed"]) and row["boxed"] else ()
    return (f"{row['color']} pen", area, f"{row['gap_fraction']:.0%} of the line missing", *boxed)


def _pair_facts(row: pd.Series) -> tuple[str, ...]:
    facts = [
        str(row["method"]),
        "trusted" if row["order"] else "not trusted",
        f"similarity {row['similarity_before']:.2f} to {row['similarity_after']:.2f}",
    ]
    if pd.notna(row["error_mm"]):
        facts.append(f"error {format_number(row['error_mm'])} mm")
    return tuple(facts)


def _error_table(material: ReportMaterial) -> Block:
    errors = material.study.registration["error_mm"].dropna()
    if errors.empty:
        text = (
            "No mass is outlined once in both exams of a pair (or no pixel spacing is known): the error is not "
            "measured."
        )
        return TextBlock(text, "missing")
    recent = material.study.lesions[material.study.lesions["visit"] == "recent"]
    links = material.study.links
    matched = set(links.loc[links["relation"] == "same-mass-prior", ["lesion_id_a", "lesion_id_b"]].to_numpy().ravel())
    row = {
        "pairs measured": len(errors),
        "median, mm": format_number(errors.median()),
        "90th percentile, mm": format_number(errors.quantile(0.9)),
        "largest, mm": format_number(errors.max()),
        "recent lesions without a prior outline": int((~recent["lesion_id"].isin(matched)).sum()),
    }
    caption = f"Error of finding the same place again, on masses outlined in both exams. {_PUBLISHED}"
    return table_block(pd.DataFrame([row]), caption, source="registration.csv")


def _method_counts(table: pd.DataFrame) -> pd.DataFrame:
    words = table.assign(trust=table["trusted"].map({True: "trusted", False: "not trusted"}).fillna("not known"))
    return counts_table(words, "method", "trust")
