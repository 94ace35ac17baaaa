"""What a mass is, and what label a mass and a patient have: the one place that says so.

A *mass* is the recent outlines of one patient that ``links.csv`` joins between the two views. Its features, and those
of a patient, are aggregated over all her measured recent lesions, whatever their label, in training and prediction
alike: which lesion is the malignant one is not known for a new patient. The label beside them is that of the mass or of
the patient: malignant if any of its recent lesions is, else benign, else unconfirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from radiomics_mammo.core.vocabulary import LesionLabel, LinkRelation, RoiSource, Visit

_ORDER = (LesionLabel.MALIGNANT, LesionLabel.BENIGN, LesionLabel.UNCONFIRMED)
_NO_LESION = (str(RoiSource.TISSUE), str(RoiSource.NULL))


def joint_label(labels: Iterable[str]) -> LesionLabel:
    """Label of a mass or a patient from those of its recent lesions.

    Raises
    ------
    ValueError
        If a word is no label, or there is none.

    Examples
    --------
    >>> str(joint_label(["benign", "unconfirmed"]))
    'benign'
    """
    found = {LesionLabel(label) for label in labels}
    if not found:
        raise ValueError("no label to join")
    return next(label for label in _ORDER if label in found)


def patient_labels(lesions: pd.DataFrame) -> dict[str, LesionLabel]:
    """Label of each patient with a recent lesion.

    Parameters
    ----------
    lesions : DataFrame
        ``lesions.csv``, or its columns patient_id, visit and label.

    Examples
    --------
    >>> rows = pd.DataFrame({"patient_id": ["a", "a"], "visit": "recent", "label": ["benign", "malignant"]})
    >>> {patient: str(label) for patient, label in patient_labels(rows).items()}
    {'a': 'malignant'}
    """
    recent = recent_lesions(lesions)
    return {str(patient): joint_label(labels) for patient, labels in recent.groupby("patient_id")["label"]}


def recent_lesions(lesions: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``lesions.csv`` of the recent exam."""
    return lesions[lesions["visit"] == str(Visit.RECENT)]


def recent_regions(features: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``features.csv`` that stand for a recent lesion: neither breast tissue nor lesion-free places."""
    lesion = features["recent_lesion_id"].notna() & ~features["source"].isin(_NO_LESION)
    return features[lesion & (features["visit"] == str(Visit.RECENT))]


def measured_lesions(features: pd.DataFrame, columns: Iterable[str]) -> set[str]:
    """Ids of the recent lesions with a value in any of `columns`; the others were outlined but not measured."""
    recent = recent_regions(features)
    return set(recent.loc[recent[list(columns)].notna().any(axis=1), "recent_lesion_id"])


def mass_of_lesions(patients: Mapping[str, str], links: pd.DataFrame) -> dict[str, str]:
    """Mass of each recent lesion, named by its first lesion: connected components of the links between views.

    Parameters
    ----------
    patients : mapping of str to str
        Patient of each lesion.
    links : DataFrame
        ``links.csv``; links to prior outlines, to unknown lesions or between patients are ignored.

    Examples
    --------
    >>> links = pd.DataFrame({"lesion_id_a": ["a"], "lesion_id_b": ["b"], "relation": ["same-mass-other-view"]})
    >>> mass_of_lesions({"a": "p", "b": "p", "c": "p"}, links)
    {'a': 'a', 'b': 'a', 'c': 'c'}
    """
    names = sorted(patients)
    place = {name: number for number, name in enumerate(names)}
    joined = links[links["relation"] == str(LinkRelation.OTHER_VIEW)]
    pairs = [
        (place[a], place[b])
        for a, b in zip(joined["lesion_id_a"], joined["lesion_id_b"], strict=True)
        if a in place and b in place and patients[a] == patients[b]
    ]
    rows, cols = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs)), (rows, cols)), shape=(len(names), len(names)))
    _, group = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    return {name: first.setdefault(int(number), name) for name, number in zip(names, group, strict=True)}
