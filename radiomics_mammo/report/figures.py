"""Every drawing that the tables of a study allow."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.core.results import Classification, MeasuredStudy, NamedTable
from radiomics_mammo.report.blocks import Figure
from radiomics_mammo.report.figures_classification import auc_figure, curve_figures
from radiomics_mammo.report.figures_cohort import (
    cohort_figure,
    error_figure,
    outline_quality_figure,
    robustness_figure,
    similarity_figure,
)
from radiomics_mammo.report.figures_flow import flow_figure
from radiomics_mammo.report.figures_statistics import statistics_figures


def draw_figures(
    study: MeasuredStudy, classification: Classification | None = None, statistics: tuple[NamedTable, ...] = ()
) -> tuple[Figure, ...]:
    """Draw what there is to draw; absent tables give no drawing.

    Parameters
    ----------
    study, classification, statistics : MeasuredStudy, Classification or None, tuple of NamedTable

    Returns
    -------
    tuple of Figure
        Same tables, same SVG text.
    """
    drawn: list[Figure | None] = list(_study_figures(study))
    if classification is not None:
        drawn += [auc_figure(classification.metrics), *curve_figures(classification.curves)]
    drawn += statistics_figures(statistics)
    return tuple(figure for figure in drawn if figure is not None)


def _study_figures(study: MeasuredStudy) -> tuple[Figure, ...]:
    drawn = []
    if len(study.flow):
        drawn.append(flow_figure(study.flow))
    if len(study.patients):
        drawn.append(cohort_figure(study.patients))
    if len(study.lesions):
        drawn.append(outline_quality_figure(study.lesions))
    if study.registration["similarity_after"].notna().any():
        drawn.append(similarity_figure(study.registration))
    if study.registration["error_mm"].notna().any():
        drawn.append(error_figure(study.registration["error_mm"].dropna()))
    if study.robustness["icc"].notna().any():
        family = study.dictionary.set_index("name")["family"] if len(study.dictionary) else pd.Series(dtype=object)
        drawn.append(robustness_figure(study.robustness, family))
    return tuple(drawn)
