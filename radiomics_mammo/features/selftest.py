"""What the installation computes against the IBSI phantom, analytic filters and the stock PyRadiomics extractor.

These are the rows of ``radiomics-mammo selftest``.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

import numpy as np
import pandas as pd
import SimpleITK as sitk
from numpy.typing import NDArray
from radiomics.featureextractor import RadiomicsFeatureExtractor
from scipy import ndimage

from radiomics_mammo.config.features import FeatureConfig, resolve_preset
from radiomics_mammo.features.engine import (
    PLANE_CLASSES,
    SHAPE_CLASS,
    class_features,
    discretise,
    finite_value,
    measure_region,
    measure_shape,
    quiet_engine,
)  # fmt: skip
from radiomics_mammo.features.filters import (
    FILTERS,
    chosen_filters,
    filtered_images,
    laplacian_of_gaussian,
    wavelet_bands,
)  # fmt: skip
from radiomics_mammo.features.names import DROPPED, ibsi_references, plane_features

KNOWN_DEVIATIONS = MappingProxyType(
    {
        "firstorder_Kurtosis": "PyRadiomics does not subtract 3: its value is 3 above the IBSI value",
        "fixed bin width": "PyRadiomics lays bin edges at multiples of the width, IBSI at the minimum of the region",
        "glcm_MCC": "no IBSI feature; no reference value",
        "gldm": "IBSI calls this class NGLDM (neighbouring grey level dependence); the values agree",
        "shape2D": "IBSI defines three-dimensional shape only; no reference values",
    }
)
"""Where PyRadiomics and IBSI differ, by name."""

ENGINE_TOLERANCE = 1e-9
"""Largest relative difference from the stock extractor."""

_KURTOSIS_OFFSET = 3.0
_SIGNIFICANT_DIGITS = 3
_PHANTOM_LEVELS = 6
_LOG_TOLERANCE = 0.02
"""Relative error allowed to the recursive approximation of the Gaussian."""

_SEED = 20240531


@dataclass(frozen=True)
class SelftestRow:
    """One check: what came out, what should, how far apart they may be."""

    name: str
    value: float
    reference: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the value lies within the tolerance; a missing value never does.

        Examples
        --------
        >>> SelftestRow("a", 1.04, 1.0, 0.05).passed, SelftestRow("b", float("nan"), 1.0, 9.0).passed
        (True, False)
        """
        return abs(self.value - self.reference) <= self.tolerance


def selftest_values() -> tuple[SelftestRow, ...]:
    """IBSI-1 digital phantom, completeness, filters, engine parity.

    Examples
    --------
    >>> all(row.passed for row in selftest_values())
    True
    """
    return (*_phantom_rows(), *_completeness_rows(), *_filter_rows(), *_parity_rows())


def digital_phantom() -> NDArray[np.float64]:
    """Grey levels of the IBSI-1 digital phantom, shape (4 slices, 4 rows, 5 columns); 0 lies outside the region.

    Examples
    --------
    >>> int((digital_phantom() > 0).sum())
    74
    """
    with (resources.files("radiomics_mammo.features") / "ibsi_digital_phantom.csv").open(encoding="utf-8") as stream:
        rows = pd.read_csv(stream, comment="#")["levels"]
    return np.array([row.split() for row in rows], dtype=np.float64).reshape(4, 4, 5)


def _phantom_rows() -> Iterator[SelftestRow]:
    """Every feature of the phantom: texture averaged over slices, first order over the whole."""
    phantom = digital_phantom()
    slices = [_measured(plane) for plane in phantom]
    whole = _measured(phantom.reshape(-1, phantom.shape[2]))
    for feature, code, reference in ibsi_references():
        first_order = feature.startswith("firstorder_")
        if first_order:
            value = whole.get(feature, float("nan"))
        else:
            value = float(np.mean([plane.get(feature, float("nan")) for plane in slices]))
        deviates = feature == "firstorder_Kurtosis"
        name = f"IBSI-1 phantom {feature} ({code})" + (", less 3" if deviates else "")
        yield SelftestRow(name, value - _KURTOSIS_OFFSET * deviates, reference, printed_tolerance(reference))


def _measured(plane: NDArray[np.float64]) -> dict[str, float]:
    region = discretise(plane, plane > 0, bin_count=_PHANTOM_LEVELS, bin_width=1.0)
    return measure_region(region, plane_features())


def printed_tolerance(reference: float) -> float:
    """Half a unit in the last of three printed significant digits.

    Examples
    --------
    >>> printed_tolerance(2.15), printed_tolerance(113.0)
    (0.00505, 0.505)
    """
    last = 10.0 ** (math.floor(math.log10(abs(reference))) - _SIGNIFICANT_DIGITS + 1)
    return round(0.505 * last, 12)


def _completeness_rows() -> Iterator[SelftestRow]:
    ours = set(plane_features()) - set(KNOWN_DEVIATIONS)
    referenced = {one.feature for one in ibsi_references()} - {"firstorder_Kurtosis"}
    yield SelftestRow("features without a reference", float(len(ours - referenced)), 0.0, 0.0)
    yield SelftestRow("references without a feature", float(len(referenced - ours)), 0.0, 0.0)


def _filter_rows() -> Iterator[SelftestRow]:
    rows, cols = np.mgrid[:121, :131] - np.array([60, 65])[:, None, None]
    sigma, blob, spacing = 0.8, 0.5, 0.1
    gaussian = np.exp(-(rows**2 + cols**2) * spacing**2 / (2 * blob**2))
    both = sigma**2 + blob**2
    peak = -2 * sigma**2 * blob**2 / both**2
    found = float(laplacian_of_gaussian(gaussian, sigma=sigma, spacing=(spacing, spacing))[60, 65])
    yield SelftestRow("LoG of a Gaussian blob, centre", found, peak, _LOG_TOLERANCE * abs(peak))
    quadratic = float(laplacian_of_gaussian(rows**2 * spacing**2, sigma=sigma, spacing=(spacing, spacing))[60, 65])
    yield SelftestRow("LoG of a parabola", quadratic, 2 * sigma**2, _LOG_TOLERANCE * 2 * sigma**2)
    flat = wavelet_bands(np.full((24, 26), 7.0))
    yield SelftestRow("wavelet LL of a constant", float(flat["LL"][12, 13]), 14.0, 1e-9)
    yield SelftestRow("wavelet HH of a constant", float(np.abs(flat["HH"]).max()), 0.0, 1e-9)
    texture = _lesion()[0]
    energy = sum(float((band**2).sum()) for band in wavelet_bands(texture).values())
    yield SelftestRow(
        "wavelet energy over 4 times that of the picture", energy / (4 * float((texture**2).sum())), 1.0, 1e-4
    )


def _parity_rows() -> Iterator[SelftestRow]:
    """Largest relative difference from the stock extractor on a seeded lesion, one row a picture."""
    image, inside = _lesion()
    config = FeatureConfig(image_types=tuple(each.kind for each in FILTERS if each.stock_name))
    spacing = (config.spacing_mm, config.spacing_mm)
    stock = stock_features(image, inside, spacing=spacing, config=config)
    ours = {f"original_shape2D_{name}": value for name, value in measure_shape(inside, spacing).items()}
    for picture, plane in filtered_images(image, spacing=spacing, unit="mm", config=config):
        region = discretise(plane, inside, bin_count=config.bin_count)
        ours |= {f"{picture}_{name}": value for name, value in measure_region(region, plane_features(picture)).items()}
    worst: dict[str, float] = {}
    for name, expected in stock.items():
        picture, feature = name.split("_", 1)
        if feature not in DROPPED and name not in DROPPED:
            found = ours.get(name, float("nan"))
            apart = abs(found - expected) / max(abs(expected), np.finfo(np.float64).tiny) if found != expected else 0.0
            worst[picture] = max(worst.get(picture, 0.0), math.inf if math.isnan(apart) else apart)
    for picture, apart in worst.items():
        yield SelftestRow(f"stock PyRadiomics, largest relative difference, {picture}", apart, 0.0, ENGINE_TOLERANCE)


def stock_features(
    image: NDArray[np.float64], inside: NDArray[np.bool_], *, spacing: tuple[float, float], config: FeatureConfig
) -> dict[str, float]:
    """Every column the stock extractor can compute on a picture with the same settings.

    Parameters
    ----------
    image : ndarray of shape (rows, cols)
        Scaled and resampled; measured as it is.
    inside : ndarray of bool, same shape
    spacing : tuple of float
        (row, col), mm.
    config : FeatureConfig

    Examples
    --------
    >>> rows, cols = np.mgrid[:20, :24]
    >>> texture = (rows * 7 + cols**2) % 31 * 1.0
    >>> quick = FeatureConfig(preset="quick")
    >>> values = stock_features(texture, rows > 3, spacing=(0.1, 0.1), config=quick)
    >>> values["original_firstorder_Maximum"]
    30.0
    """
    settings = resolve_preset(config)
    planes = [
        sitk.GetImageFromArray(image[None].astype(np.float64)),
        sitk.GetImageFromArray(inside[None].astype(np.uint8)),
    ]
    for plane in planes:
        plane.SetSpacing((*spacing[::-1], 1.0))
    bins = {"binCount": settings.bin_count} if settings.bin_width is None else {"binWidth": settings.bin_width}
    with quiet_engine(), warnings.catch_warnings():
        # scikit-image advises whole numbers for local binary patterns; the stock extractor passes fractions
        warnings.simplefilter("ignore", UserWarning)
        extractor = RadiomicsFeatureExtractor(
            additionalInfo=False, force2D=True, force2Ddimension=0, wavelet=settings.wavelet, **bins
        )
        extractor.disableAllImageTypes()
        for each in chosen_filters(settings):
            if each.stock_name:
                extractor.enableImageTypeByName(each.stock_name)
        extractor.disableAllFeatures()
        extractor.enableFeaturesByName(**{c: list(class_features(c)) for c in (*PLANE_CLASSES, SHAPE_CLASS)})
        return {name: finite_value(value) for name, value in extractor.execute(*planes).items()}


def _lesion() -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """A seeded texture of even sides and an ellipse on it."""
    rng = np.random.default_rng(_SEED)
    image = ndimage.gaussian_filter(rng.normal(size=(64, 72)), 1.5, mode="wrap") * 400 + 500
    rows, cols = np.mgrid[:64, :72]
    return image, ((rows - 31) / 20) ** 2 + ((cols - 35) / 24) ** 2 <= 1
