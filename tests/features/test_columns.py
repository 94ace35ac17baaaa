"""Names are PyRadiomics' names; the schema follows from the configuration alone."""

import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.features.columns import DROPPED, FeatureName, feature_names, image_types, plane_features


@pytest.mark.parametrize(("preset", "low", "high"), [("quick", 90, 120), ("standard", 550, 680), ("full", 1100, 1300)])
def test_presets_have_about_as_many_columns_as_promised(preset, low, high):
    names = feature_names(FeatureConfig(preset=preset))
    assert low <= len(names) <= high
    assert len(set(names)) == len(names)


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


def test_image_types_follow_the_order_of_the_documentation_not_of_the_setting():
    config = FeatureConfig(image_types=("log", "original"), log_sigma_mm=(2.5,))
    assert image_types(config, unit="px") == ("original", "log-sigma-2-5-px-2D")


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
