"""Many regions at once: their texture matrices stacked, PyRadiomics' formulas run once over all of them.

The formulas of PyRadiomics are written for a stack of matrices (it makes maps of features with them), and most of the
time of one small matrix goes into calling them. Here regions with the same number of grey levels share one stack, in
which a grey level that does not occur in a region is a row of zeros: it adds nothing to any sum. The values are those
of `engine.measure_region` (tested to 1e-9); a region that cannot be stacked is measured by it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from radiomics import cMatrices, glcm, gldm, glrlm, glszm, ngtdm

from radiomics_mammo.features.engine import (
    FAILURES,
    PlaneRegion,
    measure_region,
    neighbourhood_difference_matrix,
    zone_sizes,
)

MOST_LEVELS = 64
"""Grey levels above which matrices are large, often with few rows in use: regions are then measured one by one."""
MOST_CELLS = 24 * 32 * 32
"""Cells of the co-occurrence matrices of one stack and direction: what stays in the cache of a processor."""
_DIRECTIONS = 4
_FIRST_ORDER = "firstorder"
_Floats = NDArray[np.float64]


_IMAGINARY = 100
"""Multiples of the machine epsilon of an imaginary part that is nothing (as `numpy.real_if_close` has it)."""


def measure_regions(regions: Sequence[PlaneRegion], features: Sequence[tuple[str, ...]]) -> list[dict[str, float]]:
    """Features of many discretised regions, in their order; NaN where the engine has no value.

    Parameters
    ----------
    regions : sequence of PlaneRegion
    features : sequence of tuple of str
        Wanted of each region, ``<class>_<Feature>``.

    Examples
    --------
    >>> from radiomics_mammo.features.engine import discretise
    >>> ramp = np.arange(30.0).reshape(5, 6)
    >>> both = [discretise(part, ramp >= 0, bin_count=4) for part in (ramp, -ramp)]
    >>> [found["glcm_Contrast"] > 0 for found in measure_regions(both, [("glcm_Contrast",)] * 2)]
    [True, True]
    """
    found: list[dict[str, float]] = [{} for _ in regions]
    groups: dict[tuple[int, tuple[str, ...]], list[int]] = {}
    for place, (region, wanted) in enumerate(zip(regions, features, strict=True)):
        texture = tuple(name for name in wanted if not name.startswith(_FIRST_ORDER))
        levels = int(region.grey_levels[-1])
        if texture and levels <= MOST_LEVELS:
            groups.setdefault((levels, texture), []).append(place)
        else:
            found[place] = measure_region(region, wanted)
    for (levels, texture), places in groups.items():
        for chunk in _chunks(places, max(1, MOST_CELLS // levels**2)):
            measured = _measure_stack([regions[place] for place in chunk], levels, texture)
            for place, values in zip(chunk, measured, strict=True):
                first = [name for name in features[place] if name.startswith(_FIRST_ORDER)]
                values |= measure_region(regions[place], first)
                found[place] = {name: values[name] for name in features[place]}
    return found


def _chunks(places: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(places), size):
        yield places[start : start + size]


def _measure_stack(regions: Sequence[PlaneRegion], levels: int, features: tuple[str, ...]) -> list[dict[str, float]]:
    """Texture of regions of one number of grey levels."""
    found: list[dict[str, float]] = [{} for _ in regions]
    counted = [_direction_matrices(region, levels) for region in regions]
    stacked = [place for place, each in enumerate(counted) if each is not None]
    for place in set(range(len(regions))) - set(stacked):
        found[place] = measure_region(regions[place], features)
    if not stacked:
        return found
    kept = [regions[place] for place in stacked]
    matrices = [each for each in counted if each is not None]
    wanted = [name.split("_", 1) for name in features]
    with np.errstate(all="ignore"):
        for family in dict.fromkeys(family for family, _ in wanted):
            engine = _fill(family, kept, matrices, levels)
            for feature in (name for other, name in wanted if other == family):
                values = _values(engine, feature, len(kept))
                for place, region, value in zip(stacked, kept, values, strict=True):
                    name = f"{family}_{feature}"
                    found[place][name] = measure_region(region, [name])[name] if value is None else value
    return found


def _values(engine: PyRadiomicsStack, feature: str, number: int) -> Sequence[float | None]:
    """One value a region; None where the formula failed on the stack and has to be asked region by region."""
    try:
        told = finite_values(getattr(engine, f"get{feature}FeatureValue")(), number)
    except FAILURES:
        return [None] * number
    return [float(value) for value in told]


def _direction_matrices(region: PlaneRegion, levels: int) -> tuple[_Floats, _Floats] | None:
    """Co-occurrence and run length matrix by direction; None where a direction holds no pair of pixels."""
    pairs, _ = cMatrices.calculate_glcm(region.levels, region.inside, np.array([1]), levels, False, 0)
    if pairs.shape[-1] != _DIRECTIONS or not (pairs.sum(axis=(1, 2)) > 0).all():
        return None
    longest = max(region.levels.shape)
    runs, _ = cMatrices.calculate_glrlm(region.levels, region.inside, levels, longest, False, 0)
    return (pairs[0], runs[0]) if runs.shape[-1] == _DIRECTIONS else None


def _fill(
    family: str, regions: Sequence[PlaneRegion], matrices: Sequence[tuple[_Floats, _Floats]], levels: int
) -> PyRadiomicsStack:
    """A class of PyRadiomics with the matrices of a stack and what its formulas ask for."""
    engine = formulas_of(family, levels)
    fill = {"glcm": _fill_glcm, "glrlm": _fill_glrlm, "glszm": _fill_glszm, "gldm": _fill_gldm, "ngtdm": _fill_ngtdm}
    fill[family](engine, regions, matrices)
    return engine


def _fill_glcm(engine: Any, regions: object, matrices: Sequence[tuple[_Floats, _Floats]]) -> None:  # noqa: ANN401
    pairs = np.stack([each for each, _ in matrices])
    pairs += pairs.transpose(0, 2, 1, 3).copy()
    engine.P_glcm = pairs / pairs.sum(axis=(1, 2))[:, None, None, :]
    engine._calculateCoefficients()


def _fill_glrlm(engine: Any, regions: object, matrices: Sequence[tuple[_Floats, _Floats]]) -> None:  # noqa: ANN401
    longest = max(runs.shape[1] for _, runs in matrices)
    padded = [np.pad(runs, ((0, 0), (0, longest - runs.shape[1]), (0, 0))) for _, runs in matrices]
    engine.P_glrlm = np.stack(padded)
    engine.coefficients["Nr"] = engine.P_glrlm.sum(axis=(1, 2))
    engine._calculateCoefficients()


def _fill_glszm(engine: Any, regions: Sequence[PlaneRegion], matrices: object) -> None:  # noqa: ANN401
    zones = [zone_sizes(region.levels) for region in regions]
    sizes = np.unique(np.concatenate([size for _, size in zones]))
    levels = engine.coefficients["Ng"]
    counts = [
        np.bincount((level - 1) * len(sizes) + np.searchsorted(sizes, size), minlength=levels * len(sizes))
        for level, size in zones
    ]
    matrix = np.stack(counts).reshape(len(regions), levels, len(sizes)).astype(np.float64)
    by_size = matrix.sum(axis=1)
    engine.P_glszm = matrix
    engine.coefficients |= {
        "Np": (by_size * sizes).sum(axis=1),
        "Nz": by_size.sum(axis=1),
        "ps": by_size,
        "pg": matrix.sum(axis=2),
        "ivector": engine.coefficients["grayLevels"].astype(np.float64),
        "jvector": sizes.astype(np.float64),
    }


def _fill_gldm(engine: Any, regions: Sequence[PlaneRegion], matrices: object) -> None:  # noqa: ANN401
    distances, levels = np.array([1]), engine.coefficients["Ng"]
    counted = [cMatrices.calculate_gldm(r.levels, r.inside, distances, levels, 0, False, 0)[0] for r in regions]
    matrix = np.stack(counted).astype(np.float64)
    by_dependence = matrix.sum(axis=1)
    engine.P_gldm = matrix
    engine.coefficients |= {
        "Nz": by_dependence.sum(axis=1),
        "pd": by_dependence,
        "pg": matrix.sum(axis=2),
        "ivector": engine.coefficients["grayLevels"].astype(np.float64),
        "jvector": np.arange(1.0, matrix.shape[2] + 1),
    }


def _fill_ngtdm(engine: Any, regions: Sequence[PlaneRegion], matrices: object) -> None:  # noqa: ANN401
    levels = engine.coefficients["Ng"]
    each = [neighbourhood_difference_matrix(r.levels, r.inside, levels_total=levels) for r in regions]
    engine.P_ngtdm = np.stack(each)
    engine._calculateCoefficients()


class PyRadiomicsStack:
    """Stands in for the constructor of a PyRadiomics class whose matrices are those of many regions, filled in later.

    Every grey level up to `levels_total` has its row, whether it occurs in a region or not.
    """

    def __init__(self, levels_total: int) -> None:
        self.logger = logging.getLogger(type(self).__module__)
        self.symmetricalGLCM = True
        self.coefficients: dict[str, Any] = {"grayLevels": np.arange(1, levels_total + 1), "Ng": levels_total}


class _GlcmStack(PyRadiomicsStack, glcm.RadiomicsGLCM):  # type: ignore[misc]
    """Co-occurrence features; products are one multiplication, and powers are multiplied out."""

    P_glcm: NDArray[np.float64]

    def getClusterTendencyFeatureValue(self) -> NDArray[np.float64]:  # noqa: N802
        """Cluster tendency, the second moment, the formula of PyRadiomics."""
        return self._cluster(2)

    def getClusterShadeFeatureValue(self) -> NDArray[np.float64]:  # noqa: N802
        """Cluster shade, the third moment, the formula of PyRadiomics."""
        return self._cluster(3)

    def getClusterProminenceFeatureValue(self) -> NDArray[np.float64]:  # noqa: N802
        """Cluster prominence, the fourth moment, the formula of PyRadiomics."""
        return self._cluster(4)

    def _cluster(self, power: int) -> NDArray[np.float64]:
        known = self.coefficients
        away = (known["i"] + known["j"])[None, :, :, None] - known["ux"] - known["uy"]
        weighted = self.P_glcm * away
        for _ in range(power - 1):
            weighted *= away
        return np.asarray(np.nanmean(weighted.sum(axis=(1, 2)), axis=1))

    def getMCCFeatureValue(self) -> NDArray[np.float64]:  # noqa: N802
        """Maximal correlation coefficient, the formula of PyRadiomics."""
        pairs = np.moveaxis(self.P_glcm, 3, 1)
        rows, cols = pairs.sum(axis=3, keepdims=True), pairs.sum(axis=2, keepdims=True)
        q = (pairs / (rows * cols + self.coefficients["eps"])) @ pairs.transpose(0, 1, 3, 2)
        second = np.sort(np.linalg.eigvals(q), axis=-1)[:, :, -2]
        return np.asarray(np.nanmean(np.sqrt(second), axis=1).real)


def _stack_of(engine: type) -> type[PyRadiomicsStack]:
    return type(f"{engine.__name__}Stack", (PyRadiomicsStack, engine), {})


_STACKS: dict[str, type[PyRadiomicsStack]] = {
    "glcm": _GlcmStack,
    "glrlm": _stack_of(glrlm.RadiomicsGLRLM),
    "glszm": _stack_of(glszm.RadiomicsGLSZM),
    "gldm": _stack_of(gldm.RadiomicsGLDM),
    "ngtdm": _stack_of(ngtdm.RadiomicsNGTDM),
}


def formulas_of(family: str, levels_total: int) -> PyRadiomicsStack:
    """The formulas of one texture class, for matrices to be filled in.

    Examples
    --------
    >>> formulas_of("gldm", 3).coefficients["grayLevels"].tolist()
    [1, 2, 3]
    """
    return _STACKS[family](levels_total)


def finite_values(values: ArrayLike, number: int) -> NDArray[np.float64]:
    """What PyRadiomics computed for a stack as numbers, shape (number,), NaN where one is none.

    Examples
    --------
    >>> finite_values(np.array([2 + 0j, np.inf]), 2).tolist(), finite_values(1, 2).tolist()
    ([2.0, nan], [1.0, 1.0])
    """
    whole = np.broadcast_to(np.asarray(values), (number,))
    rest = np.imag(whole)
    with np.errstate(invalid="ignore"):
        real = np.abs(rest) <= _IMAGINARY * np.finfo(np.float64).eps
    told = np.where(real & np.isfinite(np.real(whole)), np.real(whole), np.nan)
    return np.asarray(told, dtype=np.float64)
