"""A cohort file becomes an index, or one line that names row and column."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from radiomics_mammo.core.cases import CohortImage
from radiomics_mammo.core.errors import ReleaseError
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel
from radiomics_mammo.release import open_release
from tests.release.conftest import encode_dicom

HEAD = ["patient_id", "image", "laterality", "view", "visit", "mask", "label", "age_years", "density"]
GOOD = [
    ["a", "a_old.png", "L", "CC", "prior", "", "", "61", "b"],
    ["a", "a_new.png", "L", "CC", "recent", "m.png", "malignant", "61", "b"],
    ["a", "a_right.png", "R", "CC", "recent", "", "", "", ""],
    ["b", "b.png", "", "MLO", "recent", "m.png", "benign", "50", "C"],
    ["c", "c.png", "", "MLO", "recent", "", "", "44", ""],
]


def cohort(folder: Path, rows=GOOD, head=HEAD, name="cohort.csv") -> Path:
    table = pd.DataFrame(rows, columns=head)
    for column in ("image", "mask"):
        for file in table.get(column, []):
            if file and not file.startswith("gone"):
                own = np.arange(42, dtype=np.uint8) + sum(map(ord, file)) % 200
                Image.fromarray(own.reshape(6, 7)).save(folder / file)
    if name.endswith(".xlsx"):
        table.to_excel(folder / name, index=False)
    elif name.endswith(".parquet"):
        table.to_parquet(folder / name)
    else:
        table.to_csv(folder / name, index=False)
    return folder / name


def changed(row, column, value):
    rows = [list(cells) for cells in GOOD]
    rows[row][HEAD.index(column)] = value
    return rows


@pytest.mark.parametrize("name", ["cohort.csv", "cohort.xlsx", "cohort.parquet"])
def test_who_is_there_and_which_files_are_whose(tmp_path, name):
    release = open_release(cohort(tmp_path, name=name))
    keys = ["a_LCC_prior", "a_LCC_recent", "a_RCC_recent", "b_MLO_recent", "c_MLO_recent"]
    assert [str(image.key) for image in release.images] == keys
    assert [patient.case_class for patient in release.patients] == [
        CaseClass.MALIGNANT, CaseClass.BENIGN, CaseClass.NORMAL,
    ]  # fmt: skip
    assert (release.patients[0].age_years, str(release.patients[1].density)) == (61, "c")
    image = release["a", "LCC", "recent"]
    assert isinstance(image, CohortImage)
    assert [lesion.label for lesion in image.drawn] == [LesionLabel.MALIGNANT]
    assert image.drawn[0].mask.name == "m.png"
    assert release.is_cohort


def test_breasts_are_pairs_of_their_own_and_one_exam_is_enough(tmp_path):
    pairs = {str(pair.recent.key): pair for pair in open_release(cohort(tmp_path)).pairs()}
    assert set(pairs) == {"a_LCC_recent", "a_RCC_recent", "b_MLO_recent", "c_MLO_recent"}
    assert pairs["a_LCC_recent"].prior.dicom is not None
    assert pairs["b_MLO_recent"].prior.dicom is None


def test_what_a_missing_column_costs_is_one_finding(tmp_path):
    release = open_release(cohort(tmp_path, [["a", "a.png"], ["b", "b.png"]], ["patient_id", "image"]))
    assert sorted(finding.code for finding in release.findings) == ["COLUMN_ABSENT"] * 4 + ["NO_PRIOR_EXAM"]
    assert str(release.images[0].key) == "a_CC_recent"


@pytest.mark.parametrize(
    ("said", "tags", "key"),
    [
        (["", ""], {}, "a_LCC_recent"),
        (["", ""], {"ViewPosition": "MLO", "ImageLaterality": "R"}, "a_RMLO_recent"),
        (["R", ""], {"ViewPosition": "MLO"}, "a_RMLO_recent"),
        (["", "RML"], {}, "a_RML_recent"),
        (["", ""], {"ViewPosition": "spot", "ImageLaterality": ""}, "a_CC_recent"),
    ],
)
def test_breast_and_view_that_are_left_open_are_those_of_the_header(tmp_path, said, tags, key):
    (tmp_path / "a.dcm").write_bytes(encode_dicom(np.ones((6, 7), dtype=np.uint16), **tags))
    pd.DataFrame([["a", "a.dcm", *said]], columns=["patient_id", "image", "laterality", "view"]).to_csv(
        tmp_path / "cohort.csv", index=False
    )
    release = open_release(tmp_path / "cohort.csv")
    assert [str(image.key) for image in release.images] == [key]
    assert any("taken for CC" in finding.message for finding in release.findings) == (key == "a_CC_recent")


def test_of_dates_the_latest_two_are_the_pair_and_give_the_interval(tmp_path):
    head = ["patient_id", "image", "view", "exam_date"]
    dates = ["2019-03-01", "2023-03-01", "2021-03-01"]
    release = open_release(cohort(tmp_path, [["a", f"{d}.png", "CC", d] for d in dates], head))
    found = {str(image.key): image.dicom.name for image in release.images}
    assert found == {"a_CC_prior": "2021-03-01.png", "a_CC_recent": "2023-03-01.png"}
    assert release.patients[0].interval_years == pytest.approx(2, abs=0.01)
    assert "EARLIER_EXAMS" in {finding.code for finding in release.findings}


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        (1, "mask", "gone.png", r"row 2 column mask.*gone\.png"),
        (0, "image", "gone.png", r"row 1 column image.*gone\.png"),
        (1, "label", "cancer", "row 2 column label.*cancer"),
        (3, "visit", "later", "row 4 column visit.*later"),
        (3, "visit", "", "row 4 column"),
        (4, "age_years", "732", "row 5 column age_years.*732"),
        (0, "age_years", "62", "column age_years.*61"),
        (3, "density", "e", "row 4 column density.*'e'"),
        (2, "image", "a_new.png", "row 3 column image.*row 2"),
        (2, "laterality", "L", "row 3 column image.*two images"),
        (2, "laterality", "both", "row 3 column laterality"),
        (2, "view", "spot", "row 3 column view"),
        (4, "patient_id", "", "row 5 column patient_id.*empty"),
    ],
)
def test_what_is_wrong_is_one_line_with_row_and_column(tmp_path, row, column, value, words):
    rows = changed(row, column, value)
    if (column, value) == ("visit", ""):
        rows.append(["b", "b2.png", "", "CC", "prior", "", "", "50", "C"])
    with pytest.raises(ReleaseError, match=words) as caught:
        open_release(cohort(tmp_path, rows))
    assert "\n" not in str(caught.value)


def test_two_rows_of_one_lesion_must_not_disagree(tmp_path):
    head = ["patient_id", "image", "view", "mask", "lesion_id", "label"]
    rows = [["a", "a.png", "CC", "m.png", "1", "benign"], ["a", "a.png", "CC", "n.png", "1", "malignant"]]
    with pytest.raises(ReleaseError, match=r"row 2 column lesion_id.*malignant here and benign there"):
        open_release(cohort(tmp_path, rows, head))


def test_spacing_must_be_one_a_pixel_can_have(tmp_path):
    head = ["patient_id", "image", "row_spacing_mm", "col_spacing_mm"]
    assert open_release(cohort(tmp_path, [["a", "a.png", "0.07", "0.08"]], head)).images[0].spacing_mm == (0.07, 0.08)
    for cells, words in ((["70", "70"], "0.005 to 20 mm"), (["0.07", ""], "both spacings")):
        with pytest.raises(ReleaseError, match=words):
            open_release(cohort(tmp_path, [["a", "a.png", *cells]], head))


@pytest.mark.parametrize("odd", ["a/b", "..", "C:x", "a\\b", "a\tb", "x" * 101])
@pytest.mark.parametrize("column", ["patient_id", "lesion_id"])
def test_ids_become_file_names_and_must_be_able_to(tmp_path, odd, column):
    head = ["patient_id", "image", "mask", "lesion_id"]
    row = ["é 1", "a.png", "m.png", "mass A"]
    release = open_release(cohort(tmp_path, [row], head))
    assert str(release.images[0].key) == "é 1_CC_recent"
    row[head.index(column)] = odd
    with pytest.raises(ReleaseError, match=f"row 1 column {column}"):
        open_release(cohort(tmp_path, [row], head))


def test_a_lesion_id_given_is_the_printed_one_unless_it_repeats(tmp_path):
    head = ["patient_id", "image", "mask", "mask_value", "lesion_id"]
    rows = [["a", "a.png", "m.png", "1", "upper"], ["a", "a.png", "m.png", "2", ""], ["b", "b.png", "m.png", "1", "x"]]

    def names():
        release = open_release(cohort(tmp_path, rows, head))
        return [one.name for image in release.images for one in image.drawn], {f.code for f in release.findings}

    assert names()[0] == ["upper", "", "x"]
    rows[2][4] = "upper"
    given, codes = names()
    assert given == ["a_CC_recent_upper", "", "b_CC_recent_upper"]
    assert "LESION_IDS" in codes


def test_a_copy_of_a_picture_under_another_name_is_refused(tmp_path):
    path = cohort(tmp_path, [["a", "a.png"], ["b", "b.png"]], ["patient_id", "image"])
    (tmp_path / "b.png").write_bytes((tmp_path / "a.png").read_bytes())
    with pytest.raises(ReleaseError, match=r"row 2 column image.*row 1.*copy of 'a\.png'"):
        open_release(path)


@pytest.mark.parametrize("text", ["Patient_ID; Image\na;a.png\n", "patient_id\timage\na\ta.png\n"])
def test_other_signs_between_columns_and_capitals_are_read(tmp_path, text):
    cohort(tmp_path, [["a", "a.png"]], ["patient_id", "image"])
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    assert [str(image.key) for image in open_release(tmp_path / "own.csv").images] == ["a_CC_recent"]


def test_years_alone_give_whole_years(tmp_path):
    head = ["patient_id", "image", "exam_date"]
    release = open_release(cohort(tmp_path, [["a", "a.png", "2019"], ["a", "b.png", "2021-11-30"]], head))
    assert release.patients[0].interval_years == 2
