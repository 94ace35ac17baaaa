"""Reference data of the Image Biomarker Standardisation Initiative that ship with the package."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class IbsiReference(NamedTuple):
    """One feature of the digital phantom: its IBSI code and consensus value (three significant digits)."""

    feature: str
    ibsi_code: str
    value: float


@cache
def ibsi_references() -> tuple[IbsiReference, ...]:
    """Reference values of the digital phantom for every feature with a two-dimensional meaning.

    Examples
    --------
    >>> [one for one in ibsi_references() if one.feature == "glcm_Contrast"]
    [IbsiReference(feature='glcm_Contrast', ibsi_code='ACUI', value=5.28)]
    """
    rows = _rows("ibsi_reference.csv")
    return tuple(IbsiReference(row["feature"], row["ibsi_code"], float(row["reference"])) for row in rows)


@cache
def ibsi_codes() -> dict[str, str]:
    """IBSI code by ``<class>_<Feature>``.

    Examples
    --------
    >>> ibsi_codes()["ngtdm_Coarseness"]
    'QCDE'
    """
    return {one.feature: one.ibsi_code for one in ibsi_references()}


def digital_phantom() -> NDArray[np.float64]:
    """Grey levels of the digital phantom, shape (4 slices, 4 rows, 5 columns); 0 lies outside the region.

    Examples
    --------
    >>> int((digital_phantom() > 0).sum())
    74
    """
    rows = [[float(level) for level in row["levels"].split()] for row in _rows("ibsi_digital_phantom.csv")]
    return np.array(rows).reshape(4, 4, 5)


def _rows(name: str) -> Iterator[dict[str, str]]:
    file = resources.files("radiomics_mammo.features") / name
    with file.open(encoding="utf-8") as stream:
        yield from csv.DictReader(line for line in stream if not line.startswith("#"))
