"""Arrays, SimpleITK images and paths become one and the same mammogram and mask."""

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import ImageError, RegistrationError, UsageError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.vocabulary import Visit
from radiomics_mammo.pipeline.inputs import exam_of, image_key, inside_of, mammogram_of, settings_of

KEY = image_key("image", "lcc", Visit.RECENT)
ROWS, COLS = np.mgrid[:50, :41]
GREY = np.where(np.hypot(ROWS - 25, COLS) < 22, 200 + 3 * ROWS + COLS, 0).astype(np.uint16)
CONFIG = StudyConfig()


def read(image, spacing_mm=None, config=CONFIG):
    return mammogram_of(image, key=KEY, spacing_mm=spacing_mm, config=config)


def test_every_kind_of_image_gives_the_same_pixels(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    itk = sitk.GetImageFromArray(GREY)
    itk.SetSpacing((0.07, 0.09))
    for image in (GREY, GREY.astype(float), itk, str(tmp_path / "a.png"), tmp_path / "a.png", read(GREY)):
        np.testing.assert_array_equal(read(image).pixels, GREY)
    assert read(itk).grid == PixelGrid(50, 41, 0.09, 0.07)
    assert read(itk, (0.2, 0.1)).grid == PixelGrid(50, 41, 0.2, 0.1)
    assert read(GREY, 0.1).grid == PixelGrid(50, 41, 0.1, 0.1)
    assert read(GREY).grid == PixelGrid(50, 41)
    assert read(GREY, config=StudyConfig(assumed_spacing_mm=0.07)).grid.row_spacing_mm == 0.07


def test_a_volume_of_one_slice_and_every_way_to_say_a_spacing():
    np.testing.assert_array_equal(read(GREY[None]).pixels, GREY)
    np.testing.assert_array_equal(inside_of(GREY[None] > 300, PixelGrid(50, 41), config=CONFIG), GREY > 300)
    for spacing in (0.1, np.float32(0.1), [0.1, 0.1], np.array([0.1, 0.1])):
        assert read(GREY, spacing).grid.row_spacing_mm == pytest.approx(0.1)


def test_settings_are_settings():
    assert settings_of(None) == CONFIG == settings_of(CONFIG)
    with pytest.raises(UsageError, match="load_config"):
        settings_of("study.yaml")


def test_what_is_no_image_is_refused():
    for strange in ((0.1, 0.1, 1.0), "fine", (70, 70)):
        with pytest.raises(UsageError, match="spacing_mm"):
            read(GREY, strange)
    with pytest.raises(UsageError, match="mm"):
        read(GREY, 70.0)
    with pytest.raises(ImageError, match="array of numbers"):
        read(np.array([["a", "b"]]))
    with pytest.raises(UsageError, match="view"):
        image_key("image", "sideways", Visit.RECENT)


def test_a_mask_is_taken_as_it_is_and_on_its_own_grid():
    inside = (np.hypot(ROWS - 25, COLS - 9) < 5) & (COLS != 9)
    grid = PixelGrid(50, 41)
    itk = sitk.GetImageFromArray(inside.astype(np.uint8))
    for mask in (inside, inside.astype(np.uint8) * 255, inside * 2.0, itk):
        np.testing.assert_array_equal(inside_of(mask, grid, config=CONFIG), inside)
    with pytest.raises(ImageError, match="49 x 41"):
        inside_of(inside[1:], grid, config=CONFIG)


def test_without_a_breast_the_remedy_is_said():
    flat = np.ones((50, 41))
    flat[3, 4] = 2
    with pytest.raises(RegistrationError, match="breast=mask"):
        exam_of(read(flat), None, config=CONFIG)
    assert exam_of(read(flat), np.ones(flat.shape), config=CONFIG).breast.area_px == flat.size
