"""One-to-one matching and the measured error."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.registration import match_lesions, measure_error_mm
from radiomics_mammo.registration.matching import certain_pairs


@pytest.fixture
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


def test_far_outline_is_not_matched(pair):
    assert match_lesions(with_lesions(pair, [moved(pair.prior.lesions[0], (40.0, 0.0))])) == ()


def test_other_colour_needs_overlap(pair):
    there = pair.prior.lesions[0]
    assert match_lesions(with_lesions(pair, [moved(there, (0.0, 0.0), color=OutlineColor.RED)]))
    beside = moved(there, (18.0, 0.0), color=OutlineColor.RED)
    assert match_lesions(with_lesions(pair, [beside])) == ()


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
    assert match_lesions(unknown)[0].distance_mm is None
    assert measure_error_mm(unknown) is None


def test_reach_comes_from_the_configuration(pair):
    beside = with_lesions(pair, [moved(pair.prior.lesions[0], (6.0, 0.0))])
    assert match_lesions(beside, config=RegistrationConfig(max_match_mm=2.0)) == ()
    assert np.isclose(match_lesions(beside)[0].distance_mm, 4.2, atol=1.0)
