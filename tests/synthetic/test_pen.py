import io

import cv2
import numpy as np
import pytest
from PIL import Image

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.synthetic import draw_outline, save_jpeg_like

PAGE = np.full((90, 120, 3), 80, dtype=np.uint8)


def ring(radius, centre=(45.0, 60.0), points=180):
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)], axis=1)


@pytest.mark.parametrize("width", [1.0, 3.0, 8.0])
def test_ink_covers_the_area_of_the_line(width):
    drawn = draw_outline(PAGE, ring(25.0), color_rgb=(255, 80, 80), width_px=width)
    covered = (drawn[..., 0].astype(float) - 80).sum() / 175
    assert covered == pytest.approx(2 * np.pi * 25 * width, rel=0.12)


def test_line_lies_where_the_contour_is():
    drawn = draw_outline(PAGE, ring(25.0, centre=(44.3, 61.7)), width_px=4.0)
    weight = drawn[..., 0].astype(float) - 80
    rows, cols = np.indices(weight.shape)
    assert (rows * weight).sum() / weight.sum() == pytest.approx(44.3, abs=0.1)
    assert (cols * weight).sum() / weight.sum() == pytest.approx(61.7, abs=0.1)
    radius = np.hypot(rows - 44.3, cols - 61.7)
    assert (radius * weight).sum() / weight.sum() == pytest.approx(25.0, abs=0.15)


def test_gaps_leave_out_their_share_of_the_perimeter():
    whole = draw_outline(PAGE, ring(25.0), width_px=3.0)[..., 0].astype(float) - 80
    broken = draw_outline(PAGE, ring(25.0), width_px=3.0, gaps=((0.1, 0.2), (0.5, 0.65)))[..., 0].astype(float) - 80
    assert broken.sum() / whole.sum() == pytest.approx(0.75, abs=0.06)


def test_a_gap_separates_the_strokes():
    drawn = draw_outline(PAGE, ring(25.0), width_px=2.0, gaps=((0.1, 0.2), (0.6, 0.7)))
    count, _ = cv2.connectedComponents((drawn[..., 0] > 120).astype(np.uint8))
    assert count - 1 == 2
    assert (drawn[..., 1] <= 80).all()


def test_input_is_left_alone_and_contours_may_leave_the_picture():
    before = PAGE.copy()
    drawn = draw_outline(PAGE, ring(40.0, centre=(5.0, 60.0)))
    assert (before == PAGE).all()
    assert (drawn != PAGE).any()
    assert (draw_outline(PAGE, ring(4.0, centre=(-50.0, 60.0))) == PAGE).all()


def test_opacity_blends_the_ink():
    faint = draw_outline(PAGE, ring(25.0), color_rgb=(255, 0, 0), width_px=6.0, opacity=0.5)
    assert faint[45 + 25, 60].tolist() == pytest.approx([168, 40, 40], abs=1)


@pytest.mark.parametrize(("picture", "width"), [(PAGE[..., 0], 3.0), (PAGE.astype(float), 3.0), (PAGE, 0.0)])
def test_wrong_pictures_and_pens_are_refused(picture, width):
    with pytest.raises(InvariantError):
        draw_outline(picture, ring(9.0), width_px=width)


def test_jpeg_has_the_subsampling_asked_for_and_looks_alike():
    drawn = draw_outline(PAGE, ring(25.0), width_px=5.0)
    sizes = {}
    for subsampling in ("4:4:4", "4:2:0"):
        data = save_jpeg_like(drawn, 90, subsampling)
        picture = Image.open(io.BytesIO(data))
        sizes[subsampling] = picture.layer[0][1:3]
        assert np.abs(np.asarray(picture).astype(int) - drawn).mean() < 3
    assert sizes == {"4:4:4": (1, 1), "4:2:0": (2, 2)}
