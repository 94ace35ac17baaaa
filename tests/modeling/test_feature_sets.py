import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.feature_sets import (
    CLINICAL,
    FEATURE_SETS,
    SHORTCUT,
    allowed_columns,
    change_columns,
    clinical_values,
    columns_of,
    icc_of_columns,
    lesions_outlined_before,
    radiomic_features,
    restrict,
    shortcut_values,
)

FORBIDDEN = ("birads", "biopsy", "case_class", "folder", "patient_id", "lesion_id", "roi_id", "mask_file", "laterality")


def test_the_list_is_closed(study, changed):
    """Nothing but blocks of known features, similarity, clinical and shortcut columns is ever read."""

    def with_strangers(table):
        extra = {f"mean_recent_{name}": 1.0 for name in (*FORBIDDEN, "diagnostics_Image-original_Mean")}
        return table.assign(**extra, birads="4", case_class="benign", mean_relative_original_glcm_F002=1.0)

    other = changed(study, patient_deltas=with_strangers, deltas=lambda t: t.assign(similarity_=1.0, birads=2.0))
    allowed = allowed_columns(other)
    assert allowed == allowed_columns(study)
    features = set(radiomic_features(study))
    for name in allowed:
        block, _, feature = name.partition("_")
        known = block in ("recent", "prior", "delta", "logratio") and feature in features
        assert known or block == "similarity" or name in (*CLINICAL, *SHORTCUT)
    assert not any(word in name for name in allowed for word in FORBIDDEN)


def test_names_outside_the_dictionary_or_of_tissue_are_no_features(study, changed):
    names = ["tissue_original_glcm_Contrast", "tissue_dense_fraction", "original_glcm_Unlisted", "label"]
    other = changed(study, features=lambda t: t.assign(**dict.fromkeys(names, 1.0)))
    other = changed(other, dictionary=lambda t: pd.concat([t, pd.DataFrame({"name": [*names[:2], "label"]})]))
    assert radiomic_features(other) == radiomic_features(study)
    with pytest.raises(ModelingError, match=r"dictionary\.csv"):
        radiomic_features(changed(study, dictionary=lambda t: t.iloc[:0]))


def test_every_kind_of_feature_name_is_known(study, changed):
    names = [
        "original_glcm_Contrast",
        "wavelet-LH_glrlm_RunEntropy",
        "log-sigma-1-0-mm-2D_firstorder_Mean",
        "ring_original_ngtdm_Busyness",
        "lbp-2D_gldm_DependenceEntropy",
        "original_shape2D_Sphericity",
    ]
    other = changed(study, features=lambda t: t.assign(**dict.fromkeys(names, 1.0)))
    other = changed(other, dictionary=lambda t: pd.concat([t, pd.DataFrame({"name": names})], ignore_index=True))
    assert set(names) <= set(radiomic_features(other))


def test_shape_enters_as_recent_only(study):
    shapes = [name for name in allowed_columns(study) if "_shape2D_" in name]
    assert shapes == ["recent_original_shape2D_Perimeter"]


def test_log_ratio_is_used_where_every_difference_has_one():
    known, gap = [1.0, 2.0, np.nan], [1.0, np.nan, np.nan]
    table = pd.DataFrame({"delta_x_glcm_A": known, "logratio_x_glcm_A": known})
    table = table.assign(delta_x_glcm_B=known, logratio_x_glcm_B=gap)
    features = ("x_glcm_A", "x_glcm_B", "x_glcm_C", "x_shape2D_Perimeter")
    assert change_columns(features, table) == ("logratio_x_glcm_A", "delta_x_glcm_B")


def test_positive_features_of_the_study_get_log_ratios(study):
    changes = {name.partition("_")[2]: name.partition("_")[0] for name in columns_of("delta", allowed_columns(study))}
    assert changes["original_glrlm_F002"] == "logratio"
    assert changes["original_glcm_F001"] == "delta"


def test_sets_are_those_of_the_contract(study):
    allowed = allowed_columns(study)
    parts = {name: set(columns_of(name, allowed)) for name in FEATURE_SETS}
    assert parts["recent+prior"] == parts["recent"] | parts["prior"]
    assert parts["recent+delta"] == parts["recent"] | parts["delta"]
    assert parts["all"] == parts["recent"] | parts["prior"] | parts["delta"] | parts["clinical"]
    assert not parts["all"] & parts["shortcut"]
    assert {name for name in parts["delta"] if name.startswith("similarity_")}
    assert set(CLINICAL) == parts["clinical"]
    with pytest.raises(ModelingError, match="feature set"):
        columns_of("shortcuts", allowed)


def test_reliability_is_the_worse_view():
    table = pd.DataFrame({"feature": ["a_glcm_X"] * 2, "view": ["CC", "MLO"], "icc": [0.5, 0.9]})
    assert icc_of_columns(("logratio_a_glcm_X",), table).tolist() == [0.5]


def test_empty_columns_are_left_out_and_empty_sets_refused(make_design):
    design = make_design(columns=3).with_column("clinical_density", np.full(27, np.nan))
    assert restrict(design, "recent").columns == ("recent_f0", "recent_f1", "recent_f2")
    with pytest.raises(ModelingError, match="clinical"):
        restrict(design, "clinical")


def test_missing_density_and_age_stay_missing():
    table = pd.DataFrame({"patient_id": ["a", "b"], "age_years": [np.nan, 50.0], "density": ["d", None]})
    values = clinical_values(table)
    assert values.loc["a", "clinical_density"] == 4
    assert values.isna().to_numpy().tolist() == [[True, False], [False, True]]


def test_shortcuts_tell_circumstances(study, changed):
    def other_size(images):
        images.loc[images["image_id"] == "benign-01_CC_prior", "rows"] = 500
        return images

    def half_years(patients):
        patients.loc[patients["patient_id"] == "benign-02", "interval_years"] = 2.5
        return patients

    found = shortcut_values(changed(study, images=other_size, patients=half_years)).set_index("lesion_id")
    assert found.loc["benign-01_CC_recent_1", "shortcut_matrix_differs"] == 1
    assert found.loc["benign-01_MLO_recent_1", "shortcut_matrix_differs"] == 0
    assert found.loc["benign-02_CC_recent_1", "shortcut_interval_whole"] == 0
    assert found.loc["benign-03_CC_recent_1", "shortcut_interval_whole"] == 1
    area = study.lesions.set_index("lesion_id")["area_mm2"]
    assert np.allclose(np.exp(found["shortcut_log_area"]), area.loc[found.index])


def test_the_size_of_the_zone_is_a_shortcut_of_the_primary_policy_alone(study):
    found = shortcut_values(study).set_index("lesion_id")["shortcut_radius90_mm"]
    rows = study.rois[study.rois["prior_policy"] == "regional"].set_index("recent_lesion_id")["radius90_mm"]
    assert found.to_dict() == rows.to_dict()
    assert study.rois.loc[study.rois["prior_policy"] != "regional", "radius90_mm"].isna().all()


def test_area_falls_back_to_pixels_for_all(study, changed):
    def unknown(lesions):
        lesions.loc[lesions.index[0], "area_mm2"] = np.nan
        return lesions

    found = shortcut_values(changed(study, lesions=unknown))
    assert np.allclose(np.exp(found["shortcut_log_area"]), study.lesions["area_px"].astype(float))


def test_outlined_before_is_a_drawn_prior_or_a_link(study, changed):
    outlined = lesions_outlined_before(study)
    assert outlined
    assert all(lesion.startswith("benign") for lesion in outlined)
    link = {"lesion_id_a": "malignant-01_CC_recent_1", "lesion_id_b": "x", "relation": "same-mass-prior"}
    linked = changed(study, links=lambda t: pd.concat([t, pd.DataFrame([link])], ignore_index=True))
    assert lesions_outlined_before(linked) >= outlined | {"malignant-01_CC_recent_1"}
