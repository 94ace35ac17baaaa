import numpy as np

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.synthetic.breasts import TRAITS
from radiomics_mammo.synthetic.plan import ClassCounts, plan_patients
from radiomics_mammo.synthetic.truth import planted_effects


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
    assert effects["patients"]["malignant-01"]["interval_years"] == plans[1].interval_years
