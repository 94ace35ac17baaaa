"""Does the model know more than the dull explanation? The shortcut panel and its verdict in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.modeling.candidates import Candidate
from radiomics_mammo.modeling.design import Design
from radiomics_mammo.modeling.filters import AreaResidualizer
from radiomics_mammo.modeling.intervals import Interval

AREA_REMOVED = "recent+delta, area removed"
AREA_COLUMN = "shortcut_log_area"


def area_design(table: Design, primary: Design) -> Design | None:
    """The primary columns with log area in front; none where no area is known."""
    place = table.columns.index(AREA_COLUMN)
    area = table.values[:, [place]]
    if not np.isfinite(area).any():
        return None
    return replace(
        primary,
        values=np.hstack([area, primary.values]),
        columns=(AREA_COLUMN, *primary.columns),
        reliability=np.concatenate([[np.nan], primary.reliability]),
    )


def area_candidate(candidate: Candidate) -> Candidate:
    """The candidate with every column replaced by its residual on log area, learned on each training side."""
    first, *rest = candidate.pipeline.steps
    pipeline = Pipeline([first, ("area", AreaResidualizer()), *rest])
    return replace(candidate, pipeline=pipeline)


def shortcut_panel(rows: list[tuple[str, str, Interval]]) -> NamedTable:
    """Table of AUCs side by side.

    Parameters
    ----------
    rows : list of (str, str, Interval)
        What was analysed in words, model, AUC.
    """
    table = pd.DataFrame(
        [
            {"analysis": words, "model": model, "auc": auc.estimate, "ci_low": auc.low, "ci_high": auc.high}
            for words, model, auc in rows
        ],
        columns=["analysis", "model", "auc", "ci_low", "ci_high"],
    )
    caption = (
        "What age and density, or the circumstances of outlining and imaging alone, reach beside the models, by "
        "patient; a model that is not clearly above them has shown nothing about tissue."
    )
    return NamedTable("shortcut_panel", caption, table)


def verdict(model: Interval, dull: dict[str, Interval]) -> str:
    """Plain words on the primary model beside the dull explanations.

    Parameters
    ----------
    model : Interval
        AUC of ``recent+delta``.
    dull : dict of str to Interval
        AUC of ``shortcut`` and ``clinical``.

    Examples
    --------
    >>> verdict(Interval(0.8, 0.7, 0.9), {"shortcut": Interval(0.85, 0.75, 0.95)})
    'The model (AUC 0.80) is not told apart from shortcut (AUC 0.85): their intervals overlap, so ... explain it.'
    >>> verdict(Interval(0.9, 0.8, 1.0), {"clinical": Interval(0.5, 0.4, 0.6)})
    'The model (AUC 0.90) lies above clinical (AUC 0.50): intervals do not overlap.'
    """
    alike = [f"{name} (AUC {auc.estimate:.2f})" for name, auc in dull.items() if auc.overlaps(model)]
    below = [f"{name} (AUC {a.estimate:.2f})" for name, a in dull.items() if a.high < model.low]
    above = [f"{name} (AUC {a.estimate:.2f})" for name, a in dull.items() if a.low > model.high]
    said = f"The model (AUC {model.estimate:.2f})"
    parts = []
    if alike:
        parts.append(
            f"{said} is not told apart from {' and '.join(alike)}: their intervals overlap, so the dull explanation "
            "could explain it."
        )
    if above:
        parts.append(f"{said} lies below {' and '.join(above)}: the dull explanation does better.")
    if below:
        parts.append(f"{said} lies above {' and '.join(below)}: intervals do not overlap.")
    return " ".join(parts)
