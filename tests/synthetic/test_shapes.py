import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.core.vocabulary import View
from radiomics_mammo.synthetic.shapes import draw_shape

ROWS_MM, DEPTHS_MM = np.arange(0, 287.0, 1.0), np.arange(0, 233.0, 1.0)


@pytest.mark.parametrize("view", list(View))
@pytest.mark.parametrize("seed", range(4))
def test_breast_is_one_region_inside_the_picture(view, seed):
    shape = draw_shape(np.random.default_rng(seed), view, depth_mm=110.0)
    inside = shape.skin_distance_mm(ROWS_MM, DEPTHS_MM) > 0
    assert ndimage.label(inside)[1] == 1
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


def test_muscle_is_a_triangle_in_mlo_only(shape):
    mlo = draw_shape(np.random.default_rng(2), View.MLO, depth_mm=110.0)
    border = mlo.muscle_depth_at(ROWS_MM)
    assert 20 < border[0] < 110
    assert border[int(mlo.muscle_height_mm) + 5] < 0
    assert (shape.muscle_depth_at(ROWS_MM) < 0).all()


def test_room_shrinks_towards_skin_muscle_and_chest_wall():
    mlo = draw_shape(np.random.default_rng(2), View.MLO, depth_mm=110.0)
    row, depth = mlo.nipple_mm
    middle, skin, wall = mlo.room_mm(np.array([[row, depth / 2], [row, depth - 3], [row, 2.0]]))
    assert middle > 20
    assert skin < 10
    assert wall == pytest.approx(2.0)
    assert mlo.room_mm(np.array([[10.0, mlo.muscle_depth_at(np.array([10.0]))[0] + 4]]))[0] <= 4.0 + 1e-9
