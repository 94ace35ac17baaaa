"""The values one model sees: rows with patient and label, columns with names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import frozen_array

Unit = Literal["lesion", "mass", "patient"]
Protocol = Literal["grouped-kfold", "leave-one-patient-out", "ungrouped-kfold", "selection-outside"]
UNITS: tuple[Unit, ...] = ("patient", "mass", "lesion")
GROUPED, LEAVE_ONE_OUT = "grouped-kfold", "leave-one-patient-out"
UNGROUPED, SELECTION_OUTSIDE = "ungrouped-kfold", "selection-outside"
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Names = NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Design:
    """Rows and columns of one analysis.

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
    >>> ids, labels = np.array(["a", "b"]), np.array([True, False])
    >>> Design(ids, labels, np.ones((2, 1)), ("age_years",), np.full(1, np.nan)).patient_labels()
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
        """Label of each patient: malignant if any of its rows is; sorted by patient."""
        labels: dict[str, bool] = {}
        for patient, malignant in zip(self.patients.tolist(), self.malignant.tolist(), strict=True):
            labels[patient] = labels.get(patient, False) or malignant
        return dict(sorted(labels.items()))

    def relabelled(self, malignant: Flags) -> Design:
        """The same rows with other labels."""
        return replace(self, malignant=malignant)

    def with_column(self, name: str, column: Floats) -> Design:
        """The same rows with one more column, last."""
        return replace(
            self,
            values=np.column_stack([self.values, column]),
            columns=(*self.columns, name),
            reliability=np.append(self.reliability, np.nan),
        )

    def only_columns(self, keep: Flags) -> Design:
        """The same rows with fewer columns."""
        names = tuple(name for name, kept in zip(self.columns, keep.tolist(), strict=True) if kept)
        return replace(self, values=self.values[:, keep], columns=names, reliability=self.reliability[keep])

    def rows_of(self, patients: tuple[str, ...]) -> NDArray[np.intp]:
        """Indices of the rows of these patients."""
        rows: NDArray[np.intp] = np.flatnonzero(np.isin(self.patients, np.array(patients, dtype=str)))
        return rows


@dataclass(frozen=True, order=True)
class Analysis:
    """What names a set of predictions in the tables."""

    unit: Unit
    model: str
    feature_set: str
    prior_policy: str = "registered"
    protocol: Protocol = "grouped-kfold"

    @property
    def is_primary(self) -> bool:
        """Whether it is one side of the one primary hypothesis.

        Examples
        --------
        >>> Analysis("patient", "logistic-regression", "recent").is_primary
        True
        """
        side = self.feature_set in ("recent", "recent+delta")
        return side and (self.unit, self.model, self.prior_policy, self.protocol) == PRIMARY


PRIMARY = ("patient", "logistic-regression", "registered", "grouped-kfold")
"""Unit, model, prior policy and protocol of the primary hypothesis: ``recent+delta`` minus ``recent``."""
