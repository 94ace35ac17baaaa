"""What a mass is and which label it has."""

from __future__ import annotations

import pandas as pd
import pytest

from radiomics_mammo.tables.masses import (
    joint_label,
    mass_of_lesions,
    measured_lesions,
    patient_labels,
    recent_lesions,
    recent_regions,
)


def links(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["lesion_id_a", "lesion_id_b", "relation"])


def test_one_malignant_lesion_makes_the_mass_and_the_patient_malignant():
    assert [str(joint_label(words)) for words in (["unconfirmed", "malignant"], ["benign", "unconfirmed"])] == [
        "malignant",
        "benign",
    ]
    assert str(joint_label(["unconfirmed"])) == "unconfirmed"
    for strange in ([], ["cyst"]):
        with pytest.raises(ValueError, match=r"label|cyst"):
            joint_label(strange)


def test_only_recent_lesions_make_the_label_of_a_patient():
    rows = [
        ("a", "prior", "malignant"),
        ("a", "recent", "benign"),
        ("b", "recent", "unconfirmed"),
        ("c", "prior", "benign"),
    ]
    lesions = pd.DataFrame(rows, columns=["patient_id", "visit", "label"])
    assert {patient: str(label) for patient, label in patient_labels(lesions).items()} == {
        "a": "benign",
        "b": "unconfirmed",
    }
    assert len(recent_lesions(lesions)) == 2


def test_links_join_a_chain_of_outlines_into_one_mass():
    joined = links(("d", "c", "same-mass-other-view"), ("b", "d", "same-mass-other-view"))
    assert mass_of_lesions(dict.fromkeys("abcd", "p"), joined) == {"a": "a", "b": "b", "c": "b", "d": "b"}


def test_links_to_priors_strangers_and_other_women_join_nothing():
    joined = links(
        ("a", "b", "same-mass-prior"), ("a", "x", "same-mass-other-view"), ("a", "c", "same-mass-other-view")
    )
    assert mass_of_lesions({"a": "p", "b": "p", "c": "q"}, joined) == {"a": "a", "b": "b", "c": "c"}
    assert mass_of_lesions({}, joined) == {}


def test_tissue_prior_regions_and_unmeasured_outlines_are_no_measured_lesions():
    rows = [
        ("a", "recent", "outlined", 1.0),
        ("b", "recent", "outlined", None),
        ("a", "prior", "registered", 2.0),
        ("a", "recent", "null", 2.0),
        (None, "recent", "tissue", 3.0),
    ]
    features = pd.DataFrame(rows, columns=["recent_lesion_id", "visit", "source", "f"])
    assert recent_regions(features)["recent_lesion_id"].tolist() == ["a", "b"]
    assert measured_lesions(features, ["f"]) == {"a"}
