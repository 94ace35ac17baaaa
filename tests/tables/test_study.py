"""The tables of a study are those of the contract."""

from __future__ import annotations

from dataclasses import fields

from radiomics_mammo.tables.new_predictions import NEW_PREDICTIONS
from radiomics_mammo.tables.study import EVERY, MEASURED, MODELED, TOLD, Classification, MeasuredStudy

COLUMNS = """
audit.csv severity code patient_id image_id file message
flow.csv step unit n_in n_out reason
patients.csv patient_id case_class folder laterality age_years density birads prior_date recent_date date_precision interval_years interval_source biopsy
images.csv image_id patient_id view visit rows cols bits_stored photometric row_spacing_mm col_spacing_mm spacing_source manufacturer gt_rows gt_cols gt_scale_row gt_scale_col gt_offset_row_px gt_offset_col_px gt_similarity picture_hash
lesions.csv lesion_id image_id patient_id view visit color boxed label area_px area_mm2 centroid_row_px centroid_col_px top_px left_px bottom_px right_px gap_fraction quality mask_file mask_sha256
links.csv lesion_id_a lesion_id_b relation distance_mm confidence
registration.csv patient_id view method trusted similarity_before similarity_affine similarity_after negative_jacobian_fraction inverse_consistency_mm breast_dice expected_error_mm radius90_mm error_mm
rois.csv roi_id patient_id view visit recent_lesion_id prior_lesion_id source prior_policy trusted label centroid_row_px centroid_col_px area_mm2 search_score search_shift_mm mask_file
features.csv roi_id recent_lesion_id patient_id view visit source prior_policy label
dictionary.csv name unit family image_type ibsi_code reference
robustness.csv feature view icc ci_low ci_high n
deltas.csv recent_lesion_id recent_roi_id prior_roi_id patient_id view label prior_policy prior_source interval_years
patient_deltas.csv patient_id label density age_years n_lesions prior_policy
predictions.csv unit patient_id recent_lesion_id view model feature_set prior_policy protocol repeat fold label probability
metrics.csv unit view model feature_set prior_policy protocol role metric estimate ci_low ci_high n_patients n_malignant
comparisons.csv a b unit protocol prior_policy role metric difference ci_low ci_high p_value q_value n_patients
sentinels.csv name expected found passed
curves.csv curve unit model feature_set x y y_low y_high
selection.csv model feature_set feature frequency
checklists.csv checklist item status where
new_predictions.csv patient_id view recent_lesion_id probability
"""  # noqa: E501 - one line a file, as the contract has them


def test_every_table_of_the_contract_has_its_columns_in_order():
    tables = {table.file: table for table in (*EVERY, NEW_PREDICTIONS)}
    for line in COLUMNS.split("\n")[1:-1]:
        file, *names = line.split()
        assert [name for name in tables[file].names if name in names] == names, file


def test_a_study_has_one_field_a_table():
    assert {field.name for field in fields(MeasuredStudy)} == {table.stem for table in (*MEASURED, *TOLD)}
    assert {table.stem for table in MODELED} <= {field.name for field in fields(Classification)}
