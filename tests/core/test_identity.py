"""Ids are the contract's, sortable, and read back to the same key."""

import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.identity import ImageKey, LesionKey, patient_id_of
from radiomics_mammo.core.vocabulary import CaseClass, View, Visit


@pytest.mark.parametrize(("folder", "expected"), [("7", "benign-07"), ("123", "benign-123"), ("7b", "benign-7b")])
def test_patient_id_is_class_and_padded_folder(folder, expected):
    assert patient_id_of(CaseClass.BENIGN, folder) == expected


def test_same_folder_in_two_classes_is_two_patients():
    assert patient_id_of(CaseClass.BENIGN, "1") != patient_id_of(CaseClass.MALIGNANT, "1")


@pytest.mark.parametrize("text", ["malignant-07_CC_recent_1", "case-a_b c_MLO_prior_12"])
def test_lesion_id_reads_back(text):
    assert str(LesionKey.parse(text)) == text


@pytest.mark.parametrize("text", ["", "malignant-07", "malignant-07_XX_recent", "malignant-07_CC_now"])
def test_wrong_image_id_is_refused(text):
    with pytest.raises(InvariantError, match="image id"):
        ImageKey.parse(text)


@pytest.mark.parametrize("text", ["malignant-07_CC_recent", "malignant-07_CC_recent_x"])
def test_wrong_lesion_id_is_refused(text):
    with pytest.raises(InvariantError, match="id"):
        LesionKey.parse(text)


def test_lesions_are_numbered_from_one():
    with pytest.raises(InvariantError, match="lesion number"):
        LesionKey(ImageKey("benign-01", View.CC, Visit.PRIOR), 0)


def test_keys_sort_by_patient_view_visit_number():
    texts = ["a_MLO_prior_1", "a_CC_recent_10", "a_CC_recent_2"]
    assert [str(key) for key in sorted(map(LesionKey.parse, texts))] == [texts[2], texts[1], texts[0]]
