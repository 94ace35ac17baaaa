"""Two mistakes made on purpose, to measure what they would have claimed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.base import clone

from radiomics_mammo.modeling.candidates import Candidate
from radiomics_mammo.modeling.crossval import CvResult
from radiomics_mammo.modeling.design import Design
from radiomics_mammo.modeling.filters import used_columns


def chosen_on_all(design: Design, candidate: Candidate) -> Design:
    """Columns chosen on all labels, test sides included, as ``selection-outside`` does.

    Parameters
    ----------
    design : Design
    candidate : Candidate
        Its preparation chooses the columns, with the largest number of them its grid allows.
    """
    pipeline = clone(candidate.pipeline).set_params(**candidate.grid[-1])
    if "screen__reliability" in pipeline.get_params():
        pipeline.set_params(screen__reliability=np.array(design.reliability))
    pipeline.fit(design.values, design.malignant)
    keep = np.zeros(len(design.columns), dtype=bool)
    keep[used_columns(pipeline.steps[:-1], len(design.columns))] = True
    return design.only_columns(keep)


def pretend_ungrouped(design: Design) -> Design:
    """Every row its own patient, so that folds split patients, as ``ungrouped-kfold`` does."""
    return replace(design, patients=np.array([f"row-{row:05d}" for row in range(len(design.patients))]))


def with_patients(result: CvResult, design: Design) -> CvResult:
    """The result of pretended rows with the true patients back, for intervals by patient."""
    return replace(result, patients=design.patients)
