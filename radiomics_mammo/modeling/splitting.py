"""Splitting: folds of whole patients, dealt by label, independent of the order of rows, written before any fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from radiomics_mammo.core.errors import ModelingError

MIN_CLASS_PATIENTS = 3
"""With fewer patients in a class, a training side cannot be split once more."""


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


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One split: patients to learn from, patients to predict, and how the learning side is split again.

    Parameters
    ----------
    repeat, fold : int
        From 1.
    train, test : tuple of str
        Patients of both sides, sorted.
    inner : tuple of tuple of str
        Test sides of the inner folds; together they are `train`.
    """

    repeat: int
    fold: int
    train: tuple[str, ...]
    test: tuple[str, ...]
    inner: tuple[tuple[str, ...], ...]


def grouped_folds(
    labels: Mapping[str, bool], *, outer_folds: int, repeats: int, inner_folds: int, seed: int
) -> tuple[Fold, ...]:
    """Folds of ``grouped-kfold``: nested, repeated, stratified by label, grouped by patient.

    Fewer folds than wanted are made where the smaller class has fewer patients (of three, each is a test side of its
    own, so that two are left to split again).

    Raises
    ------
    ModelingError
        If a class is too small, see `smaller_class`.

    Examples
    --------
    >>> labels = {f"p{i:02d}": i < 6 for i in range(12)}
    >>> folds = grouped_folds(labels, outer_folds=3, repeats=2, inner_folds=2, seed=1)
    >>> [len(fold.test) for fold in folds]
    [4, 4, 4, 4, 4, 4]
    """
    smaller = smaller_class(labels)
    number = smaller if smaller == MIN_CLASS_PATIENTS else min(outer_folds, smaller)
    made = []
    for repeat in range(1, repeats + 1):
        sides = deal_patients(labels, number, stream(seed, "outer folds", repeat))
        for index, side in enumerate(sides, 1):
            made.append(_fold((repeat, index), side, labels, inner_folds=inner_folds, seed=seed))
    return tuple(made)


def leave_one_out_folds(labels: Mapping[str, bool], *, inner_folds: int, seed: int) -> tuple[Fold, ...]:
    """Folds of ``leave-one-patient-out``: every patient is a test side of its own.

    Raises
    ------
    ModelingError
        If a class is too small, see `smaller_class`.
    """
    smaller_class(labels)
    return tuple(
        _fold((1, index), (patient,), labels, inner_folds=inner_folds, seed=seed)
        for index, patient in enumerate(sorted(labels), 1)
    )


def _fold(
    numbers: tuple[int, int], test: tuple[str, ...], labels: Mapping[str, bool], *, inner_folds: int, seed: int
) -> Fold:
    train = {patient: labels[patient] for patient in sorted(labels) if patient not in set(test)}
    malignant = sum(train.values())
    sides = min(inner_folds, malignant, len(train) - malignant)
    inner = deal_patients(train, sides, stream(seed, "inner folds", *numbers))
    return Fold(repeat=numbers[0], fold=numbers[1], train=tuple(train), test=test, inner=inner)


def deal_patients(labels: Mapping[str, bool], folds: int, rng: np.random.Generator) -> tuple[tuple[str, ...], ...]:
    """Deal patients (malignant or not, in any order) into folds, class by class, as evenly as whole patients allow.

    Both classes are dealt from the first fold on, so that the folds have shares of malignant patients as alike as
    they can be: the intercept of a model follows its training side, and pooled scores of uneven folds lean below 0.5.

    Examples
    --------
    >>> labels = {f"p{i}": i < 4 for i in range(10)}
    >>> [len(side) for side in deal_patients(labels, 2, np.random.default_rng(1))]
    [5, 5]
    """
    sides: list[list[str]] = [[] for _ in range(folds)]
    for wanted in (True, False):
        patients = sorted(patient for patient, malignant in labels.items() if malignant == wanted)
        for dealt, patient in enumerate(rng.permutation(np.array(patients, dtype=str)).tolist()):
            sides[dealt % folds].append(patient)
    return tuple(tuple(sorted(side)) for side in sides)


def smaller_class(labels: Mapping[str, bool]) -> int:
    """Patients in the smaller class.

    Raises
    ------
    ModelingError
        If a class has fewer than `MIN_CLASS_PATIENTS` patients.
    """
    malignant = sum(labels.values())
    benign = len(labels) - malignant
    if min(malignant, benign) < MIN_CLASS_PATIENTS:
        raise ModelingError(
            "patients with a label",
            f"at least {MIN_CLASS_PATIENTS} benign and {MIN_CLASS_PATIENTS} malignant",
            f"{benign} benign and {malignant} malignant",
            "add patients; nothing can be learned and tested on different patients with fewer",
        )
    return min(malignant, benign)
