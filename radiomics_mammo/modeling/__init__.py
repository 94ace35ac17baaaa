"""Benign against malignant under patient-grouped nested cross-validation.

The chapters, in the order of a study: `design` (values), `feature_sets` and `units` (what may be learned from, which
rows), `filters`, `logistic` and `candidates` (models with their preparation), `splitting`, `metrics`, `inner_loop`,
`nested_cv`, `permutation`, `explaining`, `plan` (decided before any fit), `evaluation`, `comparisons`, `column_checks`,
`sentinels`, `sensitivity` (other choices, fewer patients), `authors` (their protocol), `final_model` (refit, file, new
patients), `classification` (the entry).
"""

from radiomics_mammo.modeling.candidates import Candidate
from radiomics_mammo.modeling.classification import classify
from radiomics_mammo.modeling.final_model import FittedModel, load_model, predict_cases, save_model
from radiomics_mammo.modeling.own_tables import classify_own, default_sets, named_sets

__all__ = [
    "Candidate",
    "FittedModel",
    "classify",
    "classify_own",
    "default_sets",
    "load_model",
    "named_sets",
    "predict_cases",
    "save_model",
]
