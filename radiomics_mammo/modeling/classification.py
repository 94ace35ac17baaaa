"""Benign against malignant, from the tables of a study: plan, cross-validate, compare, check, refit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.core.batch import RunMany, run_here
from radiomics_mammo.core.results import Classification, MeasuredStudy, NamedTable
from radiomics_mammo.core.tables_modeling import COMPARISONS, CURVES, METRICS, PREDICTIONS, SELECTION, SENTINELS
from radiomics_mammo.modeling.candidates import Candidate
from radiomics_mammo.modeling.checks import run_sentinels
from radiomics_mammo.modeling.comparing import Comparison
from radiomics_mammo.modeling.comparisons import comparison_rows, primary_comparison
from radiomics_mammo.modeling.crossval import CvResult, Progress, Work, cross_validate
from radiomics_mammo.modeling.curves import curve_rows
from radiomics_mammo.modeling.design import GROUPED
from radiomics_mammo.modeling.explaining import coefficient_table, importance_table, selection_rows, stability_table
from radiomics_mammo.modeling.figures import prediction_rows
from radiomics_mammo.modeling.final_model import Measurement, fit_final
from radiomics_mammo.modeling.model_file import FittedModel, save_model
from radiomics_mammo.modeling.plan import REGISTERED, StudyPlan, plan_study
from radiomics_mammo.modeling.scored import PRIMARY_SIDE, RECENT_SIDE, ScoredStudy, all_metric_rows, score_study
from radiomics_mammo.modeling.scoring import OperatingPoints
from radiomics_mammo.modeling.sentences import (
    accuracy_sentence,
    events_sentence,
    primary_sentence,
    protocol_sentence,
    sentinel_sentences,
)
from radiomics_mammo.modeling.sentinels import Sentinel
from radiomics_mammo.modeling.splitting import write_splits
from radiomics_mammo.modeling.tables import authors_tables, panel_and_verdict


def classify(
    study: MeasuredStudy,
    *,
    config: ModelingConfig,
    seed: int,
    run_many: RunMany = run_here,
    progress: Progress | None = None,
    splits: str | None = None,
    on_splits: Callable[[str], None] | None = None,
    measurement_hash: str = "",
    measurement_settings: str = "",
    candidates: Sequence[Candidate] = (),
) -> Classification:
    """Tell benign from malignant, and how well that can be believed.

    Parameters
    ----------
    study : MeasuredStudy
        Tables of one run.
    config : ModelingConfig
    seed : int
        Same seed, same numbers, wherever the work is done and whatever the order of rows.
    run_many : callable
        Runs the pieces of work, see `RunMany`; in this process unless given.
    progress : callable, optional
        Told of every piece that is done.
    splits : str, optional
        Text of the ``splits.json`` of another run, to use its folds again; they must fit the patients of the study.
        With the same tables, settings and seed as that run, every number is the same.
    on_splits : callable, optional
        Given the text of ``splits.json`` before the first fit.
    measurement_hash, measurement_settings : str
        Hash and text of the settings the features were measured with; kept in the saved model.
    candidates : sequence of Candidate
        Further models.

    Returns
    -------
    Classification

    Raises
    ------
    ModelingError
        If the tables disagree with each other, a class has too few patients, or given folds do not fit.
    """
    plan = plan_study(study, config=config, seed=seed, splits=splits, extra=candidates)
    written = write_splits(plan.splits)
    if on_splits is not None:
        on_splits(written)
    work = Work(run_many, progress)
    results = cross_validate(plan.jobs, seed=seed, work=work)
    scored = score_study(plan, results, config=config, seed=seed)
    primary = primary_comparison(plan, scored, config=config, seed=seed, work=work)
    sentinels = run_sentinels(plan, scored, config=config, seed=seed, work=work)
    panel, verdict = panel_and_verdict(scored)
    auc = scored.auc(PRIMARY_SIDE)
    measurement = Measurement(measurement_hash, measurement_settings)
    model = fit_final(study, plan, config=config, seed=seed, measurement=measurement, auc=auc)
    authors = authors_tables(plan, scored, config=config, seed=seed, work=work)
    points = OperatingPoints(config.sensitivity_points, config.specificity_points)
    return Classification(
        predictions=PREDICTIONS.from_rows(_all_predictions(plan, scored)),
        metrics=METRICS.from_rows(all_metric_rows(plan, scored, points)),
        comparisons=COMPARISONS.from_rows(comparison_rows(scored, primary, config=config, seed=seed)),
        sentinels=SENTINELS.from_rows([sentinel.row() for sentinel in sentinels]),
        curves=CURVES.from_rows(_all_curves(scored)),
        selection=SELECTION.from_rows([row for result in _selecting(scored) for row in selection_rows(result)]),
        splits_json=written,
        model_skops=save_model(model),
        summary=_summary(plan, scored, primary, said=(sentinels, verdict)),
        tables=(panel, *_explanations(plan, scored, model), *authors),
    )


def _all_predictions(plan: StudyPlan, scored: ScoredStudy) -> list[dict[str, object]]:
    rows = []
    for result in scored.reported:
        keys = plan.tables[result.analysis.unit, result.analysis.prior_policy].labelled_keys()
        lesions = [None if result.analysis.unit == "patient" else str(name) for name in keys["recent_lesion_id"]]
        rows += prediction_rows(result, lesions, keys["view"].astype(str).tolist())
    return rows


def _drawn(scored: ScoredStudy) -> list[CvResult]:
    """Results with curves: ``curves.csv`` names neither protocol nor policy, so only the main ones."""
    main = (GROUPED, REGISTERED)
    return [r for r in scored.reported if (r.analysis.protocol, r.analysis.prior_policy) == main]


def _selecting(scored: ScoredStudy) -> list[CvResult]:
    """Results in ``selection.csv``, which names no unit: those of patients."""
    return [result for result in _drawn(scored) if result.analysis.unit == "patient"]


def _all_curves(scored: ScoredStudy) -> list[dict[str, object]]:
    """Rows of ``curves.csv``; calling everybody is drawn once a unit and feature set, not once a model."""
    rows: list[dict[str, object]] = []
    drawn: set[tuple[str, str]] = set()
    for result in _drawn(scored):
        named = (result.analysis.unit, result.analysis.feature_set)
        rows += curve_rows(result, scored.weights[named[0]], everybody=named not in drawn)
        drawn.add(named)
    return rows


def _explanations(plan: StudyPlan, scored: ScoredStudy, model: FittedModel) -> tuple[NamedTable, ...]:
    primary = scored.results[PRIMARY_SIDE]
    clusters = next(job.clusters for job in plan.jobs if job.analysis == PRIMARY_SIDE)
    tables = [stability_table(scored.reported), coefficient_table(model.tuned, model.facts.columns)]
    if clusters is not None:
        tables.append(importance_table(primary, clusters, scored.weights["patient"]))
    return tuple(tables)


def _summary(
    plan: StudyPlan, scored: ScoredStudy, primary: Comparison, *, said: tuple[Sequence[Sentinel], str]
) -> tuple[str, ...]:
    sentinels, verdict = said
    sides = [(scored.results[side], scored.auc(side)) for side in (PRIMARY_SIDE, RECENT_SIDE)]
    main = scored.results[PRIMARY_SIDE]
    sentences = [
        primary_sentence(sides[0], sides[1], primary),
        accuracy_sentence(scored.figures[PRIMARY_SIDE]),
        protocol_sentence(main),
        verdict,
        *sentinel_sentences(sentinels),
        events_sentence(main),
        *plan.notes,
    ]
    return tuple(sentence for sentence in sentences if sentence)
