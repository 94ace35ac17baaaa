"""NRRD files as ITK and PyRadiomics read them."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.export import write_nrrd


def test_image_keeps_values_spacing_and_place(tmp_path):
    grid = PixelGrid(30, 50, 0.1, 0.07)
    values = np.random.default_rng(0).normal(size=(7, 11)).astype(np.float32)
    image = sitk.ReadImage(str(write_nrrd(tmp_path / "i.nrrd", values, grid, top_px=4, left_px=9)))
    assert image.GetPixelID() == sitk.sitkFloat64
    assert image.GetSize() == (11, 7, 1)
    np.testing.assert_allclose(image.GetSpacing(), (0.07, 0.1, 1.0))
    np.testing.assert_allclose(image.GetOrigin(), (9 * 0.07, 4 * 0.1, 0.0))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image)[0], values.astype(np.float64))


def test_mask_is_zero_and_one(tmp_path):
    inside = np.zeros((7, 11), dtype=bool)
    inside[2:4, 3:8] = True
    mask = sitk.GetArrayFromImage(sitk.ReadImage(str(write_nrrd(tmp_path / "m.nrrd", inside, PixelGrid(7, 11)))))
    assert mask.dtype == np.uint8
    np.testing.assert_array_equal(mask[0], inside.astype(np.uint8))


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((7, 11)),
        np.zeros((0, 3)),
        np.zeros(5),
        np.zeros((2, 3, 4)),
        np.zeros((3, 3), complex),
        np.array([["a"]]),
    ],
)
def test_what_is_no_window_of_the_grid_is_refused(pixels, tmp_path):
    with pytest.raises(ExportError, match="window"):
        write_nrrd(tmp_path / "x.nrrd", pixels, PixelGrid(10, 12), top_px=4)
    assert not list(tmp_path.iterdir())
