"""Drawings of what the primary result hangs on: the gain under every reasonable choice, and with fewer patients.

The tables `specification_curve` and `learning_curve` come from the models; a table that is absent, or empty because
nothing could be compared, gives no drawing.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from radiomics_mammo.report.blocks import Figure
from radiomics_mammo.report.drawing import ACCENT, NARROW_INCH, SERIES_COLORS, SOFT, canvas, finished, forest
from radiomics_mammo.tables.primary import PRIMARY_SETS
from radiomics_mammo.tables.study import NamedTable

SPECIFICATION, LEARNING = "specification_curve", "learning_curve"
"""Names of the tables."""
CHAPTER = "Does the result hang on a choice"
"""Heading under which the tables stand, and the drawings before them."""
DRAWINGS = ("specification-curve", "learning-curve")
"""Names of the drawings, in the order of the page."""


def choice_figures(tables: Iterable[NamedTable]) -> tuple[Figure, ...]:
    """Both drawings, as far as there is something to draw."""
    known = {table.name: table.table for table in tables}
    drawn = (
        *specification_figures(known.get(SPECIFICATION, pd.DataFrame())),
        *learning_figures(known.get(LEARNING, pd.DataFrame())),
    )
    return drawn


def specification_figures(table: pd.DataFrame) -> tuple[Figure, ...]:
    """Specification curve (Simonsohn et al. 2020): the difference in AUC under each choice, smallest first.

    Parameters
    ----------
    table : DataFrame
        Columns choice, primary, difference, ci_low, ci_high; rows without a difference are not drawn.
    """
    rows = table.dropna(subset=["difference"]) if len(table) else table
    if rows.empty:
        return ()
    rows = rows.rename(columns={"difference": "estimate"}).reset_index(drop=True)
    primary = rows["primary"].astype(bool)
    colors = [ACCENT if mine else SOFT for mine in primary]
    with canvas(0.8 + 0.25 * len(rows)) as (drawn, (axes,)):
        forest(axes, rows, rows["choice"].astype(str).tolist(), colors)
        axes.axvline(0.0, color=SOFT, lw=0.8, ls="--", zorder=0)
        axes.set(
            title="Gain in AUC from the prior exam under every choice",
            xlabel=f"AUC of {PRIMARY_SETS[0]} minus AUC of {PRIMARY_SETS[1]}",
        )
        above = int((rows["estimate"] > 0).sum())
        told = f"{above} of {len(rows)} above 0, from {rows['estimate'].min():+.2f} to {rows['estimate'].max():+.2f}"
        figure = finished(
            drawn,
            DRAWINGS[0],
            alt=f"Difference in AUC with its 95 % interval under {len(rows)} choices: {told}.",
            caption=f"One row a choice, sorted: {told}. Blue: the primary analysis; the others are exploratory and not "
            "tested. Dashed: no difference.",
        )
    return (figure,)


def learning_figures(table: pd.DataFrame) -> tuple[Figure, ...]:
    """Learning curve: AUC of both sides of the primary comparison against the patients that are learned from.

    Parameters
    ----------
    table : DataFrame
        Columns feature_set, patients, auc, ci_low, ci_high.
    """
    if table.empty or table["patients"].nunique() < 2:
        return ()
    with canvas(3.0, width_inch=NARROW_INCH) as (drawn, (axes,)):
        told = []
        for place, (name, color) in enumerate(zip(PRIMARY_SETS, SERIES_COLORS, strict=False)):
            rows = table[table["feature_set"] == name].sort_values("patients")
            x = rows["patients"].to_numpy(dtype=np.float64) + 0.4 * place  # beside each other, not over
            y, low, high = (rows[column].to_numpy(dtype=np.float64) for column in ("auc", "ci_low", "ci_high"))
            axes.vlines(x, low, high, color=color, lw=1, alpha=0.6)
            axes.plot(x, y, color=color, marker="o", ms=4, lw=1.5, label=name)
            told.append(f"{name} from {y[0]:.2f} to {y[-1]:.2f}" if len(y) else "")
        axes.axhline(0.5, color=SOFT, lw=0.8, ls="--", zorder=0)
        axes.set(title="Would more patients help", xlabel="patients a model learns from", ylabel="AUC")
        axes.legend(loc="upper left")
        figure = finished(
            drawn,
            DRAWINGS[1],
            alt=f"AUC against the number of patients: {'; '.join(filter(None, told))}.",
            caption="AUC with its 95 % interval, training sides thinned by whole patients, the same test sides. A "
            "curve that still rises says that more patients would help. Dashed: chance.",
            narrow=True,
        )
    return (figure,)
