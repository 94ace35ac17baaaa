"""What a statistical table is: one shape of rows, one value that names, explains, makes and adjusts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd
from scipy.stats import t as student

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.measurements import Layout
from radiomics_mammo.tables.multiplicity import HIERARCHICAL, adjust_tree, within_families
from radiomics_mammo.tables.study import NamedTable

TOO_FEW = "too few to test"
ALL_MISSING = "no value measured"
ONE_STRATUM = "one stratum only"
DESCRIPTIVE = "descriptive, not tested"
FDR = "q: hierarchical Benjamini-Hochberg, declared beforehand (question of the report, class of features, feature)"
BY_CLASS, WITH_DENSITY, WITH_AGE = "differs by class", "differs with density", "differs with age"
CHANGED, MODIFIED, SERVED = "changed since the prior exam", "changed by density or age", "served unequally"
QUESTIONS = (BY_CLASS, WITH_DENSITY, WITH_AGE, CHANGED, MODIFIED, SERVED)
"""The few outermost families: what the report asks. A finding has passed its question first, then its class."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One row of a statistical table; what is not known is NaN or empty text.

    Parameters
    ----------
    about : mapping of str to str
        Words that say what the row is about, by key column.
    family : str
        Family of hypotheses, declared before any p value is seen.
    more : mapping of str to float
        Further columns of the table. All other fields are the columns that every row of every table carries.
    """

    about: Mapping[str, str] = field(default_factory=dict)
    family: str = ""
    n: int | None = None
    n_per_group: str = ""
    effect_name: str = ""
    effect: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    statistic: float = np.nan
    p_value: float = np.nan
    q_value: float = np.nan
    q_method: str = ""
    method: str = ""
    note: str = ""
    more: Mapping[str, float] = field(default_factory=dict)

    def cells(self, keys: Sequence[str]) -> dict[str, object]:
        """Cells of the row by column: what it is about, its family where it has one, its results and what follows."""
        family = {"family": self.family} if self.family else {}
        results = {name: getattr(self, name) for name in RESULT_COLUMNS}
        return {name: self.about.get(name, "") for name in keys} | family | results | dict(self.more)

    def with_figures(self, found: Result, *notes: str) -> Result:
        """The row with the estimate, test and note of a fit, and further notes after its own."""
        return replace(
            self, effect_name=found.effect_name or self.effect_name, effect=found.effect, ci_low=found.ci_low,
            ci_high=found.ci_high, statistic=found.statistic, p_value=found.p_value, method=found.method,
            note=join_notes(found.note, *notes),
        )  # fmt: skip


RESULT_COLUMNS = tuple(one.name for one in fields(Result) if one.name not in ("about", "family", "more"))
TEXT = frozenset(one.name for one in fields(Result) if one.default == "")


@dataclass(frozen=True, eq=False, kw_only=True)
class StatisticalTable:
    """One table of ``statistics/``: its name, where it stands, what it shows and how it is made.

    Parameters
    ----------
    name : str
        File stem.
    chapter : str
        Question it belongs to; a heading of the report.
    caption : str
        What is shown, by which test, with which correction.
    keys : tuple of str
        Columns that say what a row is about, first in the table.
    make : callable
        Rows of a study laid out (`Result`, or frames of them), before any adjustment.
    question : str
        Which of `QUESTIONS` its rows belong to; empty where its q stays inside the table.
    asks : bool
        Whether the rows that count are hypotheses of the question; else they follow it up and pass only if it does.
    subject : str
        How the sentence about its findings begins; empty where no sentence is said.
    counted : callable
        From the table to the rows that answer the question and that the sentence counts.
    n_is_patients : bool
        Whether the caption says the largest n.
    """

    name: str
    chapter: str
    caption: str
    keys: tuple[str, ...]
    make: Callable[[Layout], Sequence[Result] | Sequence[pd.DataFrame]]
    question: str = ""
    asks: bool = False
    subject: str = ""
    counted: Callable[[pd.DataFrame], pd.DataFrame] = lambda table: table
    n_is_patients: bool = True

    def of(self, study: Layout) -> pd.DataFrame:
        """The table alone: keys, result columns, what else its rows carry; q within its families.

        In a study, `families.across_questions` sets these tables beside each other.
        """
        made = self.make(study)
        frames = [one for one in made if isinstance(one, pd.DataFrame) and len(one)]
        rows = [one.cells(self.keys) for one in made if isinstance(one, Result)]
        table = shape_table(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(rows), self.keys)
        if "family" in table:
            table = self.adjusted(table)
        return table if "family" in self.keys else table.drop(columns="family", errors="ignore")

    def adjusted(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table with q: families first where it belongs to a question, family by family where it does not."""
        if not self.question:
            return within_families(table)
        q_values, counted = np.full(len(table), np.nan), table.index.isin(self.counted(table).index)
        for rows in (counted, ~counted):
            families = table.loc[rows, "family"].astype(str).tolist()
            q_values[rows] = adjust_tree(table.loc[rows, "p_value"].to_numpy(np.float64), [families])
        return table.assign(
            q_value=q_values, q_method=np.where(np.isfinite(q_values), f"{HIERARCHICAL}: {self.question}, class", "")
        )

    def named(self, table: pd.DataFrame, config: StatisticsConfig) -> NamedTable:
        """The made table with its full caption: what it shows, how many patients, and the rule for small cells."""
        sentences = [self.caption]
        if len(table) and self.n_is_patients:
            sentences.append(f"n up to {int(table['n'].fillna(0).max())}")
        if table["p_value"].notna().any():
            sentences.append(
                f"{config.confidence:.0%} intervals; cells with fewer than {config.min_cell} patients are not tested"
            )
        caption = ". ".join(sentences) + "."
        return NamedTable(name=self.name, caption=caption, table=table, chapter=self.chapter)


def shape_table(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """A table in the common shape: identifying columns, result columns, then whatever else it carries.

    Parameters
    ----------
    table : DataFrame
        Missing result columns are added empty.
    keys : sequence of str
        Columns that say what a row is about; text.

    Returns
    -------
    DataFrame
        Text columns hold empty text where nothing is known, numeric ones NaN; `n` is a nullable integer.

    Examples
    --------
    >>> shape_table(pd.DataFrame({"feature": ["area"], "n": [5]}), ["feature"])[["feature", "n", "q_value"]]
      feature  n  q_value
    0    area  5      NaN
    """
    frame, first = table.copy(), [*keys, *RESULT_COLUMNS]
    for name in first:
        text = name in TEXT or name in keys
        if name not in frame:
            frame[name] = "" if text else np.nan
        if text:
            frame[name] = frame[name].astype(object).where(frame[name].notna(), "").astype(str)
        else:
            frame[name] = frame[name].astype("Int64" if name == "n" else np.float64)
    return frame[first + [name for name in frame.columns if name not in first]].reset_index(drop=True)


def count_text(counts: Mapping[str, int]) -> str:
    """Counts of groups as text.

    Examples
    --------
    >>> count_text({"benign": 15, "malignant": 50})
    'benign=15; malignant=50'
    """
    return "; ".join(f"{name}={int(count)}" for name, count in counts.items())


def counted(counts: Mapping[str, int], effect_name: str = "") -> Result:
    """A row with its n, by group and together."""
    return Result(n=sum(counts.values()), n_per_group=count_text(counts), effect_name=effect_name)


def join_notes(*notes: str) -> str:
    """Notes that say something, joined by semicolons."""
    return "; ".join(note for note in notes if note)


def wald_t(estimate: float, error: float, *, freedom: int, confidence: float) -> Result:
    """Wald interval and test of one coefficient with Student's t.

    Examples
    --------
    >>> found = wald_t(2.0, 1.0, freedom=10, confidence=0.95)
    >>> (round(found.ci_low, 3), round(found.p_value, 3))
    (-0.228, 0.073)
    """
    half = float(student.ppf((1 + confidence) / 2, freedom)) * error
    p_value = float(2 * student.sf(abs(estimate / error), freedom))
    return Result(effect=estimate, ci_low=estimate - half, ci_high=estimate + half, p_value=p_value)
