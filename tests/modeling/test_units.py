from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.features.patient_deltas import patient_delta_table
from radiomics_mammo.features.similarity import SIMILARITY_COLUMNS
from radiomics_mammo.modeling.feature_sets import restrict
from radiomics_mammo.modeling.metrics import concordance
from radiomics_mammo.modeling.nested_cv import CvJob, Work, cross_validate, tune
from radiomics_mammo.modeling.splitting import grouped_folds
from radiomics_mammo.modeling.units import check_tables, unit_table
from radiomics_mammo.tables.primary import PRIMARY, PRIMARY_POLICY


def table_of(study, unit, policy="regional", aggregation="mean"):
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
    assert cell(table, lesion, f"prior_{feature}") == rows.loc[f"p-regional-{lesion}", feature]
    deltas = study.deltas[study.deltas["prior_policy"] == "regional"].set_index("recent_lesion_id")
    assert cell(table, lesion, f"delta_{feature}") == deltas.loc[lesion, f"delta_{feature}"]
    age = study.patients.set_index("patient_id").loc["malignant-03", "age_years"]
    assert cell(table, lesion, "clinical_age_years") == age


def test_a_mass_is_the_mean_of_its_views(study):
    views = table_of(study, "lesion")
    mass = table_of(study, "mass")
    both = [cell(views, f"benign-02_{view}_recent_1", "recent_original_glcm_F001") for view in ("CC", "MLO")]
    assert cell(mass, "benign-02_CC_recent_1", "recent_original_glcm_F001") == pytest.approx(np.mean(both))


def test_masses_and_patients_are_made_of_all_measured_lesions_whatever_their_label(study, changed):
    """Which lesion is the malignant one is not known of a new patient; the label beside them is the joint one."""
    first, column = "malignant-01_CC_recent_1", "shortcut_log_area"

    def unconfirmed(table):
        table.loc[table.filter(regex="lesion_id$").iloc[:, 0] == first, "label"] = "unconfirmed"
        return table

    def unmeasured(table):
        table.loc[table["roi_id"] == f"r-{first}", [c for c in table if c.startswith("original_")]] = np.nan
        return table

    mixed = changed(study, **dict.fromkeys(("lesions", "features", "deltas"), unconfirmed))
    views = [cell(table_of(mixed, "lesion"), f"malignant-01_{view}_recent_1", column) for view in ("CC", "MLO")]
    for expected, tables in ((np.mean(views), mixed), (views[1], changed(mixed, features=unmeasured))):
        for unit in ("mass", "patient"):
            table = table_of(tables, unit)
            (row,) = np.flatnonzero(table.keys["patient_id"] == "malignant-01")
            assert table.values[column][row] == pytest.approx(expected), unit
            assert table.keys["label"][row] == "malignant", unit


def test_patients_whose_only_lesions_are_unconfirmed_are_not_trained_on(study, changed):
    def unconfirmed(table):
        return table.assign(label=table["label"].mask(table["patient_id"] == "malignant-01", "unconfirmed"))

    other = changed(study, **dict.fromkeys(("lesions", "features", "deltas", "patient_deltas"), unconfirmed))
    check_tables(other)
    for unit in ("lesion", "mass", "patient"):
        assert "malignant-01" not in table_of(other, unit).design.patient_labels(), unit


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
        rois.loc[rois["roi_id"] == "p-regional-benign-01_CC_recent_1", "trusted"] = False
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
    assert len(table.design.patients) == 40
    assert len(table.labelled_keys) == 40
    assert table.notes() == [
        "1 rows of unit lesion left out: unconfirmed.",
        "1 rows of unit lesion left out: not measured.",
    ]


def test_benign_masses_of_malignant_patients_are_benign_rows_of_the_same_patient(study, changed):
    def benign(table):
        table.loc[table.filter(regex="lesion_id$").iloc[:, 0] == "malignant-01_CC_recent_1", "label"] = "benign"
        return table

    design = table_of(changed(study, lesions=benign), "lesion").design
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


def doubled(table):
    return pd.concat([table, table.iloc[[0]]], ignore_index=True)


def relabelled(table):
    table.loc[table.index[0], "label"] = "malignant"
    return table


def test_duplicates_are_refused_by_name(study, changed):
    for table in ("lesions", "patients", "images", "rois", "features", "deltas", "patient_deltas"):
        with pytest.raises(ModelingError, match=rf"^{table}\.csv.*several for (benign-01|r-benign)"):
            check_tables(changed(study, **{table: doubled}))


def test_rows_without_their_id_are_refused_as_duplicates_are(study, changed):
    with pytest.raises(ModelingError, match=r"images\.csv.*several for \(empty\)"):
        check_tables(changed(study, images=lambda table: table.assign(image_id=None)))


def test_a_prior_region_measured_twice_is_refused_instead_of_the_first_taken(study, changed):
    def doubled_prior(table):
        return pd.concat([table, table[table["visit"] == "prior"].iloc[[0]]], ignore_index=True)

    with pytest.raises(ModelingError, match=r"features\.csv.*several for p-regional-benign-01"):
        check_tables(changed(study, features=doubled_prior))


def test_a_word_that_is_no_label_is_refused_instead_of_counted_as_benign(study, changed):
    def misspelled(table):
        return table.assign(label=table["label"].replace("malignant", "Malignant"))

    tables = dict.fromkeys(("lesions", "features", "deltas", "patient_deltas"), misspelled)
    with pytest.raises(ModelingError, match="malignant-01_CC_recent_1 Malignant"):
        check_tables(changed(study, **tables))


def test_a_lesion_filed_under_another_patient_is_refused(study, changed):
    def moved(rows):
        return rows.assign(patient_id=rows["patient_id"].replace("malignant-02", "malignant-01"))

    for table in ("features", "deltas"):
        with pytest.raises(ModelingError, match=rf"{table}\.csv patient_id.*malignant-02_CC_recent_1 malignant-01"):
            check_tables(changed(study, **{table: moved}))


def test_labels_that_disagree_with_the_lesions_are_refused(study, changed):
    for table in ("features", "deltas", "patient_deltas"):
        with pytest.raises(ModelingError, match=rf"{table}\.csv label.*benign-01.* malignant"):
            check_tables(changed(study, **{table: relabelled}))


def test_tables_of_one_run_agree_and_tissue_and_null_places_are_no_lesions(study, changed):
    def with_tissue(table):
        extra = table.iloc[[0, 0]].assign(roi_id=["t", "n"], source=["tissue", "null"], label=None)
        return pd.concat([table, extra], ignore_index=True)

    for tables in (study, changed(study, features=with_tissue)):
        check_tables(tables)
        assert len(table_of(tables, "lesion").keys) == len(study.lesions)


def aggregated(study, lesions):
    """The study with the rows of patients that ``features`` would make of these lesions."""
    kept = set(lesions["lesion_id"])
    names = [name for name in study.features.columns if name.startswith("original_")]
    changes = [f"{kind}_{name}" for kind in ("delta", "relative", "logratio", "rate", "z") for name in names]
    wide = study.deltas.reindex(columns=list(dict.fromkeys((*study.deltas.columns, *changes, *SIMILARITY_COLUMNS))))
    tables = [table[table["recent_lesion_id"].isin(kept)] for table in (wide, study.features)]
    made = patient_delta_table(*tables, lesions, study.patients, links=study.links, config=FeatureConfig())
    return unit_table(
        replace(study, patient_deltas=made), "patient", prior_policy=str(PRIMARY_POLICY), aggregation="mean"
    )


def test_cross_validation_promises_what_new_patients_get(make_study, quick):
    """Women with another, benign mass: a row made of the lesions that carry the label promises too much."""
    planted = {"recent_effect": 2.0, "extra_benign": 1.0, "features": 4, "informative": 3}
    promised, promised_by_label, reached = [], [], []
    new = make_study(benign=60, malignant=60, seed=99, **planted)
    asked = restrict(aggregated(new, new.lesions).design, "recent")
    for seed in range(3):
        study = make_study(benign=25, malignant=25, seed=seed, **planted)
        of_label = study.lesions[study.lesions["label"] == study.lesions["patient_id"].str.partition("-")[0]]
        honest, told = (restrict(aggregated(study, rows).design, "recent") for rows in (study.lesions, of_label))
        folds = grouped_folds(honest.patient_labels(), outer_folds=5, repeats=1, inner_folds=2, seed=seed)
        jobs = [CvJob(analysis=PRIMARY, design=one, candidate=quick[0], folds=folds) for one in (honest, told)]
        for aucs, found in zip(
            (promised, promised_by_label), cross_validate(jobs, seed=seed, work=Work()), strict=True
        ):
            aucs.append(concordance(found.probability[0], found.malignant))
        model = tune(quick[0], honest, (*folds[0].inner, folds[0].test), seed=seed)
        reached.append(concordance(model.probability(asked.values), asked.malignant))
    assert abs(np.mean(promised) - np.mean(reached)) < 0.05
    assert np.mean(promised_by_label) - np.mean(reached) > 0.05
