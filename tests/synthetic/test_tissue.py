import numpy as np
import pytest

from radiomics_mammo.core.vocabulary import View
from radiomics_mammo.synthetic.shapes import draw_shape
from radiomics_mammo.synthetic.texture import spectral_exponent
from radiomics_mammo.synthetic.tissue import grow_tissue

ROWS_MM, DEPTHS_MM = (
    plane.astype(np.float32) for plane in np.meshgrid(np.arange(90, 190), np.arange(5, 80), indexing="ij")
)


def dense_share(gland_share):
    shape = draw_shape(np.random.default_rng(1), View.CC, depth_mm=110.0)
    tissue = grow_tissue(np.random.default_rng(2), shape, gland_share=gland_share, spacing_mm=1.0)
    return float((tissue.sample(tissue.gland, ROWS_MM, DEPTHS_MM) > 0.5).mean())


def test_gland_follows_the_share_asked_for():
    shares = [dense_share(share) for share in (0.1, 0.3, 0.5, 0.76)]
    assert shares == sorted(shares)
    assert shares[0] < 0.25
    assert shares[-1] > 0.6


def test_texture_has_an_exponent_near_three(shape):
    fine = grow_tissue(np.random.default_rng(5), shape, gland_share=0.3, spacing_mm=0.5)
    rows, cols = np.meshgrid(np.arange(90, 190, 0.5), np.arange(5, 80, 0.5), indexing="ij")
    patch = fine.sample(fine.tissue, rows.astype(np.float32), cols.astype(np.float32))
    assert spectral_exponent(patch) == pytest.approx(3.0, abs=0.4)


def test_no_tile_where_the_picture_resolves_no_more(tissue, shape):
    assert tissue.tile.size == 0
    assert (tissue.sample_tile(ROWS_MM, DEPTHS_MM) == 0).all()
    fine = grow_tissue(np.random.default_rng(5), shape, gland_share=0.3, spacing_mm=0.2)
    assert fine.sample_tile(ROWS_MM, DEPTHS_MM).std() > 0


def test_sampling_between_samples_is_continuous(tissue):
    nudged = tissue.sample(tissue.tissue, ROWS_MM + np.float32(0.02), DEPTHS_MM)
    here = tissue.sample(tissue.tissue, ROWS_MM, DEPTHS_MM)
    assert np.abs(nudged - here).max() < 0.2 * np.ptp(here)


def test_muscle_is_brighter_than_fat():
    shape = draw_shape(np.random.default_rng(1), View.MLO, depth_mm=110.0)
    tissue = grow_tissue(np.random.default_rng(2), shape, gland_share=0.1, spacing_mm=1.0)
    muscle = tissue.sample(tissue.tissue, np.full((1, 1), 8, np.float32), np.full((1, 1), 8, np.float32))
    assert muscle[0, 0] > tissue.sample(tissue.tissue, ROWS_MM, DEPTHS_MM).mean() + 0.2


def test_maps_are_read_only(tissue):
    with pytest.raises(ValueError, match="read-only"):
        tissue.tissue[0, 0] = 1
