"""Evaluation: all analyses with their metrics and intervals, and the tables of predictions, metrics and curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
from scipy.special import expit, logit
from scipy.stats import rankdata

from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.modeling.design import GROUPED, UNGROUPED, WITH_DELTA, CvResult, Flags, Floats
from radiomics_mammo.modeling.feature_sets import FEATURE_SETS
from radiomics_mammo.modeling.metrics import (
    AUC,
    Interval,
    auc_interval,
    both_classes,
    cumulative_counts,
    figures_of,
    log_odds,
)
from radiomics_mammo.modeling.plan import AREA_REMOVED, StudyPlan, is_reported
from radiomics_mammo.modeling.units import BOTH_VIEWS
from radiomics_mammo.tables.curves import CurveRow
from radiomics_mammo.tables.metrics import MetricRow
from radiomics_mammo.tables.predictions import PredictionRow
from radiomics_mammo.tables.primary import PRIMARY_POLICY, Analysis, Unit
from radiomics_mammo.tables.resampling import bootstrap_generator, patient_weights, share_bounds, widened_bounds

_Curve = Callable[[Floats, Flags, Floats], Floats]
GRID = np.linspace(0.0, 1.0, 51)
"""Abscissae of ROC and precision-recall curves."""
THRESHOLDS = np.linspace(0.05, 0.95, 37)
"""Threshold probabilities of decision curves."""
SCREENING_THRESHOLDS = np.linspace(0.001, 0.03, 30)
"""Threshold probabilities of decision curves where cancer is as rare as in screening."""
CALIBRATION_GROUPS = 5
"""Groups of about equal size, fewer where probabilities are equal; with 65 patients each holds 13."""
_DIGITS = 9
"""Probabilities that agree to so many digits are equal: a mean over repeats leaves rounding."""
BAND_DRAWS = 200
"""Resamples of patients behind a pointwise band; a band needs fewer than an interval that is printed."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Results, resampling weights and metrics of a study.

    Parameters
    ----------
    plan : StudyPlan
    results : dict of Analysis to CvResult
        In the order of the plan.
    weights : dict of unit to ndarray of shape (draws + 1, n)
        Analyses of one unit share the resampled patients.
    figures : dict of Analysis to dict of Interval
        All metrics of reported analyses, the AUC of the others.
    """

    plan: StudyPlan
    results: dict[Analysis, CvResult]
    weights: dict[Unit, Floats]
    figures: dict[Analysis, dict[str, Interval]]

    @property
    def reported(self) -> tuple[CvResult, ...]:
        """Results whose predictions are written."""
        return tuple(result for analysis, result in self.results.items() if is_reported(analysis))

    @property
    def drawn(self) -> tuple[CvResult, ...]:
        """Results with curves: ``curves.csv`` names neither protocol nor policy, so only the main ones."""
        main = (GROUPED, PRIMARY_POLICY)
        return tuple(r for r in self.reported if (r.analysis.protocol, r.analysis.prior_policy) == main)

    def auc(self, analysis: Analysis) -> Interval:
        """AUC of one analysis with its interval."""
        return self.figures[analysis][AUC]


def evaluate(plan: StudyPlan, results: Sequence[CvResult]) -> Evaluation:
    """Metrics of all analyses; `results` in the order of ``plan.jobs``."""
    weights: dict[Unit, Floats] = {}
    for unit, policy in plan.tables:
        if policy == PRIMARY_POLICY:
            design, rng = plan.tables[unit, policy].design, bootstrap_generator(plan.seed, unit)
            draws = plan.config.bootstrap_draws
            weights[unit] = patient_weights(design.patients, design.malignant, draws=draws, rng=rng)
    named, figures = {}, {}
    for found in results:
        analysis, result = found.analysis, found
        if analysis.protocol == UNGROUPED:  # the true patients back in place of the pretended ones
            result = replace(found, patients=plan.design(analysis.unit, analysis.feature_set).patients)
        drawn = weights[analysis.unit]
        named[analysis] = result
        figures[analysis] = {AUC: auc_interval(result, drawn)}
        if is_reported(analysis):
            figures[analysis] = figures_of(result, drawn, plan.config)
    return Evaluation(plan, named, weights, figures)


def metric_rows(found: Evaluation) -> list[MetricRow]:
    """Rows of ``metrics.csv``: every analysis of a feature set, lesions also by view, and the AUC with area removed.

    What a random column gains is told in ``sentinels.csv`` alone: primary columns and noise are no feature set.
    """
    rows: list[MetricRow] = []
    views = found.plan.tables["lesion", PRIMARY_POLICY].labelled_keys["view"].to_numpy(dtype=str)
    for analysis, result in found.results.items():
        if analysis.feature_set == AREA_REMOVED:
            of_the_set = replace(result, analysis=replace(analysis, feature_set=WITH_DELTA))
            rows += rows_of_metrics(of_the_set, {"auc_area_residualised": found.auc(analysis)})
        if analysis.feature_set not in FEATURE_SETS:
            continue
        rows += rows_of_metrics(result, found.figures[analysis])
        if analysis.unit != "lesion" or not is_reported(analysis):
            continue
        for view in np.unique(views):
            part, drawn = result.subset(views == view), found.weights["lesion"][:, views == view]
            if part.malignant.any() and not part.malignant.all():
                rows += rows_of_metrics(part, figures_of(part, drawn, found.plan.config), view=str(view))
    return rows


def rows_of_metrics(result: CvResult, figures: dict[str, Interval], *, view: str = BOTH_VIEWS) -> list[MetricRow]:
    """Rows of one analysis; only the AUC of the two sides of the primary hypothesis is primary."""
    malignant, benign = result.n_by_class
    return [
        MetricRow(
            **vars(result.analysis),
            view=view,
            role=result.analysis.role if name == AUC else "exploratory",
            metric=name,
            **interval.named("estimate"),
            n_patients=malignant + benign,
            n_malignant=malignant,
        )
        for name, interval in figures.items()
    ]


def prediction_rows(found: Evaluation) -> list[PredictionRow]:
    """Rows of ``predictions.csv``, one a row and repeat of every reported analysis."""
    rows = []
    for result in found.reported:
        analysis = result.analysis
        keys = found.plan.tables[analysis.unit, analysis.prior_policy].labelled_keys
        lesions = [""] * len(keys) if analysis.unit == "patient" else keys["recent_lesion_id"].tolist()
        views = keys["view"].tolist()
        rows += [
            PredictionRow(
                **vars(analysis),
                patient_id=str(result.patients[row]),
                recent_lesion_id=lesions[row],
                view=views[row],
                repeat=repeat + 1,
                fold=int(result.fold[repeat, row]),
                label=LesionLabel.MALIGNANT if result.malignant[row] else LesionLabel.BENIGN,
                probability=float(result.probability[repeat, row]),
                threshold=float(result.threshold[repeat, row]),
            )
            for repeat, row in product(range(len(result.probability)), range(len(keys)))
        ]
    return rows


def curve_rows(found: Evaluation) -> list[CurveRow]:
    """Rows of ``curves.csv``; calling everybody malignant is drawn once a unit and feature set, not once a model."""
    rows: list[CurveRow] = []
    known: set[tuple[Unit, str]] = set()
    for result in found.drawn:
        named = (result.analysis.unit, result.analysis.feature_set)
        prevalence = found.plan.config.screening_prevalence
        rows += rows_of_curves(result, found.weights[named[0]], everybody=named not in known, prevalence=prevalence)
        known.add(named)
    return rows


def rows_of_curves(
    result: CvResult, weights: Floats, *, everybody: bool = True, prevalence: float = 0.006
) -> list[CurveRow]:
    """ROC, precision-recall, decision and calibration curve of one analysis, averaged over repeats, with bands.

    The first `BAND_DRAWS` resamples of `weights` (draws + 1, n) give pointwise bands. With `everybody` comes the
    decision curve of calling every patient malignant (model ``treat-all``), the same for all models on the same rows.
    The curve ``decision-screening`` is the decision curve with cancers as rare as `prevalence` (`screening_benefit`).
    """
    used = both_classes(weights[: BAND_DRAWS + 1], result.malignant)
    decisions: dict[str, tuple[Floats, _Curve]] = {
        "decision": (THRESHOLDS, _net_benefit),
        "decision-screening": (SCREENING_THRESHOLDS, partial(screening_benefit, prevalence=prevalence)),
    }
    curves: dict[str, tuple[Floats, _Curve]] = {"roc": (GRID, _roc), "pr": (GRID, _precision), **decisions}
    rows = []
    for name, (abscissa, curve) in curves.items():
        drawn = np.mean([curve(probability, result.malignant, used) for probability in result.probability], axis=0)
        rows += _points(result, name, abscissa, drawn)
    for name, (abscissa, curve) in decisions.items() if everybody else ():
        treated = curve(np.ones(len(result.malignant)), result.malignant, used)
        rows += _points(result, name, abscissa, treated, model="treat-all")
    return rows + _calibration(result, used)


def _roc(probability: Floats, malignant: Flags, weights: Floats) -> Floats:
    true_positive, false_positive = cumulative_counts(probability, malignant, weights)
    rates = zip(false_positive / false_positive[:, -1:], true_positive / true_positive[:, -1:], strict=True)
    return np.array([np.interp(GRID, np.r_[0.0, x], np.r_[0.0, y]) for x, y in rates])


def _precision(probability: Floats, malignant: Flags, weights: Floats) -> Floats:
    true_positive, false_positive = cumulative_counts(probability, malignant, weights)
    recall = true_positive / true_positive[:, -1:]
    precision = true_positive / np.maximum(true_positive + false_positive, np.finfo(float).tiny)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    reached = [np.searchsorted(row, GRID - 1e-12).clip(max=recall.shape[1] - 1) for row in recall]
    return np.array([row[where] for row, where in zip(best, reached, strict=True)])


def _net_benefit(probability: Floats, malignant: Flags, weights: Floats) -> Floats:
    called = (probability[:, None] >= THRESHOLDS).astype(float)
    true_positive, false_positive = weights @ (called * malignant[:, None]), weights @ (called * ~malignant[:, None])
    harm = false_positive * THRESHOLDS / (1 - THRESHOLDS)
    return np.asarray((true_positive - harm) / weights.sum(axis=1, keepdims=True))


def screening_benefit(probability: Floats, malignant: Flags, weights: Floats, *, prevalence: float) -> Floats:
    """Net benefit per woman where a share `prevalence` has cancer, at `SCREENING_THRESHOLDS`; shape (draws, 30).

    Sensitivity and specificity are those of the study; probabilities are moved from its share of cancers to the
    prevalence by their log odds (Elkan 2001, theorem 2). Net benefit: Vickers and Elkin 2006.

    Examples
    --------
    >>> labels = np.array([True, False])
    >>> float(screening_benefit(np.array([1.0, 0.0]), labels, np.ones((1, 2)), prevalence=0.006)[0, 0].round(6))
    0.006
    """
    moved = expit(log_odds(probability) + logit(prevalence) - logit(malignant.mean()))
    called = (moved[:, None] >= SCREENING_THRESHOLDS).astype(float)
    sensitivity = weights @ (called * malignant[:, None]) / (weights @ malignant)[:, None]
    false_rate = weights @ (called * ~malignant[:, None]) / (weights @ ~malignant)[:, None]
    harm = false_rate * (1 - prevalence) * SCREENING_THRESHOLDS / (1 - SCREENING_THRESHOLDS)
    return np.asarray(sensitivity * prevalence - harm)


def _calibration(result: CvResult, weights: Floats) -> list[CurveRow]:
    """Observed share of malignant rows against the mean probability, in groups of about equal size.

    Equal probabilities stay in one group, for their order would be that of the names.
    """
    probability = result.probability.mean(axis=0)
    ranks = rankdata(np.round(probability, _DIGITS), method="average") - 0.5
    numbers = np.floor(ranks / len(ranks) * CALIBRATION_GROUPS).astype(int)
    groups = [np.flatnonzero(numbers == number) for number in np.unique(numbers)]
    shares = []
    for group in groups:
        total = weights[:, group].sum(axis=1)
        positive = weights[:, group] @ result.malignant[group]
        shares.append(np.where(total > 0, positive / np.maximum(total, 1e-12), np.nan))
    abscissa = np.array([probability[group].mean() for group in groups])
    bounds = [share_bounds(drawn, patients=len(group)) for drawn, group in zip(shares, groups, strict=True)]
    return _points(result, "calibration", abscissa, np.column_stack(shares), bounds=bounds)


def _points(
    result: CvResult,
    curve: str,
    abscissa: Floats,
    drawn: Floats,
    *,
    model: str | None = None,
    bounds: Sequence[tuple[float, float]] | None = None,
) -> list[CurveRow]:
    """Points with their interval: that of every other figure, inside 0 and 1 unless it is a net benefit."""
    ends = np.array([widened_bounds(point) for point in drawn.T] if bounds is None else bounds).reshape(-1, 2)
    low, high = (ends if curve.startswith("decision") else np.clip(ends, 0.0, 1.0)).T
    named = result.analysis
    head = {"curve": curve, "unit": named.unit, "model": model or named.model, "feature_set": named.feature_set}
    return [
        CurveRow(**head, x=float(x), y=float(y), y_low=float(a), y_high=float(b))
        for x, y, a, b in zip(abscissa, drawn[0], low, high, strict=True)
    ]
