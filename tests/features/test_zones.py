"""A lesion against a zone: identical exams change no more than the zone itself varies, a new mass stands out of it."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.core.pairs import AlignedPair, Registration, RoiPair, Zone
from radiomics_mammo.core.vocabulary import PriorPolicy, RegistrationMethod, RoiSource, View, Visit
from radiomics_mammo.features.measurement import FeatureExtractor
from radiomics_mammo.features.zones import MIN_WINDOWS, best_elsewhere, masked_correlation, measure_zones, scores_in

SHAPE, SPACING = (150, 190), (0.5, 0.5)
CENTRE, RADIUS_PX = (70.0, 90.0), 10.0
CONFIG = FeatureConfig(preset="quick", intensity_scale="native", spacing_mm=0.5)
MEAN = "original_firstorder_Mean"
ROWS, COLS = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)


def texture(seed=0):
    return ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 3) * 300 + 400


def mass(centre=CENTRE, height=500.0):
    return height * (np.hypot(ROWS - centre[0], COLS - centre[1]) < RADIUS_PX - 1)


@pytest.fixture
def compare(make_exam, make_roi):
    def run(recent, prior, *, zone_px=24.0, spacing=(SPACING, SPACING), config=CONFIG, breast=None):
        new = make_exam(recent, spacing=spacing[0])
        old = make_exam(prior, spacing=spacing[1], visit=Visit.PRIOR, breast=breast)
        same = PlanarTransform.identity()
        how = Registration(
            patient_id="malignant-07",
            view=View.CC,
            recent_to_prior=same,
            prior_to_recent=same,
            method=RegistrationMethod.IDENTITY,
            trusted=True,
            told_apart=True,
            similarity_before=1,
            similarity_affine=1,
            similarity_after=1,
            negative_jacobian_fraction=0,
            inverse_consistency_mm=0,
            breast_dice=1,
        )
        shape = {"centre": CENTRE, "radii": (RADIUS_PX, RADIUS_PX)}
        there = make_roi(old, **shape, source=RoiSource.REGISTERED, policy=PriorPolicy.REGIONAL)
        there = replace(there, zone=Zone(CENTRE, (zone_px, zone_px)))
        pair, extractor = AlignedPair(old, new, how), FeatureExtractor(config)
        one = RoiPair(make_roi(new, **shape), there)
        (found,) = measure_zones(pair, [one], extractor=extractor)
        values = extractor.measure(new, [one.recent])[0].values
        return found, values

    return run


def z_of(found, recent):
    names = [name for name, spread in found.spread.items() if spread > 0]
    return {name: (recent[name] - found.features.values[name]) / found.spread[name] for name in names}


def test_identical_exams_change_no_more_than_the_zone_varies(compare):
    found, recent = compare(texture(), texture())
    z = z_of(found, recent)
    assert found.windows == CONFIG.zone_windows
    assert len(z) > 80
    assert np.median(np.abs(list(z.values()))) < 1.5
    assert abs(z[MEAN]) < 3
    assert found.similarity.similarity_best == pytest.approx(1, abs=1e-6)
    assert found.similarity.similarity_ncc == pytest.approx(1, abs=1e-6)
    assert found.similarity.similarity_rank == 1
    assert found.similarity.similarity_margin > 0.5


def test_a_new_mass_stands_out_of_the_zone_and_matches_nothing_in_it(compare):
    found, recent = compare(texture() + mass(), texture(3))
    z = z_of(found, recent)
    assert recent[MEAN] - found.features.values[MEAN] == pytest.approx(500 * 0.81, abs=60)
    assert z[MEAN] > 10
    assert found.similarity.similarity_best < 0.7
    assert found.similarity.similarity_rank < 1


def test_a_mass_that_was_there_is_found_again_off_the_middle(compare):
    moved = (CENTRE[0] + 11, CENTRE[1] - 9)
    found, _ = compare(texture() + mass(), texture(3) + mass(moved))
    assert found.similarity.similarity_best > 0.8
    assert found.similarity.similarity_rank == 1
    assert found.similarity.similarity_ncc > 0.2


def test_median_and_spread_of_a_ramp_are_those_of_the_places(compare):
    found, _ = compare(texture(), COLS.copy())
    cols = Zone(CENTRE, (24.0, 24.0)).places_px(CONFIG.zone_windows)[:, 1]
    assert found.features.values[MEAN] == pytest.approx(np.median(cols), abs=0.3)
    spread = 1.4826 * np.median(np.abs(cols - np.median(cols)))
    assert found.spread[MEAN] == pytest.approx(spread, rel=0.05)
    assert np.isnan([v for name, v in found.features.values.items() if "shape2D" in name]).all()


def test_windows_share_a_crop_and_change_no_value(make_exam, make_roi):
    config = replace(CONFIG, image_types=("original", "wavelet", "log", "gradient", "lbp"), log_sigma_mm=(1.0,))
    exam, extractor = make_exam(texture(), spacing=SPACING), FeatureExtractor(config)
    windows = [make_roi(exam, centre=centre, radii=(9, 12)) for centre in ((60.0, 80.0), (71.5, 93.25))]
    alone = [one.values for one in extractor.measure(exam, windows)]
    for shared, single in zip(extractor.measure_windows(exam, windows), alone, strict=True):
        planes = {name: value for name, value in single.items() if "shape2D" not in name and np.isfinite(value)}
        assert set(planes) <= set(shared)
        named = [name for name in planes if name.startswith(("original", "gradient", "lbp"))]
        assert [shared[name] for name in named] == pytest.approx([planes[name] for name in named], rel=1e-9)
        others = [name for name in planes if name.endswith(("firstorder_Mean", "glcm_Contrast", "firstorder_Entropy"))]
        assert [shared[name] for name in others] == pytest.approx([planes[name] for name in others], rel=0.05, abs=0.05)


def test_windows_off_the_breast_are_left_out(compare):
    breast = np.zeros((75, 95), dtype=bool)
    breast[:36] = True
    found, _ = compare(texture(), texture(), breast=breast)
    assert MIN_WINDOWS <= found.windows < CONFIG.zone_windows
    nothing, _ = compare(texture(), texture(), breast=np.roll(np.eye(75, 95, dtype=bool), 40, axis=1))
    assert nothing.windows == 0
    assert np.isnan(list(nothing.features.values.values())).all()
    assert np.isnan(list(nothing.spread.values())).all()
    assert [finding.code for finding in nothing.features.findings] == ["REGION_OUTSIDE"]


def test_few_windows_have_a_median_and_no_spread(compare):
    breast = np.zeros((75, 95), dtype=bool)
    breast[34:36, 44:46] = True
    found, _ = compare(texture(), texture(), breast=breast)
    assert 0 < found.windows < MIN_WINDOWS
    assert np.isfinite(found.features.values[MEAN])
    assert np.isnan(found.spread[MEAN])


def test_unknown_spacing_is_compared_and_mixed_is_not_matched(compare):
    found, _ = compare(texture(), texture(), spacing=(None, None))
    assert found.windows == CONFIG.zone_windows
    assert found.similarity.similarity_best == pytest.approx(1, abs=1e-6)
    mixed, _ = compare(texture(), texture(), spacing=(SPACING, None))
    assert mixed.similarity is None


def test_flat_exams_have_no_match(compare):
    found, _ = compare(np.full(SHAPE, 7.0), np.full(SHAPE, 7.0))
    assert found.similarity is None


def test_masked_correlation_is_the_pearson_correlation_of_the_masked_pixels():
    rng = np.random.default_rng(5)
    picture, template = rng.normal(size=(17, 23)) + 100, rng.normal(size=(5, 7))
    keep = rng.random((5, 7)) < 0.7
    scores = masked_correlation(picture, template, keep)
    for row, col in ((2, 3), (9, 12), (14, 19)):
        window = picture[row - 2 : row + 3, col - 3 : col + 4]
        assert scores[row, col] == pytest.approx(np.corrcoef(window[keep], template[keep])[0, 1], abs=1e-9)
    assert np.isnan(scores[0]).all()
    assert np.isnan(scores[:, -1]).all()


def test_equal_zones_elsewhere_are_clear_of_the_zone_and_of_the_edge_of_the_breast():
    scores = np.full((60, 80), np.nan)
    scores[:, :60] = 0.1
    zone = Zone((30.0, 30.0), (6.0, 6.0))
    scores[tuple(scores_in(scores, zone)[:, :2].astype(int).T)] = 0.9
    found = best_elsewhere(scores, zone)
    assert len(found) > 20
    assert (found == 0.1).all()
