"""Places of lesions and links between the views."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.pairs import LesionPlace
from radiomics_mammo.core.vocabulary import OutlineColor, View
from radiomics_mammo.registration import link_views, place_lesions
from radiomics_mammo.registration.landmarks import nipple_px


def place(name, view, nipple=40.0, **fields):
    known = {"color": OutlineColor.RED, "area": 100.0, "skin_distance": 20.0, "in_mm": True}
    return LesionPlace(name, view, nipple_distance=nipple, **(known | fields))


def test_place_is_measured_from_nipple_and_skin(drawn):
    (_, recent), truth = drawn(seed=1)
    (found,) = place_lesions(recent)
    nipple = nipple_px(recent.breast)
    distance = np.linalg.norm(np.subtract(nipple, truth.recent_centre_px)) * 0.7
    assert found.nipple_distance == pytest.approx(distance, abs=0.1)
    assert found.area == pytest.approx(np.pi * 36, rel=0.02)
    assert 0 < found.skin_distance < found.nipple_distance
    assert found.in_mm
    assert place_lesions(replace(recent, lesions=())) == ()


def test_unknown_spacing_is_measured_in_breast_widths(drawn):
    (_, recent), _ = drawn(seed=1, spacing_mm=None)
    (found,) = place_lesions(recent)
    assert not found.in_mm
    assert 0 < found.nipple_distance < 1.5


def test_one_mass_in_two_views_is_linked():
    (link,) = link_views([place("b", View.MLO, 44.0), place("a", View.CC)])
    assert (link.lesion_id_a, link.lesion_id_b, link.relation) == ("a", "b", "same-mass-other-view")
    assert link.distance_mm == 4.0
    assert 0.6 < link.confidence < 1


def test_linking_is_one_to_one_and_takes_the_best_total():
    places = [place("a1", View.CC, 40), place("a2", View.CC, 60), place("b1", View.MLO, 58), place("b2", View.MLO, 43)]
    assert [(link.lesion_id_a, link.lesion_id_b) for link in link_views(places)] == [("a1", "b2"), ("a2", "b1")]


@pytest.mark.parametrize(
    "other",
    [
        place("b", View.MLO, 65.0),
        place("b", View.MLO, color=OutlineColor.BLUE),
        place("b", View.MLO, area=900.0),
        place("b", View.MLO, in_mm=False),
        place("b", View.CC),
    ],
)
def test_not_one_mass(other):
    assert link_views([place("a", View.CC), other]) == ()


def test_breast_widths_link_without_a_distance():
    (link,) = link_views([place("a", View.CC, 0.5, in_mm=False), place("b", View.MLO, 0.55, in_mm=False)])
    assert link.distance_mm is None
    assert link.confidence > 0
