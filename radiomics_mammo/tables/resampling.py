"""Bootstrap of patients: whole women are drawn, with all their rows, within each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def patient_weights(
    patients: NDArray[np.str_], malignant: NDArray[np.bool_], *, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Cluster bootstrap: how often each row is taken when patients are drawn with replacement within each class.

    Parameters
    ----------
    patients : ndarray of str, shape (n,)
        Patient of each row; a patient is malignant if any of its rows is.
    malignant : ndarray of bool, shape (n,)
    draws : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (draws + 1, n)
        The first row is all ones: the data as they are.

    Notes
    -----
    Drawn within each class because the release fixed how many patients of each class it holds (stratified bootstrap,
    Davison and Hinkley 1997, section 3.2).

    Examples
    --------
    >>> ids, labels = np.array(["a", "a", "b", "c"]), np.array([True, False, False, False])
    >>> weights = patient_weights(ids, labels, draws=3, rng=np.random.default_rng(1))
    >>> weights[0].tolist(), bool((weights[:, 0] == weights[:, 1]).all())
    ([1.0, 1.0, 1.0, 1.0], True)
    """
    names, owner = np.unique(patients, return_inverse=True)
    ill = np.zeros(len(names), dtype=bool)
    np.logical_or.at(ill, owner, malignant)
    counts = np.ones((draws + 1, len(names)))
    for group in (np.flatnonzero(ill), np.flatnonzero(~ill)):
        if len(group):
            counts[1:, group] = rng.multinomial(len(group), np.full(len(group), 1 / len(group)), size=draws)
    return np.asarray(counts[:, owner], dtype=np.float64)
