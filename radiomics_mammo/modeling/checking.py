"""Tables are compared with each other before anything is learned from them."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.vocabulary import LesionLabel, RoiSource, Visit

_REMEDY = "run `features` again; tables of one run agree"
_NOT_LESIONS = (str(RoiSource.TISSUE), str(RoiSource.NULL))


def check_tables(study: MeasuredStudy) -> None:
    """Refuse duplicated lesions, patients or regions, and labels that disagree with the lesion table.

    Raises
    ------
    ModelingError
        Naming table and the first ids.
    """
    _unique(study.lesions, ["lesion_id"], "lesions.csv")
    _unique(study.patients, ["patient_id"], "patients.csv")
    _unique(recent_rows(study.features), ["recent_lesion_id"], "features.csv (recent regions)")
    _unique(study.deltas, ["recent_lesion_id", "prior_policy"], "deltas.csv")
    _unique(study.patient_deltas, ["patient_id", "prior_policy"], "patient_deltas.csv")
    recent = study.lesions[study.lesions["visit"] == str(Visit.RECENT)]
    by_lesion = dict(zip(recent["lesion_id"], recent["label"], strict=True))
    _agree(study.deltas, "recent_lesion_id", by_lesion, "deltas.csv")
    _agree(recent_rows(study.features), "recent_lesion_id", by_lesion, "features.csv")
    _agree(study.patient_deltas, "patient_id", patient_labels(study.lesions), "patient_deltas.csv")


def recent_rows(features: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``features.csv`` that stand for a recent lesion: neither tissue nor lesion-free places."""
    lesion = features["recent_lesion_id"].notna() & ~features["source"].isin(_NOT_LESIONS)
    return features[lesion & (features["visit"] == str(Visit.RECENT))]


def patient_labels(lesions: pd.DataFrame) -> dict[str, str]:
    """Label of each patient with a recent lesion: malignant if any is, else benign, else unconfirmed.

    Examples
    --------
    >>> rows = pd.DataFrame({"patient_id": ["a", "a"], "visit": "recent", "label": ["benign", "malignant"]})
    >>> patient_labels(rows)
    {'a': 'malignant'}
    """
    recent = lesions[lesions["visit"] == str(Visit.RECENT)]
    ranked = (str(LesionLabel.MALIGNANT), str(LesionLabel.BENIGN), str(LesionLabel.UNCONFIRMED))
    found = recent.groupby("patient_id")["label"].agg(set)
    return {patient: next(label for label in ranked if label in labels) for patient, labels in found.items()}


def _unique(table: pd.DataFrame, keys: list[str], name: str) -> None:
    twice = table[table.duplicated(keys, keep=False)]
    if len(twice):
        ids = ", ".join(sorted(set(twice[keys[0]].astype(str)))[:5])
        raise ModelingError(name, f"one row per {' and '.join(keys)}", f"several for {ids}", _REMEDY)


def _agree(table: pd.DataFrame, key: str, truth: dict[str, str], name: str) -> None:
    wrong = [f"{k} {label}" for k, label in zip(table[key], table["label"], strict=True) if truth.get(k) != label]
    if wrong:
        raise ModelingError(f"{name} label", "the labels of lesions.csv", ", ".join(sorted(wrong)[:5]), _REMEDY)
