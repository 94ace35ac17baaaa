import numpy as np

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.modeling.candidates import built_in_candidates
from radiomics_mammo.modeling.crossval import CvJob, Work, cross_validate
from radiomics_mammo.modeling.design import Analysis
from radiomics_mammo.modeling.optimism import chosen_on_all, pretend_ungrouped, with_patients
from radiomics_mammo.modeling.scoring import concordance
from radiomics_mammo.modeling.splitting import grouped_folds

LOGISTIC = built_in_candidates(ModelingConfig())["logistic-regression"]


def auc(design):
    folds = grouped_folds(design.patient_labels(), outer_folds=3, repeats=1, inner_folds=2, seed=1)
    job = CvJob(Analysis("patient", "logistic-regression", "recent"), design, LOGISTIC, folds)
    (result,) = cross_validate([job], seed=1, work=Work())
    return concordance(result.probability[0], design.malignant)


def test_selection_outside_the_folds_finds_something_in_noise(make_design):
    noise = make_design(columns=200, effect=0.0)
    chosen = chosen_on_all(noise, LOGISTIC)
    assert len(chosen.columns) == 15
    assert auc(chosen) > auc(noise) + 0.2


def test_pretended_rows_are_patients_and_can_be_named_again(make_design, make_result):
    design = make_design()
    rows = pretend_ungrouped(design)
    assert len(set(rows.patients.tolist())) == len(rows.patients)
    result = make_result(np.full((1, 27), 0.5), design.malignant, patients=rows.patients)
    assert with_patients(result, design).patients.tolist() == design.patients.tolist()
