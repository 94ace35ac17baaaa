"""Chapter on the aligned exam pairs: how well places are known, similarity, measured error, all pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from radiomics_mammo.core.vocabulary import LinkRelation, PriorPolicy
from radiomics_mammo.report.blocks import (
    AlignmentCard,
    AlignmentGallery,
    Block,
    Figure,
    Picture,
    Section,
    TextBlock,
    ZoneCard,
)
from radiomics_mammo.report.drawing import ACCENT, CLASS_COLORS, SOFT, Marks, canvas, finished
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.pictures import ZonePicture, compress_pictures
from radiomics_mammo.report.wording import counts_table, table_block
from radiomics_mammo.tables.masses import recent_lesions
from radiomics_mammo.tables.primary import PRIMARY_POLICY
from radiomics_mammo.tables.registration import REGISTRATION, RegistrationRow
from radiomics_mammo.tables.review import alignment_id, alignment_sha256
from radiomics_mammo.tables.rois import ROIS
from radiomics_mammo.tables.study import MeasuredStudy

_PAGE_SHARE = 400_000
"""Bytes for these pictures per megabyte of the page; the rest is other pictures, text and drawings."""
_PUBLISHED = "Published error on real pairs, for orientation: 8.5 ± 6.2 mm (Hadjiiski 2003, 390 pairs)."
_LEGEND = (
    "Each pair shows both exams of one view, the prior one at the places that the alignment gives; recent outlines are "
    "yellow. Choose how one lies over the other: a curtain that the slider draws, a blend, or a checkerboard whose "
    "lines run on where the exams fit; “Flicker” shows them in turn, so that what moves is seen. “Prior as it was” "
    "takes the alignment away."
)
_ZONE_LEGEND = (
    "Below each pair stand its lesions, not warped, the prior one around its own centre at the same scale. Cyan is the "
    "zone that holds the place nine times in ten and that the lesion is compared with; yellow is the outline, in the "
    "prior the window at the centre of the zone; each violet cross is where one candidate map puts the lesion, at the "
    "edge where that is farther away: crosses that lie apart are candidates that disagree. The least certain pairs "
    "come first. A zone that does not hold the tissue the lesion arose in is to be called wrong: the change of that "
    "lesion is then empty in the next run."
)
_MAPS_LEGEND = (
    "Maps of the mapping: displacement is dark where nothing moved and bright from a tenth of the picture's height; "
    "area change is white where there is none, red where the prior is larger, blue where it is smaller, black where "
    "the map folds."
)
_OF_PAIR = 5
"""Pictures of one exam pair."""
_CLUSTER = (
    "Outlines of one cluster drawn in two exams may differ threefold in area: their centroids then lie apart without "
    "any error of the alignment."
)


def alignment_section(material: ReportMaterial) -> Section:
    """Measured error, quality figures and the gallery, untrusted and least certain first."""
    table = material.study.registration
    if table.empty:
        return Section("Alignment", (TextBlock("No pair of exams was aligned.", "missing"),))
    trust = table["trusted"].map({True: "trusted", False: "not trusted"}).fillna("not known")
    methods = counts_table(table.assign(trust=trust), "method", "trust")
    blocks: list[Block] = [
        TextBlock(
            "Every recent lesion gets a prior region by one code path: its place is carried to the prior exam, and the "
            "lesion is compared with the whole zone that holds this place nine times in ten. A pair that is not told "
            "from one of two women gives no change; it is counted, never guessed."
        ),
        _radius_block(material.study),
        *material.drawn("registration-similarity", "registration-error"),
        _error_block(material.study),
        table_block(methods, "Which alignment was kept", source="registration.csv"),
    ]
    gallery = alignment_gallery(material)
    if gallery.cards:
        shown = (_LEGEND, *((_ZONE_LEGEND,) if any(card.zones for card in gallery.cards) else ()), _MAPS_LEGEND)
        blocks += [*(TextBlock(text, "note") for text in shown), gallery]
    else:
        blocks.append(TextBlock("This folder holds no pictures of aligned pairs.", "missing"))
    return Section("Alignment", tuple(blocks))


def alignment_gallery(material: ReportMaterial) -> AlignmentGallery:
    """Cards of all pairs that have pictures: untrusted first, then by the largest zone, then by similarity."""
    pictures, zones = material.pictures.by_pair, _zone_rows(material.study)
    pairs = _worst_first(
        [one for one in REGISTRATION.rows(material.study.registration) if _key(one) in pictures], zones
    )
    drawn = [one for one in material.pictures.zones if one.lesion_id in set(zones["recent_lesion_id"])]
    pngs = [png for one in pairs for png in pictures[_key(one)].pngs]
    pngs += [png for one in drawn for png in (one.recent_png, one.prior_png)]
    embedded = compress_pictures(pngs, budget_bytes=material.config.max_page_megabytes * _PAGE_SHARE)
    of_pairs, of_zones = embedded[: _OF_PAIR * len(pairs)], embedded[_OF_PAIR * len(pairs) :]
    fives = zip(*(of_pairs[first::_OF_PAIR] for first in range(_OF_PAIR)), strict=True)
    wrong = material.called_wrong
    cards = _zone_cards(zones, drawn, of_zones, material)
    return AlignmentGallery(
        tuple(
            AlignmentCard(
                pair=pair,
                recent=recent,
                prior=prior,
                unaligned=unaligned,
                displacement=displacement,
                jacobian=jacobian,
                rejected=(alignment_id(pair), alignment_sha256(pair)) in wrong,
                zones=tuple(cards.get(_key(pair), ())),
            )
            for pair, (recent, prior, unaligned, displacement, jacobian) in zip(pairs, fives, strict=True)
        )
    )


def _key(pair: RegistrationRow) -> tuple[str, str]:
    return pair.patient_id, str(pair.view)


def _worst_first(pairs: list[RegistrationRow], zones: pd.DataFrame) -> list[RegistrationRow]:
    """Untrusted pairs first, then by the widest zone of their lesions, then by similarity."""
    radii = zones.groupby(["patient_id", "view"])["radius90_mm"].max().to_dict()
    return sorted(
        pairs,
        key=lambda one: (
            bool(one.trusted),
            -np.nan_to_num(radii.get(_key(one), np.nan)),
            one.similarity_after or 0.0,
            *_key(one),
        ),
    )


def _zone_rows(study: MeasuredStudy) -> pd.DataFrame:
    """Prior regions of the primary policy, one a recent lesion."""
    return study.rois[study.rois["prior_policy"] == str(PRIMARY_POLICY)].drop_duplicates("recent_lesion_id")


def _zone_cards(
    zones: pd.DataFrame, drawn: list[ZonePicture], pictures: tuple[Picture, ...], material: ReportMaterial
) -> dict[tuple[str, str], list[ZoneCard]]:
    """Cards of the zones that were drawn, by patient and view; `pictures` holds recent and prior of each in turn."""
    rows = {row.recent_lesion_id: row for row in ROIS.rows(zones)}
    cards: dict[tuple[str, str], list[ZoneCard]] = {}
    for one, recent, prior in zip(drawn, pictures[::2], pictures[1::2], strict=True):
        row = rows[one.lesion_id]
        sha256 = material.prior_sha256.get(row.roi_id, "")
        card = ZoneCard(
            lesion_id=one.lesion_id,
            recent=recent,
            prior=prior,
            radius90_mm=row.radius90_mm,
            expected_error_mm=row.expected_error_mm,
            roi_id=row.roi_id,
            sha256=sha256,
            rejected=(row.roi_id, sha256) in material.called_wrong,
        )
        cards.setdefault((row.patient_id, str(row.view)), []).append(card)
    return cards


def _radius_block(study: MeasuredStudy) -> Block:
    """How well the places are known, and how many may be used, by policy."""
    rows = study.rois[study.rois["prior_policy"].notna() & study.rois["recent_lesion_id"].notna()]
    if rows.empty:
        return TextBlock("No recent lesion has a prior region.", "missing")
    table = [
        {
            "prior policy": policy,
            "recent lesions": len(part),
            "usable": int(part["trusted"].fillna(value=False).sum()),
            "radius of the zone, median, mm": part["radius90_mm"].median(),
            "largest, mm": part["radius90_mm"].max(),
        }
        for policy, part in ((str(word), rows[rows["prior_policy"] == str(word)]) for word in PriorPolicy)
    ]
    caption = "Prior regions that may be used, and the radius that holds the true place nine times in ten"
    return table_block(pd.DataFrame(table), caption, source="rois.csv")


def _error_block(study: MeasuredStudy) -> Block:
    errors = study.registration["error_mm"].dropna()
    if errors.empty:
        text = (
            "No mass is outlined once in both exams of a pair (or no pixel spacing is known): the error is not "
            "measured."
        )
        return TextBlock(text, "missing")
    recent = recent_lesions(study.lesions)["lesion_id"]
    same = study.links[study.links["relation"] == LinkRelation.PRIOR]
    row = {
        "pairs measured": len(errors),
        "median, mm": f"{errors.median():.2g}",
        "90th percentile, mm": f"{errors.quantile(0.9):.2g}",
        "largest, mm": f"{errors.max():.2g}",
        "recent lesions without a prior outline": int(
            (~recent.isin({*same["lesion_id_a"], *same["lesion_id_b"]})).sum()
        ),
    }
    caption = f"On masses outlined in both exams. {_PUBLISHED} {_CLUSTER}"
    block = table_block(pd.DataFrame([row]), caption, source="registration.csv")
    return replace(block, title="Error of finding the same place again")


def alignment_figures(study: MeasuredStudy) -> tuple[Figure, ...]:
    """Similarity before and after, and the measured error, as far as they are known."""
    table = study.registration
    similarity = (similarity_figure(table),) if table["similarity_after"].notna().any() else ()
    errors = table["error_mm"].dropna()
    return (*similarity, error_figure(table)) if len(errors) else similarity


def similarity_figure(registration: pd.DataFrame) -> Figure:
    """Similarity of each pair before and after alignment."""
    trusted, marks = registration["trusted"].fillna(False).astype(bool), []
    with canvas(3.1) as (drawn, (axes,)):
        for part, color, marker, word in (
            (registration[trusted], ACCENT, "o", "trusted"),
            (registration[~trusted], CLASS_COLORS["malignant"], "X", "not trusted"),
        ):
            x, y, label = part["similarity_before"], part["similarity_after"], f"{word} ({len(part)})"
            axes.scatter(x, y, s=22, c=color, marker=marker, alpha=0.75, lw=0, label=label)
            told = [
                f"{row.patient_id} {row.view}: {row.similarity_before:.2f} to {row.similarity_after:.2f}, {word}"
                for row in part.itertuples()
            ]
            marks.append(Marks(axes, x, y, told))
        low = float(np.nanmin(registration[["similarity_before", "similarity_after"]].to_numpy(dtype=float)))
        axes.plot([low, 1], [low, 1], color=SOFT, lw=0.8, ls="--", zorder=0)
        axes.set(title="Similarity of the exams", xlabel="before alignment", ylabel="after alignment")
        axes.legend(loc="lower right")
        gain = (registration["similarity_after"] - registration["similarity_before"]).median()
        return finished(
            drawn,
            "registration-similarity",
            alt=f"Similarity before against after alignment for {len(registration)} pairs; median gain {gain:.2f}.",
            caption="One point is one pair of exams in one view; above the dashed line, alignment made the exams more "
            "alike.",
            marks=marks,
        )


def error_figure(registration: pd.DataFrame) -> Figure:
    """Cumulative share of pairs below an error (empirical distribution function)."""
    pairs = registration.dropna(subset=["error_mm"]).sort_values("error_mm", kind="stable")
    ordered = pairs["error_mm"].to_numpy(dtype=float)
    share = np.arange(1, len(ordered) + 1) / len(ordered)
    median, high = np.quantile(ordered, [0.5, 0.9])
    with canvas(2.5) as (drawn, (axes,)):
        axes.step(np.r_[0, ordered], np.r_[0, share], where="post", color=ACCENT, lw=1.8)
        for level, value in ((0.5, median), (0.9, high)):
            axes.plot([0, value, value], [level, level, 0], color=SOFT, lw=0.8, ls=":")
            axes.text(value, 0.03, f" {value:.2g} mm", color=SOFT)
        axes.set(title="Error of finding the place again", xlabel="mm", ylabel="share of pairs", ylim=(0, 1.02))
        axes.set_xlim(left=0)
        told = [f"{row.patient_id} {row.view}: {row.error_mm:.1f} mm" for row in pairs.itertuples()]
        return finished(
            drawn,
            "registration-error",
            alt=f"Cumulative error over {len(ordered)} pairs: median {median:.2g} mm, 90th percentile {high:.2g} mm.",
            caption=f"Distance between the propagated and the outlined place, on {len(ordered)} pairs with one mass "
            "outlined in both exams, paired before distance is looked at. Dotted: median and 90th percentile.",
            marks=[Marks(axes, ordered, share, told)],
        )
