import numpy as np
import pandas as pd

from radiomics_mammo.modeling.context import clinical_values, lesions_outlined_before, shortcut_values


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
