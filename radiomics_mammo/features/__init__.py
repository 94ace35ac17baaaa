"""Intensity scale, crop, two-dimensional filters, PyRadiomics, deltas, similarity, robustness."""

from radiomics_mammo.features.columns import DROPPED, FeatureName, feature_names
from radiomics_mammo.features.deltas import delta_table
from radiomics_mammo.features.dictionary import feature_dictionary, possible_dictionaries
from radiomics_mammo.features.measurement import FeatureExtractor, RoiFeatures
from radiomics_mammo.features.patient_deltas import patient_delta_table
from radiomics_mammo.features.perturbation import measure_perturbed, perturbed_rois
from radiomics_mammo.features.robustness import icc_table
from radiomics_mammo.features.selftest import KNOWN_DEVIATIONS, SelftestRow, selftest_values
from radiomics_mammo.features.similarity import RoiSimilarity, measure_similarity, similarity_table
from radiomics_mammo.features.tables import feature_row, feature_table, grey_level_rows, units_of

__all__ = [
    "DROPPED",
    "KNOWN_DEVIATIONS",
    "FeatureExtractor",
    "FeatureName",
    "RoiFeatures",
    "RoiSimilarity",
    "SelftestRow",
    "delta_table",
    "feature_dictionary",
    "feature_names",
    "feature_row",
    "feature_table",
    "grey_level_rows",
    "icc_table",
    "measure_perturbed",
    "measure_similarity",
    "patient_delta_table",
    "perturbed_rois",
    "possible_dictionaries",
    "selftest_values",
    "similarity_table",
    "units_of",
]
