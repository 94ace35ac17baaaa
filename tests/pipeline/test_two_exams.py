"""Two exams given by hand: places, masks and pictures go from one to the other as in a study."""

import numpy as np
import pytest

import radiomics_mammo as rm
from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.synthetic import synthetic_pair


@pytest.fixture(scope="module")
def known():
    return synthetic_pair(np.random.default_rng(3), rows=320, cols=260, prior_shape=(300, 244), strength=0.5)


@pytest.fixture(scope="module")
def mask(known):
    return fill_contour(known.recent_contours_px[0], known.recent.shape).on_grid(known.recent.shape)


@pytest.fixture(scope="module")
def pair(known, mask):
    spacings = {"spacing_mm": known.recent_frame.spacing_mm, "prior_spacing_mm": known.prior_frame.spacing_mm}
    return rm.align(known.prior, known.recent, lesions=[mask], **spacings)


def test_points_and_masks_are_carried_to_the_prior(known, pair, mask):
    assert pair.trusted, pair.findings
    points = np.array([[160.0, 60.0], [140.0, 80.0]])
    error_mm = np.linalg.norm(pair.carry(points) - known.recent_to_prior(points), axis=1) * known.prior_frame.spacing_mm
    assert error_mm.max() < 5
    carried = pair.carry(mask)
    assert carried.shape == known.prior.shape
    centre = pair.carry(np.argwhere(mask).astype(float)).mean(axis=0)
    np.testing.assert_allclose(np.argwhere(carried).mean(axis=0), centre, atol=1)


def test_the_prior_looks_like_the_recent_exam_once_warped(known, pair):
    warped = pair.warp()
    both = (warped > 200) & (known.recent > 200)
    assert np.corrcoef(warped[both], known.recent[both])[0, 1] > 0.5
    np.testing.assert_allclose(pair.warp(known.prior * 2), 2 * warped, rtol=1e-4, atol=0.5)
    with pytest.raises(UsageError, match="prior grid"):
        pair.warp(known.recent)


def test_the_prior_region_lies_where_the_mass_was(known, pair, mask):
    place = rm.find_prior(pair, mask)
    truth = known.prior_contours_px[0].mean(axis=0)
    found = np.argwhere(place.mask).mean(axis=0)
    assert np.linalg.norm(found - truth) * known.prior_frame.spacing_mm < 5
    assert place.mask.shape == known.prior.shape
    assert place.source == "registered"


def test_points_are_taken_as_they_come_and_nothing_else(pair):
    points = [[160.0, 60.0], [140, 80]]
    for given in (points, tuple(points), np.array(points)):
        np.testing.assert_array_equal(pair.carry(given), pair.carry(np.array(points)))
        assert pair.radius90_mm(given).shape == (2,)
    np.testing.assert_array_equal(pair.carry((160, 60)), pair.carry([[160, 60]]))
    for strange in ([1.0, 2.0, 3.0], ["a", "b"], np.full((3, 2), np.nan)):
        with pytest.raises(UsageError, match="row, col"):
            pair.carry(strange)


def test_the_zone_is_the_disc_that_holds_the_true_place_and_is_measured_all_over(known, pair, mask):
    place = rm.find_prior(pair, mask)
    spacing = known.prior_frame.spacing_mm
    radius_mm = np.clip(place.radius90_mm, 3, 20)
    assert place.zone.sum() * spacing**2 == pytest.approx(np.pi * radius_mm**2, rel=0.1)
    assert place.zone[tuple(np.round(pair.carry(np.argwhere(mask).mean(axis=0))[0]).astype(int))]
    config = rm.config_from({"features": {"preset": "quick", "zone_windows": 7}})
    found = place.measure(config=config)
    assert found.windows == 7
    recent = rm.measure(known.recent, mask, spacing_mm=known.recent_frame.spacing_mm, config=config)
    change = rm.changes(recent, found.row, reference=found.spread, interval_years=2)
    name = "original_firstorder_Mean"
    expected = (recent[name] - found.row[name]) / found.spread[name]
    assert change[f"z_{name}"].iloc[0] == pytest.approx(expected.iloc[0])
    assert found.similarity["similarity_best"].between(-1, 1).all()
    assert "7 windows" in found._repr_html_()


def test_they_show_themselves(pair, mask):
    place = rm.find_prior(pair, mask)
    for shown, pictures in ((pair, 5), (place, 2)):
        html = shown._repr_html_()
        assert html.count("data:image/png;base64,") == pictures
        assert "trusted" in html
    assert place.lesion.label == LesionLabel.UNCONFIRMED


def test_a_hole_is_carried_too(pair, mask):
    rows, cols = np.argwhere(mask).mean(axis=0).round().astype(int)
    holed = mask.copy()
    holed[rows - 2 : rows + 2, cols - 2 : cols + 2] = False
    place = rm.find_prior(pair, holed)
    centre = np.argwhere(place.mask).mean(axis=0).round().astype(int)
    assert not place.mask[tuple(centre)]
    assert place.mask.sum() == pytest.approx(holed.sum() * pair.carry(mask).sum() / mask.sum(), rel=0.15)
