"""What PyRadiomics computed, as one finite number."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def finite_value(value: ArrayLike) -> float:
    """What PyRadiomics computed as a number, NaN where it is none.

    Parameters
    ----------
    value : array_like
        One value; roots of eigenvalues are complex from NumPy 2.5 on, with nothing in their imaginary part.

    Examples
    --------
    >>> finite_value(np.array([2 + 0j])), finite_value(np.sqrt(-2 + 0j)), finite_value(np.inf)
    (2.0, nan, nan)
    """
    real = np.real_if_close(np.squeeze(value))
    return float(real) if np.isrealobj(real) and np.isfinite(real) else float("nan")
