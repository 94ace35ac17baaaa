from __future__ import annotations

import csv
import re
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.cases import Patient, Release
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Acquisition, BreastRegion
from radiomics_mammo.core.vocabulary import CaseClass, Laterality, View, Visit
from radiomics_mammo.release.audit import (
    audit_images,
    check_laterality,
    check_visit_order,
    compare_with_manifest,
    release_facts,
    repeated_pictures,
)
from radiomics_mammo.release.layout import class_of, image_of
from radiomics_mammo.tables.images import IMAGES, ImageRow

LEFT, RIGHT = Laterality.LEFT, Laterality.RIGHT
ROOT = Path(__file__).parents[2]


def images(*changes):
    """Prior and recent CC of one patient, as the release states them, with changes to either."""
    stated = {"rows": 4096, "cols": 3328, "bits_stored": 8, "row_spacing_mm": 0.07, "col_spacing_mm": 0.07}
    stated |= {"gt_scale_row": 1.0, "gt_scale_col": 1.0, "gt_rows": 4096, "gt_cols": 3328}
    keys = [ImageKey("benign-01", View.CC, visit) for visit in Visit]
    changed = zip(keys, (*changes, {}, {}), strict=False)
    return IMAGES.of(replace(ImageRow.of(key), **(stated | change)) for key, change in changed)


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
    return BreastRegion(key=record.key, grid=PixelGrid(4, 6), step_px=2, breast=empty, pectoral=empty, chest_wall=wall)


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


def test_page_of_codes_and_catalogue_say_the_same_and_what_to_do():
    page = (ROOT / "docs" / "audit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert [row[:3] for row in rows] == [(code.name, code.severity, code.meaning) for code in AuditCode]
    assert [code for code, *_, remedy in rows if not remedy.endswith(".")] == []


def release(**counts):
    patients = [
        Patient(patient_id=f"{name}-{n:02d}", case_class=CaseClass(name), folder=str(n))
        for name, most in counts.items()
        for n in range(1, most + 1)
    ]
    return Release(root=Path("r"), patients=tuple(patients), images=())


def test_shipped_table_is_the_one_the_script_makes_and_the_reader_understands():
    files = list(csv.reader((ROOT / "data_manifest" / "files.csv").read_text(encoding="utf-8").splitlines()))
    script = runpy.run_path(str(ROOT / "benchmarks" / "make_manifest.py"))
    assert list(map(tuple, files)) == [script["COLUMNS"], *script["expected_files"]()]
    assert len({row[-1] for row in files[1:]}) == len(files[1:]) == 800
    for case_class, number, view, visit, kind, path in files[1:]:
        folder, folder_number, name = path.split("/")
        assert (class_of(folder), folder_number) == (case_class, number)
        assert image_of(name) == (view, visit, kind == "outlined copy")


def test_facts_of_the_readme():
    facts = release_facts()
    assert facts.patients == {CaseClass.NORMAL: 35, CaseClass.BENIGN: 15, CaseClass.MALIGNANT: 50}
    assert (facts.rows, facts.cols, facts.bits_stored) == (4096, 3328, 8)
    assert facts.record in facts.citation
    assert facts.concept in facts.citation


def test_complete_release_has_no_findings():
    assert compare_with_manifest(release(normal=35, benign=15, malignant=50)) == ()


@pytest.mark.parametrize("counts", [{"benign": 8, "malignant": 8}, {"normal": 34, "benign": 15, "malignant": 50}])
def test_fewer_patients_are_one_finding(counts):
    (finding,) = compare_with_manifest(release(**counts))
    assert finding.code == "FEWER_PATIENTS"
    assert f"{sum(counts.values())} of 100 patients" in finding.message
    assert f"benign {counts['benign']} of 15" in finding.message


def test_the_last_missing_patients_are_named():
    (finding,) = compare_with_manifest(release(normal=35, benign=14, malignant=49))
    assert finding.message.endswith("; missing benign 15, malignant 50")


def test_more_patients_are_one_finding():
    (finding,) = compare_with_manifest(release(normal=35, benign=17, malignant=50))
    assert (finding.code, finding.message) == ("MORE_PATIENTS", "2 not in the public release: benign 16, benign 17")


def test_padded_folder_numbers_are_the_same_patients():
    patients = tuple(
        Patient(patient_id=f"benign-{n:02d}", case_class=CaseClass.BENIGN, folder=f"{n:03d}") for n in range(1, 16)
    )
    (finding,) = compare_with_manifest(Release(root=Path("r"), patients=patients, images=()))
    assert "benign 15 of 15" in finding.message


def test_one_detector_has_one_pixel_size():
    maker = {"manufacturer": "A"}
    (finding,) = audit_images(images({**maker, "row_spacing_mm": 0.1, "col_spacing_mm": 0.1}, maker))
    assert (finding.code, finding.severity) == ("SPACING_CONFLICT", "warning")
    assert "one of them is wrong" in finding.message
    thickness = {**maker, "row_spacing_mm": 0.066, "col_spacing_mm": 0.066}
    assert [one.code for one in audit_images(images(thickness, maker))] == ["SPACING_DIFFERS"]


def test_both_views_by_one_detector_have_one_pixel_size():
    def of_views(cc_mm, mlo_mm, **mlo):
        stated = {"rows": 4096, "cols": 3328, "bits_stored": 8, "manufacturer": "A"}
        keys = [ImageKey("benign-01", view, Visit.RECENT) for view in (View.CC, View.MLO)]
        changes = ({"row_spacing_mm": cc_mm}, {"row_spacing_mm": mlo_mm, **mlo})
        rows = (replace(ImageRow.of(key), **(stated | change)) for key, change in zip(keys, changes, strict=True))
        return audit_images(IMAGES.of(rows))

    (finding,) = of_views(0.07, 0.7)
    assert (finding.code, finding.image_id) == ("SPACING_CONFLICT", "benign-01_MLO_recent")
    assert "CC 0.07 mm and MLO 0.7 mm" in finding.message
    assert of_views(0.07, 0.066) == of_views(0.07, None) == ()
    assert "SPACING_CONFLICT" not in [one.code for one in of_views(0.07, 0.1, manufacturer="B")]


@pytest.mark.parametrize(
    ("headers", "workbook", "reversed_order"),
    [
        (("2013-05-01", "2015-06-01"), ("", ""), False),
        (("2015-06-01", "2013-05-01"), ("", ""), True),
        (("2015-06-01", "2015-06-01"), ("", ""), False),
        (("", "2013-05-01"), ("2013", "2015"), True),
        (("2015-06-10", ""), ("2013-05-07", "2015-06-10"), True),
        (("2013-05-07", "2015-06-10"), ("2013", "2015"), False),
        (("2003-05-07", "2005-06-10"), ("2013", "2015"), False),
        (("", ""), ("2013", "2015"), False),
        (("2014-01-01", "2014-12-01"), ("2014", "2014"), False),
    ],
)
def test_exams_in_reversed_order_are_an_error(make_record, headers, workbook, reversed_order):
    record = make_record(b"")
    patient = replace(record.patient, prior_date=workbook[0], recent_date=workbook[1])
    findings = check_visit_order(replace(record, patient=patient), headers)
    assert [(one.code, one.severity) for one in findings] == [("VISITS_REVERSED", "error")] * reversed_order


def pictures(**hashes):
    """Images by id with their hash."""
    rows = [
        {"image_id": name, "patient_id": name.rsplit("_", 2)[0], "picture_hash": one} for name, one in hashes.items()
    ]
    return pd.DataFrame(rows)


def test_a_picture_filed_under_two_patients_is_told_once():
    one, alike, other = "f0" * 32, "f0" * 31 + "f8", "0f" * 32
    table = pictures(a_CC_recent=one, b_CC_recent=alike, c_CC_recent=other, d_CC_recent="", e_CC_recent="0" * 64)
    (found,) = repeated_pictures(table)
    assert (found.code, found.image_id) == ("REPEATED_PICTURE", "b_CC_recent")
    assert "a_CC_recent (128 of 129 bits)" in found.message


def test_two_exams_of_one_woman_and_plain_pictures_are_nothing_new():
    assert repeated_pictures(pictures(a_CC_recent="f0" * 32, a_CC_prior="f0" * 32)) == ()
    assert repeated_pictures(pictures(a_CC_recent="01" + "0" * 62, b_CC_recent="01" + "0" * 62)) == ()
    assert repeated_pictures(pictures(a_CC_recent="f0" * 32)) == ()
