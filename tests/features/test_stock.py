"""Our pipeline from filter to value equals the stock extractor run on the same crop."""

import logging

import numpy as np
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.features.columns import DROPPED
from radiomics_mammo.features.crop import StudyGrid, cut_crop, margin_px
from radiomics_mammo.features.intensity import intensity_scale
from radiomics_mammo.features.measurement import FeatureExtractor
from radiomics_mammo.features.stock import quiet_engine, stock_features


@pytest.mark.parametrize("spacing", [(0.1, 0.1), (0.07, 0.085)])
@pytest.mark.parametrize(
    "bins", [{"bin_count": 32}, {"bin_width": 40.0, "image_types": ("original", "wavelet")}], ids=["n", "w"]
)
def test_every_column_of_the_stock_extractor_is_equal(make_exam, make_roi, spacing, bins):
    config = FeatureConfig(**{"image_types": ("original", "wavelet", "gradient", "lbp"), **bins})
    exam = make_exam(spacing=spacing)
    roi = make_roi(exam)
    study = StudyGrid.over(exam.mammogram.grid, spacing_mm=config.spacing_mm)
    region = study.region(roi.contour_px)
    margin = margin_px(config, spacing=config.spacing_mm)
    scale = intensity_scale(exam, config=config)
    crop = cut_crop(exam.mammogram.pixels, study, (region,), margin=margin, scale=scale)
    stock = stock_features(crop.image, crop.mask(region), spacing=study.spacing, config=config)
    (ours,) = FeatureExtractor(config).measure(exam, [roi])
    compared = [n for n in stock if n not in DROPPED and n.split("_", 1)[1] not in DROPPED]
    assert len(compared) > 450
    np.testing.assert_allclose([ours.values[n] for n in compared], [stock[n] for n in compared], rtol=1e-9, atol=1e-12)


def test_the_log_of_the_engine_is_silent_for_a_while_only():
    engine = logging.getLogger("radiomics")
    before = engine.level
    with quiet_engine():
        assert not engine.isEnabledFor(logging.CRITICAL)
    assert engine.level == before
