"""Rejected regions are shown with class and reason, and can be brought back."""

from dataclasses import replace

import cv2
import numpy as np

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import OutlineOverlay
from radiomics_mammo.core.lesions import OutlinedImage, OverlayPlacement, RejectedOutline
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.report.blocks import Section
from radiomics_mammo.report.masks import masks_section, rejected_pictures
from radiomics_mammo.report.page import render_html
from radiomics_mammo.report.pictures import read_pictures
from radiomics_mammo.report.rejected import rejected_sheet
from radiomics_mammo.tables.rejected import REJECTED, RejectedRow

KEY, GRID = ImageKey.parse("benign-01_CC_recent"), PixelGrid(80, 100, 0.1, 0.1)
SAME = OverlayPlacement(
    gt_rows=80, gt_cols=100, scale_row=1.0, scale_col=1.0, offset_row_px=0.0, offset_col_px=0.0, similarity=1.0
)


def square(top, left, side, number):
    corners = np.array([[top, left], [top, left + side], [top + side, left + side], [top + side, left]], dtype=float)
    return RejectedOutline(
        code=AuditCode.FILLED_MARK, reason="97% <pen>", color=OutlineColor.RED, contour_px=corners,
        region_sha256=f"{number:x}" * 64,
    )  # fmt: skip


MANY = tuple(square(5 + 6 * k, 10, 4 + k, k) for k in range(10))


def made(regions=MANY):
    rgb = np.zeros((*GRID.shape, 3), np.uint8)
    rgb[..., 0] = np.arange(80)[:, None] * 3
    outlined = OutlinedImage(key=KEY, grid=GRID, placement=SAME, lesions=(), rejected=regions)
    return tuple(rejected_pictures(OutlineOverlay(KEY, rgb), outlined, config=ReportConfig(crop_px=80)))


def test_the_largest_regions_of_an_image_have_a_picture_that_can_be_found_again(tmp_path):
    pictures = made()
    assert [picture.name[-1] for picture in pictures] == list("98765432")
    for file in (file for picture in pictures for file in picture.files):
        (tmp_path / file.name).write_bytes(file.data)
    assert {picture.name for picture in read_pictures(tmp_path).rejected} == {picture.name for picture in pictures}
    shown = cv2.imdecode(np.frombuffer(pictures[0].copy_png, np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (40, 40, 3)
    assert shown[20, 20, 2] == np.clip(shown[20, 20, 2], 3 * 59, 3 * 72)  # red, at the middle of the largest


def test_a_card_says_class_and_reason_and_carries_what_an_inclusion_needs(material, study):
    rows = [RejectedRow.of(KEY, GRID, one) for one in MANY]
    pictures = replace(material.pictures, rejected=made(MANY[-3:]))
    sheet = rejected_sheet(tuple(rows), pictures, study="s", budget_bytes=1e6)
    assert (len(sheet.cards), sheet.total) == (3, 10)
    assert sheet.cards[0].words == "filled mark: 97% <pen>"
    assert sheet.classes == (("FILLED_MARK", AuditCode.FILLED_MARK.meaning),)
    shown = replace(material, pictures=pictures, study=replace(study, rejected=REJECTED.of(rows)))
    page = render_html(Section("Report", (), (masks_section(shown),)))
    assert page.count("data-region=") == 3
    assert page.count('class="back"') == 1
    assert f'data-region="{MANY[-1].region_sha256}"' in page
    assert "97% &lt;pen&gt;" in page
    assert 'class="back"' not in render_html(Section("Report", (), (masks_section(material),)))
