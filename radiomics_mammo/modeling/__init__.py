"""Benign against malignant under patient-grouped nested cross-validation."""

from radiomics_mammo.modeling.candidates import Candidate
from radiomics_mammo.modeling.classification import classify
from radiomics_mammo.modeling.model_file import FittedModel, load_model, save_model
from radiomics_mammo.modeling.predicting import predict_cases

__all__ = ["Candidate", "FittedModel", "classify", "load_model", "predict_cases", "save_model"]
