"""Images and masks that a cohort file names are read as they are, and refused with their row."""

import numpy as np
import pytest
from PIL import Image

from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.release import open_release, read_given, read_record

GREY = np.arange(63 * 50, dtype=np.uint16).reshape(63, 50)
MASK = np.zeros((63, 50), dtype=np.uint8)
MASK[10:20, 5:30] = 2
MASK[12:15, 8:12] = 0
MASK[40:45, 40:44] = 5


def opened(folder, mask=MASK, value="2"):
    Image.fromarray(GREY).save(folder / "a.png")
    Image.fromarray(mask).save(folder / "m.png")
    head = "patient_id,image,view,mask,mask_value,label,row_spacing_mm,col_spacing_mm"
    text = f"{head}\na,a.png,CC,m.png,{value},benign,.1,.2\n"
    (folder / "cohort.csv").write_text(text)
    return open_release(folder / "cohort.csv").images[0]


def test_grey_values_spacing_and_region_are_those_of_the_files(tmp_path):
    record = opened(tmp_path)
    mammogram, findings = read_record(record)
    np.testing.assert_array_equal(mammogram.pixels, GREY)
    assert mammogram.grid.unit_spacing == (0.1, 0.2)
    assert findings == ()
    [(inside, label, name)] = read_given(record, GREY.shape)
    np.testing.assert_array_equal(inside, MASK == 2)
    assert (label, name) == (LesionLabel.BENIGN, "")


@pytest.mark.parametrize(
    ("mask", "value", "words"),
    [
        (MASK[1:], "2", "63 x 50, found 62 x 50"),
        (MASK * 0, "", "without any pixel"),
        (MASK, "", "2 labels"),
        (MASK, "9", "9"),
    ],
)
def test_a_mask_that_cannot_be_used_is_named_by_its_row(tmp_path, mask, value, words):
    record = opened(tmp_path, mask, value)
    with pytest.raises(ImageError, match=r"cohort.csv row 1 column mask \(m.png\)") as caught:
        read_given(record, GREY.shape)
    assert words in str(caught.value)
