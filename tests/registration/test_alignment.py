"""Alignment of drawn pairs with known maps, and what must be refused."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.images import Acquisition
from radiomics_mammo.core.pairs import AlignedPair, Exam
from radiomics_mammo.core.vocabulary import Laterality, RegistrationMethod, View
from radiomics_mammo.registration import find_breast, register_exams
from radiomics_mammo.registration.quality import PUBLISHED_RADIUS_MM


def error_mm(pair, truth, spacing_mm=0.7):
    found = pair.prior_px(np.array([truth.recent_centre_px]))[0]
    return np.linalg.norm(found - truth.prior_centre_px) * spacing_mm


def codes(registration):
    return [finding.code for finding in registration.findings]


@pytest.mark.parametrize(("seed", "view"), [(1, View.CC), (2, View.MLO)])
def test_known_warp_is_found(aligned, seed, view):
    pair, truth = aligned(seed=seed, view=view)
    found = pair.registration
    assert found.trusted
    assert found.method is RegistrationMethod.DEFORMABLE
    assert error_mm(pair, truth) < 1.0
    assert found.similarity_before < found.similarity_affine < found.similarity_after
    assert found.breast_dice > 0.95
    assert found.negative_jacobian_fraction == 0
    assert found.inverse_consistency_mm < 0.5
    assert 0 < found.expected_error_mm < found.radius90_mm == PUBLISHED_RADIUS_MM
    assert found.findings == ()


def test_identical_exams_keep_the_identity(twins):
    found = twins.registration
    assert found.method is RegistrationMethod.IDENTITY
    assert found.recent_to_prior.is_identity
    assert found.trusted
    assert codes(found) == ["EXAMS_IDENTICAL"]


def test_identity_is_kept_where_nothing_moved_but_noise_and_gain(twins):
    mammogram = twins.recent.mammogram
    noise = np.random.default_rng(5).normal(scale=20, size=mammogram.grid.shape)
    pixels = (1.7 * mammogram.pixels + 300 + noise).astype(np.float32)
    found = register_exams(replace(twins.prior, mammogram=replace(twins.prior.mammogram, pixels=pixels)), twins.recent)
    assert found.method is RegistrationMethod.IDENTITY
    assert found.findings == ()


def test_inverse_ends_where_it_started(aligned):
    found = aligned(seed=2, view=View.MLO)[0].registration
    points = np.random.default_rng(3).uniform((20, 5), (180, 90), size=(50, 2))
    back = found.prior_to_recent.apply(found.recent_to_prior.apply(points))
    assert np.linalg.norm(back - points, axis=1).max() < 0.7


def test_outlines_of_the_prior_change_nothing(aligned):
    pair, _ = aligned(seed=3, lesion_in_prior=True)
    seen = pair.registration
    unseen = register_exams(replace(pair.prior, lesions=()), pair.recent)
    points = np.array([[50.0, 30.0], [90.0, 60.0]])
    assert np.array_equal(seen.recent_to_prior.apply(points), unseen.recent_to_prior.apply(points))
    assert seen.similarity_after == unseen.similarity_after


def test_mass_that_is_new_does_not_pull_the_map_of_a_smooth_breast(drawn):
    (prior, recent), truth = drawn(seed=3)
    rows, cols = np.indices(recent.mammogram.grid.shape)
    away = np.hypot(rows - truth.recent_centre_px[0], cols - truth.recent_centre_px[1])
    mass = 1500 / (1 + np.exp((away - 7) / 0.7))
    smooth = [
        replace(
            exam,
            lesions=lesions,
            mammogram=replace(
                exam.mammogram, pixels=(ndimage.gaussian_filter(exam.mammogram.pixels, 6) + new).astype(np.float32)
            ),
        )
        for exam, lesions, new in ((prior, (), 0), (recent, recent.lesions, mass))
    ]
    assert error_mm(AlignedPair(*smooth, register_exams(*smooth)), truth) < 0.45


def test_breast_stretched_one_way_only_is_not_trusted(drawn):
    (prior, recent), _ = drawn(seed=1)
    mammogram = replace(prior.mammogram, grid=replace(prior.mammogram.grid, row_spacing_mm=0.7 * 1.3))
    found = register_exams(Exam(mammogram, find_breast(mammogram)), recent)
    assert not found.trusted
    assert "one way" in found.findings[0].message


def test_exam_of_another_patient_is_not_trusted(strangers):
    found = strangers.registration
    assert not found.trusted
    assert not found.told_apart
    assert found.evidence.candidates
    assert codes(found) == ["ALIGNMENT_DOUBTFUL"]


@pytest.mark.parametrize("seeds", [(1, 4), (2, 5), (3, 6)])
def test_small_breast_of_another_patient_is_not_trusted(drawn, seeds):
    (prior, _), (_, recent) = (drawn(seed=seed, spacing_mm=0.2, lesion_radius_mm=2.0)[0] for seed in seeds)
    assert not register_exams(prior, recent).trusted


def test_small_breast_is_aligned(aligned):
    pair, truth = aligned(seed=1, spacing_mm=0.2, lesion_radius_mm=2.0)
    assert pair.registration.trusted
    assert error_mm(pair, truth, 0.2) < 0.3


def test_mirrored_prior_is_aligned_with_a_finding_and_not_trusted(aligned):
    pair, truth = aligned(seed=1, mirrored_prior=True)
    found = pair.registration
    assert not found.trusted
    assert not found.told_apart
    assert np.linalg.det(found.recent_to_prior.matrix) < 0
    assert error_mm(pair, truth) < 1.0
    assert codes(found) == ["LATERALITY_CONFLICT"]


def test_headers_that_name_different_breasts_are_noticed(drawn):
    exams = [
        replace(exam, mammogram=replace(exam.mammogram, acquisition=Acquisition(laterality=side)))
        for exam, side in zip(drawn(seed=1)[0], Laterality, strict=True)
    ]
    assert "LATERALITY_CONFLICT" in codes(register_exams(*exams))


def test_unknown_spacing_is_aligned_in_pixels(aligned):
    pair, truth = aligned(seed=1, spacing_mm=None)
    assert pair.registration.trusted
    assert pair.registration.inverse_consistency_mm is None
    assert error_mm(pair, truth) < 1.5


def test_affine_only_when_asked(drawn):
    config = RegistrationConfig(deformable=False)
    assert register_exams(*drawn(seed=1)[0], config=config).method is RegistrationMethod.AFFINE


def test_two_patients_are_refused(drawn):
    (prior, _), (_, recent) = drawn(seed=1)[0], drawn(seed=1, patient_id="benign-02")[0]
    with pytest.raises(RegistrationError, match="one patient"):
        register_exams(prior, recent)
