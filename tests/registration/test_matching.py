"""One-to-one matching between exams and between views, and the measured error."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.pairs import LesionPlace
from radiomics_mammo.core.vocabulary import OutlineColor, View
from radiomics_mammo.registration import link_views, match_lesions, measure_error_mm, place_lesions
from radiomics_mammo.registration.landmarks import nipple_px
from radiomics_mammo.registration.matching import certain_pairs
from radiomics_mammo.tables.links import LINKS


@pytest.fixture(scope="module")
def pair(aligned):
    return aligned(seed=3, lesion_in_prior=True)[0]


def moved(lesion, shift_px, number=1, color=OutlineColor.BLUE):
    key = LesionKey(lesion.key.image, number)
    return replace(lesion, key=key, color=color, contour_px=lesion.contour_px + shift_px)


def with_lesions(pair, prior, recent=None):
    recents = pair.recent.lesions if recent is None else recent
    return replace(
        pair, prior=replace(pair.prior, lesions=tuple(prior)), recent=replace(pair.recent, lesions=tuple(recents))
    )


def test_one_mass_in_both_exams_is_matched(pair):
    (link,) = match_lesions(pair)
    assert (link.lesion_id_a, link.lesion_id_b) == ("malignant-07_CC_recent_1", "malignant-07_CC_prior_1")
    assert link.relation == "same-mass-prior"
    assert link.distance_mm < 1.0
    assert link.confidence > 0.8


def test_each_outline_is_matched_once_and_to_the_nearest(pair):
    here, there = pair.recent.lesions[0], pair.prior.lesions[0]
    recents = [here, moved(here, (25.0, 0.0), 2)]
    priors = [moved(there, (25.0, 1.0), 1), moved(there, (1.0, 0.0), 2)]
    links = match_lesions(with_lesions(pair, priors, recents))
    assert [(link.lesion_id_a[-1], link.lesion_id_b[-1]) for link in links] == [("1", "2"), ("2", "1")]


def test_far_outline_is_not_matched_and_other_colour_needs_overlap(pair):
    there, red = pair.prior.lesions[0], OutlineColor.RED
    assert match_lesions(with_lesions(pair, [moved(there, (0.0, 0.0), color=red)]))
    for far in (moved(there, (40.0, 0.0)), moved(there, (18.0, 0.0), color=red)):
        assert match_lesions(with_lesions(pair, [far])) == (), far.key


def test_untrusted_alignment_halves_confidence(pair):
    doubtful = replace(pair, registration=replace(pair.registration, trusted=False))
    sure, unsure = match_lesions(pair)[0], match_lesions(doubtful)[0]
    assert unsure.confidence == pytest.approx(sure.confidence / 2, abs=1e-4)


def test_error_is_measured_on_certain_pairs_however_far(pair):
    near = measure_error_mm(pair)
    far = measure_error_mm(with_lesions(pair, [moved(pair.prior.lesions[0], (40.0, 0.0))]))
    assert near < 1.0
    assert far == pytest.approx(40 * 0.7, abs=near)


def test_two_of_one_colour_are_not_certain(pair):
    there = pair.prior.lesions[0]
    double = with_lesions(pair, [there, moved(there, (30.0, 0.0), 2)])
    assert certain_pairs(double) == ()
    assert measure_error_mm(double) is None


def test_nothing_outlined_nothing_matched(pair):
    empty = with_lesions(pair, [])
    assert match_lesions(empty) == ()
    assert measure_error_mm(empty) is None


def test_unknown_spacing_has_no_distance(aligned):
    unknown, _ = aligned(seed=3, lesion_in_prior=True, spacing_mm=None)
    links = match_lesions(unknown)
    assert links[0].distance_mm is None
    assert LINKS.of(links).distance_mm.isna().all()
    assert measure_error_mm(unknown) is None


def test_reach_comes_from_the_configuration(pair):
    beside = with_lesions(pair, [moved(pair.prior.lesions[0], (6.0, 0.0))])
    assert match_lesions(beside, config=RegistrationConfig(max_match_mm=2.0)) == ()
    assert np.isclose(match_lesions(beside)[0].distance_mm, 4.2, atol=1.0)


def place(name, view, nipple=40.0, **fields):
    known = {"color": OutlineColor.RED, "area": 100.0, "skin_distance": 20.0, "in_mm": True}
    return LesionPlace(lesion_id=name, view=view, nipple_distance=nipple, **(known | fields))


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


def test_place_of_unknown_spacing_is_in_breast_widths(drawn):
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


def test_not_one_mass():
    others = [
        place("b", View.MLO, 65.0),
        place("b", View.MLO, color=OutlineColor.BLUE),
        place("b", View.MLO, area=900.0),
        place("b", View.MLO, in_mm=False),
        place("b", View.CC),
    ]
    for other in others:
        assert link_views([place("a", View.CC), other]) == (), other


def test_breast_widths_link_without_a_distance():
    (link,) = link_views([place("a", View.CC, 0.5, in_mm=False), place("b", View.MLO, 0.55, in_mm=False)])
    assert link.distance_mm is None
    assert link.confidence > 0
