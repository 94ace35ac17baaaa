"""Folds of whole patients: dealt by label, independent of the order of rows, written before any fit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.streams import stream

MIN_CLASS_PATIENTS = 3
"""With fewer patients in a class, a training side cannot be split once more."""


@dataclass(frozen=True)
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

    @property
    def apart(self) -> bool:
        """Whether no patient is on both sides, at both levels.

        Examples
        --------
        >>> Fold(1, 1, ("a", "b"), ("c",), (("a",), ("b",))).apart
        True
        >>> Fold(1, 1, ("a", "b"), ("b",), (("a",), ("b",))).apart
        False
        """
        inner = [patient for side in self.inner for patient in side]
        return not set(self.train) & set(self.test) and sorted(inner) == sorted(self.train)


def deal_patients(labels: Mapping[str, bool], folds: int, rng: np.random.Generator) -> tuple[tuple[str, ...], ...]:
    """Deal patients into folds, class by class, as evenly as whole patients allow.

    Both classes are dealt from the first fold on, so that the folds have shares of malignant patients as alike as
    they can be: the intercept of a model follows its training side, and pooled scores of uneven folds lean below 0.5.

    Parameters
    ----------
    labels : mapping of str to bool
        Malignant or not, by patient; the order of the mapping does not matter.
    folds : int
    rng : numpy.random.Generator

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

    Examples
    --------
    >>> smaller_class({"a": True, "b": True, "c": True, "d": False, "e": False, "f": False, "g": False})
    3
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


def _fold(numbers: tuple[int, int], test: tuple[str, ...], labels: Mapping[str, bool], deal: _InnerDeal) -> Fold:
    train = {patient: labels[patient] for patient in sorted(labels) if patient not in set(test)}
    malignant = sum(train.values())
    inner_folds = min(deal.folds, malignant, len(train) - malignant)
    rng = stream(deal.seed, "inner folds", *numbers)
    return Fold(*numbers, tuple(train), test, deal_patients(train, inner_folds, rng))


@dataclass(frozen=True)
class _InnerDeal:
    folds: int
    seed: int


def grouped_folds(
    labels: Mapping[str, bool], *, outer_folds: int, repeats: int, inner_folds: int, seed: int
) -> tuple[Fold, ...]:
    """Folds of ``grouped-kfold``: nested, repeated, stratified by label, grouped by patient.

    Parameters
    ----------
    labels : mapping of str to bool
        Malignant or not, by patient.
    outer_folds, inner_folds : int
        Wanted; fewer are made where the smaller class has fewer patients (of three, each is a test side of its own,
        so that two are left to split again).
    repeats, seed : int

    Raises
    ------
    ModelingError
        If a class is too small, see `smaller_class`.

    Examples
    --------
    >>> labels = {f"p{i:02d}": i < 6 for i in range(12)}
    >>> folds = grouped_folds(labels, outer_folds=3, repeats=2, inner_folds=2, seed=1)
    >>> len(folds), all(fold.apart for fold in folds)
    (6, True)
    """
    smaller = smaller_class(labels)
    number = smaller if smaller == MIN_CLASS_PATIENTS else min(outer_folds, smaller)
    deal = _InnerDeal(inner_folds, seed)
    made = []
    for repeat in range(1, repeats + 1):
        sides = deal_patients(labels, number, stream(seed, "outer folds", repeat))
        made += [_fold((repeat, index), side, labels, deal) for index, side in enumerate(sides, 1)]
    return tuple(made)


def leave_one_out_folds(labels: Mapping[str, bool], *, inner_folds: int, seed: int) -> tuple[Fold, ...]:
    """Folds of ``leave-one-patient-out``: every patient is a test side of its own.

    Raises
    ------
    ModelingError
        If a class is too small, see `smaller_class`.

    Examples
    --------
    >>> labels = {f"p{i}": i < 3 for i in range(7)}
    >>> len(leave_one_out_folds(labels, inner_folds=2, seed=1))
    7
    """
    smaller_class(labels)
    deal = _InnerDeal(inner_folds, seed)
    return tuple(_fold((1, index), (patient,), labels, deal) for index, patient in enumerate(sorted(labels), 1))


SplitPlan = dict[tuple[str, str], tuple[Fold, ...]]
"""Folds by (unit, protocol)."""


def write_splits(plan: SplitPlan, *, seed: int, scheme: str) -> str:
    """Text of ``splits.json``."""
    rows = [
        {"unit": unit, "protocol": protocol, **asdict(fold)}
        for (unit, protocol), folds in plan.items()
        for fold in folds
    ]
    return json.dumps({"seed": seed, "scheme": scheme, "splits": rows}, indent=1)


def read_splits(text: str) -> SplitPlan:
    """Folds from the text of ``splits.json``.

    Raises
    ------
    ModelingError
        If the text is not what `write_splits` writes.

    Examples
    --------
    >>> fold = Fold(1, 1, ("a", "b"), ("c",), (("a",), ("b",)))
    >>> text = write_splits({("patient", "grouped-kfold"): (fold,)}, seed=1, scheme="")
    >>> read_splits(text)[("patient", "grouped-kfold")] == (fold,)
    True
    """
    plan: dict[tuple[str, str], list[Fold]] = {}
    try:
        for row in json.loads(text)["splits"]:
            inner = tuple(tuple(map(str, side)) for side in row["inner"])
            sides = tuple(map(str, row["train"])), tuple(map(str, row["test"]))
            fold = Fold(int(row["repeat"]), int(row["fold"]), *sides, inner)
            plan.setdefault((str(row["unit"]), str(row["protocol"])), []).append(fold)
    except (ValueError, KeyError, TypeError) as error:
        problem = f"{type(error).__name__}: {error}"[:120]
        raise ModelingError("splits.json", "what this package wrote", problem, "give the file of a run") from error
    return {key: tuple(folds) for key, folds in plan.items()}


def check_folds(folds: Sequence[Fold], labels: Mapping[str, bool]) -> None:
    """Refuse folds that do not fit the patients or put a patient on both sides.

    Raises
    ------
    ModelingError
        On a leak, on other patients, on a patient not predicted exactly once a repeat, on a one-class training side.
    """
    tested: dict[int, list[str]] = {}
    for fold in folds:
        tested.setdefault(fold.repeat, []).extend(fold.test)
        leaves = [{labels.get(patient) for patient in fold.train} - {None}]
        leaves += [{labels.get(p) for p in fold.train if p not in set(side)} - {None} for side in fold.inner]
        if not fold.apart or any(len(classes) < 2 for classes in leaves) or len(fold.inner) < 2:
            found = f"repeat {fold.repeat} fold {fold.fold} with a shared patient or a one-class training side"
            raise ModelingError("splits", "patients apart and both classes in training", found, "make new splits")
    if not tested or any(sorted(patients) != sorted(labels) for patients in tested.values()):
        raise ModelingError(
            "splits", "every patient predicted once a repeat", "other patients than in the tables", "make new splits"
        )
