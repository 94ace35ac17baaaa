"""Whole-breast tissue: muscle and background stay out, density follows the bright share."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.vocabulary import RoiSource
from radiomics_mammo.features.preprocessing import IntensityScale
from radiomics_mammo.features.tissue import measure_tissue

CONFIG = FeatureConfig(tissue_spacing_mm=0.4)


def two_phases(share, shape=(96, 112)):
    pixels = np.random.default_rng(0).normal(size=shape) * 3 + 100
    pixels[:, : round(shape[1] * share)] += 400
    return pixels


def tissue_of(make_exam, make_roi, pixels, **changes):
    exam = make_exam(pixels)
    exam = replace(exam, breast=replace(exam.breast, **changes))
    whole = make_roi(exam, radii=(300, 300), source=RoiSource.TISSUE)
    return measure_tissue(exam, whole, scale=IntensityScale(), config=CONFIG)


def test_dense_fraction_is_the_bright_share(make_exam, make_roi):
    for share in (0.25, 0.5):
        values = tissue_of(make_exam, make_roi, two_phases(share))
        assert values["tissue_dense_fraction"] == pytest.approx(share, abs=0.02)


def test_area_is_in_mm2(make_exam, make_roi):
    assert tissue_of(make_exam, make_roi, two_phases(0.5))["tissue_area_mm2"] == pytest.approx(9.6 * 11.2)


def test_the_muscle_is_left_out(make_exam, make_roi):
    muscle = np.zeros((48, 56), dtype=bool)
    muscle[:, :28] = True
    values = tissue_of(make_exam, make_roi, two_phases(0.5), pectoral=muscle)
    assert values["tissue_area_mm2"] == pytest.approx(9.6 * 5.6)
    assert values["tissue_original_firstorder_Mean"] < 110


def test_no_tissue_gives_no_values(make_exam, make_roi):
    assert tissue_of(make_exam, make_roi, two_phases(0.5), breast=np.zeros((48, 56), dtype=bool)) == {}
    assert tissue_of(make_exam, make_roi, np.full((96, 112), 3.0)) == {}


def test_without_spacing_the_area_is_missing(make_exam, make_roi):
    exam = make_exam(two_phases(0.5), spacing=None)
    whole = make_roi(exam, radii=(300, 300), source=RoiSource.TISSUE)
    values = measure_tissue(exam, whole, scale=IntensityScale(), config=CONFIG)
    assert np.isnan(values["tissue_area_mm2"])
    assert np.isfinite(values["tissue_dense_fraction"])
