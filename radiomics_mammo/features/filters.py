"""Filtered pictures of a crop, in two dimensions only, named as PyRadiomics names them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pywt
import SimpleITK as sitk
from numpy.typing import NDArray
from skimage.feature import local_binary_pattern

from radiomics_mammo.config.features import FeatureConfig, resolve_preset
from radiomics_mammo.features.columns import WAVELET_BANDS, LengthUnit, log_image_type

Image = NDArray[np.float64]

LBP_SAMPLES, LBP_RADIUS_PX = 8, 1
"""Neighbours and radius of local binary patterns: the defaults of PyRadiomics."""

_MIN_LOG_SIDE_PX = 4
"""The recursive Gaussian needs four samples a line."""


def filtered_images(
    image: Image, *, spacing: tuple[float, float], unit: LengthUnit, config: FeatureConfig
) -> Iterator[tuple[str, Image]]:
    """Pictures to measure with their names, in column order, made one after the other.

    Parameters
    ----------
    image : ndarray of float64, shape (rows, cols)
    spacing : tuple of float
        (row, col), in `unit`.
    unit : {"mm", "px"}
    config : FeatureConfig

    Yields
    ------
    tuple of str and ndarray
        A picture that cannot be made (too small for the filter) is left out.

    Examples
    --------
    >>> ramp = np.arange(12.0).reshape(3, 4)
    >>> [name for name, _ in filtered_images(ramp, spacing=(1, 1), unit="mm", config=FeatureConfig(preset="quick"))]
    ['original']
    """
    settings = resolve_preset(config)
    kinds = settings.image_types or ()
    if "original" in kinds:
        yield "original", image
    if "wavelet" in kinds:
        for band, picture in wavelet_bands(image, settings.wavelet).items():
            yield f"wavelet-{band}", picture
    if "log" in kinds and min(image.shape) >= _MIN_LOG_SIDE_PX:
        for sigma in settings.log_sigma_mm or ():
            yield log_image_type(sigma, unit), laplacian_of_gaussian(image, sigma=sigma, spacing=spacing)
    if "gradient" in kinds:
        yield "gradient", gradient_magnitude(image, spacing)
    if "lbp" in kinds:
        yield "lbp-2D", local_patterns(image)


def wavelet_bands(image: Image, wavelet: str = "coif1") -> dict[str, Image]:
    """Four sub-bands of the undecimated (stationary) wavelet transform, one level, the size of the picture.

    The first letter is the filter along a row (across the picture), the second along a column, as in PyRadiomics;
    odd sides are extended by one wrapped line for the transform.

    Examples
    --------
    >>> sorted(wavelet_bands(np.ones((4, 6))))
    ['HH', 'HL', 'LH', 'LL']
    """
    rows, cols = image.shape
    even = np.pad(image, ((0, rows % 2), (0, cols % 2)), mode="wrap")
    parts = pywt.swtn(even, wavelet, level=1, axes=(1, 0))[0]
    names = {band: band.replace("L", "a").replace("H", "d") for band in WAVELET_BANDS}
    return {band: np.ascontiguousarray(parts[name][:rows, :cols]) for band, name in names.items()}


def laplacian_of_gaussian(image: Image, *, sigma: float, spacing: tuple[float, float]) -> Image:
    """Two-dimensional Laplacian of Gaussian, normalised across scale (times sigma squared).

    Parameters
    ----------
    image : ndarray of shape (rows, cols), at least 4 x 4
    sigma : float
        Width, in the unit of `spacing`.
    spacing : tuple of float
        (row, col).

    Notes
    -----
    ITK's recursive Gaussian (Deriche 1993), the filter PyRadiomics uses in three dimensions. Its result has 32 bits;
    it is handed on as float64. The picture is shifted by its mean first, which changes no Laplacian and keeps the
    rounding small.

    Examples
    --------
    >>> rows, _ = np.mgrid[:41, :43]
    >>> float(laplacian_of_gaussian(rows**2 * 1.0, sigma=2.0, spacing=(1.0, 1.0))[20, 21].round(3))
    8.0
    """
    picture = sitk.GetImageFromArray(image - image.mean())
    picture.SetSpacing(spacing[::-1])
    laplacian = sitk.LaplacianRecursiveGaussian(picture, sigma, True)
    return np.asarray(sitk.GetArrayFromImage(laplacian), dtype=np.float64)


def gradient_magnitude(image: Image, spacing: tuple[float, float]) -> Image:
    """Magnitude of the gradient by central differences, per unit of `spacing`.

    Examples
    --------
    >>> rows, _ = np.mgrid[:5, :6]
    >>> float(gradient_magnitude(rows * 2.0, (0.5, 0.5))[2, 3])
    4.0
    """
    picture = sitk.GetImageFromArray(np.asarray(image))
    picture.SetSpacing(spacing[::-1])
    return np.asarray(sitk.GetArrayFromImage(sitk.GradientMagnitude(picture)), dtype=np.float64)


def local_patterns(image: Image) -> Image:
    """Uniform local binary patterns, values 0..9 (Ojala et al. 1996).

    Examples
    --------
    >>> float(local_patterns(np.zeros((3, 4)))[1, 1])
    8.0
    """
    with warnings.catch_warnings():
        # scikit-image advises whole numbers; the patterns only compare neighbours, and PyRadiomics passes these too
        warnings.simplefilter("ignore", UserWarning)
        patterns = local_binary_pattern(np.array(image), P=LBP_SAMPLES, R=LBP_RADIUS_PX, method="uniform")
    return np.asarray(patterns, dtype=np.float64)
