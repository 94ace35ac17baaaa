from __future__ import annotations

import math

import pytest

from radiomics_mammo.config.reading import ReleaseConfig
from radiomics_mammo.core.vocabulary import SpacingSource
from radiomics_mammo.release.header import DicomHeader, Spacing
from radiomics_mammo.release.spacing import field_misfit, settled_spacing, spacing_of

PIXEL, IMAGER, MAGNIFIED = SpacingSource.PIXEL_SPACING, SpacingSource.IMAGER, SpacingSource.IMAGER_MAGNIFIED
FULL = {"rows": 4096, "cols": 3328}


def codes(found: Spacing) -> list[str]:
    return [code.name for code, _ in found.notes]


@pytest.mark.parametrize(
    ("header", "row_mm", "col_mm", "source"),
    [
        (DicomHeader(pixel_spacing=(0.1, 0.07), imager_spacing=(0.1, 0.07)), 0.1, 0.07, PIXEL),
        (DicomHeader(imager_spacing=(0.1, 0.07)), 0.1, 0.07, IMAGER),
        (DicomHeader(imager_spacing=(0.1, 0.05), magnification=(2.0,)), 0.05, 0.025, MAGNIFIED),
        (DicomHeader(), 0.09, 0.09, SpacingSource.ASSUMED),
    ],
)
def test_spacing_is_taken_in_the_agreed_order(header, row_mm, col_mm, source):
    found = spacing_of(header, assumed_spacing_mm=0.09)
    assert (found.row_mm, found.col_mm, found.source, found.notes) == (row_mm, col_mm, source, ())


def test_magnification_never_changes_pixel_spacing():
    found = spacing_of(DicomHeader(pixel_spacing=(0.1, 0.1), magnification=(1.5,)))
    assert (found.row_mm, found.source) == (0.1, PIXEL)


def test_unknown_spacing_stays_unknown():
    assert spacing_of(DicomHeader()) == Spacing(None, None, SpacingSource.UNKNOWN)


def test_impossible_spacing_is_reported_and_passed_over():
    pairs = ((0.0, 0.1), (-0.1, -0.1), (math.nan, 0.1), (math.inf, 0.1), (70.0, 70.0))
    for values in (*pairs, (0.1,), (0.1, 0.1, 0.1)):
        found = spacing_of(DicomHeader(pixel_spacing=values, imager_spacing=(0.1, 0.07)))
        assert (found.source, codes(found)) == (IMAGER, ["SPACING_INVALID"]), values
        assert "PixelSpacing" in found.notes[0][1]
        assert spacing_of(DicomHeader(imager_spacing=values)).source is SpacingSource.UNKNOWN, values


def test_a_refused_tag_is_quoted_as_it_stands_in_the_file():
    header = DicomHeader(pixel_spacing=(math.nan,), spacing_texts=(("PixelSpacing", "0.07mm"),))
    assert "'0.07mm'" in spacing_of(header).notes[0][1]


def test_impossible_magnification_is_reported_and_passed_over():
    for factor in ((0.0,), (-1.0,), (math.nan,), (math.inf,), (1.0, 2.0), (106.0,), (0.1,)):
        found = spacing_of(DicomHeader(imager_spacing=(0.1, 0.1), magnification=factor))
        assert (found.row_mm, found.source) == (0.1, IMAGER), factor
        assert "EstimatedRadiographicMagnificationFactor" in found.notes[0][1]


@pytest.mark.parametrize(
    ("pixel", "imager", "used", "source"),
    [
        ((1.0, 1.0), (0.07, 0.07), 0.07, IMAGER),
        ((0.07, 0.07), (0.7, 0.7), 0.07, PIXEL),
        ((0.007, 0.007), (0.07, 0.07), 0.07, IMAGER),
        ((0.05, 0.05), (0.07, 0.07), 0.07, IMAGER),
        ((0.07, 0.08), (0.07, 0.07), 0.07, IMAGER),
        ((1.0, 1.0), (0.7, 0.7), None, SpacingSource.UNKNOWN),
    ],
)
def test_tags_that_contradict_each_other_are_named_and_decided_by_the_field(pixel, imager, used, source):
    found = spacing_of(DicomHeader(pixel_spacing=pixel, imager_spacing=imager, **FULL))
    assert (found.row_mm, found.source) == (used, source)
    assert codes(found) == ["SPACING_CONFLICT"]


@pytest.mark.parametrize(
    "header",
    [
        DicomHeader(pixel_spacing=(0.0660, 0.0660), imager_spacing=(0.07, 0.07), magnification=(1.06,), **FULL),
        DicomHeader(pixel_spacing=(0.07, 0.07), imager_spacing=(0.07, 0.07), magnification=(1.06,), **FULL),
        DicomHeader(pixel_spacing=(0.0389, 0.0389), imager_spacing=(0.07, 0.07), calibrated=True, **FULL),
    ],
)
def test_magnification_explains_a_difference(header):
    found = spacing_of(header)
    assert (found.row_mm, found.source, found.notes) == (header.pixel_spacing[0], PIXEL, ())


@pytest.mark.parametrize("spacing", [(1.0, 1.0), (0.7, 0.7), (0.007, 0.007), (0.07, 0.7), (0.0085, 0.0085)])
@pytest.mark.parametrize("tag", ["pixel_spacing", "imager_spacing"])
def test_a_field_that_no_mammogram_has_makes_the_spacing_unknown(tag, spacing):
    found = spacing_of(DicomHeader(**{tag: spacing}, **FULL))
    assert (found.row_mm, found.source, codes(found)) == (None, SpacingSource.UNKNOWN, ["SPACING_INVALID"])
    assumed = spacing_of(DicomHeader(**{tag: spacing}, **FULL), assumed_spacing_mm=0.07)
    assert (assumed.row_mm, assumed.source) == (0.07, SpacingSource.ASSUMED)


def test_a_factor_of_ten_is_guessed_aloud_and_not_used():
    assert "0.07 mm would fit" in field_misfit(DicomHeader(**FULL), 0.007, 0.007)
    assert "would fit" not in field_misfit(DicomHeader(**FULL), 1.0, 1.0)


def test_the_field_of_an_excerpt_says_nothing():
    found = spacing_of(DicomHeader(pixel_spacing=(0.07, 0.07), rows=200, cols=160))
    assert (found.row_mm, found.notes) == (0.07, ())


def test_the_bounds_of_the_field_are_a_setting():
    header = DicomHeader(pixel_spacing=(0.1, 0.1), rows=4200, cols=4000)
    assert spacing_of(header).row_mm is None
    assert spacing_of(header, config=ReleaseConfig(plausible_field_mm=(60, 450))).row_mm == 0.1


def test_oblong_pixels_are_said_and_used():
    found = spacing_of(DicomHeader(imager_spacing=(0.07, 0.08), **FULL))
    assert (found.row_mm, found.col_mm, codes(found)) == (0.07, 0.08, ["SPACING_OBLONG"])


def conflict(**tags) -> DicomHeader:
    return DicomHeader(pixel_spacing=(0.05, 0.05), imager_spacing=(0.07, 0.07), manufacturer="Acme", **FULL, **tags)


def sound(mm: float, **tags) -> DicomHeader:
    return DicomHeader(**{"imager_spacing": (mm, mm), "manufacturer": "Acme", **FULL, **tags})


@pytest.mark.parametrize(
    ("others", "used"),
    [
        ([], 0.07),
        ([sound(0.05)], 0.05),
        ([sound(0.052), sound(0.0495)], 0.05),
        ([sound(0.05), sound(0.07)], 0.07),
        ([sound(0.07)], 0.07),
        ([sound(0.05, manufacturer="Other")], 0.07),
        ([sound(0.05, rows=3328, cols=2560)], 0.07),
        ([sound(0.09)], 0.07),
        ([conflict()], 0.07),
    ],
)
def test_two_tags_that_could_both_be_true_are_settled_by_the_other_images(others, used):
    found, rival = settled_spacing(conflict(), others)
    assert found.row_mm == used
    assert rival[0] == {0.07: 0.05, 0.05: 0.07}[used]
    assert set(codes(found)) == {"SPACING_CONFLICT"}
    assert ("other images" in found.notes[-1][1]) == (used == 0.05)


@pytest.mark.parametrize(
    "header", [sound(0.07), DicomHeader(pixel_spacing=(1, 1), imager_spacing=(0.07, 0.07), **FULL)]
)
def test_what_is_settled_already_asks_nobody(header):
    def others():
        raise AssertionError("asked")
        yield

    assert settled_spacing(header, others()) == (spacing_of(header), None)
