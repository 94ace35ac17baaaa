"""What the result hangs on is drawn where there is something to draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from radiomics_mammo.report.choices import CHAPTER, DRAWINGS, choice_figures, learning_figures, specification_figures
from radiomics_mammo.report.classification import classification_figures, classification_section
from radiomics_mammo.tables.study import NamedTable

CHOICES = pd.DataFrame(
    {
        "choice": ["selection: lasso", "patient, logistic-regression, prior regional", "aggregation: largest"],
        "primary": [False, True, False],
        "difference": [-0.02, 0.05, np.nan],
        "ci_low": [-0.2, -0.1, np.nan],
        "ci_high": [0.1, 0.2, np.nan],
    }
)
LEARNED = pd.DataFrame(
    {
        "feature_set": ["recent", "recent", "recent+delta", "recent+delta"],
        "patients": [26.0, 52.0, 26.0, 52.0],
        "auc": [0.6, 0.65, 0.62, 0.7],
        "ci_low": [0.45, 0.5, 0.5, 0.55],
        "ci_high": [0.75, 0.8, 0.75, 0.85],
    }
)


def test_every_choice_that_was_made_is_one_row():
    (figure,) = specification_figures(CHOICES)
    assert "under 2 choices: 1 of 2 above 0, from -0.02 to +0.05" in figure.alt
    assert "selection: lasso" in figure.svg
    assert "largest" not in figure.svg


def test_both_sides_are_drawn_against_patients():
    (figure,) = learning_figures(LEARNED)
    assert figure.alt == "AUC against the number of patients: recent+delta from 0.62 to 0.70; recent from 0.60 to 0.65."


def test_nothing_to_compare_is_not_drawn():
    assert choice_figures(()) == ()
    assert specification_figures(CHOICES.assign(difference=np.nan)) == ()
    assert learning_figures(LEARNED[LEARNED["patients"] == 52]) == ()


def test_the_drawings_stand_before_their_tables(material, classification):
    tables = tuple(
        NamedTable(name=name, caption=f"{name}.", table=table, chapter=CHAPTER)
        for name, table in (("specification_curve", CHOICES), ("learning_curve", LEARNED))
    )
    found = replace(classification, tables=(*classification.tables, *tables))
    figures = classification_figures(found)
    assert set(DRAWINGS) <= {figure.name for figure in figures}
    section = classification_section(replace(material, classification=found, figures=figures))
    (part,) = (part for part in section.sections if part.title == CHAPTER)
    assert [block.kind for block in part.blocks] == ["figure", "figure", "table", "table"]
