import json
from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.candidates import Candidate, built_in_candidates
from radiomics_mammo.modeling.feature_sets import FEATURE_SETS
from radiomics_mammo.modeling.metrics import concordance
from radiomics_mammo.modeling.nested_cv import Work, cross_validate
from radiomics_mammo.modeling.plan import (
    AREA_COLUMN,
    area_candidate,
    area_design,
    chosen_on_all,
    is_reported,
    plan_study,
    pretend_ungrouped,
)
from radiomics_mammo.modeling.splitting import Fold

LOGISTIC = built_in_candidates(ModelingConfig())["logistic-regression"]


def of(plan, **wanted):
    return [j for j in plan.jobs if all(getattr(j.analysis, name) == value for name, value in wanted.items())]


def same_values(plan, other):
    for a, b in zip(plan.jobs, other.jobs, strict=True):
        assert np.array_equal(a.design.values, b.design.values, equal_nan=True), a.analysis


def test_primary_sides_come_first(plan):
    assert [job.analysis.feature_set for job in plan.jobs[:2]] == ["recent", "recent+delta"]
    assert all(job.analysis.is_primary for job in plan.jobs[:2])


def test_default_study_compares_three_models_on_four_feature_sets(plan):
    main = of(plan, unit="patient", protocol="grouped-kfold", prior_policy="regional")
    named = {(j.analysis.model, j.analysis.feature_set) for j in main if is_reported(j.analysis)}
    models = ("logistic-regression", "linear-svm", "random-forest")
    sets = ("recent", "recent+delta", "shortcut", "clinical")
    assert named == {(m, s) for m in models for s in sets} | {("logistic-regression", "recent+delta+clinical")}
    assert of(plan, prior_policy="outlined-first")
    assert not of(plan, protocol="leave-one-patient-out")


def test_full_study_has_every_unit_set_model_and_the_authors_protocol(study, config):
    full = plan_study(study, config=replace(config, profile="full"), seed=5)
    grouped = [j.analysis for j in of(full, protocol="grouped-kfold", prior_policy="regional")]
    assert {(a.unit, a.feature_set, a.model) for a in grouped if is_reported(a)} == {
        (u, s, m)
        for u in ("lesion", "mass", "patient")
        for s in FEATURE_SETS
        for m in ("logistic-regression", "linear-svm", "lda", "random-forest", "gradient-boosting")
    }
    assert {j.analysis.feature_set for j in of(full, protocol="leave-one-patient-out")} == {
        "recent",
        "recent+prior",
        "delta",
    }


def test_all_analyses_of_a_unit_share_rows_and_folds(plan):
    jobs = of(plan, unit="patient", protocol="grouped-kfold")
    assert len({job.folds for job in jobs}) == 1
    assert len({tuple(job.design.patients.tolist()) for job in jobs}) == 1
    patients = [fold.test for fold in plan.folds["patient", "grouped-kfold"]]
    assert patients == [fold.test for fold in plan.folds["lesion", "grouped-kfold"]]


def test_splits_are_written_whole(plan):
    tree = json.loads(plan.splits_json())
    assert tree["seed"] == 5
    assert tree["scheme"].startswith("grouped-kfold: 3 folds x 2 repeats, inner 2")
    for row, (key, fold) in zip(tree["splits"], [(k, f) for k, made in plan.folds.items() for f in made], strict=True):
        assert (row.pop("unit"), row.pop("protocol")) == key
        sides = {"train": tuple(row.pop("train")), "test": tuple(row.pop("test"))}
        assert Fold(**sides, inner=tuple(map(tuple, row.pop("inner"))), **row) == fold


def test_a_missing_feature_set_is_noted_and_a_missing_primary_refused(study, config, changed):
    blank = changed(study, patients=lambda t: t.assign(age_years=np.nan, density=None))
    found = plan_study(blank, config=config, seed=5)
    assert not of(found, feature_set="clinical")
    assert any("clinical left out" in note for note in found.notes)
    wide = [c for c in study.patient_deltas.columns if c.startswith("mean_recent_")]
    with pytest.raises(ModelingError):
        plan_study(changed(study, patient_deltas=lambda t: t.drop(columns=wide)), config=config, seed=5)


def test_fewer_folds_are_said(make_study, config):
    small = plan_study(make_study(benign=4, malignant=6), config=replace(config, outer_folds=5, inner_folds=4), seed=1)
    assert max(fold.fold for fold in small.folds["patient", "grouped-kfold"]) == 4
    assert any("Only 4 outer folds for unit patient" in note for note in small.notes)
    assert any("Only 3 inner folds" in note for note in small.notes)


def test_one_class_or_too_few_patients_are_refused(make_study, config):
    for benign, malignant in ((0, 9), (2, 9)):
        with pytest.raises(ModelingError, match="at least 3 benign"):
            plan_study(make_study(benign=benign, malignant=malignant), config=config, seed=1)


def test_constant_and_empty_columns_do_no_harm(study, config, changed):
    def spoil(table):
        return table.assign(mean_recent_original_glcm_F001=3.0, mean_delta_original_glcm_F001=np.nan)

    found = plan_study(changed(study, patient_deltas=spoil), config=config, seed=1)
    columns = of(found, feature_set="recent+delta", unit="patient")[0].design.columns
    assert "recent_original_glcm_F001" in columns
    assert "delta_original_glcm_F001" not in columns


def test_users_candidates_join_and_replace(study, config):
    plan = plan_study(study, config=config, seed=5)
    mine = Candidate("mine", plan.candidates["lda"].pipeline, ({},))
    forest = Candidate("random-forest", plan.candidates["lda"].pipeline, ({},))
    found = plan_study(study, config=config, seed=5, extra=(mine, forest))
    assert len(of(found, model="mine")) == 4
    assert of(found, model="random-forest")[0].candidate is forest


def test_leaky_jobs_and_checks_are_not_reported(plan):
    kept = {job.analysis.feature_set for job in plan.jobs if is_reported(job.analysis)}
    assert kept == {"recent", "recent+delta", "recent+delta+clinical", "shortcut", "clinical"}
    leaky = {job.analysis.protocol for job in plan.jobs if not is_reported(job.analysis)}
    assert leaky == {"grouped-kfold", "selection-outside", "ungrouped-kfold"}


def test_order_of_rows_and_columns_of_the_tables_changes_nothing(study, config, plan, changed):
    def mixed(table):
        return table.sample(frac=1, random_state=4).reset_index(drop=True)

    def turned(table):
        return mixed(table)[[*table.columns[::-1]]]

    tables = dict.fromkeys(("patient_deltas", "features", "deltas", "dictionary", "robustness", "lesions"), turned)
    other = plan_study(changed(study, **tables), config=config, seed=5)
    assert other.folds == plan.folds
    assert [job.design.columns for job in other.jobs] == [job.design.columns for job in plan.jobs]
    same_values(plan, other)


def test_unmeasured_patients_are_counted(study, config, changed):
    def unmeasure(table):
        table.loc[table["patient_id"] == "malignant-01", [c for c in table if c.startswith("mean_")]] = np.nan
        return table

    found = plan_study(changed(study, patient_deltas=unmeasure), config=config, seed=5)
    assert "1 rows of unit patient left out: not measured." in found.notes


def test_patients_without_a_row_are_counted_by_name(study, config, changed):
    """A patient with an outline and without a row would otherwise shrink the study in silence."""

    def without(table):
        return table[table["patient_id"] != "malignant-07"]

    found = plan_study(changed(study, patient_deltas=without), config=config, seed=5)
    assert found.notes[0] == "1 rows of unit patient left out: outlined, but in no table (malignant-07)."
    found = plan_study(changed(study, features=without, deltas=without), config=config, seed=5)
    assert any("2 rows of unit lesion left out: outlined, but in no table" in note for note in found.notes)


def test_another_prior_policy_on_fewer_patients_is_left_out_by_its_own_name(study, config, changed):
    def without(table):
        return table[(table["patient_id"] != "malignant-07") | (table["prior_policy"] == "regional")]

    found = plan_study(changed(study, patient_deltas=without), config=config, seed=5)
    assert not of(found, prior_policy="outlined-first")
    assert of(found, feature_set="recent+delta", unit="patient", prior_policy="regional")
    notes = [note for note in found.notes if "left out" in note]
    for note, policy in zip(notes, ("registered", "outlined-first"), strict=True):
        assert note.startswith(f"patient / recent+delta / prior {policy} left out: table: expected the rows of the")


def test_too_few_permutations_to_show_anything_are_said(study, config):
    for permutations, said in ((39, True), (40, False)):
        notes = plan_study(study, config=replace(config, permutations=permutations), seed=5).notes
        assert any("no gain can be shown; ask for at least 40" in note for note in notes) == said, permutations


def test_class_folder_birads_and_biopsy_never_matter(study, config, quick, plan, changed):
    lies = changed(study, patients=lambda t: t.assign(case_class="normal", birads="5", biopsy="none"))
    again = plan_study(lies, config=config, seed=5, extra=quick)
    same_values(plan, again)
    assert again.folds == plan.folds


def test_a_model_of_area_knows_nothing_once_area_is_removed(make_design):
    design = make_design(columns=1, effect=0.0)
    area = design.malignant * 2.0 + np.random.default_rng(1).normal(size=27)
    primary = design.with_column("recent_big", 3 * area + 1).only_columns(np.array([False, True]))
    adjusted = area_design(design.with_column(AREA_COLUMN, area), primary)
    assert adjusted.columns == (AREA_COLUMN, "recent_big")
    fitted = area_candidate(LOGISTIC).pipeline.fit(adjusted.values, adjusted.malignant)
    assert np.ptp(fitted.predict_proba(adjusted.values)[:, 1]) < 1e-6


def test_unknown_area_means_no_adjustment(make_design):
    design = make_design()
    assert area_design(design.with_column(AREA_COLUMN, np.full(27, np.nan)), design) is None


def test_selection_outside_the_folds_finds_something_in_noise(make_design, job_of):
    noise = make_design(columns=200, effect=0.0)
    chosen = chosen_on_all(noise, LOGISTIC)
    assert len(chosen.columns) == 15
    results = cross_validate([job_of(chosen, repeats=1), job_of(noise, repeats=1)], seed=1, work=Work())
    claimed, honest = (concordance(result.probability[0], result.malignant) for result in results)
    assert claimed > honest + 0.2


def test_pretended_rows_are_patients(make_design):
    rows = pretend_ungrouped(make_design())
    assert len(set(rows.patients.tolist())) == len(rows.patients)
