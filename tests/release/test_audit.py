from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.images import Acquisition, BreastRegion
from radiomics_mammo.core.tables_cohort import IMAGES
from radiomics_mammo.core.vocabulary import Laterality
from radiomics_mammo.release.audit import audit_images, check_laterality

LEFT, RIGHT = Laterality.LEFT, Laterality.RIGHT


def images(*changes):
    """Prior and recent CC of one patient, as the release states them, with changes to either."""
    rows = []
    for visit, change in zip(("prior", "recent"), (*changes, {}, {}), strict=False):
        row = {"image_id": f"benign-01_CC_{visit}", "patient_id": "benign-01", "view": "CC", "visit": visit}
        row |= {"rows": 4096, "cols": 3328, "bits_stored": 8, "row_spacing_mm": 0.07, "col_spacing_mm": 0.07}
        rows.append(row | {"gt_scale_row": 1.0, "gt_scale_col": 1.0, "gt_rows": 4096, "gt_cols": 3328} | change)
    return IMAGES.from_rows(rows)


def test_images_as_stated_have_no_findings():
    assert audit_images(images()) == ()


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ([{"bits_stored": 12}], "BITS_STORED", "1 images of 12 bits, the release states 8 bits: benign-01_CC_prior"),
        ([{"manufacturer": "A"}, {"manufacturer": "B"}], "MANUFACTURER_DIFFERS", "prior A, recent B"),
        ([{"row_spacing_mm": 0.1}], "SPACING_DIFFERS", "prior 0.1 x 0.07 mm, recent 0.07 x 0.07 mm"),
        (
            [{"gt_scale_row": 5.0, "gt_scale_col": 5.0, "gt_rows": 819, "gt_cols": 666}],
            "GT_SCALED",
            "1 outlined copies of 819 x 666, 5 DICOM rows and 5 columns per pixel: benign-01_CC_prior",
        ),
    ],
)
def test_one_deviation_is_one_finding(changes, code, message):
    (finding,) = audit_images(images(*changes))
    assert (finding.code, finding.message) == (code, message)


def test_another_size_is_counted_and_compared_with_its_pair():
    size, pair = audit_images(images({"rows": 3328, "cols": 2560}))
    assert (size.code, pair.code) == ("MATRIX_SIZE", "MATRIX_DIFFERS")
    assert size.message.startswith("1 images of 3328 x 2560, the release states 4096 x 3328")
    assert (pair.image_id, pair.message) == ("benign-01_CC_recent", "prior 3328 x 2560, recent 4096 x 3328 pixels")


def test_copies_of_one_size_may_be_scaled_differently():
    sizes = {"gt_rows": 819, "gt_cols": 666}
    table = images(*({"gt_scale_row": scale, "gt_scale_col": 5.0} | sizes for scale in (4.06, 5.0)))
    (finding,) = audit_images(table)
    assert "2 outlined copies of 819 x 666, 4.06 to 5 DICOM rows and 5 columns per pixel" in finding.message


def test_unknown_spacing_and_unread_images_are_not_compared():
    table = images({"row_spacing_mm": None, "col_spacing_mm": None}, {"rows": None, "cols": None, "bits_stored": None})
    assert audit_images(table) == ()
    assert audit_images(IMAGES.empty()) == ()


def test_many_images_stay_one_finding_per_value():
    table = pd.concat([images({"bits_stored": 12}, {"bits_stored": 12})] * 4, ignore_index=True)
    table["image_id"] += [f"x{number}" for number in range(8)]
    table["view"] = [f"V{number // 2}" for number in range(8)]
    (finding,) = audit_images(table)
    assert finding.message.startswith("8 images of 12 bits")
    assert finding.message.endswith(", ...")


def region(record, wall):
    empty = np.zeros((2, 3), dtype=bool)
    return BreastRegion(record.key, PixelGrid(4, 6), 2, empty, empty, wall)


@pytest.mark.parametrize(
    ("workbook", "header", "direction", "wall", "conflict"),
    [
        (LEFT, None, "", LEFT, False),
        (LEFT, None, "", RIGHT, True),
        (None, RIGHT, "", RIGHT, False),
        (None, RIGHT, "", LEFT, True),
        (None, None, "", LEFT, False),
        (RIGHT, LEFT, "", RIGHT, False),
        (LEFT, LEFT, "P", RIGHT, False),
        (LEFT, LEFT, "A", RIGHT, True),
        (LEFT, LEFT, "CC", LEFT, False),
    ],
)
def test_chest_wall_lies_where_side_and_orientation_put_it(make_record, workbook, header, direction, wall, conflict):
    record = make_record(b"", side=workbook)
    acquisition = Acquisition(laterality=header, row_direction=direction)
    findings = check_laterality(record, acquisition, region(record, wall))
    assert [finding.code for finding in findings] == (["LATERALITY_CONFLICT"] if conflict else [])
    assert all(finding.file == "CC_recent.dcm" for finding in findings)
