"""Names are PyRadiomics' names; columns and dictionary follow from the configuration alone."""

import pandas as pd
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.features.names import (
    DROPPED,
    FeatureName,
    feature_dictionary,
    feature_names,
    ibsi_codes,
    ibsi_references,
    plane_features,
    units_of,
)
from radiomics_mammo.tables.dictionary import DICTIONARY

PRESETS = {"quick": (90, 120), "standard": (550, 680), "full": (1100, 1300)}


def test_presets_have_about_as_many_columns_as_promised():
    for preset, (low, high) in PRESETS.items():
        names = feature_names(FeatureConfig(preset=preset))
        assert low <= len(names) <= high, preset
        assert len(set(names)) == len(names), preset


def test_names_are_written_as_pyradiomics_writes_them():
    names = feature_names(FeatureConfig(preset="standard"))
    for wanted in ("original_glcm_Contrast", "wavelet-LH_glrlm_RunEntropy", "log-sigma-1-0-mm-2D_firstorder_Mean"):
        assert wanted in names
    assert not any("_shape_" in name for name in names)


def test_known_repeats_are_dropped_with_a_reason():
    assert "glcm_SumAverage" in DROPPED
    assert all(len(reason) > 20 for reason in DROPPED.values())
    assert not set(DROPPED) & set(plane_features())


def test_a_mixed_study_holds_both_units_side_by_side():
    config = FeatureConfig(image_types=("original", "log"), log_sigma_mm=(1.0,))
    both = feature_names(config, units=("px", "mm"))
    assert [name for name in both if name.endswith("D_glcm_Contrast") or name == "original_glcm_Contrast"] == [
        "original_glcm_Contrast",
        "log-sigma-1-0-mm-2D_glcm_Contrast",
        "log-sigma-1-0-px-2D_glcm_Contrast",
    ]
    assert set(both) == set(feature_names(config)) | set(feature_names(config, units=("px",)))


def test_names_tell_their_unit_and_millimetres_are_meant_where_none_does():
    assert units_of(["log-sigma-1-0-px-2D_glcm_Contrast", "log-sigma-1-0-mm-2D_glcm_Contrast"]) == ("mm", "px")
    assert units_of(["original_glcm_Contrast"]) == ("mm",)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("ring_original_glcm_Idn", ("ring", "original", "glcm", "Idn")),
        ("tissue_original_firstorder_Mean", ("tissue", "original", "firstorder", "Mean")),
        ("tissue_dense_fraction", ("tissue", "original", "tissue", "dense_fraction")),
        ("original_shape2D_Elongation", ("", "original", "shape2D", "Elongation")),
    ],
)
def test_a_name_comes_apart(name, parts):
    assert tuple(FeatureName.parse(name)) == parts


def test_dictionary_and_columns_are_the_same_names_in_the_same_order():
    for preset in PRESETS:
        config = FeatureConfig(preset=preset, ring_mm=2.0)
        table = feature_dictionary(config, units=("mm", "px"))
        assert table["name"].tolist() == list(feature_names(config, units=("mm", "px")))
        assert list(table.columns) == DICTIONARY.names
        assert table[["unit", "family", "image_type", "reference"]].notna().all(axis=None)


def test_units_codes_and_families_are_told():
    table = feature_dictionary(FeatureConfig(preset="quick")).set_index("name")
    assert table.loc["original_shape2D_MeshSurface", "unit"] == "mm2"
    assert table.loc["original_firstorder_Energy", "unit"] == "grey value squared"
    assert table.loc["original_gldm_DependenceEntropy", "ibsi_code"] == "FCBV"
    assert pd.isna(table.loc["original_glcm_MCC", "ibsi_code"])
    assert table.loc["tissue_area_mm2", ["unit", "family"]].tolist() == ["mm2", "tissue"]


def test_one_code_stands_for_one_feature_only():
    table = feature_dictionary(FeatureConfig(preset="quick"))
    codes = table.loc[table["ibsi_code"].notna() & table["name"].str.startswith("original_"), "ibsi_code"]
    assert codes.is_unique


def test_codes_are_four_characters_and_unique():
    codes = list(ibsi_codes().values())
    assert {len(code) for code in codes} == {4}
    assert len(set(codes)) == len(codes)


def test_references_name_features_we_measure():
    assert {one.feature for one in ibsi_references()} <= set(plane_features())
    assert len(ibsi_references()) == 90
