from hypothesis import given
from hypothesis import strategies as st

from radiomics_mammo.core.lettering import as_latin


def test_latin_text_stays_as_it_is():
    text = "Benign_cases (1) BI-RADS 4a, 12/2013"
    assert as_latin(text) == text


def test_look_alike_letters_become_latin_and_invisible_ones_go():
    assert as_latin("\u0391\u0392\u0421D \u0430\u0435\u043e\u0440\u0441") == "ABCD aeopc"
    assert as_latin("ma\u200blig\u00adnant\ufeff") == "malignant"
    assert as_latin("\u2160\u2161 \uff24\uff23\uff29\uff33") == "III DCIS"


@given(st.text(max_size=40))
def test_twice_is_as_once(text):
    once = as_latin(text)
    assert as_latin(once) == once
