"""Rows of registration.csv."""

from __future__ import annotations

from types import SimpleNamespace

from radiomics_mammo.core.vocabulary import RegistrationMethod, View
from radiomics_mammo.tables.registration import REGISTRATION, RegistrationRow


def test_an_alignment_is_a_row_of_its_figures():
    words = {"patient_id": "benign-01", "view": View.CC, "method": RegistrationMethod.AFFINE, "trusted": True}
    numbers = {name: 0.5 for name in REGISTRATION.names if name not in words}
    row = RegistrationRow.of(SimpleNamespace(**words, **numbers, findings=("not a column",)))
    assert REGISTRATION.rows(REGISTRATION.of([row])) == (row,)
    assert (row.method, row.breast_dice) == (RegistrationMethod.AFFINE, 0.5)
