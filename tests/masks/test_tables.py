"""Rows of lesions.csv and the hash of a mask."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.tables_lesions import LESIONS
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, OutlineQuality
from radiomics_mammo.masks import encode_mask, is_measured, lesion_row, mask_sha256

SQUARE = np.array([[1.5, 2.5], [1.5, 6.5], [4.5, 6.5], [4.5, 2.5]])
LESION = LesionMask(
    LesionKey.parse("benign-03_MLO_prior_2"),
    PixelGrid(9, 12, 0.1, 0.07),
    OutlineColor.BLUE,
    False,
    LesionLabel.BENIGN,
    SQUARE,
)


def test_row_fills_every_column_of_the_schema():
    row = lesion_row(LESION, mask_file="masks/benign-03_MLO_prior_2.png", sha256="ab")
    assert list(row) == LESIONS.names
    assert row["mask_sha256"] == "ab"
    table = LESIONS.from_rows([row])
    assert table["area_px"].tolist() == [12]
    assert table["area_mm2"].tolist() == pytest.approx([12 * 0.007])
    assert table[["top_px", "left_px", "bottom_px", "right_px"]].to_numpy().tolist() == [[2, 3, 4, 6]]
    assert table[["centroid_row_px", "centroid_col_px"]].to_numpy().tolist() == [[3.0, 4.5]]


def test_area_is_empty_where_the_spacing_is_unknown():
    assert lesion_row(replace(LESION, grid=PixelGrid(9, 12)))["area_mm2"] is None


@pytest.mark.parametrize(
    "other",
    [
        replace(LESION, contour_px=np.add(SQUARE, (0, 1))),
        replace(LESION, contour_px=SQUARE * (1, 1.2)),
        replace(LESION, grid=PixelGrid(9, 13)),
    ],
)
def test_hash_changes_with_the_picture_of_the_mask(other):
    assert mask_sha256(other) != mask_sha256(LESION)


def test_hash_ignores_everything_but_the_picture():
    same = replace(
        LESION, color=OutlineColor.RED, contour_px=SQUARE + 0.2, key=LesionKey.parse("benign-01_CC_recent_1")
    )
    assert mask_sha256(same) == mask_sha256(LESION)
    assert len(mask_sha256(LESION)) == 64


def test_mask_picture_reads_back():
    inside = np.random.default_rng(0).random((7, 9)) > 0.5
    picture = cv2.imdecode(np.frombuffer(encode_mask(inside), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(picture, inside * 255)


def test_unreliable_outlines_are_measured_only_when_asked_for():
    broken = replace(LESION, quality=OutlineQuality.OPEN)
    assert is_measured(LESION, config=MaskConfig())
    assert not is_measured(broken, config=MaskConfig())
    assert is_measured(broken, config=MaskConfig(measure_unreliable=True))
