"""Contours become the pixels whose centres they enclose."""

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.core.contours import (
    Region,
    contour_area_px,
    contour_centroid_px,
    fill_contour,
    trace_contour,
    trace_parts,
)
from radiomics_mammo.core.errors import InvariantError


def circle(radius_px, centre=(30.0, 40.0), n=720):
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([centre[0] + radius_px * np.sin(angle), centre[1] + radius_px * np.cos(angle)], axis=1)


def test_area_and_centroid_of_a_circle():
    region = fill_contour(circle(12.3), (70, 90))
    rows, cols = np.mgrid[:70, :90]
    assert region.area_px == ((rows - 30) ** 2 + (cols - 40) ** 2 <= 12.3**2).sum()
    assert region.centroid_px == pytest.approx((30, 40), abs=1e-6)
    assert contour_area_px(circle(12.3)) == pytest.approx(np.pi * 12.3**2, rel=1e-4)
    assert contour_centroid_px(circle(12.3)) == pytest.approx((30, 40), abs=1e-9)


def test_window_is_tight_and_lies_where_it_should():
    region = fill_contour(np.array([[1.5, 2.5], [1.5, 5.5], [4.5, 5.5], [4.5, 2.5]]), (7, 9))
    assert (region.top_px, region.left_px, region.bottom_px, region.right_px) == (2, 3, 4, 5)
    expected = np.zeros((7, 9), dtype=bool)
    expected[2:5, 3:6] = True
    np.testing.assert_array_equal(region.on_grid((7, 9)), expected)


def test_contour_is_clipped_to_the_grid():
    region = fill_contour(circle(5.1, centre=(0, 0)), (7, 9))
    assert region.area_px == sum(r * r + c * c <= 5.1**2 for r in range(7) for c in range(9))


def test_contour_between_pixel_centres_is_an_empty_region():
    region = fill_contour(np.array([[2.2, 3.2], [2.2, 3.6], [2.6, 3.4]]), (7, 9))
    assert region.area_px == 0
    assert np.isnan(region.centroid_px).all()


def test_mask_traced_and_filled_is_the_same_mask():
    rng = np.random.default_rng(3)
    for _ in range(20):
        mask = fill_contour(circle(rng.uniform(2, 20), centre=rng.uniform(10, 50, 2)), (60, 71)).on_grid((60, 71))
        np.testing.assert_array_equal(fill_contour(trace_contour(mask), mask.shape).on_grid(mask.shape), mask)


def test_empty_mask_has_no_contour():
    with pytest.raises(InvariantError, match="mask"):
        trace_contour(np.zeros((5, 6), dtype=bool))


def test_degenerate_contour_has_a_centroid():
    assert contour_centroid_px(np.array([[1.0, 1.0], [1.0, 3.0], [1.0, 2.0]])) == (1.0, 2.0)


def test_region_of_labels_is_refused():
    with pytest.raises(InvariantError, match="boolean"):
        Region(0, 0, np.ones((2, 3), dtype=np.uint8))


@pytest.mark.parametrize("seed", range(6))
def test_a_mask_with_parts_and_holes_comes_back_bit_for_bit(seed):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(41, 67)), 1 + seed / 2)
    inside = noise > 0
    contour = trace_parts(inside)
    np.testing.assert_array_equal(fill_contour(contour, inside.shape).on_grid(inside.shape), inside)
    rows, cols = np.nonzero(inside)
    assert contour_centroid_px(contour) == pytest.approx((rows.mean(), cols.mean()), abs=0.5)


def test_of_one_pixel_the_mask_comes_back_too():
    inside = np.zeros((4, 6), dtype=bool)
    inside[3, 5] = True
    np.testing.assert_array_equal(fill_contour(trace_parts(inside), (4, 6)).on_grid((4, 6)), inside)
    with pytest.raises(InvariantError):
        trace_parts(np.zeros((3, 4), dtype=bool))
