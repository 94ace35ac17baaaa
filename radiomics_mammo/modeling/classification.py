"""Classification, the entry: plan, cross-validate, evaluate, compare, check, refit, and say what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.core.batch import RunMany, run_here
from radiomics_mammo.modeling.authors import authors_tables
from radiomics_mammo.modeling.candidates import Candidate
from radiomics_mammo.modeling.column_checks import missing_by_class
from radiomics_mammo.modeling.comparisons import (
    SHOWN,
    Comparison,
    Usable,
    comparison_rows,
    primary_comparison,
    usable_patients,
)
from radiomics_mammo.modeling.design import CvResult
from radiomics_mammo.modeling.evaluation import Evaluation, curve_rows, evaluate, metric_rows, prediction_rows
from radiomics_mammo.modeling.explaining import (
    ENOUGH_EVENTS,
    coefficient_table,
    importance_table,
    selection_rows,
    stability_table,
)
from radiomics_mammo.modeling.final_model import FittedModel, fit_final, save_model
from radiomics_mammo.modeling.metrics import Interval, concordance
from radiomics_mammo.modeling.nested_cv import Progress, Work, cross_validate
from radiomics_mammo.modeling.plan import plan_study
from radiomics_mammo.modeling.sensitivity import choices_sentences, learning_curve, specification_curve
from radiomics_mammo.modeling.sentinels import panel_and_verdict, run_sentinels
from radiomics_mammo.tables.comparisons import COMPARISONS
from radiomics_mammo.tables.curves import CURVES
from radiomics_mammo.tables.metrics import METRICS
from radiomics_mammo.tables.predictions import PREDICTIONS
from radiomics_mammo.tables.primary import PRIMARY, REFERENCE, SIGNIFICANCE, Answer, primary_answer
from radiomics_mammo.tables.resampling import WIDENING
from radiomics_mammo.tables.selection import SELECTION, SelectionRow
from radiomics_mammo.tables.sentinels import SENTINELS, SentinelRow
from radiomics_mammo.tables.study import Classification, MeasuredStudy, NamedTable

ANSWERS: dict[Answer, str] = {
    "helped": "the prior exam helped",
    "worse": "adding the prior exam made it worse",
    "not shown": "no gain from the prior exam was shown",
    "not tested": "not tested",
}


def classify(
    study: MeasuredStudy,
    *,
    config: ModelingConfig,
    seed: int,
    run_many: RunMany = run_here,
    progress: Progress | None = None,
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
    on_splits : callable, optional
        Given the text of ``splits.json`` before the first fit.
    measurement_hash, measurement_settings : str
        Hash and text of the settings the features were measured with; kept in the saved model.
    candidates : sequence of Candidate
        Further models.

    Raises
    ------
    ModelingError
        If the tables disagree with each other, or a class has too few patients.
    """
    plan = plan_study(study, config=config, seed=seed, extra=candidates)
    splits = plan.splits_json()
    if on_splits is not None:
        on_splits(splits)
    work = Work(run_many, progress)
    found = evaluate(plan, cross_validate(plan.jobs, seed=seed, work=work))
    primary = primary_comparison(found, work)
    sentinels = run_sentinels(found, work)
    panel, verdict = panel_and_verdict(found)
    choices, curve = specification_curve(found, study, work), learning_curve(found, work)
    model = fit_final(study, found, measurement_hash=measurement_hash, measurement_settings=measurement_settings)
    return Classification(
        predictions=PREDICTIONS.of(prediction_rows(found)),
        metrics=METRICS.of(metric_rows(found)),
        comparisons=COMPARISONS.of(comparison_rows(found, primary)),
        sentinels=SENTINELS.of(sentinels),
        curves=CURVES.of(curve_rows(found)),
        selection=SELECTION.of(_selected(found)),
        splits_json=splits,
        model_skops=save_model(model),
        summary=(*_summary(found, primary, sentinels, verdict), *choices_sentences(choices)),
        tables=(
            *(panel, missing_by_class(found), choices, curve),
            *_explanations(found, model),
            *authors_tables(found, work),
        ),
    )


def _selected(found: Evaluation) -> list[SelectionRow]:
    """Rows of ``selection.csv``, which names no unit: those of patients."""
    return [row for result in found.drawn if result.analysis.unit == "patient" for row in selection_rows(result)]


def _explanations(found: Evaluation, model: FittedModel) -> tuple[NamedTable, ...]:
    clusters = next(job.clusters for job in found.plan.jobs if job.analysis == PRIMARY)
    tables = [stability_table(found.reported), coefficient_table(model.tuned, model.facts.columns)]
    if clusters is not None:
        tables.append(importance_table(found.results[PRIMARY], clusters, found.weights["patient"]))
    return tuple(tables)


def _summary(found: Evaluation, primary: Comparison, sentinels: Sequence[SentinelRow], verdict: str) -> tuple[str, ...]:
    main = found.results[PRIMARY]
    sentences = [
        primary_sentence(main.n_by_class, (found.auc(PRIMARY), found.auc(REFERENCE)), primary),
        detectable_sentence(primary),
        usable_sentence(usable_patients(found, PRIMARY.unit, PRIMARY.prior_policy)),
        accuracy_sentence(found.figures[PRIMARY]),
        protocol_sentence(main),
        instability_sentence(main),
        verdict,
        *sentinel_sentences(sentinels),
        events_sentence(main),
        *found.plan.notes,
    ]
    return tuple(sentence for sentence in sentences if sentence)


def primary_sentence(patients: tuple[int, int], aucs: tuple[Interval, Interval], comparison: Comparison) -> str:
    """The one primary result, with its interval and p-value, and the answer it allows.

    Patients malignant and benign; AUC with the change since the prior exam, and from the recent exam alone. A note of
    the comparison stands in place of an answer.
    """
    if not comparison.tested:
        alone = f"AUC {aucs[1]} from the recent exam alone; nothing is said of the prior"
        return f"Primary result: {comparison.note}. {alone}."
    gain = comparison.difference
    answer = ANSWERS[primary_answer(gain.estimate, comparison.p_value)]
    if comparison.p_value < SIGNIFICANCE and gain.low <= 0 <= gain.high:
        answer += ", by how much is not known: the interval, which also carries other training patients, holds 0"
    answer = comparison.note or answer
    known = np.isfinite(comparison.reach.p_spread)
    spread = f" (Monte Carlo spread {comparison.reach.p_spread:.3f})" if known else ""
    return (
        f"Primary result: AUC {aucs[0]} with the change since the prior exam and {aucs[1]} from the recent "
        f"exam alone; difference {gain.estimate:+.2f} (95 % interval {gain.low:+.2f} to {gain.high:+.2f}), permutation "
        f"p = {comparison.p_value:.3f}{spread}, {sum(patients)} patients ({patients[1]} benign, {patients[0]} "
        f"malignant); decided by p below {SIGNIFICANCE:g}: {answer}."
    )


def detectable_sentence(comparison: Comparison) -> str:
    """How large a gain must be to be shown; empty where nothing was tested.

    Examples
    --------
    >>> from radiomics_mammo.modeling.comparisons import Reach
    >>> detectable_sentence(Comparison(Interval(0.0, -0.1, 0.1), 0.9, reach=Reach(0.02, 0.137)))
    'A gain in AUC of about 0.14 would be shown by 4 of 5 studies like this one; most smaller ones would be missed.'
    """
    if not np.isfinite(comparison.reach.detectable):
        return ""
    return (
        f"A gain in AUC of about {comparison.reach.detectable:.2f} would be shown by {SHOWN * 5:.0f} of 5 studies like "
        "this one; most smaller ones would be missed."
    )


def usable_sentence(usable: Usable) -> str:
    """What the primary result rests on; empty where it already says so.

    Examples
    --------
    >>> usable_sentence(Usable((9, 8), (9, 9), 8))
    'Changes behind it: 17 of 18 patients have a usable prior (8 of 9 benign, 9 of 9 malignant).'
    """
    return f"Changes behind it: {usable}." if usable.enough else ""


def accuracy_sentence(figures: dict[str, Interval]) -> str:
    """Accuracy never stands alone.

    Examples
    --------
    >>> half = Interval(0.5, 0.4, 0.6)
    >>> accuracy_sentence({"accuracy": half, "no_information_rate": half, "balanced_accuracy": half})
    'Accuracy 0.50 (95 % interval 0.40 to 0.60); calling every patient the larger class gives 0.50; balanced ... 0.50.'
    """
    return (
        f"Accuracy {figures['accuracy']}; calling every patient the larger class gives "
        f"{figures['no_information_rate'].estimate:.2f}; balanced accuracy {figures['balanced_accuracy'].estimate:.2f}."
    )


def protocol_sentence(result: CvResult) -> str:
    """How the figures were made."""
    folds, repeats = int(result.fold.max()), len(result.probability)
    return (
        f"{folds} outer folds of whole patients, {repeats} repeats, everything learned inside; intervals resample "
        f"patients and are widened by {WIDENING:g} (measured coverage in docs/modeling-measured.md)."
    )


def instability_sentence(result: CvResult) -> str:
    """How far single repeats of the folds lie apart; empty where there is one.

    A woman's probability is predicted once a repeat, by models that learned from others (Riley and Collins 2023).
    """
    if len(result.probability) < 2:
        return ""
    aucs = [concordance(row, result.malignant) for row in result.probability]
    spread = float(result.probability.std(axis=0, ddof=1).mean())
    return (
        f"Instability: over {len(aucs)} repeats of the folds the AUC goes from {min(aucs):.2f} to {max(aucs):.2f}, and "
        f"the probability of one woman has a standard deviation of {spread:.2f} on average."
    )


def sentinel_sentences(sentinels: Sequence[SentinelRow]) -> list[str]:
    """How many checks passed, which failed, and what the deliberate mistakes would have claimed.

    Examples
    --------
    >>> rows = [SentinelRow(name=name, expected="x", found="y", passed=name == "a") for name in "ab"]
    >>> sentinel_sentences(rows)
    ['1 of 2 checks passed; failed: b (expected x, found y).']
    """
    judged = [sentinel for sentinel in sentinels if sentinel.passed is not None]
    failed = [f"{s.name} (expected {s.expected}, found {s.found})" for s in judged if not s.passed]
    told = [f"{s.name.replace('-', ' ').capitalize()}: {s.found}." for s in sentinels if s.passed is None]
    said = f"{len(judged) - len(failed)} of {len(judged)} checks passed"
    return [f"{said}; failed: {'; '.join(failed)}." if failed else f"{said}.", *told]


def events_sentence(result: CvResult) -> str:
    """Warning on too few patients per column; empty where there are enough."""
    if result.events_per_column >= ENOUGH_EVENTS:
        return ""
    return (
        f"Warning: {min(result.n_by_class)} patients of the smaller class for {result.mean_columns_used:.0f} columns "
        f"in the primary model on average ({result.events_per_column:.1f} per column; {ENOUGH_EVENTS} are usually "
        "asked for)."
    )
