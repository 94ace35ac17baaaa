"""Errors carry facts, a remedy, and their code."""

import pickle

from radiomics_mammo.core.errors import CaseError, ImageError, RadiomicsMammoError


def test_error_names_expected_found_and_remedy():
    error = RadiomicsMammoError("a.dcm", "a DICOM file", "text", "export it again")
    assert str(error) == "a.dcm: expected a DICOM file, found text. Remedy: export it again."


def test_code_of_a_lost_case_survives_pickling():
    error = ImageError("a.dcm", "pixels", "none", "export it again", code="DICOM_UNREADABLE")
    back = pickle.loads(pickle.dumps(error))
    assert isinstance(back, CaseError)
    assert back.code == "DICOM_UNREADABLE"
    assert back.remedy == error.remedy


def test_message_is_one_line_whatever_is_quoted():
    error = RadiomicsMammoError("flow.csv", "whole numbers in n_out", "'1\n2\u2028\r\n'", "correct the table")
    assert str(error) == "flow.csv: expected whole numbers in n_out, found '1 2  '. Remedy: correct the table."
