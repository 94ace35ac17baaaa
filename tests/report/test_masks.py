from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, View, Visit
from radiomics_mammo.report.blocks import TextBlock
from radiomics_mammo.report.masks import (
    contact_sheet,
    contour_svg,
    lesion_picture,
    lesion_window,
    masks_section,
    outline_figures,
)
from radiomics_mammo.report.pictures import Pictures

KEY = ImageKey("malignant-01", View.CC, Visit.RECENT)
GRID = PixelGrid(70, 90)
SQUARE = np.array([[29.5, 39.5], [29.5, 49.5], [39.5, 49.5], [39.5, 39.5]])
CONFIG = ReportConfig(crop_px=80, crop_margin=0.25)
SAME = OverlayPlacement(
    gt_rows=70, gt_cols=90, scale_row=1.0, scale_col=1.0, offset_row_px=0.0, offset_col_px=0.0, similarity=1.0
)
PLACEMENTS = {
    "same": (SAME, (70, 90)),
    "half size": (
        OverlayPlacement(
            gt_rows=35, gt_cols=45, scale_row=2.0, scale_col=2.0, offset_row_px=0.5, offset_col_px=0.5, similarity=1.0
        ),
        (35, 45),
    ),
    "four times": (
        OverlayPlacement(
            gt_rows=280,
            gt_cols=360,
            scale_row=0.25,
            scale_col=0.25,
            offset_row_px=-0.375,
            offset_col_px=-0.375,
            similarity=1.0,
        ),
        (280, 360),
    ),
    "shifted": (
        OverlayPlacement(
            gt_rows=75, gt_cols=95, scale_row=1.0, scale_col=1.0, offset_row_px=-3.0, offset_col_px=-2.0, similarity=1.0
        ),
        (75, 95),
    ),
    "mirrored": (replace(SAME, flipped=True), (70, 90)),
}


def decoded(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)


def picture_of(placement: OverlayPlacement, rgb: np.ndarray, key: ImageKey = KEY):
    pixels = np.zeros(GRID.shape, np.float32)
    pixels[30:40, 40:50] = 100
    label = LesionLabel.MALIGNANT
    lesion = LesionMask(
        key=LesionKey(KEY, 1), grid=GRID, color=OutlineColor.RED, boxed=False, label=label, contour_px=SQUARE
    )
    outlined = OutlinedImage(key=KEY, grid=GRID, placement=placement, lesions=(lesion,))
    return lesion_picture(Mammogram(key, GRID, pixels), OutlineOverlay(KEY, rgb), outlined, lesion, config=CONFIG)


def edges(picture: np.ndarray) -> list[int]:
    bright = np.nonzero(picture > 127)
    return [int(bright[0].min()), int(bright[0].max()), int(bright[1].min()), int(bright[1].max())]


def test_crop_shows_the_lesion_where_the_contour_lies() -> None:
    made = picture_of(SAME, np.zeros((70, 90, 3), np.uint8))
    corners = lesion_window(SQUARE, margin=0.25, size_px=80).to_picture(SQUARE)
    expected = [corners[:, 0].min(), corners[:, 0].max() - 1, corners[:, 1].min(), corners[:, 1].max() - 1]
    assert np.abs(np.subtract(edges(decoded(made.dicom_png)), expected)).max() <= 1.0


@pytest.mark.parametrize("case", PLACEMENTS)
def test_outlined_copy_shows_the_same_place(case: str) -> None:
    placement, shape = PLACEMENTS[case]
    rows, cols = np.indices(shape)
    points = placement.to_dicom(np.stack([rows.ravel(), cols.ravel()], axis=1).astype(float))
    inside = ((points > (29.5, 39.5)) & (points < (39.5, 49.5))).all(axis=1).reshape(shape)
    made = picture_of(placement, np.repeat((inside * 255).astype(np.uint8)[..., None], 3, axis=2))
    shown = decoded(made.gt_png)
    assert shown.shape == (80, 80, 3)
    assert np.abs(np.subtract(edges(shown[..., 2]), edges(decoded(made.dicom_png)))).max() <= 2


def test_colours_of_the_copy_survive() -> None:
    red = np.zeros((70, 90, 3), np.uint8)
    red[..., 0] = 200
    assert decoded(picture_of(SAME, red).gt_png)[40, 40].tolist() == [0, 0, 200]


def test_parts_of_two_images_are_refused() -> None:
    with pytest.raises(InvariantError, match="one image"):
        picture_of(SAME, np.zeros((70, 90, 3), np.uint8), ImageKey("malignant-02", View.CC, Visit.RECENT))


def test_lesion_at_the_corner_is_shown_with_black_beyond() -> None:
    window = lesion_window(np.array([[0.0, 0.0], [8.0, 0.0], [8.0, 6.0]]), margin=0.5, size_px=60)
    assert window.top_px < 0
    assert window.to_picture(np.array([[-0.5 + window.top_px + 0.0, 0.0]]))[0, 0] == pytest.approx(0.0)


def test_contour_is_a_closed_polygon() -> None:
    svg = contour_svg(SQUARE, lesion_window(SQUARE, margin=0.25, size_px=80)).decode()
    assert svg.count("<polygon") == 1
    assert 'viewBox="0 0 80 80"' in svg


def test_long_contours_are_drawn_with_few_vertices() -> None:
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    ring = np.stack([300 + 200 * np.sin(angle), 400 + 150 * np.cos(angle)], axis=1)
    window = lesion_window(ring, margin=0.4, size_px=220)
    vertices = contour_svg(ring, window).decode().split('points="')[1].split('"')[0].split()
    points = np.array([pair.split(",") for pair in vertices], dtype=float)[:, ::-1]
    drawn = points - window.to_picture(np.array([[300.0, 400.0]]))
    radius = np.hypot(drawn[:, 0] / (200 * window.scale), drawn[:, 1] / (150 * window.scale))
    assert len(drawn) < 100
    assert np.abs(radius - 1).max() < 0.01


def test_worst_quality_comes_first(material) -> None:
    cards = contact_sheet(material).cards
    qualities = list(dict.fromkeys(card.lesion.quality for card in cards))
    assert qualities == ["split", "dots-joined", "edge-closed", "gap-closed", "closed"]
    assert cards[0].lesion.patient_id == "malignant-<b>"
    assert cards[0].facts == ("red pen", "13 mm²", "20% of the line missing")


def test_cards_carry_what_an_exclusion_needs(material, study) -> None:
    known = dict(zip(study.lesions["lesion_id"], study.lesions["mask_sha256"], strict=True))
    assert {card.lesion.lesion_id: card.lesion.mask_sha256 for card in contact_sheet(material).cards} == known


def test_facts_follow_box_and_spacing(material, study) -> None:
    boxed = pd.array([True] * len(study.lesions), dtype="boolean")
    bare = replace(study, lesions=study.lesions.assign(area_mm2=float("nan"), boxed=boxed))
    facts = contact_sheet(replace(material, study=bare)).cards[0].facts
    assert (facts[1], facts[-1]) == ("904 px", "boxed")


def test_lesions_without_picture_are_counted(material, study) -> None:
    some = replace(material, pictures=Pictures(material.pictures.lesions[:3]))
    text = f"{len(study.lesions) - 3} of {len(study.lesions)} lesions have no picture in this folder."
    assert masks_section(some).blocks[-1] == TextBlock(text, "missing")


def test_qualities_are_counted(study) -> None:
    assert "closed 4, gap-closed 4" in outline_figures(study)[0].alt
