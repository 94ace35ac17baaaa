"""Change of features between two tables of one's own: the formulas of ``deltas.csv``, names kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.features import deltas
from radiomics_mammo.tables.features import FEATURES

Kind = Literal["delta", "relative", "logratio", "rate", "z"]
"""Kinds of change; the first word of their columns."""
KINDS: tuple[Kind, ...] = get_args(Kind)


def changes(
    recent: pd.DataFrame,
    prior: pd.DataFrame,
    *,
    interval_years: ArrayLike | None = None,
    kinds: Kind | Sequence[Kind] = KINDS,
    by: str | None = None,
    reference: tuple[pd.DataFrame, pd.DataFrame] | pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Change of every feature from the prior to the recent exam, row by row.

    Parameters
    ----------
    recent, prior : DataFrame
        Rows of features, such as `measure` gives. Columns that both hold and that are numbers are features; the named
        columns of ``features.csv`` are none.
    interval_years : float or array of shape (n_rows,), optional
        Years between the exams, for ``rate``, which is empty without them and where they are not positive.
    kinds : sequence of {'delta', 'relative', 'logratio', 'rate', 'z'}
        ``r - p``; ``(r - p) / abs(p)``; ``ln(r / p)``; ``(r - p) / years``; ``(r - p - median) / (1.4826 MAD)`` of
        the changes of lesion-free places, or ``(r - p) / spread`` over a zone.
    by : str, optional
        Column that pairs the rows; by default the order does.
    reference : tuple of two DataFrame, or DataFrame, optional
        For ``z``, which is empty without it: recent and prior rows of lesion-free places; or the spread over the zone
        of each row (`ZoneTable.spread`), whose median the prior row then is.

    Returns
    -------
    DataFrame
        One row a pair, in the order of `recent` and with its index; columns ``<kind>_<feature>`` of every kind that was
        asked, empty where a change is not defined. ``attrs["findings"]`` says which kinds are empty, and why.

    Raises
    ------
    UsageError
        If the tables do not pair, have no feature in common, or a kind is unknown.

    Notes
    -----
    Formulas as in ``docs/features.md``; the reference of ``z`` is the median and the scaled median absolute deviation
    (Rousseeuw and Croux 1993).

    Examples
    --------
    >>> recent, prior = pd.DataFrame({"original_glcm_Id": [3.0]}), pd.DataFrame({"original_glcm_Id": [2.0]})
    >>> changes(recent, prior, interval_years=2).round(3).to_dict("list")
    {'delta_original_glcm_Id': [1.0], 'relative_original_glcm_Id': [0.5], 'logratio_original_glcm_Id': [0.405], ...}
    """
    wanted: tuple[Kind, ...] = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    strange = [kind for kind in wanted if kind not in KINDS]
    if strange or not wanted:
        found = repr(strange[0]) if strange else "none"
        raise UsageError("kinds", f"some of {', '.join(KINDS)}", found, "choose among them")
    for table, what in ((recent, "recent"), (prior, "prior")):
        if not isinstance(table, pd.DataFrame):
            found = type(table).__name__
            raise UsageError(
                f"{what} rows", "a DataFrame", found, "name the columns: pd.DataFrame(values, columns=...)"
            )
    names, older = shared_features(recent, prior, by), _paired(recent, prior, by)
    now, before = _values(recent, names), _values(older, names)
    blocks = deltas.changes(now, before, _years(interval_years, len(now)))
    blocks["z"] = _z(blocks["delta"], names, reference, by)
    columns = [f"{kind}_{name}" for kind in wanted for name in names]
    table = pd.DataFrame(np.hstack([blocks[kind] for kind in wanted]), index=recent.index, columns=columns)
    lacked = {"rate": ("interval_years", interval_years), "z": ("reference", reference)}
    table.attrs["findings"] = tuple(
        f"no {lacked[kind][0]}: {kind}_ columns are empty"
        for kind in wanted
        if kind in lacked and lacked[kind][1] is None
    )
    return table


def _years(interval_years: ArrayLike | None, rows: int) -> NDArray[np.float64]:
    """Years of every row."""
    try:
        given = np.asarray(np.nan if interval_years is None else interval_years, dtype=np.float64)
        return np.broadcast_to(given, (rows,))
    except (TypeError, ValueError) as error:
        found = f"shape {np.shape(interval_years)}" if np.ndim(interval_years) else repr(interval_years)
        raise UsageError(
            "interval_years", f"one number, or one for each of {rows} rows", found, "give years"
        ) from error


def _z(
    delta: NDArray[np.float64],
    names: list[str],
    reference: tuple[pd.DataFrame, pd.DataFrame] | pd.DataFrame | None,
    by: str | None,
) -> NDArray[np.float64]:
    """Change against a reference; all missing without one."""
    if reference is None:
        return np.full(delta.shape, np.nan)
    if isinstance(reference, pd.DataFrame):
        if len(reference) != len(delta):
            found = f"{len(reference)} rows"
            raise UsageError("reference", f"a spread of each of {len(delta)} rows", found, "pair them")
        spread = _values(reference.reindex(columns=names), names)
        return np.asarray(delta / np.where(spread > 0, spread, np.nan))
    own = _values(reference[0], names) - _values(_paired(*reference, by), names)
    location, scale = deltas.robust_location_scale(own, least=1)
    return np.asarray((delta - location) / scale)


def shared_features(recent: pd.DataFrame, prior: pd.DataFrame, by: str | None = None) -> list[str]:
    """Columns of numbers that both tables hold and that are features; the one that pairs the rows is none.

    Raises
    ------
    UsageError
        If there is none.
    """
    known, old = {*FEATURES.names, by}, set(prior.columns)
    numeric = [str(name) for name in recent.select_dtypes("number").columns if name in old and name not in known]
    kept = [name for name in numeric if pd.api.types.is_numeric_dtype(prior[name])]
    if not kept:
        raise UsageError("tables", "features (columns of numbers) that both hold", "none", "name them alike")
    return kept


def _paired(recent: pd.DataFrame, prior: pd.DataFrame, by: str | None) -> pd.DataFrame:
    """Rows of the prior table in the order of the recent one; rows without a partner are empty."""
    if by is None:
        if len(recent) != len(prior):
            found = f"{len(recent)} recent and {len(prior)} prior rows"
            raise UsageError("tables", "as many prior as recent rows", found, "pair them, or name the column in by=")
        return prior
    for name, table in (("recent", recent), ("prior", prior)):
        if by not in table or table[by].duplicated().any():
            found = f"no column {by}" if by not in table else f"{table.loc[table[by].duplicated(), by].iloc[0]!r} twice"
            raise UsageError(f"{name} rows", f"one row per {by}", found, "correct the table")
    return prior.set_index(by).reindex(recent[by])


def _values(table: pd.DataFrame, names: list[str]) -> NDArray[np.float64]:
    return np.asarray(table[names].to_numpy(dtype=np.float64, na_value=np.nan))
