"""Chapter on the aligned exam pairs: checkerboards and maps of each, gallery, similarity, measured error."""

from __future__ import annotations

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.pairs import AlignedPair, Exam, RoiPair, Zone
from radiomics_mammo.core.vocabulary import Decision, LinkRelation, PriorPolicy
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
from radiomics_mammo.report.drawing import ACCENT, CLASS_COLORS, SOFT, canvas, finished
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.pictures import RegistrationPicture, ZonePicture, compress_pictures, encode_png, grey_window
from radiomics_mammo.report.wording import counts_table, format_number, table_block
from radiomics_mammo.tables.masses import recent_lesions
from radiomics_mammo.tables.primary import PRIMARY_POLICY
from radiomics_mammo.tables.registration import REGISTRATION
from radiomics_mammo.tables.review import REVIEW, alignment_id, alignment_sha256
from radiomics_mammo.tables.study import MeasuredStudy

SHOWN_SHIFT = 0.1
"""Displacement shown as the brightest colour, as a share of the picture's height."""
SHOWN_AREA_CHANGE = 0.5
"""Change of area shown as the fullest colour: 0.5 is half or one and a half times the area."""
_TILES = 8
"""Tiles of the checkerboard along the longer side."""
_CONTOUR_BGR = (10, 214, 255)
_ZONE_BGR = (240, 220, 60)
_AROUND = 1.25
"""Side of the picture of a zone over its diameter, or over that of the lesion where that is larger."""
_MAP_SHARE = 0.5
"""Side of the two maps as a share of the side of the checkerboards."""
_PAGE_SHARE = 400_000
"""Bytes for these pictures per megabyte of the page; the rest is other pictures, text and drawings."""
_PUBLISHED = "Published error on real pairs, for orientation: 8.5 ± 6.2 mm (Hadjiiski 2003, 390 pairs)."
_LEGEND = (
    "Squares alternate between the two exams; where the skin line runs on from square to square, they fit. The slider "
    "uncovers the pair as it was before the alignment, on its right. Recent outlines are drawn in yellow. "
    "Displacement: dark is none, bright is a tenth of the picture's height or more. Area change: white is none, red is "
    "larger and blue smaller in the prior, black is folded."
)
_ZONE_LEGEND = (
    "Below each pair stand its lesions: the slider lays the recent exam (left) over the prior one, each around its own "
    "centre at one scale, not warped. Cyan is the zone that holds the place nine times in ten and that the lesion is "
    "compared with; yellow is the outline, in the prior the window at its centre. The least certain pairs come first. "
    "Where the zone does not hold the tissue the lesion arose in, its change means nothing."
)
_CLUSTER = (
    "Outlines of one cluster drawn in two exams may differ threefold in area: their centroids then lie apart without "
    "any error of the alignment."
)


def registration_picture(pair: AlignedPair, *, config: ReportConfig | None = None) -> RegistrationPicture:
    """Show one aligned pair on the breast of its recent exam.

    Parameters
    ----------
    pair : AlignedPair
        The prior is sampled through ``registration.recent_to_prior``.
    config : ReportConfig, optional
        `alignment_px`.

    Notes
    -----
    Before alignment, places are compared at equal distances from the corner of the picture in mm (in pixels where a
    spacing is unknown).
    """
    exam, key = pair.recent, pair.recent.mammogram.key
    places_px, pitch_px = _lattice(exam, (config or ReportConfig()).alignment_px)
    to_prior = pair.prior.mammogram.grid.to_pixels if pair.in_mm else np.asarray
    start = exam.mammogram.grid.to_units(places_px) if pair.in_mm else places_px
    mapped = pair.registration.recent_to_prior.apply(start.reshape(-1, 2)).reshape(start.shape)
    recent = _shown(exam, places_px, pitch_px)
    priors = [_shown(pair.prior, to_prior(place), pitch_px) for place in (start, mapped)]
    outlines = [(np.asarray(lesion.contour_px) - places_px[0, 0]) / pitch_px for lesion in exam.lesions]
    before, after = (encode_png(_checkerboard(recent, prior, outlines)) for prior in priors)
    displacement, jacobian = _maps(start, mapped, outside=~_in_breast(exam, places_px))
    return RegistrationPicture(
        patient_id=key.patient_id,
        view=str(key.view),
        before_png=before,
        after_png=after,
        displacement_png=displacement,
        jacobian_png=jacobian,
    )


def zone_picture(pair: AlignedPair, one: RoiPair, *, config: ReportConfig | None = None) -> ZonePicture:
    """A recent lesion beside its zone in the prior exam, each around its centre, both at one scale.

    Parameters
    ----------
    pair : AlignedPair
    one : RoiPair
        Whose prior region has a zone.
    config : ReportConfig, optional
        `crop_px`.

    Notes
    -----
    The prior is shown as it is, not warped: this is what the windows of the zone are measured on. Yellow is the
    outline, in the prior the central window; cyan is the zone.

    Raises
    ------
    InvariantError
        If the prior region has no zone.
    """
    zone, side = one.prior.zone, (config or ReportConfig()).crop_px
    if zone is None:
        raise InvariantError(one.prior.roi_id, "a region with a zone", "none", "show regions of the regional policy")
    outline = one.prior.contour_px - zone.centre_px
    reach_px = np.array(zone.radius_px) * max(1.0, float((np.abs(outline) / zone.radius_px).max())) * _AROUND
    there = _view(zone.centre_px, reach_px, side)
    prior_grid, recent_grid = pair.prior.mammogram.grid, pair.recent.mammogram.grid
    scale = np.divide(prior_grid.unit_spacing, recent_grid.unit_spacing) if pair.in_mm else np.ones(2)
    here = _view(contour_centroid_px(one.recent.contour_px), reach_px * scale, side)
    pictures = []
    for exam, places, contours in (
        (pair.recent, here, [(one.recent.contour_px, _CONTOUR_BGR)]),
        (pair.prior, there, [(one.prior.contour_px, _CONTOUR_BGR), (_ellipse(zone), _ZONE_BGR)]),
    ):
        pitch = (places[-1, -1] - places[0, 0]) / (side - 1)
        picture = cv2.cvtColor(_shown(exam, places, float(pitch.max())), cv2.COLOR_GRAY2BGR)
        for contour, color in contours:
            vertices = np.round((contour - places[0, 0]) / pitch)[:, ::-1].astype(np.int32)
            cv2.polylines(picture, [vertices], isClosed=True, color=color, thickness=1, lineType=cv2.LINE_AA)
        pictures.append(encode_png(np.asarray(picture, dtype=np.uint8)))
    return ZonePicture(one.recent.recent_lesion_id, *pictures)


def _view(centre_px: tuple[float, float], reach_px: Points, side: int) -> Points:
    """Places of the pixels of a square picture around a centre, shape (side, side, 2), in pixels of the exam."""
    steps = np.linspace(-1, 1, side)
    rows, cols = np.meshgrid(steps * reach_px[0], steps * reach_px[1], indexing="ij")
    return np.stack([rows + centre_px[0], cols + centre_px[1]], axis=-1)


def _ellipse(zone: Zone) -> Points:
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    return np.asarray(zone.centre_px + np.stack([np.sin(angles), np.cos(angles)], axis=1) * zone.radius_px)


def _lattice(exam: Exam, longer_px: int) -> tuple[Points, float]:
    """Places of the pixels of a picture, (rows, cols, 2), and the distance between them, in pixels of the exam.

    The picture has `longer_px` along the longer side of the box around the breast (around all where there is none).
    """
    region, step = exam.breast, exam.breast.step_px
    breast = region.breast if region.breast.any() else np.ones_like(region.breast)
    rows, cols = np.nonzero(breast.any(axis=1))[0] * step, np.nonzero(breast.any(axis=0))[0] * step
    height, width = rows[-1] - rows[0] + step, cols[-1] - cols[0] + step
    pitch = max(height, width) / longer_px
    down = rows[0] - 0.5 + pitch * (np.arange(max(1, round(height / pitch))) + 0.5)
    across = cols[0] - 0.5 + pitch * (np.arange(max(1, round(width / pitch))) + 0.5)
    return np.stack(np.meshgrid(down, across, indexing="ij"), axis=-1), pitch


def _shown(exam: Exam, places_px: Points, pitch_px: float) -> NDArray[np.uint8]:
    """Grey picture of an exam at the given places; averaged over the pitch between them, scaled in the breast."""
    shrink = max(1, int(pitch_px))
    small = cv2.resize(exam.mammogram.pixels, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    factor = np.asarray(small.shape) / exam.mammogram.pixels.shape
    rows, cols = np.moveaxis(((places_px + 0.5) * factor - 0.5).astype(np.float32), -1, 0)
    sampled = cv2.remap(small, np.ascontiguousarray(cols), np.ascontiguousarray(rows), cv2.INTER_LINEAR)
    inside = cv2.resize(exam.breast.breast.astype(np.uint8), small.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return grey_window(sampled, reference=small[inside])


def _checkerboard(recent: NDArray[np.uint8], prior: NDArray[np.uint8], outlines: list[Points]) -> NDArray[np.uint8]:
    tile = max(1, max(recent.shape) // _TILES)
    rows, cols = np.indices(recent.shape) // tile
    board = np.where((rows + cols) % 2 == 0, recent, prior).astype(np.uint8)
    picture = cv2.cvtColor(board, cv2.COLOR_GRAY2BGR)
    vertices = [np.round(outline[:, ::-1]).astype(np.int32) for outline in outlines]
    cv2.polylines(picture, vertices, isClosed=True, color=_CONTOUR_BGR, thickness=1, lineType=cv2.LINE_AA)
    return np.asarray(picture, dtype=np.uint8)


def _in_breast(exam: Exam, places_px: Points) -> NDArray[np.bool_]:
    reduced = exam.breast.breast
    rows, cols = np.moveaxis((places_px / exam.breast.step_px).astype(int), -1, 0)
    return np.asarray(reduced[rows.clip(0, reduced.shape[0] - 1), cols.clip(0, reduced.shape[1] - 1)])


def _maps(place: Points, target: Points, *, outside: NDArray[np.bool_]) -> tuple[bytes, ...]:
    """Displacement and Jacobian determinant of the mapping as two small colour pictures; black outside the breast."""
    height = max(float(np.ptp(place[..., 0])), 1e-9)
    shift = np.linalg.norm(target - place, axis=2) / height
    down, across = np.asarray(np.gradient(target, axis=0)), np.asarray(np.gradient(target, axis=1))
    cell = np.asarray(np.gradient(place[..., 0], axis=0)) * np.asarray(np.gradient(place[..., 1], axis=1))
    area = (down[..., 0] * across[..., 1] - down[..., 1] * across[..., 0]) / cell
    bright = np.clip(shift / SHOWN_SHIFT, 0, 1)
    moved = cv2.applyColorMap((bright * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    pictures = (np.where(outside[..., None], 0, colors).astype(np.uint8) for colors in (moved, _area_colors(area)))
    return tuple(
        encode_png(cv2.resize(picture, None, fx=_MAP_SHARE, fy=_MAP_SHARE, interpolation=cv2.INTER_AREA))
        for picture in pictures
    )


def _area_colors(area: NDArray[np.float64]) -> NDArray[np.uint8]:
    """White for 1, to red above and to blue below, black where the mapping folds."""
    change = np.clip((area - 1) / SHOWN_AREA_CHANGE, -1, 1)[..., None]
    white, red, blue = np.array([245.0, 245, 245]), np.array([43.0, 24, 178]), np.array([172.0, 102, 33])
    colors = white + np.abs(change) * (np.where(change > 0, red, blue) - white)
    colors[area <= 0] = 0
    return np.asarray(np.round(colors), dtype=np.uint8)


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
        shown = (_LEGEND, _ZONE_LEGEND) if any(card.zones for card in gallery.cards) else (_LEGEND,)
        blocks += [*(TextBlock(text, "note") for text in shown), gallery]
    else:
        blocks.append(TextBlock("This folder holds no pictures of aligned pairs.", "missing"))
    return Section("Alignment", tuple(blocks))


def alignment_gallery(material: ReportMaterial) -> AlignmentGallery:
    """Cards of all pairs that have pictures: untrusted first, then by the largest zone, then by similarity."""
    pictures, zones = material.pictures.by_pair, _zone_rows(material.study)
    radii = zones.groupby(["patient_id", "view"])["radius90_mm"].max().to_dict()
    pairs = [one for one in REGISTRATION.rows(material.study.registration) if (one.patient_id, one.view) in pictures]
    widest = {(one.patient_id, str(one.view)): radii.get((one.patient_id, str(one.view)), np.nan) for one in pairs}
    pairs.sort(
        key=lambda one: (
            bool(one.trusted),
            -np.nan_to_num(widest[one.patient_id, str(one.view)]),
            one.similarity_after or 0.0,
            one.patient_id,
            one.view,
        )
    )
    drawn = [one for one in material.pictures.zones if one.lesion_id in set(zones["recent_lesion_id"])]
    pngs = [png for one in pairs for png in pictures[one.patient_id, one.view].pngs]
    pngs += [png for one in drawn for png in (one.recent_png, one.prior_png)]
    embedded = compress_pictures(pngs, budget_bytes=material.config.max_page_megabytes * _PAGE_SHARE)
    of_pairs, of_zones = embedded[: 4 * len(pairs)], embedded[4 * len(pairs) :]
    fours = zip(*(of_pairs[first::4] for first in range(4)), strict=True)
    cards = _zone_cards(zones, drawn, of_zones)
    rejected = {
        (one.id, one.mask_sha256) for one in REVIEW.rows(material.study.review) if one.decision == Decision.WRONG
    }
    return AlignmentGallery(
        tuple(
            AlignmentCard(
                pair=pair,
                before=before,
                after=after,
                displacement=displacement,
                jacobian=jacobian,
                rejected=(alignment_id(pair), alignment_sha256(pair)) in rejected,
                zones=tuple(cards.get((pair.patient_id, str(pair.view)), ())),
            )
            for pair, (before, after, displacement, jacobian) in zip(pairs, fours, strict=True)
        )
    )


def _zone_rows(study: MeasuredStudy) -> pd.DataFrame:
    """Prior regions of the primary policy, one a recent lesion."""
    return study.rois[study.rois["prior_policy"] == str(PRIMARY_POLICY)].drop_duplicates("recent_lesion_id")


def _zone_cards(
    zones: pd.DataFrame, drawn: list[ZonePicture], pictures: tuple[Picture, ...]
) -> dict[tuple[str, str], list[ZoneCard]]:
    """Cards of the zones that were drawn, by patient and view; `pictures` holds recent and prior of each in turn."""
    facts = zones.set_index("recent_lesion_id")
    cards: dict[tuple[str, str], list[ZoneCard]] = {}
    for number, one in enumerate(drawn):
        row = facts.loc[one.lesion_id]
        known = None if pd.isna(row["radius90_mm"]) else float(row["radius90_mm"])
        recent, prior = pictures[2 * number : 2 * number + 2]
        card = ZoneCard(lesion_id=one.lesion_id, recent=recent, prior=prior, radius90_mm=known)
        cards.setdefault((str(row["patient_id"]), str(row["view"])), []).append(card)
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
        "median, mm": format_number(errors.median()),
        "90th percentile, mm": format_number(errors.quantile(0.9)),
        "largest, mm": format_number(errors.max()),
        "recent lesions without a prior outline": int(
            (~recent.isin({*same["lesion_id_a"], *same["lesion_id_b"]})).sum()
        ),
    }
    caption = f"Error of finding the same place again, on masses outlined in both exams. {_PUBLISHED} {_CLUSTER}"
    return table_block(pd.DataFrame([row]), caption, source="registration.csv")


def alignment_figures(study: MeasuredStudy) -> tuple[Figure, ...]:
    """Similarity before and after, and the measured error, as far as they are known."""
    table = study.registration
    similarity = (similarity_figure(table),) if table["similarity_after"].notna().any() else ()
    errors = table["error_mm"].dropna()
    return (*similarity, error_figure(errors)) if len(errors) else similarity


def similarity_figure(registration: pd.DataFrame) -> Figure:
    """Similarity of each pair before and after alignment."""
    trusted = registration["trusted"].fillna(False).astype(bool)
    with canvas(3.1) as (drawn, (axes,)):
        for part, color, marker, word in (
            (registration[trusted], ACCENT, "o", "trusted"),
            (registration[~trusted], CLASS_COLORS["malignant"], "X", "not trusted"),
        ):
            x, y, label = part["similarity_before"], part["similarity_after"], f"{word} ({len(part)})"
            axes.scatter(x, y, s=22, c=color, marker=marker, alpha=0.75, lw=0, label=label)
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
        )


def error_figure(errors_mm: pd.Series) -> Figure:
    """Cumulative share of pairs below an error (empirical distribution function)."""
    ordered = np.sort(errors_mm.to_numpy(dtype=float))
    share = np.arange(1, len(ordered) + 1) / len(ordered)
    median, high = np.quantile(ordered, [0.5, 0.9])
    with canvas(2.5) as (drawn, (axes,)):
        axes.step(np.r_[0, ordered], np.r_[0, share], where="post", color=ACCENT, lw=1.8)
        for level, value in ((0.5, median), (0.9, high)):
            axes.plot([0, value, value], [level, level, 0], color=SOFT, lw=0.8, ls=":")
            axes.text(value, 0.03, f" {value:.2g} mm", color=SOFT)
        axes.set(title="Error of finding the place again", xlabel="mm", ylabel="share of pairs", ylim=(0, 1.02))
        axes.set_xlim(left=0)
        return finished(
            drawn,
            "registration-error",
            alt=f"Cumulative error over {len(ordered)} pairs: median {median:.2g} mm, 90th percentile {high:.2g} mm.",
            caption=f"Distance between the propagated and the outlined place, on {len(ordered)} pairs with one mass "
            "outlined in both exams, paired before distance is looked at. Dotted: median and 90th percentile.",
        )
