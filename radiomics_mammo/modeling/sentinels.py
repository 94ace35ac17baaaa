"""Checks that are always on: each says what an honest analysis shows, what was found, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from radiomics_mammo.modeling.design import Design, Flags, Floats
from radiomics_mammo.modeling.intervals import Interval
from radiomics_mammo.modeling.scoring import concordance
from radiomics_mammo.modeling.splitting import Fold

STANDARD_ERRORS = 3
INTEGER_DRAWS = 100
"""Random integers tried; each is tested on every repeat."""


@dataclass(frozen=True)
class Sentinel:
    """One row of ``sentinels.csv``; `passed` is None where a figure is told, not judged."""

    name: str
    expected: str
    found: str
    passed: bool | None

    def row(self) -> dict[str, object]:
        """Row of the table."""
        return {"name": self.name, "expected": self.expected, "found": self.found, "passed": self.passed}


def check_permuted(null: Floats, p_value: float, *, even_folds: bool) -> Sentinel:
    """AUC with labels permuted by whole patients must be 0.5.

    Parameters
    ----------
    null : ndarray of shape (draws,)
        AUC of one repeat for each draw.
    p_value : float
        Of the observed AUC of one repeat.
    even_folds : bool
        Whether both classes divide evenly into folds. Where they do not, scores pooled over folds lean slightly
        below 0.5 whatever the model, and only the upper side is judged.

    Examples
    --------
    >>> check_permuted(np.array([0.4, 0.6, 0.5]), 0.25, even_folds=True).passed
    True
    """
    mean, error = float(null.mean()), float(null.std(ddof=1) / np.sqrt(len(null)))
    off = (mean - 0.5) / max(error, np.finfo(float).tiny)
    sides = "" if even_folds else " (uneven folds: judged above only)"
    return Sentinel(
        "permuted-labels",
        f"mean AUC within {STANDARD_ERRORS} standard errors of 0.5{sides}",
        f"mean {mean:.3f}, standard error {error:.3f}, {len(null)} draws; p of the observed AUC {p_value:.3f}",
        off <= STANDARD_ERRORS and (off >= -STANDARD_ERRORS or not even_folds),
    )


def check_random_integer(design: Design, folds: Sequence[Fold], rng: np.random.Generator) -> Sentinel:
    """A random integer per patient, looked up in the training side, must not tell the label of a test side.

    Parameters
    ----------
    design : Design
        Best with several rows a patient: a patient on both sides would be found by its integer.
    folds : sequence of Fold
    rng : numpy.random.Generator
        Never sees the label.

    Notes
    -----
    The nearest integer of the training side is taken: the model that memorises best is the sharpest test of folds.
    """
    names, owner = np.unique(design.patients, return_inverse=True)
    aucs = []
    for _ in range(INTEGER_DRAWS):
        integers = rng.permutation(len(names))[owner]
        aucs.append(float(np.mean(_nearest_aucs(design, integers, folds))))
    mean, error = float(np.mean(aucs)), float(np.std(aucs, ddof=1) / np.sqrt(len(aucs)))
    return Sentinel(
        "random-integer-per-patient",
        f"AUC not above 0.5 by more than {STANDARD_ERRORS} standard errors",
        f"mean {mean:.3f}, standard error {error:.3f}, {INTEGER_DRAWS} draws",
        mean <= 0.5 + STANDARD_ERRORS * error,
    )


def _nearest_aucs(design: Design, integers: np.ndarray, folds: Sequence[Fold]) -> list[float]:
    scores = np.full((max(fold.repeat for fold in folds), len(integers)), np.nan)
    for fold in folds:
        train, test = design.rows_of(fold.train), design.rows_of(fold.test)
        distance = np.abs(integers[test][:, None] - integers[train][None, :])
        nearest = distance == distance.min(axis=1, keepdims=True)
        scores[fold.repeat - 1, test] = (nearest @ design.malignant[train]) / nearest.sum(axis=1)
    return [concordance(row, design.malignant) for row in scores]


def check_random_column(gain: Interval) -> Sentinel:
    """A column of noise must not raise the AUC of the primary model.

    Examples
    --------
    >>> check_random_column(Interval(0.01, -0.02, 0.03)).passed
    True
    """
    found = f"gain {gain.estimate:+.3f} (95 % interval {gain.low:+.3f} to {gain.high:+.3f})"
    return Sentinel("random-column", "gain in AUC not above 0", found, gain.low <= 0)


def check_patients_apart(folds: Iterable[Fold]) -> Sentinel:
    """No patient may be on both sides of a split, outer or inner.

    Examples
    --------
    >>> check_patients_apart([Fold(1, 1, ("a", "b"), ("b",), (("a",), ("b",)))]).passed
    False
    """
    wrong, total = 0, 0
    for fold in folds:
        total += 1 + len(fold.inner)
        wrong += bool(set(fold.train) & set(fold.test))
        for place, side in enumerate(fold.inner):
            others = {patient for other in fold.inner[place + 1 :] for patient in other}
            wrong += bool(set(side) & (others | set(fold.test)))
    found = f"{wrong} of {total} splits share a patient"
    return Sentinel("patients-apart", "0 splits that share a patient, at any level", found, wrong == 0)


def check_patients_distinct(design: Design) -> Sentinel:
    """No two patients may have a lesion of exactly the same values: one filed twice is on both sides of a split.

    Parameters
    ----------
    design : Design
        Measured values, one row a lesion. Columns that do not vary are passed over.

    Examples
    --------
    >>> ids, values = np.array(["a", "a", "b"]), np.array([[1.0, 2], [1, 2], [1, 2.5]])
    >>> check_patients_distinct(Design(ids, np.ones(3, bool), values, ("x", "y"), np.ones(2))).passed
    True
    """
    filled = np.nan_to_num(design.values, nan=np.inf)
    varying = filled[:, (filled != filled[:1]).any(axis=0)]
    alike: dict[bytes, set[str]] = {}
    for patient, row in zip(design.patients.tolist(), varying, strict=True):
        alike.setdefault(row.tobytes(), set()).add(patient)
    twice = sorted(" = ".join(sorted(patients)) for patients in alike.values() if len(patients) > 1)
    twice = list(dict.fromkeys(twice)) if varying.size else []
    named = f" ({', '.join(twice[:3])})" if twice else ""
    expected = "0 groups of patients with a lesion of the same values"
    return Sentinel("patients-distinct", expected, f"{len(twice)} groups{named}", not twice)


def tell_gap(name: str, honest: Interval, leaky: Interval) -> Sentinel:
    """What a deliberate mistake would have claimed.

    Examples
    --------
    >>> tell_gap("selection-outside", Interval(0.6, 0.4, 0.8), Interval(0.9, 0.8, 1.0)).found
    'would have claimed AUC 0.90 instead of 0.60: a gap of +0.30'
    """
    gap = leaky.estimate - honest.estimate
    found = f"would have claimed AUC {leaky.estimate:.2f} instead of {honest.estimate:.2f}: a gap of {gap:+.2f}"
    return Sentinel(f"optimism-gap-{name}", "told, not judged", found, None)


def folds_are_even(malignant: Flags, outer_folds: int) -> bool:
    """Whether both classes divide evenly into folds.

    Examples
    --------
    >>> folds_are_even(np.array([True] * 10 + [False] * 5), 5)
    True
    """
    ill = int(malignant.sum())
    return ill % outer_folds == 0 and (len(malignant) - ill) % outer_folds == 0
