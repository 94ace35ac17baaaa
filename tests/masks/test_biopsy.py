from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, OutlineColor, View, Visit
from radiomics_mammo.masks.biopsy import BiopsyVerdict, read_biopsy
from radiomics_mammo.masks.labels import Mark, label_marks

BIOPSIES = {
    "benign": "BENIGN; benign ;Fibroadenoma;No malignancy;non-malignant;negative for carcinoma;B2;cyst;Negative;"
    "normal breast tissue;no cancer or atypia;free of cancer;fibroadenoma, no malignancy;carcinoma ruled out;"
    "benign fibrocystic changes without atypia;negative for malignant cells;malignancy not found;papilloma;"
    "nonmalignant;benign (not malignant);"
    "Malignancy: no;malignancy - negative;neither carcinoma nor DCIS;no evidence of DCIS or invasive carcinoma;"
    "Negative for invasive carcinoma and DCIS;no tumour seen;Result: benign",
    "malignant": "MALIGNANT;IDC;DCIS;Invasive ductal carcinoma;carcinoma with benign cysts;not benign;B5b;positive;"
    "not a benign lesion;DCIS, no invasive carcinoma;carcinoma in situ;invasive carcinoma without DCIS;"
    "IDC, ER positive, HER2 negative;benign cyst and IDC;papillary carcinoma;malignant (IDC);non-benign;"
    "no special type carcinoma;not benign: carcinoma;IDC-NST;triple negative breast cancer;IDC, margins: negative;"
    "invasive lobular carcinoma, E-cadherin negative;DCIS without invasion;carcinoma, no lymph node metastasis",
    "missing": ";  ;NOT AVAILABLE;nan;N/A;-;?;unknown;not  available;No biopsy;pending;biopsy not done;"
    "biopsy pending;not yet available;no data;patient refused;awaiting histology",
    "unclear": "no invasive carcinoma;suspicious for malignancy;malignancy cannot be excluded;B3;B4;benign?;"
    "atypical ductal hyperplasia;benign vs malignant;possible DCIS;see report;12;cannot rule out carcinoma;"
    "rule out malignancy;r/o carcinoma;malignancy to be excluded;not clearly malignant;not definitely benign;"
    "favor benign;suggestive of carcinoma;susp. carcinoma;DD: carcinoma;presumed benign;benign-appearing;"
    "no longer malignant;premalignant;benign/malignant;malignant or benign;no residual carcinoma",
}
KEY = ImageKey("malignant-02", View.CC, Visit.RECENT)


@pytest.mark.parametrize("verdict", BIOPSIES)
def test_biopsy_texts(verdict):
    texts = BIOPSIES[verdict].split(";")
    assert {text: str(read_biopsy(text)) for text in texts} == dict.fromkeys(texts, verdict)


@pytest.mark.parametrize("text", ["\u0392enign", "BENIG\u039d", "b\u0435nign", "be\u00adnign", "\uff42\uff45nign"])
def test_look_alike_letters_and_invisible_ones_change_nothing(text):
    assert read_biopsy(text) is BiopsyVerdict.BENIGN


@pytest.mark.parametrize(
    ("text", "label", "code"),
    [
        ("Negative", "unconfirmed", "BIOPSY_BENIGN"),
        ("normal breast tissue", "unconfirmed", "BIOPSY_BENIGN"),
        ("no invasive carcinoma", "malignant", "BIOPSY_UNCLEAR"),
        ("see the other sheet", "malignant", "BIOPSY_UNCLEAR"),
        ("", "malignant", "BIOPSY_MISSING"),
        ("not a benign lesion", "malignant", None),
    ],
)
def test_the_label_follows_the_contract_and_the_cell_is_quoted(text, label, code):
    patient = Patient(patient_id="malignant-02", case_class=CaseClass.MALIGNANT, folder="2", biopsy=text)
    labels, findings = label_marks([Mark(OutlineColor.RED)], n_boxes=0, key=KEY, patient=patient)
    assert [str(one) for one in labels] == [label]
    assert [finding.code for finding in findings] == ([code] if code else [])
    assert all(text in finding.message for finding in findings)


@given(st.text(max_size=60))
def test_any_text_has_a_verdict(text):
    assert read_biopsy(text) in BiopsyVerdict


@given(st.sampled_from(BIOPSIES["malignant"].split(";")), st.sampled_from(("benign", "cyst", "fibroadenoma")))
def test_malignancy_outweighs_what_is_benign_beside_it(text, beside):
    assert read_biopsy(f"{beside}; {text}") is read_biopsy(f"{text}, {beside}") is BiopsyVerdict.MALIGNANT
