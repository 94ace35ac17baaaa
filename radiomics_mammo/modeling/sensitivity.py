"""Does the primary result hang on a choice, and would more patients help: specification curve and learning curve."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.candidates import Candidate, built_in_candidates
from radiomics_mammo.modeling.comparisons import auc_difference
from radiomics_mammo.modeling.design import GROUPED, RECENT, WITH_DELTA, CvResult, Design
from radiomics_mammo.modeling.evaluation import Evaluation
from radiomics_mammo.modeling.feature_sets import restrict
from radiomics_mammo.modeling.metrics import Interval, auc_interval
from radiomics_mammo.modeling.nested_cv import CvJob, Work, cross_validate
from radiomics_mammo.modeling.splitting import Fold, deal_patients, stream
from radiomics_mammo.modeling.units import unit_table
from radiomics_mammo.tables.primary import PRIMARY, PRIMARY_MODEL, PRIMARY_POLICY, REFERENCE, Analysis
from radiomics_mammo.tables.study import MeasuredStudy, NamedTable

REPEATS = 2
"""Repeats of the folds behind a further choice or a smaller training side; the analyses of the study have all."""
SHARES = (0.5, 0.75)
"""Shares of every training side that are learned from besides the whole."""
LEAST_OF_A_CLASS = 4
"""Patients of the smaller class below which a thinned training side cannot be split again."""
CHAPTER = "Does the result hang on a choice"
CHOICES: tuple[Mapping[str, Any], ...] = (
    {"selection": "anova"}, {"selection": "lasso"}, {"selection": "mrmr"},
    {"aggregation": "mean"}, {"aggregation": "largest"}, {"aggregation": "extreme"},
    {"min_icc": 0.0}, {"min_icc": 0.9},
    {"class_weight": "none"}, {"class_weight": "balanced"},
)  # fmt: skip
"""Reasonable settings of `ModelingConfig`, one changed at a time; those that are the study's own are not made again."""
_Pair = tuple[CvResult, CvResult]


def specification_curve(found: Evaluation, study: MeasuredStudy, work: Work) -> NamedTable:
    """The gain from the prior exam under every reasonable choice, smallest first (Simonsohn et al. 2020).

    Choices among what the study analysed anyway (unit, model, prior policy) have all repeats; settings of the models
    are changed one at a time on the first `REPEATS` repeats. Every row is exploratory and has no p-value. What needs
    measuring again (bin count, spacing, filters) is not varied.

    Parameters
    ----------
    found : Evaluation
    study : MeasuredStudy
        Whose patients are aggregated another way.
    work : Work

    Returns
    -------
    NamedTable
        ``specification_curve``: choice, repeats, AUC of both sides, difference with interval, whether it is the primary
        one. A choice that cannot be made has words in `note` instead.
    """
    rows = [*_analysed(found), *_changed(found, study, work)]
    table = pd.DataFrame(rows).sort_values(["difference", "choice"], kind="stable", ignore_index=True)
    caption = (
        f"AUC of {WITH_DELTA} minus {RECENT} under each reasonable choice, sorted; the primary analysis is marked. "
        f"{words_of_choices(table)} Intervals resample patients and are widened as everywhere; exploratory, no p. Bin "
        "count, spacing and filters need measuring again and are not varied."
    )
    return NamedTable(name="specification_curve", caption=caption, table=table, chapter=CHAPTER)


def _analysed(found: Evaluation) -> list[dict[str, object]]:
    """Rows of analyses of the study itself: unit, model and prior policy."""
    rows = []
    for analysis, result in found.results.items():
        recent = found.results.get(Analysis(unit=analysis.unit, model=analysis.model, feature_set=RECENT))
        if analysis.feature_set == WITH_DELTA and analysis.protocol == GROUPED and recent is not None:
            words = f"{analysis.unit}, {analysis.model}, prior {analysis.prior_policy}"
            rows.append(_row(found, words, (result, recent), primary=analysis == PRIMARY))
    return rows


def _row(found: Evaluation, choice: str, pair: _Pair, *, primary: bool = False) -> dict[str, object]:
    weights = found.weights[pair[0].analysis.unit]
    aucs = [auc_interval(side, weights).estimate for side in pair]
    gain = auc_difference(*pair, weights)
    words: dict[str, object] = {"choice": choice, "primary": primary, "repeats": len(pair[0].probability)}
    return words | {"auc": aucs[0], "auc_recent": aucs[1]} | gain.named("difference") | {"note": ""}


def _changed(found: Evaluation, study: MeasuredStudy, work: Work) -> list[dict[str, object]]:
    """Rows of the primary analysis with one setting changed."""
    jobs: list[CvJob] = []
    made, rows = [], []
    for choice in CHOICES:
        (name, value), = choice.items()  # fmt: skip
        words = f"{name.replace('_', ' ')}: {value}"
        if getattr(found.plan.config, name) == value:
            continue
        try:
            jobs += _jobs(found, study, choice)
            made.append(words)
        except ModelingError as error:
            rows.append({"choice": words, "primary": False, "note": f"left out: {error}"})
    results = cross_validate(jobs, seed=found.plan.seed, work=work)
    pairs = zip(results[::2], results[1::2], strict=True)
    return [*(_row(found, words, pair) for words, pair in zip(made, pairs, strict=True)), *rows]


def _jobs(found: Evaluation, study: MeasuredStudy, choice: Mapping[str, Any]) -> list[CvJob]:
    """Both sides of the primary comparison with some settings changed, on the first repeats of its folds."""
    plan = found.plan
    config: ModelingConfig = replace(plan.config, **choice)
    table = plan.tables["patient", PRIMARY_POLICY]
    if "aggregation" in choice:
        table = unit_table(study, "patient", prior_policy=PRIMARY_POLICY, aggregation=config.aggregation)
    designs = [restrict(table.design, name) for name in (WITH_DELTA, RECENT)]
    if designs[0].patients.tolist() != plan.design("patient", RECENT).patients.tolist():
        raise ModelingError("table", "the patients of the primary analysis", "others", "measure again")
    own = plan.candidates[PRIMARY_MODEL]
    changed = replace(built_in_candidates(config)[PRIMARY_MODEL], grid=own.grid)
    folds = _first_repeats(plan.folds["patient", GROUPED])
    return [_job(side, design, changed, folds) for side, design in zip((PRIMARY, REFERENCE), designs, strict=True)]


def _job(analysis: Analysis, design: Design, candidate: Candidate, folds: Sequence[Fold]) -> CvJob:
    return CvJob(analysis=analysis, design=design, candidate=candidate, folds=tuple(folds))


def _first_repeats(folds: Sequence[Fold]) -> list[Fold]:
    return [fold for fold in folds if fold.repeat <= REPEATS]


def words_of_choices(table: pd.DataFrame) -> str:
    """How many choices show a gain, and between which figures they lie.

    Examples
    --------
    >>> words_of_choices(pd.DataFrame({"difference": [-0.02, 0.03, 0.05]}))
    'Of 3 choices 2 give a difference above 0 (median +0.03, from -0.02 to +0.05).'
    """
    known = table["difference"].dropna()
    if known.empty:
        return ""
    return (
        f"Of {len(known)} choices {int((known > 0).sum())} give a difference above 0 (median {known.median():+.2f}, "
        f"from {known.min():+.2f} to {known.max():+.2f})."
    )


def choices_sentences(choices: NamedTable) -> tuple[str, ...]:
    """What the specification curve comes to, in one sentence; none where nothing could be compared."""
    words = words_of_choices(choices.table)
    return (f"Does the gain from the prior exam hang on a choice? {words} Exploratory, not tested.",) if words else ()


def learning_curve(found: Evaluation, work: Work) -> NamedTable:
    """AUC of both sides of the primary comparison against the number of patients that are learned from.

    Every training side of the first `REPEATS` repeats is thinned by whole patients, class by class; test sides stay as
    they are. The last point is the analysis of the study with all its repeats.

    Parameters
    ----------
    found : Evaluation
    work : Work

    Returns
    -------
    NamedTable
        ``learning_curve``: feature_set, share, patients and malignant (mean of a training side), repeats, AUC with its
        interval.
    """
    plan = found.plan
    folds = _first_repeats(plan.folds["patient", GROUPED])
    labels = plan.design("patient", RECENT).patient_labels()
    points: list[tuple[float, Analysis]] = []
    jobs = []
    for share in SHARES:
        thinned = [thin(fold, share, labels, seed=plan.seed) for fold in folds]
        if min(_smaller(fold.train, labels) for fold in thinned) < LEAST_OF_A_CLASS:
            continue
        for side in (PRIMARY, REFERENCE):
            points.append((share, side))
            jobs.append(_job(side, plan.design("patient", side.feature_set), plan.candidates[PRIMARY_MODEL], thinned))
    results = cross_validate(jobs, seed=plan.seed, work=work)
    weights, rows = found.weights["patient"], []
    for (share, side), job, result in zip(points, jobs, results, strict=True):
        rows.append(_point(side, share, auc_interval(result, weights)) | _sizes(job.folds, labels))
    whole = plan.folds["patient", GROUPED]
    rows += [_point(side, 1.0, found.auc(side)) | _sizes(whole, labels) for side in (PRIMARY, REFERENCE)]
    caption = (
        "AUC against the number of patients a model learns from: training sides thinned by whole patients, the same "
        "test sides. A curve that still rises says that more patients would help; intervals as everywhere, "
        f"n = {len(labels)} patients, not tested."
    )
    table = pd.DataFrame(rows).sort_values(["feature_set", "share"], kind="stable", ignore_index=True)
    return NamedTable(name="learning_curve", caption=caption, table=table, chapter=CHAPTER)


def _point(side: Analysis, share: float, auc: Interval) -> dict[str, object]:
    return {"feature_set": side.feature_set, "share": share, **auc.named("auc")}


def _sizes(folds: Sequence[Fold], labels: Mapping[str, bool]) -> dict[str, object]:
    sizes = [(len(fold.train), sum(labels[name] for name in fold.train)) for fold in folds]
    patients, malignant = np.mean(sizes, axis=0).tolist()
    return {"patients": patients, "malignant": malignant, "repeats": max(fold.repeat for fold in folds)}


def _smaller(patients: Sequence[str], labels: Mapping[str, bool]) -> int:
    malignant = sum(labels[name] for name in patients)
    return min(malignant, len(patients) - malignant)


def thin(fold: Fold, share: float, labels: Mapping[str, bool], *, seed: int) -> Fold:
    """The fold with a share of its training side, class by class, split again inside; the test side stays.

    Examples
    --------
    >>> labels = {f"p{i}": i < 4 for i in range(8)}
    >>> fold = Fold(repeat=1, fold=1, train=tuple(labels)[:6], test=("p6", "p7"), inner=(("p0",), ("p1",)))
    >>> smaller = thin(fold, 0.5, labels, seed=1)
    >>> len(smaller.train), smaller.test
    (3, ('p6', 'p7'))
    """
    rng = stream(seed, "learning curve", fold.repeat, fold.fold)
    kept: list[str] = []
    for wanted in (True, False):
        own = np.array([name for name in fold.train if labels[name] == wanted], dtype=str)
        kept += rng.permutation(own)[: math.ceil(share * len(own))].tolist()
    train = tuple(sorted(kept))
    sides = max(2, min(len(fold.inner), _smaller(train, labels)))
    return replace(fold, train=train, inner=deal_patients({name: labels[name] for name in train}, sides, rng))
