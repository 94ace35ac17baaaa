"""Pictures and masks of every format are read as they were written; everything else is refused in one line."""

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.release import grey_values, picture_of, read_mask, read_picture, region_of

ROWS, COLS = np.mgrid[:21, :34]
GREY = (300 + 7 * ROWS + 3 * COLS).astype(np.uint16)
RING = (np.hypot(ROWS - 10, COLS - 15) < 8) & (np.hypot(ROWS - 10, COLS - 15) > 3)


def written(folder, values, ending, spacing=None):
    path = folder / f"file{ending}"
    if ending in (".nrrd", ".nii.gz", ".mha"):
        image = sitk.GetImageFromArray(values)
        image.SetSpacing(spacing or (1.0, 1.0))
        sitk.WriteImage(image, str(path))
    else:
        Image.fromarray(values).save(path)
    return path


@pytest.mark.parametrize("ending", [".png", ".tif", ".nrrd", ".nii.gz", ".mha"])
def test_grey_values_are_those_of_the_file(tmp_path, ending):
    picture = read_picture(written(tmp_path, GREY, ending))
    np.testing.assert_array_equal(grey_values(picture, name="file"), GREY)
    assert picture.spacing_mm is None


def test_spacing_is_rows_first_and_one_by_one_is_none(tmp_path):
    assert read_picture(written(tmp_path, GREY, ".nrrd", (0.07, 0.09))).spacing_mm == pytest.approx((0.09, 0.07))
    with pytest.raises(ImageError, match="spacing"):
        read_picture(written(tmp_path, GREY, ".nrrd", (70.0, 90.0)))


@pytest.mark.parametrize("ending", [".png", ".tif", ".nrrd", ".nii.gz"])
def test_a_mask_keeps_its_hole_bit_for_bit(tmp_path, ending):
    np.testing.assert_array_equal(read_mask(written(tmp_path, RING.astype(np.uint8) * 255, ending)), RING)


def test_a_labelled_mask_gives_the_label_that_is_named(tmp_path):
    labels = RING.astype(np.uint8) + 3 * (COLS > 28).astype(np.uint8)
    path = written(tmp_path, labels, ".png")
    np.testing.assert_array_equal(read_mask(path, value=3), COLS > 28)
    with pytest.raises(ImageError, match=r"2 labels \(1, 3\)"):
        read_mask(path)
    with pytest.raises(ImageError, match="value 7"):
        read_mask(path, value=7)


def test_indexed_colours_are_labels(tmp_path):
    indexed = Image.fromarray(RING.astype(np.uint8))
    indexed.putpalette([0, 0, 0, 200, 30, 30] + [0] * 762)
    indexed.save(tmp_path / "voc.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "voc.png"), RING)


def test_three_hundred_labels_and_none_are_refused():
    with pytest.raises(ImageError, match="300 labels"):
        region_of(np.arange(301).reshape(7, 43))
    with pytest.raises(ImageError, match="without any pixel"):
        region_of(np.zeros((4, 5)))


def test_colours_and_volumes_and_flat_pictures_are_refused(tmp_path):
    three = np.stack([GREY >> 8, GREY & 255, GREY >> 9], axis=2).astype(np.uint8)
    with pytest.raises(ImageError, match="three different channels"):
        grey_values(read_picture(written(tmp_path, three, ".png")), name="file.png")
    same = np.repeat((GREY >> 2).astype(np.uint8)[..., None], 3, axis=2)
    np.testing.assert_array_equal(grey_values(read_picture(written(tmp_path, same, ".png")), name="x"), GREY >> 2 & 255)
    with pytest.raises(ImageError, match="one slice"):
        picture_of(sitk.GetImageFromArray(np.zeros((3, 4, 5))))
    with pytest.raises(ImageError, match="one grey value, 7"):
        grey_values(picture_of(sitk.GetImageFromArray(np.full((4, 5), 7))), name="x")


def test_what_is_missing_or_damaged_is_one_line(tmp_path):
    whole = written(tmp_path, np.random.default_rng(1).integers(0, 9999, (50, 60)).astype(np.uint16), ".png")
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:2000])
    for name in ("gone.png", "gone.nrrd", "cut.png"):
        with pytest.raises(ImageError, match=name) as caught:
            read_picture(tmp_path / name)
        assert "\n" not in str(caught.value)
    with pytest.raises(ImageError, match=r"gone.dcm"):
        read_mask(tmp_path / "gone.dcm")
