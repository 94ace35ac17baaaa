"""Chapter on the outlines: a picture of every lesion, the contact sheet of all, least certain first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.core.contours import contour_area_px
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement
from radiomics_mammo.core.vocabulary import OutlineQuality
from radiomics_mammo.report.blocks import Block, ContactSheet, Figure, LesionCard, Picture, Section, TextBlock
from radiomics_mammo.report.drawing import SOFT, canvas, finished, stacked_bars
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.pictures import (
    LesionPicture,
    RejectedPicture,
    compress_pictures,
    encode_png,
    grey_window,
    rejected_name,
)
from radiomics_mammo.report.rejected import rejected_sheet
from radiomics_mammo.report.wording import counts_table, table_block
from radiomics_mammo.tables.lesions import LESIONS, REVIEWED_OUT
from radiomics_mammo.tables.rejected import REJECTED
from radiomics_mammo.tables.review import REVIEW
from radiomics_mammo.tables.study import MeasuredStudy

CONTOUR_COLOR = "#ffd60a"
"""Yellow: none of the pens, and clear on grey."""
_TOLERANCE = 0.15
"""Largest distance, in picture pixels, between the contour and the polygon drawn for it."""
_WORST_FIRST = (
    OutlineQuality.AMBIGUOUS,
    OutlineQuality.OPEN,
    OutlineQuality.SPLIT,
    OutlineQuality.DOTS_JOINED,
    OutlineQuality.EDGE_CLOSED,
    OutlineQuality.GAP_CLOSED,
    OutlineQuality.CLOSED,
)
_PAGE_SHARE = 450_000
"""Bytes for these pictures per megabyte of the page; the rest is other pictures, text and drawings."""
_REJECTED_SHARE = 100_000
"""The same for the pictures of what was rejected."""
_MOST_REJECTED, _REJECTED_SIZE = 8, 0.5
"""Pictures of rejected regions of one image, at most, and their side as a share of that of a lesion's."""


@dataclass(frozen=True)
class Window:
    """A square of the DICOM grid shown as a picture of `size_px` pixels a side.

    `top_px` and `left_px` are the outer edge of the first pixel shown, so a pixel centre at row r lies at
    (r + 0.5 - top_px) * scale in picture lengths.
    """

    top_px: float
    left_px: float
    side_px: float
    size_px: int

    @property
    def scale(self) -> float:
        """Picture pixels per DICOM pixel."""
        return self.size_px / self.side_px

    def to_picture(self, points_px: Points) -> Points:
        """(row, col) DICOM points, shape (n, 2), to (row, col) lengths from the top left corner of the picture.

        Examples
        --------
        >>> Window(10.0, 20.0, 50.0, 100).to_picture(np.array([[9.5, 44.5]]))
        array([[ 0., 50.]])
        """
        points: Points = (np.asarray(points_px, dtype=np.float64) + 0.5 - (self.top_px, self.left_px)) * self.scale
        return points


def lesion_picture(
    mammogram: Mammogram,
    overlay: OutlineOverlay,
    outlined: OutlinedImage,
    lesion: LesionMask,
    *,
    config: ReportConfig | None = None,
) -> LesionPicture:
    """Crop one lesion from the mammogram and from its outlined copy.

    Parameters
    ----------
    mammogram, overlay : Mammogram, OutlineOverlay
        The two pictures of one image.
    outlined : OutlinedImage
        Its placement carries DICOM places to the outlined copy.
    lesion : LesionMask
    config : ReportConfig, optional
        `crop_px` and `crop_margin`.

    Raises
    ------
    InvariantError
        If the four do not belong to one image.
    """
    keys = {mammogram.key, overlay.key, outlined.key, lesion.key.image}
    if len(keys) != 1:
        raise InvariantError("lesion picture", "parts of one image", str(sorted(map(str, keys))), "pass one image")
    settings = config or ReportConfig()
    window = lesion_window(lesion.contour_px, margin=settings.crop_margin, size_px=settings.crop_px)
    crop = _crop(mammogram.pixels, window, np.eye(2, 3))
    copy = _crop(overlay.rgb, window, _dicom_to_copy(outlined.placement))
    return LesionPicture(
        str(lesion.key),
        encode_png(grey_window(crop)),
        contour_svg(lesion.contour_px, window),
        encode_png(cv2.cvtColor(copy, cv2.COLOR_RGB2BGR)),
    )


def rejected_pictures(
    overlay: OutlineOverlay, outlined: OutlinedImage, *, config: ReportConfig | None = None
) -> Iterator[RejectedPicture]:
    """Crops of the outlined copy around its largest rejected regions.

    Parameters
    ----------
    overlay : OutlineOverlay
    outlined : OutlinedImage
        What was read from it.
    config : ReportConfig, optional
        `crop_px` and `crop_margin`.
    """
    settings = config or ReportConfig()
    named = {one.region_sha256: one for one in outlined.rejected if one.region_sha256}
    largest = sorted(named.values(), key=lambda one: (-contour_area_px(one.contour_px), one.region_sha256))
    size_px = max(16, round(_REJECTED_SIZE * settings.crop_px))
    for one in largest[:_MOST_REJECTED]:
        window = lesion_window(one.contour_px, margin=settings.crop_margin, size_px=size_px)
        crop = _crop(overlay.rgb, window, _dicom_to_copy(outlined.placement))
        png = encode_png(cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))
        yield RejectedPicture(rejected_name(str(outlined.key), one.region_sha256), png)


def lesion_window(contour_px: Points, *, margin: float, size_px: int) -> Window:
    """The square around a contour, with tissue around it.

    Examples
    --------
    >>> lesion_window(np.array([[10.0, 20.0], [30.0, 20.0], [30.0, 30.0]]), margin=0.5, size_px=100).side_px
    42.0
    """
    low, high = np.min(contour_px, axis=0), np.max(contour_px, axis=0)
    side = float(max(high - low) + 1) * (1 + 2 * margin)
    centre = (low + high + 1) / 2
    return Window(float(centre[0] - side / 2), float(centre[1] - side / 2), side, size_px)


def contour_svg(contour_px: Points, window: Window) -> bytes:
    """A closed contour as an SVG picture of the window's size, transparent but for the line."""
    vertices = cv2.approxPolyDP(window.to_picture(contour_px).astype(np.float32), _TOLERANCE, closed=True)
    points, size = " ".join(f"{col:.1f},{row:.1f}" for row, col in vertices[:, 0]), window.size_px
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}" '
        f'fill="none" stroke="{CONTOUR_COLOR}" stroke-width="1.6" stroke-linejoin="round">'
        f'<polygon points="{points}"/></svg>'
    ).encode("ascii")


def _crop(pixels: NDArray[np.generic], window: Window, to_source: NDArray[np.float64]) -> NDArray[np.generic]:
    """Sample a window from a picture that `to_source` (2x3, on (row, col, 1)) carries DICOM pixels to.

    Where the source is finer than the picture, it is sampled densely and averaged.
    """
    dense = max(1, int(np.ceil(np.abs(to_source[:, :2]).max() / window.scale)))
    size, step = window.size_px * dense, 1 / (window.scale * dense)
    sample = np.array(
        [[step, 0, window.top_px - 0.5 + step / 2], [0, step, window.left_px - 0.5 + step / 2], [0, 0, 1]]
    )
    row_of, col_of = to_source @ sample
    backward = np.array([[col_of[1], col_of[0], col_of[2]], [row_of[1], row_of[0], row_of[2]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    sampled = cv2.warpAffine(np.ascontiguousarray(pixels), backward, (size, size), flags=flags)
    return np.asarray(cv2.resize(sampled, (window.size_px, window.size_px), interpolation=cv2.INTER_AREA))


def _dicom_to_copy(placement: OverlayPlacement) -> NDArray[np.float64]:
    """Inverse of the placement as a 2x3 matrix on (row, col, 1)."""
    row = [1 / placement.scale_row, 0.0, -placement.offset_row_px / placement.scale_row]
    col = [0.0, 1 / placement.scale_col, -placement.offset_col_px / placement.scale_col]
    if placement.flipped:
        col = [0.0, -col[1], placement.gt_cols - 1 - col[2]]
    return np.array([row, col])


def masks_section(material: ReportMaterial) -> Section:
    """Quality of the outlines and the contact sheet, least certain first."""
    lesions = material.study.lesions
    if lesions.empty:
        return Section("Masks", (TextBlock("No outline was found in any image.", "missing"),))
    counted = counts_table(lesions, "quality", "label")
    blocks: list[Block] = [
        TextBlock(
            "Each mask is the inside of a pen line found on the outlined copy and mapped to the grid of the DICOM "
            "image. Below, the recovered contour lies on the mammogram; the outlined copy of the same place is beside "
            "it."
        ),
        *material.drawn("outline-quality"),
        table_block(counted, "How outlines were read, by label", source="lesions.csv"),
    ]
    sheet = contact_sheet(material)
    if sheet.cards:
        blocks.append(sheet)
    left = len(lesions) - sum(not card.rejected for card in sheet.cards)
    if left:
        blocks.append(TextBlock(f"{left} of {len(lesions)} lesions have no picture in this folder.", "missing"))
    blocks += _rejected(material)
    return Section("Masks", tuple(blocks))


def _rejected(material: ReportMaterial) -> list[Block]:
    """What is no outline, where there are pictures of it."""
    sheet = rejected_sheet(
        REJECTED.rows(material.study.rejected),
        material.pictures,
        study=material.study_id,
        budget_bytes=material.config.max_page_megabytes * _REJECTED_SHARE,
    )
    return [sheet] if sheet.cards else []


def contact_sheet(material: ReportMaterial) -> ContactSheet:
    """Cards of all lesions that have pictures, the least confident first, then by quality and missing pen line.

    Those that a reader rejected stand among them, with every decision the study was made with.
    """
    pictures, study = material.pictures.by_lesion, material.study
    rejected = REVIEWED_OUT.rows(study.reviewed_out)
    lesions = [one for one in (*LESIONS.rows(study.lesions), *rejected) if one.lesion_id in pictures]
    lesions.sort(
        key=lambda one: (
            1.0 if one.confidence is None else one.confidence,
            _WORST_FIRST.index(one.quality),
            -(one.gap_fraction or 0.0),
            one.lesion_id,
        )
    )
    found = [pictures[one.lesion_id] for one in lesions]
    pngs = [png for one in found for png in (one.dicom_png, one.gt_png)]
    embedded = compress_pictures(pngs, budget_bytes=material.config.max_page_megabytes * _PAGE_SHARE)
    classes = dict(zip(study.patients["patient_id"], study.patients["case_class"], strict=True))
    cards = [
        LesionCard(
            lesion=lesion,
            case_class=str(classes.get(lesion.patient_id, "unknown")),
            dicom=dicom,
            contour=Picture("image/svg+xml", picture.contour_svg),
            outlined=outlined,
            rejected=lesion in rejected,
        )
        for lesion, picture, dicom, outlined in zip(lesions, found, embedded[::2], embedded[1::2], strict=True)
    ]
    decisions = tuple({name: str(value) for name, value in vars(row).items()} for row in REVIEW.rows(study.review))
    return ContactSheet(tuple(cards), decisions, material.study_id)


def outline_figures(study: MeasuredStudy) -> tuple[Figure, ...]:
    """How the outlines were read, by label; nothing without outlines."""
    lesions = study.lesions
    if lesions.empty:
        return ()
    qualities = [str(quality) for quality in OutlineQuality if (lesions["quality"] == quality).any()]
    with canvas(0.9 + 0.32 * len(qualities)) as (drawn, (axes,)):
        counted = pd.crosstab(lesions["quality"], lesions["label"]).reindex(qualities[::-1]).fillna(0)
        totals = stacked_bars(axes, counted, horizontal=True)
        for place, total in enumerate(totals):
            axes.text(total, place, f" {total:.0f}", va="center", color=SOFT)
        axes.set(title="Outlines by quality", xlabel="lesions")
        axes.margins(x=0.08)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        said = ", ".join(f"{name} {int(total)}" for name, total in zip(qualities, totals[::-1], strict=True))
        figure = finished(
            drawn,
            "outline-quality",
            alt=f"Bars of lesions by outline quality: {said}.",
            caption="How each pen line was read, by label. Open and ambiguous outlines are kept but not measured by "
            "default.",
        )
        return (figure,)
