"""Random tissue texture whose power spectrum falls with a power of the spatial frequency, as breast tissue does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Field = NDArray[np.float32]
"""Array of float32, shape (rows, cols)."""


def power_law_field(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    spacing_mm: float,
    longest_mm: float,
    carried_below_mm: float | None = None,
    exponent: float = 3.0,
    stretch: float = 1.0,
) -> Field:
    """Periodic Gaussian random field with power spectrum proportional to frequency ** -exponent.

    Parameters
    ----------
    rng : numpy.random.Generator
    shape : tuple of int
        (rows, cols).
    spacing_mm : float
        Distance of neighbouring samples.
    longest_mm : float
        Longest wavelength of the spectrum.
    carried_below_mm : float, optional
        Generate only the waves of the spectrum that are shorter than this.
    exponent : float
        Must be above 2; mammograms have about 3 (Burgess 1999).
    stretch : float
        Correlation along the columns is longer by this factor than along the rows.

    Returns
    -------
    ndarray of float32
        Variance 1 if all wavelengths below `longest_mm` are resolved and carried; bands of one spectrum generated
        apart (on different grids) therefore add up to that spectrum.

    Examples
    --------
    >>> field = power_law_field(np.random.default_rng(1), (64, 48), spacing_mm=0.5, longest_mm=16.0)
    >>> field.shape, bool(0.3 < field.std() < 3)
    ((64, 48), True)
    """
    white = rng.standard_normal(shape, dtype=np.float32)
    row_frequency = fft.fftfreq(shape[0], spacing_mm).astype(np.float32)[:, None]
    col_frequency = fft.rfftfreq(shape[1], spacing_mm).astype(np.float32)[None, :] * stretch
    frequency = np.hypot(row_frequency, col_frequency)
    carried = frequency >= 1 / (carried_below_mm or longest_mm)
    # Variance is the integral of power * 2 pi f df = 1, solved for the factor of the power law.
    factor = (exponent - 2) / (2 * np.pi) * longest_mm ** (2 - exponent) * stretch
    power = np.where(carried, factor * np.maximum(frequency, 1 / longest_mm) ** -exponent, 0)
    filtered = fft.rfft2(white) * (np.sqrt(power) / spacing_mm).astype(np.float32)
    return np.asarray(fft.irfft2(filtered, s=shape), dtype=np.float32)


def spectral_exponent(patch: NDArray[np.floating], *, lowest: float = 0.03, highest: float = 0.25) -> float:
    """Slope of the radially averaged power spectrum of a patch, positive; about 3 for breast tissue.

    Parameters
    ----------
    patch : ndarray, shape (rows, cols)
        Tissue without skin line or background.
    lowest, highest : float
        Band of the fit in cycles per pixel.

    Examples
    --------
    >>> field = power_law_field(np.random.default_rng(1), (256, 192), spacing_mm=1.0, longest_mm=200.0)
    >>> round(spectral_exponent(field))
    3
    """
    window = np.outer(np.hanning(patch.shape[0]), np.hanning(patch.shape[1]))
    power = np.abs(np.fft.fft2((patch - patch.mean()) * window)) ** 2
    frequency = np.hypot(np.fft.fftfreq(patch.shape[0])[:, None], np.fft.fftfreq(patch.shape[1])[None, :])
    edges = np.geomspace(lowest, highest, 12)
    band = np.digitize(frequency, edges)
    means = [np.log(power[band == index].mean()) for index in range(1, len(edges))]
    centres = np.log(np.sqrt(edges[:-1] * edges[1:]))
    return float(-np.polyfit(centres, means, 1)[0])
