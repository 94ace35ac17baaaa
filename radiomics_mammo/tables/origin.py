"""What may be said of where a cohort comes from: each sentence only where its tables bear it out."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel, OutlineColor

_ONE_BREAST = "One breast of every woman is included; nothing can be said about the other one."
_ONE_COUNTRY = "All exams come from one country; there was no external test."
_NO_TEST = "There was no external test."
_BY_READING = (
    "Benign masses are BI-RADS 2 and were not biopsied: their label is a reading, not histology (verification bias), "
    "and no biopsied benign mass stands between them and the cancers (spectrum bias)."
)


def of_release(patients: pd.DataFrame) -> bool:
    """Whether the women are those of a release: each was found in a class folder.

    Examples
    --------
    >>> of_release(pd.DataFrame({"case_class": ["benign", None], "folder": ["1", None]}))
    False
    """
    classes = patients["case_class"].isin([str(one) for one in CaseClass])
    return len(patients) > 0 and bool(classes.all()) and bool(patients["folder"].fillna("").astype(str).ne("").all())


def one_breast(patients: pd.DataFrame) -> bool:
    """Whether each woman is there with one breast: her side is known.

    Examples
    --------
    >>> one_breast(pd.DataFrame({"laterality": ["L", "R"]})), one_breast(pd.DataFrame({"laterality": ["L", None]}))
    (True, False)
    """
    return len(patients) > 0 and bool(patients["laterality"].isin(["L", "R"]).all())


def benign_by_reading(lesions: pd.DataFrame) -> bool:
    """Whether the label benign comes from the blue pen, that is from BI-RADS, not from biopsy."""
    benign = lesions["label"] == str(LesionLabel.BENIGN)
    return bool((benign & (lesions["color"] == str(OutlineColor.BLUE))).any())


def is_normal(patients: pd.DataFrame, lesions: pd.DataFrame) -> pd.Series:
    """Whether a woman is normal: of the class normal, or of no class and without an outline; indexed as `patients`.

    Examples
    --------
    >>> women = pd.DataFrame({"patient_id": ["a", "b", "c"], "case_class": ["normal", "benign", None]})
    >>> is_normal(women, pd.DataFrame({"patient_id": ["c"]})).tolist()
    [True, False, False]
    """
    unclassed = ~patients["case_class"].isin([str(one) for one in CaseClass])
    return (patients["case_class"] == str(CaseClass.NORMAL)) | (
        unclassed & ~patients["patient_id"].isin(set(lesions["patient_id"]))
    )


def notices(patients: pd.DataFrame, lesions: pd.DataFrame) -> tuple[str, ...]:
    """What a reader must know of the cohort, as whole sentences; only what is true of these tables.

    Parameters
    ----------
    patients, lesions : DataFrame
        ``patients.csv`` and ``lesions.csv``.

    Examples
    --------
    >>> women = pd.DataFrame({"case_class": [None], "folder": [None], "laterality": [None]})
    >>> notices(women, pd.DataFrame({"label": ["benign"], "color": [None]}))
    ('There was no external test.',)
    """
    said = [_BY_READING] if benign_by_reading(lesions) else []
    said += [_ONE_BREAST] if one_breast(patients) else []
    return (*said, _ONE_COUNTRY if of_release(patients) else _NO_TEST)
