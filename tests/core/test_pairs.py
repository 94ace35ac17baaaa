"""Values of an aligned pair fit together or are refused."""

import numpy as np
import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import BreastRegion, Mammogram
from radiomics_mammo.core.pairs import Exam, PlaceError, Roi, RoiPair, Zone
from radiomics_mammo.core.vocabulary import Laterality, RoiSource

GRID = PixelGrid(7, 9, 0.1, 0.07)
SQUARE = np.array([[1.5, 2.5], [1.5, 5.5], [4.5, 5.5], [4.5, 2.5]])


def roi(image_id, lesion_id):
    return Roi(
        roi_id=f"{lesion_id}-x",
        image=ImageKey.parse(image_id),
        grid=GRID,
        source=RoiSource.REGISTERED,
        contour_px=SQUARE,
        recent_lesion_id=lesion_id,
    )


def test_exam_of_two_images_is_refused():
    image = Mammogram(ImageKey.parse("a_CC_prior"), GRID, np.zeros((7, 9), np.float32))
    whole = np.ones((7, 9), dtype=bool)
    breast = BreastRegion(
        key=ImageKey.parse("a_CC_recent"),
        grid=GRID,
        step_px=1,
        breast=whole,
        pectoral=whole,
        chest_wall=Laterality.LEFT,
    )
    with pytest.raises(InvariantError, match="one image"):
        Exam(image, breast)


def test_regions_of_two_lesions_are_no_pair():
    with pytest.raises(InvariantError, match="one lesion"):
        RoiPair(roi("a_CC_recent", "a_CC_recent_1"), roi("a_CC_prior", "a_CC_recent_2"))


def test_roi_is_rasterised_on_its_image():
    assert roi("a_CC_recent", "a_CC_recent_1").region.area_px == 9


def test_roi_without_a_contour_is_refused():
    with pytest.raises(InvariantError, match="contour"):
        Roi(roi_id="x", image=ImageKey.parse("a_CC_prior"), grid=GRID, source=RoiSource.NULL, contour_px=SQUARE[:2])


def test_places_of_a_zone_are_fixed_lie_inside_and_stand_for_equal_shares():
    zone = Zone((40.0, 60.0), (8.0, 16.0))
    places = zone.places_px(25)
    assert places.shape == (25, 2)
    assert places[0].tolist() == [40.0, 60.0]
    assert zone.holds(places).all()
    out = np.sqrt((((places - zone.centre_px) / zone.radius_px) ** 2).sum(axis=1))
    np.testing.assert_allclose(out**2, np.arange(25) / 25)
    for half in (0, 1):
        above = (places[1:, half] > zone.centre_px[half]).mean()
        assert 0.4 <= above <= 0.6
    assert np.array_equal(places, zone.places_px(25))


@pytest.mark.parametrize(("centre", "radius"), [((np.nan, 1.0), (2.0, 2.0)), ((1.0, 1.0), (0.0, 2.0))])
def test_zone_that_is_none_is_refused(centre, radius):
    with pytest.raises(InvariantError, match="zone"):
        Zone(centre, radius)


@pytest.mark.parametrize("radius", [[1.0], [1.0, -1.0], [1.0, np.inf]])
def test_place_error_that_is_none_is_refused(radius):
    with pytest.raises(InvariantError, match="place error"):
        PlaceError(expected_error_mm=np.array([1.0, 2.0]), radius90_mm=np.array(radius))
