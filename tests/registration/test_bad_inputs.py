"""Priors that show something else: refused, told, or right; never a wrong place with a small radius."""

from contextlib import suppress
from dataclasses import replace

import cv2
import numpy as np
import pytest

from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.pairs import AlignedPair, Exam
from radiomics_mammo.core.vocabulary import View
from radiomics_mammo.registration import find_breast, register_exams
from radiomics_mammo.registration.quality import place_error

SPACING_MM = 0.7
NOWHERE = np.full(2, np.nan)
AIR = 200.0


def upside_down(pixels, place):
    return pixels[::-1], (len(pixels) - 1 - place[0], place[1])


def half_outside(pixels, place):
    cut = len(pixels) // 2 - 20
    moved = np.full_like(pixels, AIR)
    moved[: len(pixels) - cut] = pixels[cut:]
    return moved, (place[0] - cut, place[1])


def cropped(pixels, _):
    rows, cols = pixels.shape
    return pixels[rows // 4 : 3 * rows // 4, : cols // 2], NOWHERE


def spot_magnified(pixels, _):
    rows, cols = pixels.shape
    part = pixels[rows // 3 : 2 * rows // 3, : cols // 3]
    return cv2.resize(part, (cols, rows), interpolation=cv2.INTER_CUBIC), NOWHERE


def with_implant(pixels, place):
    rows, cols = np.indices(pixels.shape)
    implant = ((rows / pixels.shape[0] - 0.5) / 0.25) ** 2 + (cols / pixels.shape[1] / 0.4) ** 2 < 1
    return np.where(implant, 4000.0, pixels), place


def framed(pixels, place):
    lined = pixels.copy()
    lined[:3] = lined[-3:] = lined[:, :3] = lined[:, -3:] = 4095
    return lined, place


CHANGES = (upside_down, half_outside, cropped, spot_magnified, with_implant, framed)


def with_prior(exams, pixels):
    """The pair with another picture for its prior; a refusal of the picture goes through."""
    prior, recent = exams
    grid = PixelGrid(*pixels.shape, SPACING_MM, SPACING_MM)
    mammogram = replace(prior.mammogram, grid=grid, pixels=np.ascontiguousarray(pixels, dtype=np.float32))
    shown = Exam(mammogram, find_breast(mammogram))
    return AlignedPair(shown, recent, register_exams(shown, recent))


def is_honest(pair, recent_px, true_px):
    """Whether the pair is not believed, or the true place lies in the disc."""
    here = np.array([recent_px])
    gap = np.linalg.norm(pair.prior_px(here)[0] - true_px) * SPACING_MM
    return not pair.registration.told_apart or gap <= place_error(pair, here).radius90_mm[0]


@pytest.mark.parametrize("change", CHANGES)
def test_changed_prior_is_refused_or_told_or_right(drawn, change):
    exams, truth = drawn(seed=1)
    pixels, place = change(exams[0].mammogram.pixels, truth.prior_centre_px)
    with suppress(RegistrationError):  # a refusal is honest as well
        assert is_honest(with_prior(exams, pixels), truth.recent_centre_px, place)


def test_frame_line_costs_nothing(drawn):
    exams, truth = drawn(seed=1)
    pixels, place = framed(exams[0].mammogram.pixels, truth.prior_centre_px)
    pair = with_prior(exams, pixels)
    assert pair.registration.trusted
    assert np.linalg.norm(pair.prior_px(np.array([truth.recent_centre_px]))[0] - place) * SPACING_MM < 1.5


def test_other_view_is_told(drawn):
    exams, _ = drawn(seed=1)
    other = drawn(seed=2, view=View.MLO)[0][
        0
    ].mammogram.pixels  # one seed is one texture: another projection has another
    assert not with_prior(exams, other).registration.told_apart


def test_place_that_is_off_by_more_than_its_radius_is_noticed_here(aligned):
    pair, truth = aligned(seed=1)
    assert is_honest(pair, truth.recent_centre_px, truth.prior_centre_px)
    assert not is_honest(pair, truth.recent_centre_px, NOWHERE)
