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


@dataclass(frozen=True)
class Splits:
    """Content of ``splits.json``.

    Parameters
    ----------
    seed : int
        Seed the folds were dealt with.
    scheme : str
        How they were dealt, in words.
    folds : SplitPlan
    """

    seed: int
    scheme: str
    folds: SplitPlan

    def of(self, unit: str, protocol: str) -> tuple[Fold, ...]:
        """Folds of one unit and protocol.

        Raises
        ------
        ModelingError
            If there are none.
        """
        if (unit, protocol) not in self.folds:
            found = f"only {', '.join(f'{u} ({p})' for u, p in self.folds) or 'nothing'}"
            remedy = "give the splits of a run with the same modeling.profile"
            raise ModelingError("splits.json", f"folds of unit {unit} ({protocol})", found, remedy)
        return self.folds[unit, protocol]


def write_splits(splits: Splits) -> str:
    """Text of ``splits.json``."""
    rows = [
        {"unit": unit, "protocol": protocol, **asdict(fold)}
        for (unit, protocol), folds in splits.folds.items()
        for fold in folds
    ]
    return json.dumps({"seed": splits.seed, "scheme": splits.scheme, "splits": rows}, indent=1)


def read_splits(text: str) -> Splits:
    """Content of a ``splits.json``; whether it fits the patients is the matter of `check_folds`.

    Raises
    ------
    ModelingError
        If the text is not what `write_splits` writes.

    Examples
    --------
    >>> fold = Fold(1, 1, ("a", "b"), ("c",), (("a",), ("b",)))
    >>> splits = Splits(1, "by hand", {("patient", "grouped-kfold"): (fold,)})
    >>> read_splits(write_splits(splits)) == splits
    True
    """
    folds: dict[tuple[str, str], list[Fold]] = {}
    try:
        tree = json.loads(text)
        seed, scheme = int(tree["seed"]), str(tree["scheme"])
        for row in tree["splits"]:
            inner = tuple(tuple(map(str, side)) for side in row["inner"])
            sides = tuple(map(str, row["train"])), tuple(map(str, row["test"]))
            fold = Fold(int(row["repeat"]), int(row["fold"]), *sides, inner)
            folds.setdefault((str(row["unit"]), str(row["protocol"])), []).append(fold)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        problem = f"{type(error).__name__}: {error}"[:120]
        raise ModelingError("splits.json", "what this package wrote", problem, "give the file of a run") from error
    return Splits(seed, scheme, {key: tuple(made) for key, made in folds.items()})


def check_folds(folds: Sequence[Fold], labels: Mapping[str, bool]) -> None:
    """Refuse folds that do not fit the patients or put a patient on both sides.

    Raises
    ------
    ModelingError
        On other patients, on a patient not predicted exactly once a repeat, on repeats or folds that are not numbered
        from 1, on a leak, on a one-class training side.
    """
    tested: dict[int, list[str]] = {}
    numbers: dict[int, list[int]] = {}
    for fold in folds:
        tested.setdefault(fold.repeat, []).extend(fold.test)
        numbers.setdefault(fold.repeat, []).append(fold.fold)
    _check_patients({patient for fold in folds for patient in (*fold.train, *fold.test)}, set(labels))
    counted = sorted(tested) == list(range(1, len(tested) + 1)) and all(
        sorted(made) == list(range(1, len(made) + 1)) for made in numbers.values()
    )
    if not counted or any(sorted(patients) != sorted(labels) for patients in tested.values()):
        found = "a patient twice or never, or other numbers"
        raise _wrong_folds("every patient predicted once a repeat, repeats and folds numbered from 1", found)
    for fold in folds:
        leaves = [{labels[patient] for patient in fold.train}]
        leaves += [{labels[patient] for patient in fold.train if patient not in set(side)} for side in fold.inner]
        if not fold.apart or any(len(classes) < 2 for classes in leaves) or len(fold.inner) < 2:
            found = f"repeat {fold.repeat} fold {fold.fold} with a shared patient or a one-class training side"
            raise _wrong_folds("patients apart and both classes in training", found)


def _check_patients(named: set[str], known: set[str]) -> None:
    strange, lacking = sorted(named - known), sorted(known - named)
    if strange or lacking:
        parts = [
            f"{len(ids)} {word} ({', '.join(ids[:3])})"
            for ids, word in ((strange, "not in the tables"), (lacking, "not in the splits"))
            if ids
        ]
        raise _wrong_folds("the patients of the tables", " and ".join(parts))


def _wrong_folds(expected: str, found: str) -> ModelingError:
    return ModelingError("splits", expected, found, "give the splits of a run on these tables, or none")
