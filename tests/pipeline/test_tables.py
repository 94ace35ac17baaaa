"""The tables of a study follow the contract."""

import pandas as pd
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.tables_lesions import LINKS
from radiomics_mammo.pipeline.results import MEASURED_SCHEMAS
from radiomics_mammo.pipeline.tables import images_table, lesions_table, links_table, outcomes, rois_table


@pytest.mark.parametrize("schema", MEASURED_SCHEMAS, ids=lambda schema: schema.stem)
def test_columns_of_the_contract_come_first_and_in_order(small_study, schema):
    header = pd.read_csv(small_study.out / schema.file, nrows=0).columns.tolist()
    assert header[: len(schema.names)] == schema.names
    assert schema.open_ended or header == schema.names


def test_every_row_has_a_unique_key(small_study):
    result = small_study.result
    for table, key in (
        (result.patients, ["patient_id"]),
        (result.images, ["image_id"]),
        (result.lesions, ["lesion_id"]),
        (result.registration, ["patient_id", "view"]),
        (result.rois, ["roi_id"]),
        (result.features, ["roi_id"]),
        (result.deltas, ["recent_lesion_id", "prior_policy"]),
        (result.patient_deltas, ["patient_id", "prior_policy"]),
    ):
        assert len(table)
        assert not table.duplicated(key).any(), key


def test_every_recent_lesion_has_a_delta_row_under_both_policies(small_study):
    result = small_study.result
    recent = result.lesions.loc[result.lesions["visit"] == "recent", "lesion_id"]
    found = set(zip(result.deltas["recent_lesion_id"], result.deltas["prior_policy"], strict=True))
    assert found == {(lesion, policy) for lesion in recent for policy in ("registered", "outlined-first")}


def test_rows_refer_to_rows_that_are_there(small_study):
    result = small_study.result
    assert set(result.lesions["image_id"]) <= set(result.images["image_id"])
    assert set(result.features["roi_id"]) == set(result.rois["roi_id"])
    assert set(result.deltas["prior_roi_id"].dropna()) <= set(result.rois["roi_id"])
    for name in result.lesions["mask_file"].tolist() + result.rois["mask_file"].dropna().tolist():
        assert (small_study.out / name).is_file()


def test_parquet_twins_hold_the_same_numbers(small_study):
    for name in ("features", "deltas"):
        twin = pd.read_parquet(small_study.out / f"{name}.parquet")
        pd.testing.assert_frame_equal(twin, getattr(small_study.result, name), check_dtype=False)


def test_no_records_are_empty_tables():
    assert list(outcomes([])) == []
    assert images_table([]).empty
    assert lesions_table([]).empty
    assert rois_table([]).empty
    assert links_table([], config=RegistrationConfig()).columns.tolist() == LINKS.names
