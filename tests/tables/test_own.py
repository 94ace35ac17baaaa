"""A table of one's own is read with every feature it holds, or refused in one line that names row and column."""

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.tables.own import read_own_table

RNG = np.random.default_rng(5)


def table(**columns):
    words = {"patient_id": ["a", "a", "b", "c"], "label": ["benign", "benign", "malignant", ""]}
    numbers = {"contrast": [1.0, 2, 3, 4], "original_glcm_Id": RNG.normal(size=4)}
    return pd.DataFrame({**words, **numbers, **columns})


def test_every_column_of_numbers_is_a_feature_whatever_its_name():
    found = read_own_table(
        table(prior_contrast=[1.0, 1, 1, 1], age_years=[50, 50, 61, 40], view="CC", count=[1, 2, 3, 4])
    )
    assert list(found.features.columns) == ["contrast", "original_glcm_Id", "count"]
    assert list(found.prior.columns) == ["contrast"]
    assert found.patient_labels().to_dict() == {"a": "benign", "b": "malignant", "c": "unconfirmed"}
    assert found.by_patient(found.features)["contrast"].tolist() == [1.5, 3, 4]
    assert found.first(found.age_years).tolist() == [50, 61, 40]
    assert found.missing == ("No density: nothing is said by breast density.",)


def test_zero_and_one_are_labels_and_a_second_table_is_the_prior():
    found = read_own_table(table(label=[0, 0, 1, 1]), prior=table()[["contrast"]] - 1)
    assert found.labels.tolist() == ["benign", "benign", "malignant", "malignant"]
    assert (found.features["contrast"] - found.prior["contrast"]).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"label": ["benign", "x", "malignant", ""]}, "row 2 column label.*'x'"),
        ({"patient_id": ["a", None, "b", "c"]}, "row 2 column patient_id"),
        ({"label": ["benign", "malignant", "malignant", ""]}, "patient a.*labels-differ"),
        ({"lesion_id": [1, 2, 3, 4]}, "column lesion_id.*ids or labels"),
        ({"biopsy_result": [0, 0, 1, 1]}, "column biopsy_result"),
        ({"site": ["x", "x", "y", "y"]}, "column site.*numbers"),
        ({"prior_size": [1, 2, 3, 4]}, "column prior_size.*recent column size"),
        ({"age_years": [50, 50, 732, 40]}, "row 3 column age_years.*months"),
        ({"interval_years": ["2", "two", "2", "3"]}, "row 2 column interval_years.*'two'"),
        ({"density": ["a", "a", "e", ""]}, "row 3 column density.*'e'"),
        ({"contrast": [1.0, 2, 2, 4], "original_glcm_Id": [5.0, 6, 6, 7]}, r"rows 2 \(a\) and 3 \(b\)"),
    ],
)
def test_what_is_wrong_is_named(columns, words):
    with pytest.raises(TableError, match=words) as caught:
        read_own_table(table(**columns))
    assert "\n" not in str(caught.value)


def test_what_only_looks_so_may_be_allowed():
    allowed = ("lesion_id", "labels-differ", "duplicates")
    same = {"contrast": [1.0, 2, 2, 4], "original_glcm_Id": [5.0, 6, 6, 7], "lesion_id": [1, 2, 2, 4]}
    found = read_own_table(table(**same, label=["benign", "malignant", "benign", ""]), allow=allowed)
    assert "lesion_id" in found.features
    assert found.patient_labels()["a"] == "malignant"


@pytest.mark.parametrize("first", [0, 1, 40])
def test_running_numbers_of_the_rows_are_no_feature_unless_allowed(first):
    many = {"patient_id": [f"p{i}" for i in range(20)], "label": [0, 1] * 10, "contrast": RNG.normal(size=20)}
    numbered = pd.DataFrame({**many, "nr": np.random.default_rng(1).permutation(20) + first})
    with pytest.raises(TableError, match=r"column nr.*running numbers of the rows: nr"):
        read_own_table(numbered)
    assert "nr" in read_own_table(numbered, allow=["nr"]).features
    assert "nr" in read_own_table(numbered.assign(nr=numbered["nr"] * 2)).features


def test_words_of_a_batch_of_the_engine_are_no_features():
    found = read_own_table(table(Image="a.nrrd", Mask="mask.nrrd", **{"diagnostics_Versions_Python": "3.11"}))
    assert list(found.features.columns) == ["contrast", "original_glcm_Id"]


def test_a_table_without_features_label_or_patient_is_refused():
    for frame, words in (
        (table()[["patient_id", "label"]], "columns of numbers"),
        (table().drop(columns="label"), "label"),
    ):
        with pytest.raises(TableError, match=words):
            read_own_table(frame)


def test_columns_without_words_settings_of_the_engine_and_sides_are_no_obstacle():
    frame = pd.DataFrame({"patient_id": ["a", "b"], "label": [0, 1], 0: [1.0, 2.0], "laterality": ["L", "R"]})
    own = read_own_table(frame.assign(diagnostics_Versions_Numpy="1.2"))
    assert list(own.features.columns) == ["0"]


def test_a_second_table_is_paired_by_patient_and_never_by_accident():
    frame = pd.DataFrame({"patient_id": ["a", "b"], "label": [0, 1], "size": [1.0, 2.0]})
    prior = pd.DataFrame({"patient_id": ["b", "a"], "size": [20.0, 10.0]})
    assert read_own_table(frame, prior=prior).prior["size"].tolist() == [10.0, 20.0]
    with pytest.raises(TableError, match="prior table row 1 column patient_id"):
        read_own_table(frame, prior=prior.assign(patient_id=["c", "a"]))
