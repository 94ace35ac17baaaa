import numpy as np

from radiomics_mammo.modeling.final_model import Measurement, fit_final, model_card
from radiomics_mammo.modeling.intervals import Interval

AUC = Interval(0.8, 0.7, 0.9)


def test_the_final_model_is_the_primary_one_fitted_on_all(study, plan, config):
    measurement = Measurement("hash", "text")
    model = fit_final(study, plan, config=config, seed=5, measurement=measurement, auc=AUC)
    design = plan.design("patient", "recent+delta")
    assert model.facts.columns == design.columns
    assert model.facts.measurement_hash == "hash"
    again = fit_final(study, plan, config=config, seed=5, measurement=measurement, auc=AUC)
    assert np.array_equal(model.tuned.probability(design.values), again.tuned.probability(design.values))
    candidate = plan.candidates["logistic-regression"].pipeline
    alone = candidate.set_params(**model.tuned.settings).fit(design.values, design.malignant)
    assert np.allclose(alone.predict_proba(design.values)[:, 1], model.tuned.probability(design.values))


def test_the_card_says_what_it_is_and_is_not(plan):
    card = model_card(plan.design("patient", "recent+delta"), {"model__C": 0.1}, AUC, threshold=0.41)
    for words in ("12 malignant (biopsy), 9 benign", "0.80 (95 % interval 0.70 to 0.90)", "not biopsied", "0.410"):
        assert words in card
    assert "Not a medical device" in card
