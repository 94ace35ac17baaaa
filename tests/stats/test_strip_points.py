from __future__ import annotations

import numpy as np

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.measurements import Measurements, tissue_measurements
from radiomics_mammo.stats.strata import stratify
from radiomics_mammo.stats.strip_points import strip_points

CONFIG = StatisticsConfig()


def test_one_point_per_woman_and_declared_feature(study):
    values = tissue_measurements(study, "recent")
    points = strip_points([values], stratify(study, CONFIG), config=CONFIG)
    assert len(points) == 100 * 6
    row = points.query("patient_id == 'benign-07' and feature == 'tissue_original_glcm_F001'").iloc[0]
    assert row["effect"] == values.values.loc["benign-07", "tissue_original_glcm_F001"]
    assert row["case_class"] == "benign"


def test_missing_values_have_no_point(study):
    values = tissue_measurements(study, "recent").values[["tissue_original_glcm_F001"]].copy()
    values.iloc[:7] = np.nan
    points = strip_points([Measurements("tissue", "recent", values)], stratify(study, CONFIG), config=CONFIG)
    assert len(points) == 93


def test_nothing_measured(study):
    assert strip_points([], stratify(study, CONFIG), config=CONFIG).empty
