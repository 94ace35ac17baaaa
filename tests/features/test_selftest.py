"""The self test passes here, and fails when something is wrong; what we measure equals the stock extractor."""

import numpy as np
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.features import selftest
from radiomics_mammo.features.filters import margin_px
from radiomics_mammo.features.measurement import FeatureExtractor
from radiomics_mammo.features.names import DROPPED, ibsi_references
from radiomics_mammo.features.preprocessing import StudyGrid, cut_crop, intensity_scale
from radiomics_mammo.features.selftest import (
    KNOWN_DEVIATIONS,
    SelftestRow,
    digital_phantom,
    printed_tolerance,
    selftest_values,
    stock_features,
)


@pytest.fixture(scope="module")
def rows():
    return selftest_values()


def test_every_row_passes(rows):
    assert [row.name for row in rows if not row.passed] == []
    assert len(rows) > 100
    assert len({row.name for row in rows}) == len(rows)


def test_a_vanished_feature_fails(monkeypatch):
    kept = tuple(name for name in selftest.plane_features() if name != "glcm_Contrast")
    monkeypatch.setattr(selftest, "plane_features", lambda *_: kept)
    failed = {row.name for row in selftest_values() if not row.passed}
    assert "references without a feature" in failed
    assert "IBSI-1 phantom glcm_Contrast (ACUI)" in failed


def test_a_new_feature_without_a_reference_fails(monkeypatch):
    monkeypatch.setattr(selftest, "ibsi_references", lambda: ibsi_references()[:-1])
    failed = {row.name for row in selftest_values() if not row.passed}
    assert failed == {"features without a reference"}


def test_kurtosis_is_a_known_deviation_and_named_so(rows):
    assert "firstorder_Kurtosis" in KNOWN_DEVIATIONS
    assert any(row.name.endswith("less 3") for row in rows)


def test_a_missing_value_never_passes():
    assert not SelftestRow("a", float("nan"), 0.0, 1e9).passed


def test_tolerance_is_half_the_last_printed_digit():
    assert printed_tolerance(-0.0121) == 0.0000505
    assert printed_tolerance(567.0) == 0.505


def test_the_phantom_has_its_known_histogram():
    levels, counts = np.unique(digital_phantom(), return_counts=True)
    assert dict(zip(levels.tolist(), counts.tolist(), strict=True)) == {0: 6, 1: 50, 3: 1, 4: 16, 6: 7}


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
    crop = cut_crop(exam.mammogram.pixels, study, region, margin=margin, scale=scale)
    stock = stock_features(crop.image, crop.inside, spacing=study.spacing, config=config)
    (ours,) = FeatureExtractor(config).measure(exam, [roi])
    compared = [n for n in stock if n not in DROPPED and n.split("_", 1)[1] not in DROPPED]
    assert len(compared) > 450
    np.testing.assert_allclose([ours.values[n] for n in compared], [stock[n] for n in compared], rtol=1e-9, atol=1e-12)
