"""Regions lie over their image where they are."""

import cv2
import numpy as np

from radiomics_mammo.core.contours import Region
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.report import figure_row, mask_over_image
from radiomics_mammo.report.laid_over import HEIGHT_PX


def test_the_edge_is_drawn_where_the_region_lies_and_nowhere_else():
    pixels = np.add.outer(np.arange(210.0), np.arange(140.0)).astype(np.float32)
    mammogram = Mammogram(ImageKey.parse("a_CC_recent"), PixelGrid(210, 140), pixels)
    region = Region(100, 60, np.ones((40, 30), dtype=bool))
    png = mask_over_image(mammogram, [region], circles_px=[(30.0, 30.0, 10.0)])
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).astype(int)
    assert picture.shape == (HEIGHT_PX, 280, 3)
    coloured = np.ptp(picture, axis=2) > 40
    rows, cols = np.nonzero(coloured[150:])
    assert abs(rows.min() + 150 - 200) <= 2
    assert abs(rows.max() + 150 - 279) <= 2
    assert (abs(cols.min() - 120) <= 2) & (abs(cols.max() - 179) <= 2)
    assert coloured[:150].any()


def test_captions_are_escaped():
    assert "&lt;b&gt;" in figure_row([("<b>", b"png")])
