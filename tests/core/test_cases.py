"""The index answers by patient, view and visit, and never holds one twice."""

from pathlib import Path

import pytest

from radiomics_mammo.core.cases import (
    CalcificationImage,
    CohortImage,
    ExamPair,
    FiledImage,
    ImageRecord,
    Patient,
    Release,
)
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass

PATIENT = Patient(patient_id="malignant-07", case_class=CaseClass.MALIGNANT, folder="7")
IDS = ("malignant-07_CC_prior", "malignant-07_CC_recent", "malignant-07_MLO_recent")
RECORDS = tuple(ImageRecord(ImageKey.parse(text), PATIENT, None, None) for text in IDS)


def test_release_is_indexed_by_patient_view_visit():
    release = Release(root=Path("r"), patients=(PATIENT,), images=RECORDS)
    assert str(release["malignant-07", "CC", "recent"].key) == "malignant-07_CC_recent"
    assert len(release) == 1


def test_unknown_image_is_a_key_error():
    with pytest.raises(KeyError, match="malignant-07_MLO_prior"):
        Release(root=Path("r"), patients=(PATIENT,), images=RECORDS)["malignant-07", "MLO", "prior"]


def test_only_complete_pairs_are_paired():
    pairs = list(Release(root=Path("r"), patients=(PATIENT,), images=RECORDS).pairs())
    assert [(str(pair.patient.patient_id), str(pair.view)) for pair in pairs] == [("malignant-07", "CC")]


@pytest.mark.parametrize("parts", [((PATIENT, PATIENT), ()), ((PATIENT,), (RECORDS[0], RECORDS[0]))])
def test_duplicates_are_refused(parts):
    with pytest.raises(InvariantError, match="unique"):
        Release(root=Path("r"), patients=parts[0], images=parts[1])


def test_pair_of_two_views_is_refused():
    with pytest.raises(InvariantError, match="one view"):
        ExamPair(RECORDS[0], RECORDS[2])


def test_release_shows_its_counts_in_a_notebook():
    html = Release(root=Path("<r>"), patients=(PATIENT,), images=RECORDS)._repr_html_()
    assert "<th>malignant</th><td>1</td>" in html
    assert "&lt;r&gt;" in html


@pytest.mark.parametrize(
    ("kind", "other"), [(ImageRecord, False), (FiledImage, False), (CohortImage, True), (CalcificationImage, True)]
)
def test_only_what_the_public_release_is_gets_its_promises(kind, other):
    image = kind(key=RECORDS[0].key, patient=PATIENT, dicom=None, overlay=None)
    assert Release(root=Path("r"), patients=(PATIENT,), images=(image,)).is_cohort is other
