"""One row a patient and policy; one mass counts once, by a declared rule."""

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.pairs import LesionLink
from radiomics_mammo.core.vocabulary import LinkRelation
from radiomics_mammo.features.deltas import delta_table
from radiomics_mammo.features.patient_deltas import patient_delta_table
from radiomics_mammo.features.similarity import SIMILARITY_COLUMNS
from radiomics_mammo.tables.lesions import LESIONS
from radiomics_mammo.tables.links import LINKS
from radiomics_mammo.tables.patient_deltas import PATIENT_DELTAS

F = "original_firstorder_Mean"
CONFIG = FeatureConfig()


def lesion_rows(*rows):
    made = [
        {"lesion_id": lesion, "patient_id": lesion.split("_")[0], "view": lesion.split("_")[1],
         "visit": lesion.split("_")[2], "label": label, "area_mm2": area, "area_px": 100}
        for lesion, label, area in rows
    ]  # fmt: skip
    return LESIONS.conform(pd.DataFrame(made))


def other_view(a, b):
    return LINKS.of(
        [LesionLink(lesion_id_a=a, lesion_id_b=b, relation=LinkRelation.OTHER_VIEW, distance_mm=None, confidence=1.0)]
    )


def patient_table(tables, lesions, links=None, config=CONFIG):
    deltas = delta_table(*tables.three, similarity=(), config=config)
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


def test_views_of_one_mass_are_joined_before_masses_are_aggregated_by_their_rules(two_masses):
    row = patient_table(*two_masses).iloc[0]
    assert row["n_lesions"] == 2
    found = {how: (row[f"{how}_recent_{F}"], row[f"{how}_delta_{F}"]) for how in ("mean", "largest", "extreme")}
    assert found == {"mean": (-1.5, -3.0), "largest": (6.0, 4.0), "extreme": (-9.0, -10.0)}
    assert patient_table(*two_masses[:2])["n_lesions"].tolist() == [3, 3, 3]


def test_columns_are_named_by_aggregation_and_kind(two_masses):
    table = patient_table(*two_masses)
    kinds = ["recent", "prior", "delta", "relative", "logratio", "rate", "z"]
    expected = [
        f"{how}_{name}"
        for how in ("mean", "largest", "extreme")
        for name in [*(f"{kind}_{F}" for kind in kinds), *SIMILARITY_COLUMNS]
    ]
    assert list(table.columns) == [*PATIENT_DELTAS.names, *expected]
    assert table["prior_policy"].tolist() == ["regional", "registered", "outlined-first"]
    table = patient_table(*two_masses, config=FeatureConfig(patient_aggregations=("largest",)))
    assert {name.split("_")[0] for name in table.columns if F in name} == {"largest"}


def test_all_measured_lesions_count_whatever_their_label(tables):
    tables.patient("malignant-01")
    tables.pair("malignant-01_CC_recent_1", {F: 4.0}, {F: 2.0})
    tables.pair("malignant-01_CC_recent_2", {F: 100.0}, {F: 2.0}, label="benign")
    tables.pair("malignant-01_CC_recent_3", {F: 1.0}, {F: 2.0}, label="unconfirmed")
    labels = ("malignant", "benign", "unconfirmed")
    lesions = lesion_rows(*((f"malignant-01_CC_recent_{n}", label, 9.0 - n) for n, label in enumerate(labels, start=1)))
    row = patient_table(tables, lesions).iloc[0]
    assert (row["label"], row["n_lesions"], row[f"mean_recent_{F}"]) == ("malignant", 3, 35.0)
    assert (row[f"largest_recent_{F}"], row[f"extreme_recent_{F}"]) == (4.0, 100.0)


def test_the_label_is_that_of_her_recent_lesions_measured_or_not(tables):
    for name in ("malignant-01", "malignant-02"):
        tables.patient(name)
        tables.pair(f"{name}_CC_recent_1", {F: 4.0}, {F: 2.0}, label="unconfirmed")
    lesions = lesion_rows(
        ("malignant-01_CC_recent_1", "unconfirmed", 5.0),
        ("malignant-01_CC_recent_2", "malignant", 50.0),
        ("malignant-02_CC_recent_1", "unconfirmed", 5.0),
        ("malignant-02_CC_prior_1", "malignant", 5.0),
    )
    table = patient_table(tables, lesions).drop_duplicates("patient_id")
    assert table["label"].tolist() == ["malignant", "unconfirmed"]
    assert table["n_lesions"].tolist() == [1, 1]
    assert table[f"largest_recent_{F}"].tolist() == [4.0, 4.0]


def test_an_untrusted_prior_leaves_the_recent_value_only(tables):
    tables.patient("malignant-01")
    tables.pair("malignant-01_CC_recent_1", {F: 4.0}, {F: 2.0}, trusted=False)
    row = patient_table(tables, lesion_rows(("malignant-01_CC_recent_1", "malignant", 5.0))).iloc[0]
    assert row[f"mean_recent_{F}"] == 4.0
    assert np.isnan(row[f"mean_prior_{F}"])
    assert np.isnan(row[f"mean_delta_{F}"])


def test_patients_with_a_recent_lesion_have_rows_measured_or_not(tables):
    tables.patient("normal-01")
    tables.patient("benign-01")
    none = patient_table(tables, lesion_rows(("benign-01_CC_prior_1", "benign", 4.0)))
    assert (len(none), set(PATIENT_DELTAS.names) <= set(none.columns)) == (0, True)
    table = patient_table(tables, lesion_rows(("benign-01_CC_recent_1", "benign", 4.0)))
    assert table[["n_lesions", "label"]].to_numpy().tolist() == [[0, "benign"]] * 3


def test_areas_in_pixels_serve_where_one_spacing_is_unknown(tables):
    tables.patient("benign-01")
    for number in (1, 2):
        tables.pair(f"benign-01_CC_recent_{number}", {F: float(number)}, {F: 2.0}, label="benign")
    lesions = lesion_rows(("benign-01_CC_recent_1", "benign", 9.0), ("benign-01_CC_recent_2", "benign", None))
    assert patient_table(tables, lesions.assign(area_px=[100, 101])).loc[0, f"largest_recent_{F}"] == 2.0


def test_the_whole_breast_changes_by_view_then_by_patient_whatever_the_place(tables):
    dense, area = "tissue_dense_fraction", "tissue_area_mm2"
    tables.patient("malignant-01", interval=2.0)
    tables.pair("malignant-01_CC_recent_1", {F: 4.0}, {F: 2.0}, trusted=False)
    values = {"CC": ((0.4, 100.0), (0.2, 50.0)), "MLO": ((0.3, 90.0), (0.3, 90.0)), "XL": ((0.9, 9.0), None)}
    for view, exams in values.items():
        for visit, found in zip(("recent", "prior"), exams, strict=True):
            if found:
                named = dict(zip((dense, area), found, strict=True))
                tables.region(
                    f"malignant-01_{view}_{visit}-tissue", "", visit=visit, source="tissue", label="", **named
                )
    table = patient_table(tables, lesion_rows(("malignant-01_CC_recent_1", "malignant", 5.0)))
    row = table.iloc[0]
    assert row[f"breast_delta_{dense}"] == pytest.approx((0.2 + 0.0) / 2)
    assert row[f"breast_rate_{dense}"] == pytest.approx(0.05)
    assert row[f"breast_logratio_{area}"] == pytest.approx(np.log(2) / 2)
    assert row[f"breast_recent_{dense}"] == pytest.approx((0.4 + 0.3 + 0.9) / 3)
    assert row[f"breast_prior_{dense}"] == pytest.approx(0.25)
    assert table[f"breast_delta_{dense}"].nunique() == 1
    assert np.isnan(row[f"mean_delta_{F}"])
