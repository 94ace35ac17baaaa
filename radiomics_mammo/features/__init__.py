"""Image filters, preprocessing, PyRadiomics, similarity, deltas by lesion and patient, robustness, self test."""

from radiomics_mammo.features.deltas import delta_table
from radiomics_mammo.features.measurement import (
    FeatureExtractor,
    RoiFeatures,
    feature_table,
    grey_level_rows,
)
from radiomics_mammo.features.names import (
    DROPPED,
    FeatureName,
    feature_dictionary,
    feature_names,
    possible_dictionaries,
    units_of,
)
from radiomics_mammo.features.own_changes import KINDS, changes
from radiomics_mammo.features.patient_deltas import patient_delta_table
from radiomics_mammo.features.robustness import PerturbedFeatures, icc_table, measure_perturbed, perturbed_rois
from radiomics_mammo.features.selftest import KNOWN_DEVIATIONS, SelftestRow, selftest_values
from radiomics_mammo.features.similarity import SIMILARITY_COLUMNS, RoiSimilarity, measure_similarity
from radiomics_mammo.features.zones import ZoneFeatures, measure_zones

__all__ = [
    "DROPPED",
    "KINDS",
    "KNOWN_DEVIATIONS",
    "SIMILARITY_COLUMNS",
    "FeatureExtractor",
    "FeatureName",
    "PerturbedFeatures",
    "RoiFeatures",
    "RoiSimilarity",
    "SelftestRow",
    "ZoneFeatures",
    "changes",
    "delta_table",
    "feature_dictionary",
    "feature_names",
    "feature_table",
    "grey_level_rows",
    "icc_table",
    "measure_perturbed",
    "measure_similarity",
    "measure_zones",
    "patient_delta_table",
    "perturbed_rois",
    "possible_dictionaries",
    "selftest_values",
    "units_of",
]
