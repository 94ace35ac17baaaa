"""Density and age are read once for all, strictly."""

from __future__ import annotations

import math

import pytest

from radiomics_mammo.core.vocabulary import Density
from radiomics_mammo.tables.strata import age_band, density_group, read_density

SPELLINGS = {
    "a": ["a", " A ", "ACR a", "1", 1, 1.0, "1.0", "I", "type I", "BI-RADS: a", "(a)", "density_a", "Α"],
    "b": ["B", "b.", "ACR-B", 2, "ii", "Category 2", "BIRADS 2", "composition b", "grade B", "Β"],
    "c": ["c", "III", "3", "BI-RADS category C", "class c", "С"],
    "d": ["D", 4.0, "iv", "breast density d", "acr: d", Density.D],
}
NOTHING = ["", None, "a/b", "b-c", "e", 0, 5, 2.5, True, float("nan"), "abcd", "11", "dense"]


@pytest.mark.parametrize("letter", SPELLINGS)
def test_every_spelling_of_a_density_is_its_letter(letter):
    assert [read_density(cell) for cell in SPELLINGS[letter]] == [Density(letter)] * len(SPELLINGS[letter])


def test_what_is_no_single_density_is_missing():
    assert [cell for cell in NOTHING if read_density(cell) is not None] == []


def test_halves_and_bands_follow_their_edges():
    assert [density_group(density) for density in "abcd"] == ["a-b", "a-b", "c-d", "c-d"]
    edges = (50.0, 60.0, 70.0)
    assert [age_band(age, edges) for age in (49.9, 50, 59, 70, math.nan)] == ["< 50", "50-59", "50-59", ">= 70", ""]
