"""The tables of a study set beside each other: a finding passes its question, then its class of features, then itself.

A family a table and class made dozens of families, and with them a finding in nearly every study without any effect.
The questions of the report are the outermost families; what follows a question up cannot be found without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from radiomics_mammo.stats.statistical_table import StatisticalTable
from radiomics_mammo.tables.multiplicity import adjust_fdr, adjust_tree


def across_questions(
    tables: Sequence[StatisticalTable], made: Mapping[str, pd.DataFrame]
) -> tuple[dict[str, pd.DataFrame], dict[str, float]]:
    """The tables that ask, with q over all questions together, and q of every question.

    Parameters
    ----------
    tables : sequence of StatisticalTable
    made : mapping of str to DataFrame
        Their tables by name, of `StatisticalTable.of`.

    Returns
    -------
    dict of str to DataFrame
        The tables that ask. Rows that do not count follow up the question of their table.
    dict of str to float
        q of every question in which something was tested.

    Notes
    -----
    `adjust_tree` with the levels question, class of features, hypothesis; the p value of a question is that of Simes.
    """
    asking = [table for table in tables if table.asks]
    counted = {table.name: table.counted(made[table.name]) for table in asking}
    rows = [counted[table.name].assign(question=table.question) for table in asking]
    asked = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["p_value", "question", "family"])
    p_values = asked["p_value"].to_numpy(np.float64)
    families = [asked[name].astype(str).tolist() for name in ("question", "family")]
    q_values, questions = adjust_tree(p_values, families), question_values(asked)
    found, start = {}, 0
    for table in asking:
        here, place = made[table.name], counted[table.name].index
        found[table.name] = follow_up(table, here, questions)
        found[table.name].loc[place, "q_value"] = q_values[start : start + len(place)]
        start += len(place)
    return found, questions


def question_values(asked: pd.DataFrame) -> dict[str, float]:
    """Q of every question from its hypotheses: columns question, family and p_value.

    Examples
    --------
    >>> rows = pd.DataFrame({"question": ["a", "a", "b"], "family": ["f", "f", "f"], "p_value": [0.01, 0.9, 0.5]})
    >>> {name: round(value, 3) for name, value in question_values(rows).items()}
    {'a': 0.04, 'b': 0.5}
    """
    smallest = {}
    for question, rows in asked[asked["p_value"].notna()].groupby("question", sort=False):
        inside = adjust_tree(rows["p_value"].to_numpy(np.float64), [rows["family"].astype(str).tolist()])
        smallest[str(question)] = float(inside.min())
    return dict(zip(smallest, adjust_fdr(np.array(list(smallest.values()))).tolist(), strict=True))


def follow_up(table: StatisticalTable, made: pd.DataFrame, questions: Mapping[str, float]) -> pd.DataFrame:
    """A table whose q are at least that of its question: what follows up is found only where the question was."""
    if not table.question or "q_value" not in made:
        return made
    least = questions.get(table.question, 1.0)
    return made.assign(q_value=made["q_value"].clip(lower=least))
