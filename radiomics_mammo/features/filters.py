"""Image filters of a crop, in two dimensions only, named as PyRadiomics names their pictures.

A filter is one value, `ImageFilter`; columns, crop margin, measurement and engine parity iterate over `FILTERS`. A new
filter is one more value here and its word in ``config/features.py``.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pywt
import SimpleITK as sitk
from numpy.typing import NDArray
from skimage.feature import local_binary_pattern

from radiomics_mammo.config.features import FeatureConfig, ImageType, resolve_preset

Image = NDArray[np.float64]
Spacing = tuple[float, float]
"""(row, col)."""

LengthUnit = Literal["mm", "px"]
"""Unit of filter widths: pixels only where the spacing of an exam is unknown."""

WAVELET_BANDS = ("LH", "HL", "HH", "LL")
"""Sub-bands in the order of PyRadiomics: first letter along a row (across the picture), second along a column."""

LBP_SAMPLES, LBP_RADIUS_PX = 8, 1
"""Neighbours and radius of local binary patterns: the defaults of PyRadiomics."""

MARGIN_SIGMAS = 4.0
"""Margin around a region in widths of the largest filter: beyond it a Gaussian holds less than 1e-4 of its weight."""

_MIN_LOG_SIDE_PX = 4
"""The recursive Gaussian needs four samples a line."""

_OF_TEN_CODES = (
    "firstorder_10Percentile", "firstorder_90Percentile", "firstorder_InterquartileRange", "firstorder_Maximum",
    "firstorder_Median", "firstorder_Minimum", "firstorder_Range", "firstorder_RobustMeanAbsoluteDeviation",
)  # fmt: skip
_REPEATS_A_CODE = (
    "a pattern is one of ten codes: this is the same number on nearly every region, or that of another column"
)


@dataclass(frozen=True, kw_only=True)
class ImageFilter:
    """One filter and everything the rest of the package asks about it.

    Parameters
    ----------
    kind : str
        Word of the configuration; the names of its pictures are this word or start with it and a hyphen.
    names : callable
        (settings, unit) to the names of its pictures, in column order; settings as `resolve_preset` gives them.
    apply : callable
        (image, settings, spacing) to its pictures, in the order of the names; none where the image is too small.
    margin : callable
        (settings, spacing) to the study pixels it reaches around a region.
    stock_name : str
        Image type of the stock PyRadiomics extractor that equals it on one plane; empty where there is none.
    repeats : mapping of str to str
        ``<class>_<Feature>`` that say nothing on its pictures, with the reason; left out.
    graded : bool
        Whether the number of occupied grey levels is a choice of the discretisation, and so worth checking.
    """

    kind: ImageType
    names: Callable[[FeatureConfig, LengthUnit], tuple[str, ...]]
    apply: Callable[[Image, FeatureConfig, Spacing], Iterable[Image]]
    margin: Callable[[FeatureConfig, float], int] = lambda settings, spacing: 1
    stock_name: str = ""
    repeats: Mapping[str, str] = field(default_factory=dict)
    graded: bool = True


FILTERS = (
    ImageFilter(
        kind="original",
        names=lambda settings, unit: ("original",),
        apply=lambda image, settings, spacing: (image,),
        stock_name="Original",
    ),
    ImageFilter(
        kind="wavelet",
        names=lambda settings, unit: tuple(f"wavelet-{band}" for band in WAVELET_BANDS),
        apply=lambda image, settings, spacing: wavelet_bands(image, settings.wavelet).values(),
        margin=lambda settings, spacing: int(pywt.Wavelet(settings.wavelet).dec_len),
        stock_name="Wavelet",
    ),
    ImageFilter(
        kind="log",
        names=lambda settings, unit: tuple(
            f"log-sigma-{float(sigma)!s}-{unit}-2D".replace(".", "-") for sigma in settings.log_sigma_mm or ()
        ),
        apply=lambda image, settings, spacing: (
            laplacian_of_gaussian(image, sigma=sigma, spacing=spacing)
            for sigma in settings.log_sigma_mm or ()
            if min(image.shape) >= _MIN_LOG_SIDE_PX
        ),
        margin=lambda settings, spacing: math.ceil(
            round(MARGIN_SIGMAS * max(settings.log_sigma_mm or (0.0,)) / spacing, 6)
        ),
    ),
    ImageFilter(
        kind="gradient",
        names=lambda settings, unit: ("gradient",),
        apply=lambda image, settings, spacing: (gradient_magnitude(image, spacing),),
        stock_name="Gradient",
    ),
    ImageFilter(
        kind="lbp",
        names=lambda settings, unit: ("lbp-2D",),
        apply=lambda image, settings, spacing: (local_patterns(image),),
        stock_name="LBP2D",
        repeats=dict.fromkeys(_OF_TEN_CODES, _REPEATS_A_CODE),
        graded=False,
    ),
)
"""All filters, in column order."""


def chosen_filters(settings: FeatureConfig) -> tuple[ImageFilter, ...]:
    """Filters that resolved settings ask for, in column order whatever the order of the settings.

    Examples
    --------
    >>> [each.kind for each in chosen_filters(FeatureConfig(image_types=("lbp", "original")))]
    ['original', 'lbp']
    """
    return tuple(each for each in FILTERS if each.kind in (settings.image_types or ()))


def filter_of(picture: str) -> ImageFilter:
    """The filter that makes a picture of this name.

    Examples
    --------
    >>> filter_of("wavelet-LH").kind, filter_of("lbp-2D").graded
    ('wavelet', False)
    """
    return next(each for each in FILTERS if each.kind == picture.partition("-")[0])


def image_types(config: FeatureConfig, *, unit: LengthUnit = "mm") -> tuple[str, ...]:
    """Pictures that are measured for exams of known (``mm``) or unknown (``px``) spacing, in column order.

    Examples
    --------
    >>> image_types(FeatureConfig(preset="quick"))
    ('original',)
    """
    settings = resolve_preset(config)
    return tuple(name for each in chosen_filters(settings) for name in each.names(settings, unit))


def margin_px(config: FeatureConfig, *, spacing: float) -> int:
    """Study pixels kept around a region: the widest reach of a filter (four widths of a LoG, a wavelet's support).

    `spacing` is that of the study in mm, or 1 where it is unknown and filter widths are pixels.

    Examples
    --------
    >>> margin_px(FeatureConfig(preset="standard"), spacing=0.1)
    80
    >>> margin_px(FeatureConfig(image_types=("original", "wavelet")), spacing=0.1)
    6
    """
    settings = resolve_preset(config)
    return max([1, *(each.margin(settings, spacing) for each in chosen_filters(settings))])


def filtered_images(
    image: Image, *, spacing: Spacing, unit: LengthUnit, config: FeatureConfig
) -> Iterator[tuple[str, Image]]:
    """Pictures to measure with their names, in column order, made one after the other.

    Parameters
    ----------
    image : ndarray of float64, shape (rows, cols)
    spacing : tuple of float
        (row, col), in `unit`.

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
    for each in chosen_filters(settings):
        yield from zip(each.names(settings, unit), each.apply(image, settings, spacing), strict=False)


def wavelet_bands(image: Image, wavelet: str = "coif1") -> dict[str, Image]:
    """Undecimated (stationary) wavelet transform: four sub-bands of one level, the size of the picture.

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


def laplacian_of_gaussian(image: Image, *, sigma: float, spacing: Spacing) -> Image:
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
    return _array(sitk.LaplacianRecursiveGaussian(_planar(image - image.mean(), spacing), sigma, True))


def gradient_magnitude(image: Image, spacing: Spacing) -> Image:
    """Magnitude of the gradient by central differences, per unit of `spacing`.

    Examples
    --------
    >>> rows, _ = np.mgrid[:5, :6]
    >>> float(gradient_magnitude(rows * 2.0, (0.5, 0.5))[2, 3])
    4.0
    """
    return _array(sitk.GradientMagnitude(_planar(image, spacing)))


def _planar(image: Image, spacing: Spacing) -> sitk.Image:
    picture = sitk.GetImageFromArray(np.asarray(image))
    picture.SetSpacing(spacing[::-1])
    return picture


def _array(picture: sitk.Image) -> Image:
    return np.asarray(sitk.GetArrayFromImage(picture), dtype=np.float64)


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
