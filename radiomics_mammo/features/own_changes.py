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
    kinds: Sequence[Kind] = KINDS,
    by: str | None = None,
    reference: tuple[pd.DataFrame, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Change of every feature from the prior to the recent exam, row by row.

    Parameters
    ----------
    recent, prior : DataFrame
        Rows of features, such as `measure` gives. Columns that both hold and that are numbers are features; the named
        columns of ``features.csv`` are none.
    interval_years : float or array of shape (n_rows,), optional
        Years between the exams, for ``rate``; without them ``rate`` is not asked.
    kinds : sequence of {'delta', 'relative', 'logratio', 'rate', 'z'}
        ``r - p``; ``(r - p) / abs(p)``; ``ln(r / p)``; ``(r - p) / years``; ``(r - p - median) / (1.4826 MAD)`` of
        the changes of lesion-free places.
    by : str, optional
        Column that pairs the rows; by default the order does.
    reference : tuple of two DataFrame, optional
        Recent and prior rows of lesion-free places, for ``z``; without them ``z`` is not asked.

    Returns
    -------
    DataFrame
        One row a pair, in the order of `recent` and with its index; columns ``<kind>_<feature>``, empty where a change
        is not defined.

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
    strange = [kind for kind in kinds if kind not in KINDS]
    if strange:
        raise UsageError("kinds", f"some of {', '.join(KINDS)}", repr(strange[0]), "choose among them")
    names, older = shared_features(recent, prior, by), _paired(recent, prior, by)
    now, before = _values(recent, names), _values(older, names)
    years = np.broadcast_to(np.asarray(np.nan if interval_years is None else interval_years, dtype=float), len(now))
    blocks = deltas.changes(now, before, years)
    if reference is not None:
        own = _values(reference[0], names) - _values(_paired(*reference, by), names)
        location, scale = deltas.robust_location_scale(own, least=1)
        blocks["z"] = (blocks["delta"] - location) / scale
    asked = {"rate": interval_years is not None, "z": reference is not None}
    wanted = [kind for kind in kinds if asked.get(kind, True)]
    columns = [f"{kind}_{name}" for kind in wanted for name in names]
    return pd.DataFrame(np.hstack([blocks[kind] for kind in wanted]), index=recent.index, columns=columns)


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
