import numpy as np

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.synthetic.masses import TRAITS
from radiomics_mammo.synthetic.plan import ClassCounts, plan_patients
from radiomics_mammo.synthetic.truth import OVERLAYS, PLANTED_QUIRKS, TRUE_LESIONS, planted_effects
from radiomics_mammo.tables.patients import PATIENTS

IMAGE_LEVEL = {"GT_SCALED", "BITS_STORED", "FILE_EXTENSION", "PHOTOMETRIC_INVERTED", "GT_FLIPPED", "OUTLINE_REPAIRED"}


def test_tables_have_a_row_for_everything(plain):
    assert list(plain.lesion_table().lesion_id) == [lesion.lesion_id for lesion in plain.lesions]
    assert len(plain.patient_table()) == len(plain.patients) == 6
    assert len(plain.quirk_table()) == len(plain.quirks)


def test_every_patient_of_a_lesion_class_has_a_recent_lesion_of_it(plain, quirky):
    for truth in (plain, quirky):
        table = truth.lesion_table()
        recent = table[table.visit == "recent"]
        for patient in truth.patients:
            labels = set(recent.label[recent.patient_id == patient.patient_id])
            wanted = {"normal": set(), "benign": {LesionLabel.BENIGN}, "malignant": {LesionLabel.MALIGNANT}}
            assert wanted[patient.case_class] <= labels
            assert bool(labels) == bool(wanted[patient.case_class])


def test_one_mass_keeps_its_name_in_every_picture(plain):
    table = plain.lesion_table()
    assert table.groupby("mass").color.nunique().max() == 1
    assert table.groupby("mass").size().max() <= 4


def test_effects_are_plain_values():
    plans = plan_patients(np.random.default_rng(0), ClassCounts(1, 0, 1))
    effects = planted_effects(plans, SyntheticConfig(class_effect=2.0))
    assert effects["look_differences_sd"]["irregularity"] == 2 * TRAITS["irregularity"].gap
    assert effects["look_differences_sd"]["radius_mm"] == 0.0
    assert effects["patients"]["malignant-01"]["interval_years"] == plans[1].patient.interval_years


def test_every_code_is_in_the_catalogue(quirky):
    codes = {quirk.code for quirk in quirky.quirks} - {""}
    assert codes <= set(AuditCode.__members__)
    assert len(codes) >= 14


def test_rows_name_patients_and_images_of_the_release(quirky):
    patients = {patient.patient_id for patient in quirky.patients}
    for quirk in quirky.quirks:
        assert not quirk.patient_id or quirk.patient_id in patients
        assert not quirk.image_id or quirk.image_id.startswith(quirk.patient_id + "_")
        assert bool(quirk.image_id) or quirk.code not in IMAGE_LEVEL


def test_plain_release_lists_only_what_lies_in_the_study_itself(plain):
    words = {quirk.quirk for quirk in plain.quirks}
    assert words <= {
        "small-release",
        "small-pictures",
        "matrix-size",
        "matrix-differs",
        "manufacturer-differs",
        "spacing-differs",
        "one-red-here-several-there",
    }
    assert {"small-release", "small-pictures"} <= words


def test_broken_outlines_are_marked_in_both_tables(quirky):
    broken = [lesion for lesion in quirky.lesions if "broken" in lesion.quirks]
    assert len(broken) > 0
    assert all(lesion.gap_fraction > 0 for lesion in broken)
    listed = {quirk.image_id for quirk in quirky.quirks if quirk.quirk == "ring-broken"}
    assert {lesion.image_id for lesion in broken} == listed


def test_tables_are_read_back_as_they_were_made(quirky):
    written = {OVERLAYS: quirky.overlays, TRUE_LESIONS: quirky.lesions, PLANTED_QUIRKS: quirky.quirks}
    for table, rows in {**written, PATIENTS: quirky.patients}.items():
        assert table.rows(table.parse((quirky.truth / table.file).read_bytes())) == rows
