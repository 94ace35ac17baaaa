"""Features of an image and a mask are those a study measures."""

import numpy as np
import pandas as pd
import pytest

import radiomics_mammo as rm
from radiomics_mammo.core.errors import ImageError, UsageError

ROWS, COLS = np.mgrid[:120, :100]
IMAGE = np.where(np.hypot(ROWS - 60, COLS) < 55, 400 + 3 * ROWS + (ROWS * COLS) % 37, 0).astype(np.uint16)
MASK = np.hypot(ROWS - 60, COLS - 25) < 9


def values(row):
    return row.filter(regex="^(original|wavelet|log)").to_numpy(dtype=float)


def test_hole_and_part_count_bit_for_bit():
    holed = MASK & ~(np.hypot(ROWS - 60, COLS - 25) < 3) | (np.hypot(ROWS - 80, COLS - 12) < 3)
    row = rm.measure(IMAGE, holed, spacing_mm=0.1, preset="quick")
    assert row["original_shape2D_PixelSurface"].iloc[0] == pytest.approx(holed.sum() * 0.01, rel=1e-12)
    whole = rm.measure(IMAGE, MASK, spacing_mm=0.1, preset="quick")
    assert not np.allclose(values(row), values(whole), equal_nan=True)


def test_several_images_are_rows_in_their_order():
    other = np.roll(MASK, 9, axis=0)
    one = rm.measure([IMAGE, IMAGE], [MASK, other], preset="quick", names=["a", "b"])
    assert one["patient_id"].tolist() == ["a", "b"]
    alone = rm.measure(IMAGE, other, preset="quick", names="b")
    pd.testing.assert_frame_equal(one.iloc[1:].reset_index(drop=True), alone)


@pytest.mark.nightly
def test_any_number_of_jobs_gives_the_same_rows():
    one, two = (rm.measure([IMAGE, IMAGE], [MASK, MASK], preset="quick", jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one, two)


def test_what_was_noticed_comes_along():
    dot = np.zeros_like(MASK)
    dot[60, 20:23] = True
    found = rm.measure(IMAGE, dot, preset="quick").attrs["findings"]
    assert [finding.code for finding in found] == ["REGION_TOO_SMALL", "GREY_LEVELS"]


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(UsageError, match="2 images, 1 masks"):
        rm.measure([IMAGE, IMAGE], [MASK])
    with pytest.raises(ImageError, match="without any pixel"):
        rm.measure(IMAGE, np.zeros_like(MASK))
