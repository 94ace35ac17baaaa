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


def test_they_show_themselves(pair, mask):
    place = rm.find_prior(pair, mask)
    for shown, pictures in ((pair, 4), (place, 2)):
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
