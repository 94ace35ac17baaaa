"""features.csv has a fixed set of columns, whatever the rows hold."""

import pandas as pd
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.tables_features import FEATURES, GREY_LEVELS
from radiomics_mammo.features.columns import feature_names
from radiomics_mammo.features.measurement import FeatureExtractor, RoiFeatures
from radiomics_mammo.features.tables import feature_row, feature_table, grey_level_rows, units_of

CONFIG = FeatureConfig(image_types=("original", "log"), log_sigma_mm=(0.4,))


def rows_of(make_exam, make_roi, spacing):
    exam = make_exam(spacing=spacing)
    rois = [make_roi(exam, name="a"), make_roi(exam, centre=(900, 900), name="b")]
    return [feature_row(m, r) for m, r in zip(FeatureExtractor(CONFIG).measure(exam, rois), rois, strict=True)]


def test_the_table_has_heads_then_features(make_exam, make_roi):
    table = feature_table(rows_of(make_exam, make_roi, (0.1, 0.1)), config=CONFIG)
    assert list(table.columns) == [*FEATURES.names, *feature_names(CONFIG)]
    assert table["patient_id"].tolist() == ["malignant-07"] * 2
    assert pd.isna(table.loc[1, "original_glcm_Contrast"])


def test_no_rows_still_make_the_columns():
    table = feature_table([], config=CONFIG)
    assert len(table) == 0
    assert list(table.columns) == [*FEATURES.names, *feature_names(CONFIG)]


def test_a_mixed_study_has_both_units_and_every_row_fills_its_own(make_exam, make_roi):
    rows = rows_of(make_exam, make_roi, (0.1, 0.1))[:1] + rows_of(make_exam, make_roi, None)[:1]
    assert units_of(name for row in rows for name in row) == ("mm", "px")
    table = feature_table(rows, config=CONFIG)
    assert table["log-sigma-0-4-mm-2D_glcm_Contrast"].notna().tolist() == [True, False]
    assert table["log-sigma-0-4-px-2D_glcm_Contrast"].notna().tolist() == [False, True]


def test_rows_without_values_do_not_add_a_unit(make_exam, make_roi):
    rows = rows_of(make_exam, make_roi, None)
    rows.append({"roi_id": "unmeasured"})
    table = feature_table(rows, config=CONFIG)
    assert not any("-mm-2D" in name for name in table)
    assert len(table) == 3


def test_a_row_of_another_region_is_refused(make_exam, make_roi):
    with pytest.raises(InvariantError):
        feature_row(RoiFeatures("x", "mm", {}), make_roi(make_exam()))


def test_grey_levels_out_of_bounds_are_marked():
    rows = grey_level_rows([RoiFeatures("a", "mm", {}, {"original": 12, "wavelet-LL": 32, "lbp-2D": 9})])
    assert [row["within_bounds"] for row in rows] == [False, True, None]
    assert GREY_LEVELS.from_rows(list(rows))["occupied"].tolist() == [12, 32, 9]
