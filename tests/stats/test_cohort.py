from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.tables_cohort import FLOW
from radiomics_mammo.stats.cohort import cohort_table, differences_table, flow_table, patient_characteristics
from radiomics_mammo.stats.strata import stratify

CONFIG = StatisticsConfig(permutations=200)


@pytest.fixture(scope="module")
def parts(study):
    patients = stratify(study, CONFIG)
    characteristics = patient_characteristics(study, patients)
    differences = differences_table(characteristics, patients, config=CONFIG, rng=np.random.default_rng(0))
    return patients, characteristics, differences


def test_counts_and_shares_of_a_category(parts):
    patients, characteristics, differences = parts
    table = cohort_table(characteristics, patients, differences, config=CONFIG)
    row = table.query("variable == 'BI-RADS density' and level == 'b'").iloc[0]
    count = int(((patients["density"] == "b") & (patients["case_class"] == "benign")).sum())
    assert row["benign"] == f"{count} ({100 * count / 15:.0f} %)"
    assert row["n"] == int((patients["density"] == "b").sum())


def test_median_and_missing_of_a_measurement(study):
    patients_table = study.patients.copy()
    patients_table.loc[:9, "age_years"] = np.nan
    damaged = dataclasses.replace(study, patients=patients_table)
    patients = stratify(damaged, CONFIG)
    characteristics = patient_characteristics(damaged, patients)
    differences = differences_table(characteristics, patients, config=CONFIG, rng=np.random.default_rng(0))
    row = cohort_table(characteristics, patients, differences, config=CONFIG).query("variable == 'age, years'").iloc[0]
    low, middle, high = patients["age_years"].quantile([0.25, 0.5, 0.75])
    assert row["all"] == f"{middle:.3g} ({low:.3g}-{high:.3g})"
    assert (row["missing"], row["n"]) == (10, 90)


def test_first_row_of_a_characteristic_carries_malignant_against_benign(parts):
    patients, characteristics, differences = parts
    table = cohort_table(characteristics, patients, differences, config=CONFIG)
    shown = table.drop_duplicates("variable").set_index("variable").loc["age, years"]
    tested = differences.query("variable == 'age, years' and comparison == 'malignant vs benign'").iloc[0]
    assert shown["effect"] == tested["effect"]
    assert shown["p_value"] == tested["p_value"]


def test_age_bands_stand_in_order_of_age(parts):
    patients, characteristics, differences = parts
    table = cohort_table(characteristics, patients, differences, config=CONFIG)
    levels = [level for level in table.query("variable == 'age band'")["level"] if level]
    assert levels == ["< 50", "50-59", "60-69", ">= 70"]


def test_every_pair_of_classes_is_compared(parts):
    _, characteristics, differences = parts
    assert len(differences) == 3 * characteristics.shape[1]
    assert set(differences["comparison"]) == {"malignant vs benign", "malignant vs normal", "benign vs normal"}


def test_differing_images_of_one_patient_are_all_named(study):
    images = study.images.copy()
    first = (images["patient_id"] == "normal-01") & (images["visit"] == "recent")
    images.loc[images.index[first][0], ["rows", "cols", "manufacturer"]] = [11, 7, "OTHER"]
    patients = stratify(study, CONFIG)
    row = patient_characteristics(dataclasses.replace(study, images=images), patients).loc["normal-01"]
    assert row["matrix, recent exam"].startswith("11 x 7 and ")
    assert "OTHER" in row["manufacturer, recent exam"]


def test_flow_keeps_steps_and_shares():
    flow = FLOW.from_rows(
        [
            {"step": "masks", "unit": "lesion", "n_in": 8, "n_out": 6, "reason": "open"},
            {"step": "pairs", "unit": "patient", "n_in": 0, "n_out": 0, "reason": ""},
        ]
    )
    table = flow_table(flow)
    assert table["effect"].tolist()[0] == 0.75
    assert np.isnan(table["effect"].iloc[1])
    assert table[["n", "n_in", "n_out"]].iloc[0].tolist() == [6, 8, 6]
    assert pd.isna(table["p_value"]).all()
