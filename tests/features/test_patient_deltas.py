"""One row a patient and policy; one mass counts once, by a declared rule."""

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.tables_features import PATIENT_DELTAS
from radiomics_mammo.core.tables_lesions import LESIONS, LINKS
from radiomics_mammo.features.deltas import delta_table
from radiomics_mammo.features.patient_deltas import join_views, patient_delta_table, patient_label
from radiomics_mammo.features.similarity import SIMILARITY_COLUMNS

F = "original_firstorder_Mean"
CONFIG = FeatureConfig()


def lesion_rows(*rows):
    made = [
        {"lesion_id": lesion, "patient_id": lesion.split("_")[0], "view": lesion.split("_")[1],
         "visit": lesion.split("_")[2], "label": label, "area_mm2": area, "area_px": 100}
        for lesion, label, area in rows
    ]  # fmt: skip
    return LESIONS.from_rows(made)


def other_view(a, b):
    return LINKS.from_rows([{"lesion_id_a": a, "lesion_id_b": b, "relation": "same-mass-other-view"}])


def patient_table(tables, lesions, links=None, config=CONFIG):
    similarity = pd.DataFrame(columns=["recent_roi_id", "prior_roi_id", *SIMILARITY_COLUMNS])
    deltas = delta_table(tables.features, tables.rois, tables.patients, similarity=similarity, config=config)
    links = LINKS.empty() if links is None else links
    return patient_delta_table(deltas, tables.features, lesions, tables.patients, links=links, config=config)


@pytest.fixture
def two_masses(tables):
    """A mass in both views (recent 4 and 8, prior 2) and another in CC (recent -9, prior 1)."""
    tables.patient("malignant-01")
    tables.pair("malignant-01_CC_recent_1", {F: 4.0}, {F: 2.0})
    tables.pair("malignant-01_MLO_recent_1", {F: 8.0}, {F: 2.0})
    tables.pair("malignant-01_CC_recent_2", {F: -9.0}, {F: 1.0})
    lesions = lesion_rows(
        ("malignant-01_CC_recent_1", "malignant", 50.0),
        ("malignant-01_MLO_recent_1", "malignant", 70.0),
        ("malignant-01_CC_recent_2", "malignant", 55.0),
    )
    return tables, lesions, other_view("malignant-01_CC_recent_1", "malignant-01_MLO_recent_1")


def test_views_of_one_mass_are_joined_before_masses_are_averaged(two_masses):
    row = patient_table(*two_masses).iloc[0]
    assert row["n_lesions"] == 2
    assert row[f"mean_recent_{F}"] == pytest.approx((6.0 - 9.0) / 2)
    assert row[f"mean_delta_{F}"] == pytest.approx((4.0 - 10.0) / 2)


def test_largest_and_extreme_follow_their_rules(two_masses):
    row = patient_table(*two_masses).iloc[0]
    assert row[f"largest_recent_{F}"] == 6.0
    assert row[f"largest_delta_{F}"] == 4.0
    assert row[f"extreme_recent_{F}"] == -9.0
    assert row[f"extreme_delta_{F}"] == -10.0


def test_without_a_link_both_views_count(two_masses):
    tables, lesions, _ = two_masses
    assert patient_table(tables, lesions)["n_lesions"].tolist() == [3, 3]


def test_columns_are_named_by_aggregation_and_kind(two_masses):
    table = patient_table(*two_masses)
    kinds = ["recent", "prior", "delta", "relative", "logratio", "rate", "z"]
    expected = [
        f"{how}_{name}"
        for how in ("mean", "largest", "extreme")
        for name in [*(f"{kind}_{F}" for kind in kinds), *SIMILARITY_COLUMNS]
    ]
    assert list(table.columns) == [*PATIENT_DELTAS.names, *expected]
    assert table["prior_policy"].tolist() == ["registered", "outlined-first"]


def test_only_lesions_with_the_label_of_the_patient_count(tables):
    tables.patient("malignant-01")
    tables.pair("malignant-01_CC_recent_1", {F: 4.0}, {F: 2.0})
    tables.pair("malignant-01_CC_recent_2", {F: 100.0}, {F: 2.0}, label="benign")
    lesions = lesion_rows(("malignant-01_CC_recent_1", "malignant", 5.0), ("malignant-01_CC_recent_2", "benign", 9.0))
    row = patient_table(tables, lesions).iloc[0]
    assert (row["label"], row["n_lesions"], row[f"mean_recent_{F}"]) == ("malignant", 1, 4.0)


def test_an_untrusted_prior_leaves_the_recent_value_only(tables):
    tables.patient("malignant-01")
    tables.pair("malignant-01_CC_recent_1", {F: 4.0}, {F: 2.0}, trusted=False)
    row = patient_table(tables, lesion_rows(("malignant-01_CC_recent_1", "malignant", 5.0))).iloc[0]
    assert row[f"mean_recent_{F}"] == 4.0
    assert np.isnan(row[f"mean_prior_{F}"])
    assert np.isnan(row[f"mean_delta_{F}"])


def test_patients_without_recent_lesions_have_no_row(tables):
    tables.patient("normal-01")
    tables.patient("benign-01")
    lesions = lesion_rows(("benign-01_CC_prior_1", "benign", 4.0))
    table = patient_table(tables, lesions)
    assert len(table) == 0
    assert set(PATIENT_DELTAS.names) <= set(table.columns)


def test_a_lesion_that_was_not_measured_keeps_its_patient(tables):
    tables.patient("benign-01")
    table = patient_table(tables, lesion_rows(("benign-01_CC_recent_1", "benign", 4.0)))
    assert table["n_lesions"].tolist() == [1, 1]
    assert table["label"].tolist() == ["benign", "benign"]


def test_aggregations_are_a_choice(two_masses):
    table = patient_table(*two_masses, config=FeatureConfig(patient_aggregations=("largest",)))
    assert {name.split("_")[0] for name in table.columns if F in name} == {"largest"}


def test_chains_of_links_are_one_mass():
    lesions = lesion_rows(
        ("p-1_CC_recent_1", "benign", 1.0), ("p-1_MLO_recent_1", "benign", 1.0), ("p-1_MLO_recent_2", "benign", 1.0)
    )
    links = pd.concat(
        [other_view("p-1_CC_recent_1", "p-1_MLO_recent_1"), other_view("p-1_MLO_recent_2", "p-1_CC_recent_1")]
    )
    assert join_views(lesions, links)["mass"].nunique() == 1


def test_areas_in_pixels_serve_where_one_spacing_is_unknown():
    lesions = lesion_rows(("p-1_CC_recent_1", "benign", None), ("p-1_MLO_recent_1", "benign", 3.0))
    assert join_views(lesions, LINKS.empty())["area"].tolist() == [100.0, 100.0]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [(["benign", "malignant"], "malignant"), (["unconfirmed"], "unconfirmed"), (["unconfirmed", "benign"], "benign")],
)
def test_label_of_a_patient(labels, expected):
    assert patient_label(labels) == expected
