"""Sentinels, checks that are always on, and the shortcut panel, what the dull explanation alone would reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.modeling.column_checks import (
    NOISE_DRAWS,
    STANDARD_ERRORS,
    check_gaps,
    check_patients_distinct,
    check_random_columns,
    check_single_columns,
    missing_alone,
    noise_design,
)
from radiomics_mammo.modeling.comparisons import Usable, auc_difference, usable_patients
from radiomics_mammo.modeling.design import (
    GROUPED,
    RECENT,
    SELECTION_OUTSIDE,
    UNGROUPED,
    WITH_DELTA,
    Design,
    Flags,
    Floats,
)
from radiomics_mammo.modeling.evaluation import Evaluation
from radiomics_mammo.modeling.feature_sets import RADIUS_COLUMN, WITH_CLINICAL
from radiomics_mammo.modeling.metrics import (
    Interval,
    both_classes,
    concordance,
    pair_kernel,
    share_interval,
    weighted_auc,
)
from radiomics_mammo.modeling.nested_cv import Work
from radiomics_mammo.modeling.permutation import FoldCounts, permuted_aucs, permuted_labels, upper_p
from radiomics_mammo.modeling.plan import AREA_REMOVED
from radiomics_mammo.modeling.splitting import Fold, stream
from radiomics_mammo.tables.primary import PRIMARY, PRIMARY_MODEL, PRIMARY_POLICY, Analysis
from radiomics_mammo.tables.sentinels import SentinelRow
from radiomics_mammo.tables.study import NamedTable

LEAST_DRAWS = 20
"""Permuted labels behind the check of labels, or a quarter of those of the primary p; its own p is told, not judged."""
INTEGER_DRAWS = 100
"""Random integers tried; each is tested on every repeat."""
_PANEL_SETS = (RECENT, "delta", WITH_DELTA, WITH_CLINICAL, AREA_REMOVED, "shortcut", "clinical")


def run_sentinels(found: Evaluation, work: Work) -> tuple[SentinelRow, ...]:
    """All checks of a study: each says what an honest analysis shows, what was found, and whether they agree.

    `passed` is None where a figure is told, not judged.
    """
    plan = found.plan
    lesions = Analysis(unit="lesion")
    outside, ungrouped = Analysis(protocol=SELECTION_OUTSIDE), Analysis(unit="lesion", protocol=UNGROUPED)
    rng = stream(plan.seed, "random integer")
    return (
        _permuted(found, work),
        check_random_integer(plan.design("lesion", WITH_DELTA), plan.folds["lesion", GROUPED], rng),
        _random_columns(found, work),
        check_single_columns(plan.tables["patient", PRIMARY_POLICY].design),
        check_patients_apart(fold for folds in plan.folds.values() for fold in folds),
        check_patients_distinct(plan.design("lesion", RECENT)),
        check_usable(usable_patients(found, PRIMARY.unit, PRIMARY.prior_policy)),
        check_gaps(found.auc(PRIMARY), missing_alone(found)),
        tell_gap(SELECTION_OUTSIDE, found.auc(PRIMARY), found.auc(outside)),
        tell_gap(UNGROUPED, found.auc(lesions), found.auc(ungrouped)),
    )


def _permuted(found: Evaluation, work: Work) -> SentinelRow:
    plan, observed = found.plan, found.results[PRIMARY]
    draws = max(LEAST_DRAWS, plan.config.permutations // 4)
    labels = permuted_labels(observed.malignant, draws=draws, seed=plan.seed)
    null = plan.permuted((WITH_DELTA,), labels, work)[:, 0]
    p_value = upper_p(found.auc(PRIMARY).estimate, null)
    return check_permuted(null, p_value, even_folds=folds_are_even(observed.malignant, int(observed.fold.max())))


def _random_columns(found: Evaluation, work: Work) -> SentinelRow:
    plan, design = found.plan, found.plan.design("patient", WITH_DELTA)
    noise = [noise_design(design, stream(plan.seed, "random columns", draw)) for draw in range(NOISE_DRAWS)]
    counts = replace(FoldCounts.like(plan.folds["patient", GROUPED]), repeats=1)
    candidate, labels = plan.candidates[PRIMARY_MODEL], design.malignant[None, :]
    aucs = permuted_aucs(noise, candidate, labels, counts=counts, seed=plan.seed, work=work)[0]
    return check_random_columns(aucs, len(design.columns))


def check_permuted(null: Floats, p_value: float, *, even_folds: bool) -> SentinelRow:
    """AUC with labels permuted by whole patients, mean over repeats, shape (draws,), must be 0.5.

    Where the classes do not divide evenly into folds, scores pooled over folds lean slightly below 0.5 whatever the
    model, and only the upper side is judged. The p-value is told, not judged.

    Examples
    --------
    >>> check_permuted(np.array([0.4, 0.6, 0.5]), 0.25, even_folds=True).passed
    True
    """
    mean, error = float(null.mean()), float(null.std(ddof=1) / np.sqrt(len(null)))
    off = (mean - 0.5) / max(error, np.finfo(float).tiny)
    sides = "" if even_folds else " (uneven folds: judged above only)"
    return SentinelRow(
        name="permuted-labels",
        expected=f"mean AUC within {STANDARD_ERRORS} standard errors of 0.5{sides}",
        found=f"mean {mean:.3f}, standard error {error:.3f}, {len(null)} draws; p of the observed AUC {p_value:.3f}",
        passed=off <= STANDARD_ERRORS and (off >= -STANDARD_ERRORS or not even_folds),
    )


def folds_are_even(malignant: Flags, outer_folds: int) -> bool:
    """Whether both classes divide evenly into folds."""
    positive = int(malignant.sum())
    return positive % outer_folds == 0 and (len(malignant) - positive) % outer_folds == 0


def check_random_integer(design: Design, folds: Sequence[Fold], rng: np.random.Generator) -> SentinelRow:
    """A random integer per patient, looked up in the training side, must not tell the label of a test side.

    The nearest integer of the training side is taken: the model that memorises best is the sharpest test of folds. Best
    with several rows a patient: one on both sides is found by its integer. The generator never sees the label.
    """
    names, owner = np.unique(design.patients, return_inverse=True)
    aucs = []
    for _ in range(INTEGER_DRAWS):
        integers = rng.permutation(len(names))[owner]
        aucs.append(float(np.mean(_nearest_aucs(design, integers, folds))))
    mean, error = float(np.mean(aucs)), float(np.std(aucs, ddof=1) / np.sqrt(len(aucs)))
    return SentinelRow(
        name="random-integer-per-patient",
        expected=f"AUC not above 0.5 by more than {STANDARD_ERRORS} standard errors",
        found=f"mean {mean:.3f}, standard error {error:.3f}, {INTEGER_DRAWS} draws",
        passed=mean <= 0.5 + STANDARD_ERRORS * error,
    )


def _nearest_aucs(design: Design, integers: NDArray[np.intp], folds: Sequence[Fold]) -> list[float]:
    scores = np.full((max(fold.repeat for fold in folds), len(integers)), np.nan)
    for fold in folds:
        train, test = design.rows_of(fold.train), design.rows_of(fold.test)
        distance = np.abs(integers[test][:, None] - integers[train][None, :])
        nearest = distance == distance.min(axis=1, keepdims=True)
        scores[fold.repeat - 1, test] = (nearest @ design.malignant[train]) / nearest.sum(axis=1)
    return [concordance(row, design.malignant) for row in scores]


def check_patients_apart(folds: Iterable[Fold]) -> SentinelRow:
    """No patient may be on both sides of a split, outer or inner.

    Examples
    --------
    >>> fold = Fold(repeat=1, fold=1, train=("a", "b"), test=("b",), inner=(("a",), ("b",)))
    >>> check_patients_apart([fold]).passed
    False
    """
    wrong, total = 0, 0
    for fold in folds:
        total += 1 + len(fold.inner)
        wrong += bool(set(fold.train) & set(fold.test))
        for place, side in enumerate(fold.inner):
            others = {patient for other in fold.inner[place + 1 :] for patient in other}
            wrong += bool(set(side) & (others | set(fold.test)))
    found = f"{wrong} of {total} splits share a patient"
    expected = "0 splits that share a patient, at any level"
    return SentinelRow(name="patients-apart", expected=expected, found=found, passed=wrong == 0)


def check_usable(usable: Usable) -> SentinelRow:
    """Enough patients of each class must have a usable prior, or the checks above speak of the recent exam alone.

    Examples
    --------
    >>> check_usable(Usable((9, 0), (9, 9), 8)).passed
    False
    """
    expected = f"at least {usable.least} patients of each class with a usable prior"
    return SentinelRow(name="usable-priors", expected=expected, found=str(usable), passed=usable.enough)


def tell_gap(name: str, honest: Interval, leaky: Interval) -> SentinelRow:
    """What a deliberate mistake would have claimed.

    Examples
    --------
    >>> tell_gap("selection-outside", Interval(0.6, 0.4, 0.8), Interval(0.9, 0.8, 1.0)).found
    'would have claimed AUC 0.90 instead of 0.60: a gap of +0.30'
    """
    gap = leaky.estimate - honest.estimate
    found = f"would have claimed AUC {leaky.estimate:.2f} instead of {honest.estimate:.2f}: a gap of {gap:+.2f}"
    return SentinelRow(name=f"optimism-gap-{name}", expected="told, not judged", found=found)


def panel_and_verdict(found: Evaluation) -> tuple[NamedTable, str]:
    """AUCs by patient side by side, and what they say about the primary model."""
    rows = []
    for analysis in found.results:
        honest = analysis.unit == "patient" and analysis.protocol == GROUPED
        if honest and analysis.feature_set in _PANEL_SETS:
            policy = "" if analysis.prior_policy == PRIMARY_POLICY else f", prior {analysis.prior_policy}"
            words = {"analysis": f"{analysis.feature_set}{policy}", "model": analysis.model}
            rows.append(words | found.auc(analysis).named("auc"))
    rows += radius_alone(found)
    if (gaps := missing_alone(found)) is not None:
        rows.append({"analysis": "missing change alone", "model": "the share itself"} | gaps.named("auc"))
    dull = {name: Analysis(feature_set=name) for name in ("shortcut", "clinical")}
    main, drawn = found.results[PRIMARY], found.weights["patient"]
    known = {
        name: (found.auc(analysis), auc_difference(main, found.results[analysis], drawn))
        for name, analysis in dull.items()
        if analysis in found.results
    }
    caption = (
        "What age and density, or the circumstances of outlining and imaging alone, reach beside the models, by "
        "patient; a model that is not clearly above them has shown nothing about tissue."
    )
    panel = NamedTable(name="shortcut_panel", caption=caption, table=pd.DataFrame(rows), chapter="Shortcuts")
    return panel, verdict(found.auc(PRIMARY), known)


def radius_alone(found: Evaluation) -> list[dict[str, object]]:
    """AUC of the size of the zone by itself, by patient: a row of the panel, none where one class has no zone."""
    design, drawn = found.plan.tables["patient", PRIMARY_POLICY].design, found.weights["patient"]
    radius = design.values[:, design.columns.index(RADIUS_COLUMN)] if RADIUS_COLUMN in design.columns else np.array([])
    known = np.isfinite(radius)
    if not known.any() or len(np.unique(design.malignant[known])) < 2:
        return []
    malignant, weights = design.malignant[known], drawn[:, known]
    kernel = pair_kernel(radius[known][None, :], malignant)
    aucs = weighted_auc(kernel, malignant, both_classes(weights, malignant))
    words = {"analysis": "radius of the zone alone", "model": "the number itself"}
    smaller = int(min(malignant.sum(), (~malignant).sum()))
    return [words | share_interval(aucs, patients=smaller).named("auc")]


def verdict(model: Interval, dull: dict[str, tuple[Interval, Interval]]) -> str:
    """Plain words on the AUC of the primary model beside that of the dull explanations, ``shortcut`` and ``clinical``.

    Each comes with its AUC and the difference, model minus it, on the same resampled patients: intervals of two AUCs
    may overlap where that of their difference does not hold 0.

    Examples
    --------
    >>> verdict(Interval(0.8, 0.7, 0.9), {"shortcut": (Interval(0.85, 0.75, 0.95), Interval(-0.05, -0.2, 0.1))})
    'The model (AUC 0.80) is not told apart from shortcut (AUC 0.85, difference -0.05, -0.20 to +0.10): ... explain it.'
    >>> verdict(Interval(0.9, 0.8, 1.0), {"clinical": (Interval(0.5, 0.4, 0.6), Interval(0.4, 0.25, 0.55))})
    'The model (AUC 0.90) lies above clinical (AUC 0.50, difference +0.40, +0.25 to +0.55).'
    """
    words = {
        name: f"{name} (AUC {auc.estimate:.2f}, difference {gap.estimate:+.2f}, {gap.low:+.2f} to {gap.high:+.2f})"
        for name, (auc, gap) in dull.items()
    }
    above = [words[name] for name, (_, gap) in dull.items() if gap.low > 0]
    below = [words[name] for name, (_, gap) in dull.items() if gap.high < 0]
    alike = [words[name] for name, (_, gap) in dull.items() if gap.low <= 0 <= gap.high]
    said, parts = f"The model (AUC {model.estimate:.2f})", []
    if alike:
        parts.append(f"{said} is not told apart from {' and '.join(alike)}: the dull explanation could explain it.")
    if below:
        parts.append(f"{said} lies below {' and '.join(below)}: the dull explanation does better.")
    if above:
        parts.append(f"{said} lies above {' and '.join(above)}.")
    return " ".join(parts)
