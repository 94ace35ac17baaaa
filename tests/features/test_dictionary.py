"""Every column has a row in the dictionary, generated from the engine."""

import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.tables_features import DICTIONARY
from radiomics_mammo.features.columns import feature_names
from radiomics_mammo.features.dictionary import feature_dictionary


@pytest.mark.parametrize("preset", ["quick", "standard", "full"])
def test_dictionary_and_columns_are_the_same_names_in_the_same_order(preset):
    config = FeatureConfig(preset=preset, ring_mm=2.0)
    table = feature_dictionary(config, units=("mm", "px"))
    assert table["name"].tolist() == list(feature_names(config, units=("mm", "px")))
    assert list(table.columns) == DICTIONARY.names
    assert (table[["unit", "family", "image_type", "reference"]] != "").all(axis=None)


def test_units_codes_and_families_are_told():
    table = feature_dictionary(FeatureConfig(preset="quick")).set_index("name")
    assert table.loc["original_shape2D_MeshSurface", "unit"] == "mm2"
    assert table.loc["original_firstorder_Energy", "unit"] == "grey value squared"
    assert table.loc["original_gldm_DependenceEntropy", "ibsi_code"] == "FCBV"
    assert table.loc["original_glcm_MCC", "ibsi_code"] == ""
    assert table.loc["tissue_area_mm2", ["unit", "family"]].tolist() == ["mm2", "tissue"]


def test_one_code_stands_for_one_feature_only():
    table = feature_dictionary(FeatureConfig(preset="quick"))
    codes = table.loc[(table["ibsi_code"] != "") & table["name"].str.startswith("original_"), "ibsi_code"]
    assert codes.is_unique
