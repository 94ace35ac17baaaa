"""Strata of women: BI-RADS density and age; what cannot be read is missing, never guessed."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from radiomics_mammo.core.vocabulary import Density

DENSITIES = tuple(str(density) for density in Density)
DENSITY_GROUPS = ("a-b", "c-d")
"""Not dense and dense, the halves for tests by class."""

_WORDS = re.compile(r"\b(?:bi ?rads|acr|breast|density|densities|category|categories|composition|class|type|grade)\b")
_NUMERALS = dict(zip(("1", "2", "3", "4", "i", "ii", "iii", "iv"), DENSITIES * 2, strict=True))
_LOOKALIKES = str.maketrans("αβасвд", "abacbd")
"""Greek and Cyrillic letters that a keyboard of another language puts in place of a to d."""


def read_density(value: object) -> Density | None:
    """BI-RADS density of a cell: a letter a to d in any case, or the numeral 1 to 4 or I to IV of earlier editions.

    Parameters
    ----------
    value : object
        Text or number, with or without words such as "ACR" or "category".

    Returns
    -------
    Density or None
        None where the cell holds anything else, or more than one letter.

    Examples
    --------
    >>> [str(read_density(cell)) for cell in ("ACR B", 3.0, "BI-RADS: iv", "(a)", "b/c", "", None)]
    ['b', 'c', 'd', 'a', 'None', 'None', 'None']
    """
    if isinstance(value, Density):
        return value
    if value is None or isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        return None
    text = str(int(value)) if isinstance(value, float) else unicodedata.normalize("NFKC", str(value))
    words = re.sub(r"[\s()\[\].:_-]+", " ", text.casefold().translate(_LOOKALIKES))
    left = " ".join(_WORDS.sub(" ", words).split()).removesuffix(" 0")
    letter = _NUMERALS.get(left, left)
    return Density(letter) if letter in DENSITIES else None


def density_group(density: Density | str | None) -> str:
    """Half of the density scale; empty where the density is unknown.

    Examples
    --------
    >>> density_group("b"), density_group(Density.D), density_group(None)
    ('a-b', 'c-d', '')
    """
    return DENSITY_GROUPS[DENSITIES.index(density) // 2] if density else ""


def age_band_names(edges_years: Sequence[float]) -> tuple[str, ...]:
    """Names of the age bands, youngest first.

    Examples
    --------
    >>> age_band_names((50.0, 60.0, 70.0))
    ('< 50', '50-59', '60-69', '>= 70')
    """
    edges = [f"{edge:g}" for edge in edges_years]
    inner = [
        f"{low:g}-{high - 1:g}" if float(low).is_integer() and float(high).is_integer() else f"{low:g} to < {high:g}"
        for low, high in pairwise(edges_years)
    ]
    return (f"< {edges[0]}", *inner, f">= {edges[-1]}")


def age_band(age_years: float, edges_years: Sequence[float]) -> str:
    """Name of the band an age lies in; empty where it is not a number.

    Examples
    --------
    >>> age_band(60.0, (50.0, 60.0, 70.0)), age_band(float("nan"), (50.0,))
    ('60-69', '')
    """
    if math.isnan(age_years):
        return ""
    return age_band_names(edges_years)[int(np.searchsorted(edges_years, age_years, side="right"))]
