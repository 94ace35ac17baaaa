import hashlib

from radiomics_mammo.core.vocabulary import RegistrationMethod, View
from radiomics_mammo.tables.registration import REGISTRATION, RegistrationRow
from radiomics_mammo.tables.review import alignment_sha256

ROW = RegistrationRow(
    patient_id="a", view=View.CC, method=RegistrationMethod.AFFINE, trusted=True, similarity_after=0.1 + 0.2
)


def test_hash_of_an_alignment_is_that_of_its_line_and_survives_the_file() -> None:
    text = REGISTRATION.csv(REGISTRATION.of([ROW]))
    assert alignment_sha256(ROW) == hashlib.sha256(text.splitlines()[1].encode()).hexdigest()
    (again,) = REGISTRATION.rows(REGISTRATION.parse(text.encode()))
    assert alignment_sha256(again) == alignment_sha256(ROW)
