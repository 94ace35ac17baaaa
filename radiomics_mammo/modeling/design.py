"""Values of the room: rows with labels (`Design`) go in, out-of-fold predictions (`CvResult`) come out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.errors import InvariantError, ModelingError
from radiomics_mammo.core.geometry import frozen_array
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.tables.masses import joint_label
from radiomics_mammo.tables.primary import PRIMARY_SETS, Analysis, Protocol

WITH_DELTA, RECENT = PRIMARY_SETS
GROUPED: Protocol = "grouped-kfold"
LEAVE_ONE_OUT: Protocol = "leave-one-patient-out"
UNGROUPED: Protocol = "ungrouped-kfold"
SELECTION_OUTSIDE: Protocol = "selection-outside"
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Names = NDArray[np.str_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Design:
    """Rows and columns of one analysis: what a model sees.

    Parameters
    ----------
    patients : ndarray of str, shape (n,)
        Patient of each row.
    malignant : ndarray of bool, shape (n,)
        Label of each row.
    values : ndarray of float, shape (n, p)
        Not-a-number where unknown.
    columns : tuple of str
        p names.
    reliability : ndarray of float, shape (p,)
        ICC of the feature behind each column, not-a-number where it was not measured.

    Raises
    ------
    InvariantError
        If shapes disagree or a value is infinite.

    Examples
    --------
    >>> rows = {"patients": np.array(["a", "b"]), "malignant": np.array([True, False]), "values": np.ones((2, 1))}
    >>> Design(**rows, columns=("age_years",), reliability=np.full(1, np.nan)).patient_labels()
    {'a': True, 'b': False}
    """

    patients: Names
    malignant: Flags
    values: Floats
    columns: tuple[str, ...]
    reliability: Floats

    def __post_init__(self) -> None:
        n, p = len(self.patients), len(self.columns)
        shapes = (self.malignant.shape, self.values.shape, self.reliability.shape)
        if shapes != ((n,), (n, p), (p,)):
            raise InvariantError("design", f"shapes {((n,), (n, p), (p,))}", str(shapes), "check the tables")
        if np.isinf(self.values).any():
            raise InvariantError("design", "finite or missing values", "infinite ones", "measure the features again")
        for name in ("patients", "malignant", "values", "reliability"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    def patient_labels(self) -> dict[str, bool]:
        """Whether each patient is malignant by the joint label of her rows here; sorted by patient."""
        words = np.where(self.malignant, str(LesionLabel.MALIGNANT), str(LesionLabel.BENIGN))
        labels = {str(name): joint_label(words[self.patients == name]) for name in np.unique(self.patients)}
        return {name: label is LesionLabel.MALIGNANT for name, label in labels.items()}

    def relabelled(self, malignant: Flags) -> Design:
        """The same rows with other labels."""
        return replace(self, malignant=malignant)

    def with_column(self, name: str, column: Floats, *, place: int | None = None) -> Design:
        """The same rows with one more column, last unless another place is given."""
        at = len(self.columns) if place is None else place
        return replace(
            self,
            values=np.insert(self.values, at, column, axis=1),
            columns=(*self.columns[:at], name, *self.columns[at:]),
            reliability=np.insert(self.reliability, at, np.nan),
        )

    def only_columns(self, keep: Flags) -> Design:
        """The same rows with fewer columns."""
        names = tuple(name for name, kept in zip(self.columns, keep.tolist(), strict=True) if kept)
        return replace(self, values=self.values[:, keep], columns=names, reliability=self.reliability[keep])

    def only_rows(self, rows: NDArray[np.intp]) -> Design:
        """These rows, in this order."""
        kept = {name: getattr(self, name)[rows] for name in ("patients", "malignant", "values")}
        return replace(self, **kept)

    def rows_of(self, patients: tuple[str, ...]) -> NDArray[np.intp]:
        """Indices of the rows of these patients."""
        rows: NDArray[np.intp] = np.flatnonzero(np.isin(self.patients, np.array(patients, dtype=str)))
        return rows


@dataclass(frozen=True, eq=False, kw_only=True)
class CvResult:
    """Out-of-fold predictions of one analysis.

    Parameters
    ----------
    analysis : Analysis
    patients : ndarray of str, shape (n,)
    malignant : ndarray of bool, shape (n,)
    columns : tuple of str
    probability, threshold : ndarray of shape (repeats, n)
    fold : ndarray of int, shape (repeats, n)
    frequency : ndarray of bool, shape (fits, p)
        Which columns reached the model in each outer fit.
    shuffled : dict of int to ndarray of shape (repeats, n)
        Probabilities after shuffling a cluster of columns.

    Raises
    ------
    ModelingError
        If a probability is missing or not finite.
    """

    analysis: Analysis
    patients: Names
    malignant: Flags
    columns: tuple[str, ...]
    probability: Floats
    threshold: Floats
    fold: NDArray[np.intp]
    frequency: Flags
    shuffled: dict[int, Floats]

    def __post_init__(self) -> None:
        if not np.isfinite(self.probability).all():
            raise ModelingError(
                f"{self.analysis.model} on {self.analysis.feature_set}",
                "a probability for every row in every repeat",
                f"{int((~np.isfinite(self.probability)).sum())} missing or not finite",
                "check the candidate or the splits",
            )
        for name in ("patients", "malignant", "probability", "threshold", "fold", "frequency"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))

    @property
    def called(self) -> Flags:
        """Rows called malignant at the threshold chosen inside, shape (repeats, n)."""
        return np.asarray(self.probability >= self.threshold)

    @property
    def n_by_class(self) -> tuple[int, int]:
        """Number of patients with a malignant row, and of the others."""
        malignant = len(np.unique(self.patients[self.malignant]))
        return malignant, len(np.unique(self.patients)) - malignant

    @property
    def mean_columns_used(self) -> float:
        """Columns that reach the model, mean over outer fits."""
        return float(self.frequency.sum(axis=1).mean())

    @property
    def events_per_column(self) -> float:
        """Patients of the smaller class for each column that reaches the model."""
        return min(self.n_by_class) / self.mean_columns_used

    def subset(self, rows: Flags) -> CvResult:
        """The same analysis on fewer rows, for example one view."""
        names = ("patients", "malignant", "probability", "threshold", "fold")
        kept = {name: getattr(self, name)[..., rows] for name in names}
        return replace(self, **kept, shuffled={cluster: found[:, rows] for cluster, found in self.shuffled.items()})
