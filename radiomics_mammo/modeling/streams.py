"""Random streams that depend on names, never on the order or the place of the work."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Generator of one named piece of work; the same in every process and for every number of jobs.

    Parameters
    ----------
    seed : int
        Seed of the study, >= 0.
    *names : str or int
        What the numbers are for, for example ``"folds", "patient", 3``.

    Examples
    --------
    >>> bool(stream(1, "folds", 2).random() == stream(1, "folds", 2).random())
    True
    >>> bool(stream(1, "folds", 2).random() == stream(1, "folds", 3).random())
    False
    """
    words = [name if isinstance(name, int) else crc32(name.encode()) for name in names]
    return np.random.default_rng([seed, *words])


def whole_seed(seed: int, *names: str | int) -> int:
    """Whole number (31 bits) for libraries that want a seed instead of a generator."""
    return int(stream(seed, *names).integers(2**31 - 1))
