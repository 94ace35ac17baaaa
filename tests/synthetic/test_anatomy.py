import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.core.vocabulary import View
from radiomics_mammo.synthetic.anatomy import draw_shape, draw_shapes, grow_tissue, power_law_field, spectral_exponent

ROWS_MM, DEPTHS_MM = np.arange(0, 287.0, 1.0), np.arange(0, 233.0, 1.0)
INNER = tuple(plane.astype(np.float32) for plane in np.meshgrid(np.arange(90, 190), np.arange(5, 80), indexing="ij"))


@pytest.fixture(scope="module")
def mlo():
    return draw_shape(np.random.default_rng(2), View.MLO, depth_mm=110.0)


@pytest.fixture(scope="module")
def fine(shape):
    return grow_tissue(np.random.default_rng(5), shape, gland_share=0.3, spacing_mm=0.2)


def test_breast_is_one_region_inside_the_picture():
    for seed in range(4):
        for view, shape in draw_shapes(np.random.default_rng(seed)).items():
            inside = shape.skin_distance_mm(ROWS_MM, DEPTHS_MM) > 0
            assert ndimage.label(inside)[1] == 1, (view, seed)
            assert not inside[:, -1].any()
            assert not inside[-1].any()
            assert inside[0].any() == (view is View.MLO)


def test_skin_distance_is_a_distance_near_the_skin(shape):
    distance = shape.skin_distance_mm(ROWS_MM, DEPTHS_MM)
    exact = ndimage.distance_transform_edt(distance > 0)
    near = (exact > 2) & (exact < 8)
    near[:, :20] = False
    assert np.abs(distance - exact)[near].mean() < 1.2


def test_nipple_stands_on_the_skin_line(shape):
    row, depth = shape.nipple_mm
    assert shape.roundness(np.array([row]), np.array([depth]))[0] > 0
    assert shape.roundness(np.array([row]), np.array([depth + 6.0]))[0] < 0


def test_muscle_is_a_triangle_in_mlo_only(shape, mlo):
    border = mlo.muscle_depth_at(ROWS_MM)
    assert 20 < border[0] < 110
    assert border[int(mlo.muscle_height_mm) + 5] < 0
    assert (shape.muscle_depth_at(ROWS_MM) < 0).all()


def test_room_shrinks_towards_skin_muscle_and_chest_wall(mlo):
    row, depth = mlo.nipple_mm
    middle, skin, wall = mlo.room_mm(np.array([[row, depth / 2], [row, depth - 3], [row, 2.0]]))
    assert middle > 20
    assert skin < 10
    assert wall == pytest.approx(2.0)
    assert mlo.room_mm(np.array([[10.0, mlo.muscle_depth_at(np.array([10.0]))[0] + 4]]))[0] <= 4.0 + 1e-9


@pytest.mark.parametrize("exponent", [2.5, 3.0, 3.7])
def test_spectrum_falls_with_the_exponent_asked_for(rng, exponent):
    field = power_law_field(rng, (512, 384), spacing_mm=1.0, longest_mm=400.0, exponent=exponent)
    assert spectral_exponent(field) == pytest.approx(exponent, abs=0.15)


def test_variance_is_one_where_the_whole_band_is_resolved(rng):
    field = power_law_field(rng, (1024, 768), spacing_mm=0.25, longest_mm=16.0)
    assert field.std() == pytest.approx(1.0, abs=0.08)


def test_bands_made_on_two_grids_add_up_to_one_spectrum(rng):
    coarse = power_law_field(rng, (512, 512), spacing_mm=1.0, longest_mm=32.0)
    fine = power_law_field(rng, (512, 512), spacing_mm=0.25, longest_mm=32.0, only_below_mm=2.0)
    whole = power_law_field(rng, (512, 512), spacing_mm=0.25, longest_mm=32.0)
    # Corners of the square band of the coarse grid overlap with the fine one, hence the wide tolerance.
    assert coarse.var() + fine.var() == pytest.approx(whole.var(), rel=0.25)
    assert spectral_exponent(fine, lowest=0.15, highest=0.4) == pytest.approx(3.0, abs=0.2)


def test_field_is_periodic_and_the_same_for_the_same_generator():
    field, again = (
        power_law_field(np.random.default_rng(7), (64, 96), spacing_mm=1.0, longest_mm=60.0, exponent=3.5)
        for _ in range(2)
    )
    inner, seam = np.abs(np.diff(field, axis=1)).mean(), np.abs(field[:, 0] - field[:, -1]).mean()
    assert seam < 2 * inner
    assert (field == again).all()


def test_gland_follows_the_share_asked_for(shape):
    dense = []
    for share in (0.1, 0.3, 0.5, 0.76):
        tissue = grow_tissue(np.random.default_rng(2), shape, gland_share=share, spacing_mm=1.0)
        dense.append((tissue.sample(tissue.gland, *INNER) > 0.5).mean())
    assert dense == sorted(dense)
    assert dense[0] < 0.25
    assert dense[-1] > 0.6


def test_texture_has_an_exponent_near_three(shape):
    tissue = grow_tissue(np.random.default_rng(5), shape, gland_share=0.3, spacing_mm=0.5)
    rows, cols = np.meshgrid(np.arange(90, 190, 0.5), np.arange(5, 80, 0.5), indexing="ij")
    patch = tissue.sample(tissue.tissue, rows.astype(np.float32), cols.astype(np.float32))
    assert spectral_exponent(patch) == pytest.approx(3.0, abs=0.4)


def test_no_tile_where_the_picture_resolves_no_more(tissue, fine):
    assert tissue.tile.size == 0
    assert (tissue.sample_tile(*INNER) == 0).all()
    assert fine.sample_tile(*INNER).std() > 0


def test_sampling_between_samples_is_continuous(tissue):
    here = tissue.sample(tissue.tissue, *INNER)
    nudged = tissue.sample(tissue.tissue, INNER[0] + np.float32(0.02), INNER[1])
    assert np.abs(nudged - here).max() < 0.2 * np.ptp(here)


def test_muscle_is_brighter_than_fat(mlo):
    tissue = grow_tissue(np.random.default_rng(2), mlo, gland_share=0.1, spacing_mm=1.0)
    muscle = tissue.sample(tissue.tissue, np.full((1, 1), 8, np.float32), np.full((1, 1), 8, np.float32))
    assert muscle[0, 0] > tissue.sample(tissue.tissue, *INNER).mean() + 0.2


def test_maps_are_read_only(tissue):
    with pytest.raises(ValueError, match="read-only"):
        tissue.tissue[0, 0] = 1
