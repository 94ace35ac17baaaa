"""Results of all analyses with their figures, looked up by what they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.modeling.candidates import LOGISTIC
from radiomics_mammo.modeling.crossval import CvResult
from radiomics_mammo.modeling.design import UNGROUPED, Analysis, Floats, Unit
from radiomics_mammo.modeling.feature_sets import FEATURE_SETS
from radiomics_mammo.modeling.figures import AUC, auc_interval, figures_of, metric_rows
from radiomics_mammo.modeling.intervals import Interval, patient_weights
from radiomics_mammo.modeling.optimism import with_patients
from radiomics_mammo.modeling.plan import RECENT, REGISTERED, WITH_DELTA, StudyPlan, is_reported
from radiomics_mammo.modeling.scoring import OperatingPoints
from radiomics_mammo.modeling.shortcuts import AREA_REMOVED
from radiomics_mammo.modeling.streams import stream
from radiomics_mammo.modeling.units import BOTH_VIEWS

PRIMARY_SIDE = Analysis("patient", LOGISTIC, WITH_DELTA)
RECENT_SIDE = Analysis("patient", LOGISTIC, RECENT)


@dataclass(frozen=True, eq=False)
class ScoredStudy:
    """Results, resampling weights and figures of a study.

    Parameters
    ----------
    results : dict of Analysis to CvResult
        In the order of the plan.
    weights : dict of unit to ndarray of shape (draws + 1, n)
    figures : dict of Analysis to dict of Interval
        All figures of reported analyses, the AUC of the others.
    """

    results: dict[Analysis, CvResult]
    weights: dict[Unit, Floats]
    figures: dict[Analysis, dict[str, Interval]]

    @property
    def reported(self) -> tuple[CvResult, ...]:
        """Results whose predictions are written."""
        return tuple(result for analysis, result in self.results.items() if is_reported(analysis))

    def auc(self, analysis: Analysis) -> Interval:
        """AUC of one analysis with its interval."""
        return self.figures[analysis][AUC]


def score_study(plan: StudyPlan, results: Sequence[CvResult], *, config: ModelingConfig, seed: int) -> ScoredStudy:
    """Figures of all analyses; analyses of one unit share the resampled patients.

    Parameters
    ----------
    plan : StudyPlan
    results : sequence of CvResult
        In the order of ``plan.jobs``.
    config : ModelingConfig
    seed : int
    """
    weights: dict[Unit, Floats] = {}
    for unit, policy in plan.tables:
        if policy == REGISTERED:
            design, rng = plan.tables[unit, policy].design(), stream(seed, "bootstrap", unit)
            weights[unit] = patient_weights(design.patients, design.malignant, draws=config.bootstrap_draws, rng=rng)
    points = OperatingPoints(config.sensitivity_points, config.specificity_points)
    named, figures = {}, {}
    for found in results:
        analysis = found.analysis
        result = found
        if analysis.protocol == UNGROUPED:
            result = with_patients(found, plan.design(analysis.unit, analysis.feature_set))
        drawn = weights[analysis.unit]
        named[analysis] = result
        figures[analysis] = (
            figures_of(result, drawn, points) if is_reported(analysis) else {AUC: auc_interval(result, drawn)}
        )
    return ScoredStudy(named, weights, figures)


def all_metric_rows(plan: StudyPlan, scored: ScoredStudy, points: OperatingPoints) -> list[dict[str, object]]:
    """Rows of ``metrics.csv``: every analysis of a feature set, lesions also by view, and the AUC with area removed.

    What a random column gains is told in ``sentinels.csv`` alone: primary columns and noise are no feature set.
    """
    rows: list[dict[str, object]] = []
    for analysis, result in scored.results.items():
        if analysis.feature_set == AREA_REMOVED:
            area_removed = {"auc_area_residualised": scored.auc(analysis)}
            made = metric_rows(result, area_removed, view=BOTH_VIEWS)
            rows += [{**row, "feature_set": WITH_DELTA} for row in made]
        if analysis.feature_set not in FEATURE_SETS:
            continue
        rows += metric_rows(result, scored.figures[analysis], view=BOTH_VIEWS)
        if analysis.unit == "lesion" and is_reported(analysis):
            rows += _rows_by_view(plan, scored, result, points)
    return rows


def _rows_by_view(
    plan: StudyPlan, scored: ScoredStudy, result: CvResult, points: OperatingPoints
) -> list[dict[str, object]]:
    views = plan.tables["lesion", REGISTERED].labelled_keys()["view"].to_numpy(dtype=str)
    rows: list[dict[str, object]] = []
    for view in np.unique(views):
        part, drawn = result.subset(views == view), scored.weights["lesion"][:, views == view]
        if part.malignant.any() and not part.malignant.all():
            rows += metric_rows(part, figures_of(part, drawn, points), view=str(view))
    return rows
