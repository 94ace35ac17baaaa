"""The stock PyRadiomics extractor on one plane, to hold our values against."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from radiomics.featureextractor import RadiomicsFeatureExtractor

from radiomics_mammo.config.features import FeatureConfig, resolve_preset
from radiomics_mammo.features.columns import PLANE_CLASSES, SHAPE_CLASS
from radiomics_mammo.features.engine import class_features
from radiomics_mammo.features.finite import finite_value

_STOCK_NAMES = {"original": "Original", "wavelet": "Wavelet", "gradient": "Gradient", "lbp": "LBP2D"}
"""Image types the stock extractor can compute on one plane; its Laplacian of Gaussian is three-dimensional."""


@contextmanager
def quiet_engine() -> Iterator[None]:
    """Silence PyRadiomics' log for a while: what went wrong is in the findings.

    Examples
    --------
    >>> with quiet_engine():
    ...     logging.getLogger("radiomics").isEnabledFor(logging.CRITICAL)
    False
    """
    engine = logging.getLogger("radiomics")
    before = engine.level
    engine.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        engine.setLevel(before)


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
        for kind in settings.image_types or ():
            if kind in _STOCK_NAMES:
                extractor.enableImageTypeByName(_STOCK_NAMES[kind])
        extractor.disableAllFeatures()
        extractor.enableFeaturesByName(**{c: list(class_features(c)) for c in (*PLANE_CLASSES, SHAPE_CLASS)})
        return {name: finite_value(value) for name, value in extractor.execute(*planes).items()}
