"""Findings take severity and words from the catalogue."""

import pytest

from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.vocabulary import Severity


@pytest.mark.parametrize("code", list(AuditCode), ids=lambda code: code.name)
def test_every_code_has_severity_and_meaning(code):
    assert isinstance(code.severity, Severity)
    assert len(code.meaning) > 10
    assert code.name == code.name.upper()


def test_codes_are_distinct_members():
    assert len({code.name for code in AuditCode}) == len(AuditCode.__members__) == len(list(AuditCode))


def test_finding_fills_patient_from_image():
    finding = Finding.of(AuditCode.RED_IN_PRIOR, image_id="malignant-07_CC_prior")
    assert (finding.patient_id, finding.severity, finding.code) == ("malignant-07", Severity.ERROR, "RED_IN_PRIOR")
    assert finding.message == AuditCode.RED_IN_PRIOR.meaning


def test_message_of_the_case_is_kept():
    assert Finding.of(AuditCode.STRAY_FILES, "3 files", file="Thumbs.db").message == "3 files"
