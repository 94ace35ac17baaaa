"""Grey values are scaled inside the breast only."""

import numpy as np
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.errors import ExtractionError
from radiomics_mammo.features.intensity import IntensityScale, breast_values, intensity_scale


def half_breast(make_exam, pixels):
    breast = np.zeros((48, 55), dtype=bool)
    breast[:, :20] = True
    return make_exam(pixels, breast=breast)


def ramp():
    pixels = np.zeros((96, 110))
    pixels[:, :40] = np.linspace(100, 300, 96 * 40).reshape(96, 40)
    return pixels


def test_percentiles_of_the_breast_become_zero_and_a_thousand(make_exam):
    scale = intensity_scale(half_breast(make_exam, ramp()), config=FeatureConfig())
    np.testing.assert_allclose(scale.apply(np.array([102.0, 298.0])), [0, 1000], atol=1e-3)


def test_background_changes_nothing(make_exam):
    bright = ramp()
    bright[:, 40:] = 4000
    scales = [intensity_scale(half_breast(make_exam, p), config=FeatureConfig()) for p in (ramp(), bright)]
    assert scales[0] == scales[1]


@pytest.mark.parametrize("method", ["breast-percentile", "breast-zscore"])
def test_gain_and_offset_of_the_detector_cancel(make_exam, method):
    config = FeatureConfig(intensity_scale=method)
    plain, gained = (intensity_scale(half_breast(make_exam, p), config=config) for p in (ramp(), ramp() * 4 + 64))
    values = np.array([110.0, 200.0, 290.0])
    np.testing.assert_allclose(plain.apply(values), gained.apply(values * 4 + 64), rtol=1e-4, atol=1e-3)


def test_zscore_has_mean_zero_and_deviation_one(make_exam):
    exam = half_breast(make_exam, ramp())
    scale = intensity_scale(exam, config=FeatureConfig(intensity_scale="breast-zscore"))
    scaled = scale.apply(breast_values(exam))
    assert abs(scaled.mean()) < 1e-9
    assert scaled.std() == pytest.approx(1)


def test_native_values_stay(make_exam):
    assert intensity_scale(make_exam(), config=FeatureConfig(intensity_scale="native")) == IntensityScale(0.0, 1.0)


def test_values_that_are_no_numbers_are_left_out(make_exam):
    holed = ramp()
    holed[::7, ::5] = np.nan
    assert np.isfinite(breast_values(half_breast(make_exam, holed))).all()


def test_an_empty_or_flat_breast_is_an_error_with_a_remedy(make_exam):
    empty = make_exam(breast=np.zeros((48, 55), dtype=bool))
    for exam in (empty, make_exam(np.full((96, 110), 5.0))):
        with pytest.raises(ExtractionError, match="Remedy"):
            intensity_scale(exam, config=FeatureConfig())


def test_a_coarse_breast_mask_is_sampled_at_the_right_places(make_exam):
    breast = np.zeros((12, 14), dtype=bool)
    breast[3, 5] = True
    pixels = np.zeros((96, 110))
    pixels[24:32, 40:48] = 7.0
    assert set(breast_values(make_exam(pixels, breast=breast, step=8))) == {7.0}
