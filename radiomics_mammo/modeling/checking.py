"""Tables are compared with each other before anything is learned from them."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.vocabulary import LesionLabel, RoiSource, Visit

_REMEDY = "run `features` again; tables of one run agree"
_NOT_LESIONS = (str(RoiSource.TISSUE), str(RoiSource.NULL))


def check_tables(study: MeasuredStudy) -> None:
    """Refuse duplicated rows, labels that are none, and labels or patients that disagree with the lesion table.

    Raises
    ------
    ModelingError
        Naming table and the first ids.
    """
    _unique(study.lesions, ["lesion_id"], "lesions.csv")
    _unique(study.patients, ["patient_id"], "patients.csv")
    _unique(study.images, ["image_id"], "images.csv")
    _unique(study.rois, ["roi_id"], "rois.csv")
    _unique(recent_rows(study.features), ["recent_lesion_id"], "features.csv (recent regions)")
    _unique(study.features, ["roi_id"], "features.csv")
    _unique(study.deltas, ["recent_lesion_id", "prior_policy"], "deltas.csv")
    _unique(study.patient_deltas, ["patient_id", "prior_policy"], "patient_deltas.csv")
    recent = study.lesions[study.lesions["visit"] == str(Visit.RECENT)]
    _known_labels(recent)
    for word in ("label", "patient_id"):
        by_lesion = dict(zip(recent["lesion_id"], recent[word], strict=True))
        _agree(study.deltas, ("recent_lesion_id", word), by_lesion, "deltas.csv")
        _agree(recent_rows(study.features), ("recent_lesion_id", word), by_lesion, "features.csv")
    _agree(study.patient_deltas, ("patient_id", "label"), patient_labels(study.lesions), "patient_deltas.csv")


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
        ids = ", ".join(sorted(set(twice[keys[0]].fillna("(empty)").astype(str)))[:5])
        raise ModelingError(name, f"one row per {' and '.join(keys)}", f"several for {ids}", _REMEDY)


def _known_labels(recent: pd.DataFrame) -> None:
    """A word that is no label would count as not malignant."""
    known = [str(label) for label in LesionLabel]
    strange = recent[~recent["label"].isin(known)]
    if len(strange):
        found = [f"{k} {label}" for k, label in zip(strange["lesion_id"], strange["label"], strict=True)]
        raise ModelingError("lesions.csv label", f"one of {known}", ", ".join(sorted(found)[:5]), _REMEDY)


def _agree(table: pd.DataFrame, columns: tuple[str, str], truth: dict[str, str], name: str) -> None:
    key, word = columns
    wrong = [f"{k} {value}" for k, value in zip(table[key], table[word], strict=True) if truth.get(k) != value]
    if wrong:
        expected = f"the {word} of lesions.csv"
        raise ModelingError(f"{name} {word}", expected, ", ".join(sorted(wrong)[:5]), _REMEDY)
