import numpy as np
import pytest

from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.core.vocabulary import LesionLabel, View
from radiomics_mammo.synthetic import synthetic_pair
from radiomics_mammo.synthetic.warps import SmoothWarp


def test_contours_follow_the_true_map(rng):
    pair = synthetic_pair(rng, rows=128, cols=104, view=View.MLO, prior_shape=(96, 78), chest_wall_right=True)
    assert (pair.recent.shape, pair.prior.shape) == ((128, 104), (96, 78))
    assert np.allclose(pair.recent_to_prior(pair.recent_contours_px[0]), pair.prior_contours_px[0])
    assert np.allclose(pair.prior_to_recent(pair.prior_contours_px[0]), pair.recent_contours_px[0])
    assert pair.prior_grid.row_spacing_mm == pytest.approx(pair.recent_grid.row_spacing_mm * 128 / 96)


def test_a_new_mass_is_bright_in_the_recent_exam_alone(rng):
    still = SmoothWarp.identity()
    kinds = ((LesionLabel.BENIGN, True), (LesionLabel.MALIGNANT, False))
    pair = synthetic_pair(rng, rows=256, cols=208, masses=kinds, warp=still, gland_share=0.1)
    rise = []
    for contour in pair.recent_contours_px:
        inside = fill_contour(contour, pair.recent.shape).on_grid(pair.recent.shape)
        rise.append(pair.recent[inside].mean() / pair.recent[pair.recent > 500].mean())
        rise.append(pair.prior[inside].mean() / pair.prior[pair.prior > 500].mean())
    assert rise[0] > 1.2 < rise[1]
    assert rise[2] > rise[3] + 0.2
    assert pair.in_prior == (True, False)


def test_pictures_are_reproducible_read_only_and_whole_numbers():
    first, second = (synthetic_pair(np.random.default_rng(9), rows=64, cols=52) for _ in range(2))
    assert (first.recent == second.recent).all()
    assert (first.recent == np.round(first.recent)).all()
    assert first.recent.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        first.prior[0, 0] = 1


def test_no_mass_is_possible(rng):
    pair = synthetic_pair(rng, rows=64, cols=52, masses=())
    assert pair.recent_contours_px == pair.prior_contours_px == ()
