"""A feature table of one's own: who, which label, which columns are features; checked before anything is learned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.tables.masses import joint_label
from radiomics_mammo.tables.strata import read_density

PRIOR = "prior_"
"""Begins the columns that hold the same features in the prior exam."""
CONTEXT = ("age_years", "density", "view", "visit", "laterality", "interval_years")
"""Columns that are known for what they are, and never features of an image."""
LABELS_DIFFER, DUPLICATES = "labels-differ", "duplicates"
"""What may be allowed beside columns: several labels in one patient, rows of the same values in two patients."""

_TELLING = re.compile(
    r"(?i)(^|_)(id|uid|label|labels|class|target|outcome|diagnosis|pathology|biopsy|birads|malignan\w*|benign|file|path"
    r"|folder|date|row|index|unnamed.*)($|_)"
)
"""Words in the name of a column that say who, what became of her, or where it was stored."""
_MEASURED = re.compile(r"_(shape2D|firstorder|glcm|glrlm|glszm|gldm|ngtdm)_\w+$")
"""Names of PyRadiomics, which are features whatever their words (``glcm_Id`` is no id)."""
_WORDS = {
    "0": LesionLabel.BENIGN, "0.0": LesionLabel.BENIGN, "false": LesionLabel.BENIGN,
    "1": LesionLabel.MALIGNANT, "1.0": LesionLabel.MALIGNANT, "true": LesionLabel.MALIGNANT,
    "": LesionLabel.UNCONFIRMED, "nan": LesionLabel.UNCONFIRMED, "none": LesionLabel.UNCONFIRMED,
    **{str(label): label for label in LesionLabel},
}  # fmt: skip
_MONTHS_AGE = 130
"""Ages above are no years."""
_NAMED = 3
_COUNTED_FROM = 10
"""Rows of a table from which whole numbers without gap are taken for running numbers."""
_WORDS_OF_ROWS = ("source", "prior_policy", "Image", "Mask")


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnTable:
    """A checked table: one row a lesion or patient.

    Parameters
    ----------
    patients, labels : Series of str
        Patient and label (benign, malignant, unconfirmed) of each row.
    features : DataFrame
        Columns of numbers of the recent exam, same rows.
    prior : DataFrame
        The same features in the prior exam, where there are any; names without ``prior_``.
    age_years, density : Series
        Of each row; all missing where the table has no such column.
    interval_years : Series
    missing : tuple of str
        What the table lacked and what is not asked therefore, in words.
    """

    patients: pd.Series = field(repr=False)
    labels: pd.Series = field(repr=False)
    features: pd.DataFrame = field(repr=False)
    prior: pd.DataFrame = field(repr=False)
    age_years: pd.Series = field(repr=False)
    density: pd.Series = field(repr=False)
    interval_years: pd.Series = field(repr=False)
    missing: tuple[str, ...] = ()

    def by_patient(self, values: pd.DataFrame | pd.Series) -> pd.DataFrame | pd.Series:
        """Mean over the rows of each patient, in the order of names."""
        return values.groupby(self.patients.to_numpy()).mean()

    def patient_labels(self) -> pd.Series:
        """Label of each patient: malignant if any of her rows is, else benign, else unconfirmed."""
        return self.labels.groupby(self.patients.to_numpy()).agg(lambda words: str(joint_label(words)))

    def first(self, values: pd.Series) -> pd.Series:
        """First known value of each patient, in the order of names."""
        return values.groupby(self.patients.to_numpy()).first()


def read_own_table(
    table: pd.DataFrame, *, label: str = "label", groups: str = "patient_id", name: str = "table",
    allow: Sequence[str] = (), prior: pd.DataFrame | None = None,
) -> OwnTable:  # fmt: skip
    """Check a table and say what is what in it.

    Parameters
    ----------
    table : DataFrame
        One row a lesion or patient. Every other column of numbers is a feature of the recent exam, those that begin
        with ``prior_`` the same of the prior one.
    label, groups : str
        Columns of the label (benign, malignant, unconfirmed; or 0 and 1) and of the woman.
    name : str
        For messages.
    allow : sequence of str
        Columns that look like ids or labels and are features all the same; ``labels-differ``; ``duplicates``.
    prior : DataFrame, optional
        A second table with the same rows in the prior exam; paired by patient where it names each once, else by order.

    Raises
    ------
    TableError
        Naming row and column of what is wrong.
    """
    frame = table.reset_index(drop=True).rename(columns=str)
    for column in (groups, label):
        if column not in frame:
            raise TableError(name, f"a column {column}", f"{', '.join(map(str, frame.columns[:8]))}, ...", "name it")
    patients = _patients(frame, groups, name)
    labels = _labels(frame, label, name)
    names = _feature_names(frame, (groups, label), name=name, allow=allow)
    older = _prior_features(frame, _in_order(frame, prior, groups), names, name)
    features = frame[names].astype("float64").replace([np.inf, -np.inf], np.nan)
    if LABELS_DIFFER not in allow:
        _refuse_two_labels(patients, labels, name)
    if DUPLICATES not in allow:
        _refuse_duplicates(features, patients, name)
    age, density = _ages(frame, name), _densities(frame, name)
    empty = pd.Series(np.nan, frame.index, dtype="float64")
    interval = _years(frame, name) if "interval_years" in frame else empty
    return OwnTable(
        patients=patients,
        labels=labels,
        features=features,
        prior=older,
        age_years=age,
        density=density,
        interval_years=interval,
        missing=tuple(_lacking(older, age, density)),
    )


def _patients(frame: pd.DataFrame, groups: str, name: str) -> pd.Series:
    absent = frame.index[frame[groups].isna()]
    if len(absent):
        raise TableError(f"{name} row {absent[0] + 1} column {groups}", "a patient", "an empty cell", "fill it in")
    return frame[groups].astype(str)


def _labels(frame: pd.DataFrame, label: str, name: str) -> pd.Series:
    words = frame[label].astype(object).where(frame[label].notna(), "").astype(str).str.strip().str.casefold()
    strange = frame.index[~words.isin(list(_WORDS))]
    if len(strange):
        where = f"{name} row {strange[0] + 1} column {label}"
        expected = "benign, malignant or unconfirmed, or 0 and 1"
        raise TableError(where, expected, repr(str(frame[label].iloc[strange[0]])), "translate the labels")
    return words.map(lambda word: str(_WORDS[word]))


def _feature_names(frame: pd.DataFrame, known: Iterable[str], *, name: str, allow: Sequence[str]) -> list[str]:
    named = set(known) | set(CONTEXT)
    apart = (PRIOR, "diagnostics_")  # PyRadiomics tells of its versions and settings in columns of the latter
    candidates = [str(column) for column in frame.columns if column not in named and not str(column).startswith(apart)]
    numeric = [c for c in candidates if pd.api.types.is_numeric_dtype(frame[c]) and frame[c].dtype != bool]
    telling = [c for c in candidates if _TELLING.search(c) and not _MEASURED.search(c) and c not in allow]
    refused = {c: "names of ids or labels" for c in numeric if c in telling}
    refused |= {c: "running numbers of the rows" for c in numeric if c not in allow and _numbers_rows(frame[c])}
    if refused:
        first, what = next(iter(refused.items()))
        shown = ", ".join([c for c in refused if refused[c] == what][:_NAMED])
        remedy = f"drop it, or allow={list(refused)[:_NAMED]} where it is a feature"
        raise TableError(f"{name} column {first}", "features", f"{what}: {shown}", remedy)
    text = [c for c in candidates if c not in numeric and c not in telling and not _is_identity(frame[c])]
    if text:
        remedy = "drop it, or make it a number"
        raise TableError(f"{name} column {text[0]}", "features (numbers)", f"{frame[text[0]].iloc[0]!r}", remedy)
    if not numeric:
        raise TableError(name, "columns of numbers beside patient and label", "none", "give a feature table")
    return numeric


def _numbers_rows(column: pd.Series) -> bool:
    """Whether a column counts the rows: whole numbers without gap, each once.

    Examples
    --------
    >>> _numbers_rows(pd.Series(range(7, 27))), _numbers_rows(pd.Series(range(0, 40, 2)))
    (True, False)
    """
    if len(column) < _COUNTED_FROM or column.isna().any() or not column.is_unique:
        return False
    return bool((column % 1 == 0).all() and column.max() - column.min() == len(column) - 1)


def _is_identity(column: pd.Series) -> bool:
    """Whether a column of text only names its rows, or is a word of ``features.csv`` or of PyRadiomics' batches."""
    return str(column.name) in _WORDS_OF_ROWS or column.isna().all() or column.is_unique


def _prior_features(frame: pd.DataFrame, prior: pd.DataFrame | None, names: list[str], name: str) -> pd.DataFrame:
    if prior is not None:
        if len(prior) != len(frame):
            raise TableError("prior table", f"the {len(frame)} rows of {name}", f"{len(prior)}", "pair the rows")
        found = prior.reset_index(drop=True)
        return found[[column for column in names if column in found]].astype("float64")
    own = {f"{PRIOR}{column}": column for column in names if f"{PRIOR}{column}" in frame}
    strays = [c for c in frame.columns if str(c).startswith(PRIOR) and c not in own]
    if strays:
        expected = f"a recent column {str(strays[0]).removeprefix(PRIOR)}"
        raise TableError(f"{name} column {strays[0]}", expected, "none", "name recent and prior columns alike")
    return frame[list(own)].rename(columns=own).astype("float64")


def _in_order(frame: pd.DataFrame, prior: pd.DataFrame | None, groups: str) -> pd.DataFrame | None:
    """The prior rows in the order of the recent ones, where both name their patients.

    Raises
    ------
    TableError
        If they name others, or a patient has several rows in another order.
    """
    if prior is None or groups not in prior or len(prior) != len(frame):
        return prior
    own, old = frame[groups].astype(str), prior[groups].astype(str)
    if (own.to_numpy() == old.to_numpy()).all():
        return prior
    if own.duplicated().any() or old.duplicated().any() or set(own) != set(old):
        row = int((own.to_numpy() != old.to_numpy()).argmax())
        where = f"prior table row {row + 1} column {groups}"
        raise TableError(where, repr(own.iloc[row]), repr(old.iloc[row]), "put the rows in the order of the table")
    return prior.set_index(old.to_numpy()).loc[own]


def _refuse_two_labels(patients: pd.Series, labels: pd.Series, name: str) -> None:
    confirmed = labels != str(LesionLabel.UNCONFIRMED)
    several = labels[confirmed].groupby(patients[confirmed]).nunique()
    both = several.index[several > 1]
    if len(both):
        remedy = f"correct them, or allow=['{LABELS_DIFFER}'] (a woman with any malignant row is then malignant)"
        raise TableError(f"{name} patient {both[0]}", "one label", "benign and malignant", remedy)


def _refuse_duplicates(features: pd.DataFrame, patients: pd.Series, name: str) -> None:
    filled = features.dropna(how="all")
    twice = filled[filled.duplicated(keep=False)]
    if len(twice):
        first = twice.index[0]
        same = [row for row in twice.index if (filled.loc[row].fillna(0) == filled.loc[first].fillna(0)).all()]
        rows = " and ".join(f"{row + 1} ({patients[row]})" for row in same[:2])
        remedy = f"drop one, or allow=['{DUPLICATES}']"
        raise TableError(f"{name} rows {rows}", "different values", "the same in every feature", remedy)


def _ages(frame: pd.DataFrame, name: str) -> pd.Series:
    if "age_years" not in frame:
        return pd.Series(np.nan, frame.index, dtype="float64")
    age = pd.to_numeric(frame["age_years"], errors="coerce").astype("float64")
    odd = frame.index[(age > _MONTHS_AGE) | (age < 0) | (age.isna() & frame["age_years"].notna())]
    if len(odd):
        where = f"{name} row {odd[0] + 1} column age_years"
        found = repr(str(frame["age_years"].iloc[odd[0]]))
        raise TableError(where, "an age in years", f"{found} (months? days? a birth date?)", "give all ages in years")
    return age


def _years(frame: pd.DataFrame, name: str) -> pd.Series:
    years = pd.to_numeric(frame["interval_years"], errors="coerce").astype("float64")
    odd = frame.index[years.isna() & frame["interval_years"].notna()]
    if len(odd):
        found = repr(str(frame["interval_years"].iloc[odd[0]]))
        raise TableError(f"{name} row {odd[0] + 1} column interval_years", "years", found, "give years as a number")
    return years


def _densities(frame: pd.DataFrame, name: str) -> pd.Series:
    if "density" not in frame:
        return pd.Series([None] * len(frame), frame.index, dtype="str")
    read = [read_density(None if pd.isna(cell) else cell) for cell in frame["density"]]
    for row, (cell, letter) in enumerate(zip(frame["density"], read, strict=True), start=1):
        if letter is None and pd.notna(cell) and str(cell).strip():
            remedy = "write a to d, or leave it empty"
            raise TableError(f"{name} row {row} column density", "BI-RADS density a to d", repr(str(cell)), remedy)
    return pd.Series([None if letter is None else str(letter) for letter in read], frame.index, dtype="str")


def _lacking(older: pd.DataFrame, age: pd.Series, density: pd.Series) -> list[str]:
    said = []
    if older.shape[1] == 0:
        said.append("No prior_ columns and no second table: no change since a prior exam is asked for.")
    if age.isna().all():
        said.append("No age_years: nothing is said by age.")
    if density.isna().all():
        said.append("No density: nothing is said by breast density.")
    return said
