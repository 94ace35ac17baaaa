import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.units import mass_of_lesions, unit_table


def table_of(study, unit, policy="registered", aggregation="mean"):
    return unit_table(study, unit, prior_policy=policy, aggregation=aggregation)


def cell(table, lesion, column):
    return table.values.loc[table.keys["recent_lesion_id"] == lesion, column].item()


def test_rows_of_each_unit(study):
    sizes = {unit: len(table_of(study, unit).keys) for unit in ("lesion", "mass", "patient")}
    assert sizes == {"lesion": 42, "mass": 21, "patient": 21}
    assert table_of(study, "mass").keys["view"].unique().tolist() == ["both"]
    assert table_of(study, "patient").keys["recent_lesion_id"].isna().all()


def test_values_come_from_the_tables_they_are_named_after(study):
    lesion, feature = "malignant-03_MLO_recent_1", "original_glcm_F001"
    table = table_of(study, "lesion")
    rows = study.features.set_index("roi_id")
    assert cell(table, lesion, f"recent_{feature}") == rows.loc[f"r-{lesion}", feature]
    assert cell(table, lesion, f"prior_{feature}") == rows.loc[f"p-registered-{lesion}", feature]
    deltas = study.deltas[study.deltas["prior_policy"] == "registered"].set_index("recent_lesion_id")
    assert cell(table, lesion, f"delta_{feature}") == deltas.loc[lesion, f"delta_{feature}"]
    age = study.patients.set_index("patient_id").loc["malignant-03", "age_years"]
    assert cell(table, lesion, "clinical_age_years") == age


def test_a_mass_is_the_mean_of_its_views(study):
    views = table_of(study, "lesion")
    mass = table_of(study, "mass")
    both = [cell(views, f"benign-02_{view}_recent_1", "recent_original_glcm_F001") for view in ("CC", "MLO")]
    assert cell(mass, "benign-02_CC_recent_1", "recent_original_glcm_F001") == pytest.approx(np.mean(both))


def test_patients_hold_the_columns_of_patient_deltas(study):
    table = table_of(study, "patient", "outlined-first")
    rows = study.patient_deltas[study.patient_deltas["prior_policy"] == "outlined-first"].set_index("patient_id")
    ids = table.keys["patient_id"]
    feature = "logratio_original_glrlm_F002"
    assert table.values[feature].tolist() == rows.loc[ids, f"mean_{feature}"].tolist()


def test_an_aggregation_that_was_not_made_is_refused(study):
    with pytest.raises(ModelingError, match="largest_"):
        table_of(study, "patient", aggregation="largest")


def test_untrusted_priors_are_empty(study, changed):
    def untrusted(rois):
        rois.loc[rois["roi_id"] == "p-registered-benign-01_CC_recent_1", "trusted"] = False
        return rois

    table = table_of(changed(study, rois=untrusted), "lesion")
    assert np.isnan(cell(table, "benign-01_CC_recent_1", "prior_original_glcm_F001"))
    assert np.isfinite(cell(table, "benign-01_MLO_recent_1", "prior_original_glcm_F001"))


def test_unconfirmed_and_unmeasured_rows_are_left_out_and_counted(study, changed):
    def unconfirm(table):
        table.loc[table.filter(regex="lesion_id$").iloc[:, 0] == "malignant-01_CC_recent_1", "label"] = "unconfirmed"
        return table

    def unmeasure(table):
        features = [c for c in table.columns if c.startswith("original_")]
        table.loc[table["roi_id"] == "r-malignant-02_CC_recent_1", features] = np.nan
        return table

    other = changed(changed(study, lesions=unconfirm), features=unmeasure)
    table = table_of(other, "lesion")
    assert len(table.design().patients) == 40
    assert len(table.labelled_keys()) == 40
    assert table.notes() == [
        "1 rows of unit lesion left out: unconfirmed.",
        "1 rows of unit lesion left out: not measured.",
    ]


def test_benign_masses_of_malignant_patients_are_benign_rows_of_the_same_patient(study, changed):
    def benign(table):
        table.loc[table.filter(regex="lesion_id$").iloc[:, 0] == "malignant-01_CC_recent_1", "label"] = "benign"
        return table

    design = table_of(changed(study, lesions=benign), "lesion").design()
    rows = design.rows_of(("malignant-01",))
    assert design.malignant[rows].tolist() == [False, True]
    assert design.patient_labels()["malignant-01"]


def test_row_order_of_the_tables_does_not_matter(study, changed):
    """Not in the last digit either: one mass has four outlines here, and a sum depends on the order of its terms."""

    def mixed(table):
        return table.sample(frac=1, random_state=3).reset_index(drop=True)

    def moved(table):
        return table.assign(patient_id=table["patient_id"].replace("malignant-02", "malignant-01"))

    def linked(links):
        more = links.iloc[[0]].assign(lesion_id_a="malignant-01_CC_recent_1", lesion_id_b="malignant-02_CC_recent_1")
        return pd.concat([links, more], ignore_index=True)

    same = changed(study, **dict.fromkeys(("features", "deltas", "lesions"), moved), links=linked)
    names = ("features", "deltas", "lesions", "patients", "patient_deltas", "links", "images", "rois")
    other = changed(same, **dict.fromkeys(names, mixed))
    for unit in ("lesion", "mass", "patient"):
        first, second = table_of(same, unit), table_of(other, unit)
        pd.testing.assert_frame_equal(first.values, second.values, check_exact=True)
        pd.testing.assert_frame_equal(first.keys, second.keys)


def test_links_join_views_of_one_patient_only():
    lesions = {"a1": "a", "a2": "a", "a3": "a", "b1": "b"}
    links = pd.DataFrame(
        {
            "lesion_id_a": ["a1", "a3", "a2", "a1", "zz"],
            "lesion_id_b": ["a2", "a2", "b1", "b1", "a1"],
            "relation": ["same-mass-other-view"] * 3 + ["same-mass-prior", "same-mass-other-view"],
        }
    )
    assert mass_of_lesions(lesions, links) == {"a1": "a1", "a2": "a1", "a3": "a1", "b1": "b1"}
