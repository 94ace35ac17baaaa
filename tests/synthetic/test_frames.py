import numpy as np
import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.synthetic.frames import PictureFrame

POINTS = np.array([[0.0, 0.0], [3.5, 7.25], [39.0, 29.0]])


@pytest.mark.parametrize("right", [False, True])
def test_pixels_and_millimetres_are_inverse(right):
    frame = PictureFrame(40, 30, 0.5, top_mm=12.0, chest_wall_right=right)
    assert np.allclose(frame.to_px(frame.to_mm(POINTS)), POINTS)


def test_depth_counts_from_the_chest_wall_on_either_side():
    left, right = PictureFrame(40, 30, 0.5), PictureFrame(40, 30, 0.5, chest_wall_right=True)
    assert left.to_mm(np.array([[0.0, 0.0]]))[0, 1] == 0.25
    assert right.to_mm(np.array([[0.0, 29.0]]))[0, 1] == 0.25


def test_pixel_centres_agree_with_the_map():
    frame = PictureFrame(40, 30, 0.5, top_mm=12.0)
    assert frame.row_centres_mm[3] == frame.to_mm(np.array([[3.0, 0.0]]))[0, 0]
    assert frame.depth_centres_mm[5] == frame.to_mm(np.array([[0.0, 5.0]]))[0, 1]
    assert frame.shape == (40, 30)


@pytest.mark.parametrize("bad", [(0, 30, 0.5), (40, 30, 0.0), (40, 30, float("nan"))])
def test_impossible_frames_are_refused(bad):
    with pytest.raises(InvariantError):
        PictureFrame(*bad)
