"""What biopsy texts say."""

import pytest

from radiomics_mammo.masks.biopsy import read_biopsy


@pytest.mark.parametrize(
    "text",
    ["BENIGN", " benign ", "Fibroadenoma", "No malignancy", "non-malignant", "negative for carcinoma", "B2", "cyst"],
)
def test_benign(text):
    assert read_biopsy(text) == "benign"


@pytest.mark.parametrize(
    "text",
    [
        "MALIGNANT",
        "IDC",
        "DCIS",
        "Invasive ductal carcinoma",
        "carcinoma with benign cysts nearby",
        "not benign",
        "B5b",
        "positive",
    ],
)
def test_not_benign(text):
    assert read_biopsy(text) == "not benign"


@pytest.mark.parametrize("text", ["", "  ", "NOT AVAILABLE", "nan", "N/A", "-", "?", "unknown", "not  available"])
def test_missing(text):
    assert read_biopsy(text) == "missing"
