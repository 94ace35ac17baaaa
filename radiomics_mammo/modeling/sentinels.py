"""Sentinels, checks that are always on, and the shortcut panel, what the dull explanation alone would reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.modeling.comparisons import auc_difference
from radiomics_mammo.modeling.design import (
    GROUPED,
    OUTLINED_FIRST,
    RECENT,
    REGISTERED,
    SELECTION_OUTSIDE,
    UNGROUPED,
    WITH_DELTA,
    Design,
    Flags,
    Floats,
)
from radiomics_mammo.modeling.evaluation import Evaluation
from radiomics_mammo.modeling.metrics import Interval, concordance
from radiomics_mammo.modeling.nested_cv import Work
from radiomics_mammo.modeling.permutation import permuted_labels, upper_p
from radiomics_mammo.modeling.plan import AREA_REMOVED, RANDOM_COLUMN
from radiomics_mammo.modeling.splitting import Fold, stream
from radiomics_mammo.tables.primary import PRIMARY, Analysis
from radiomics_mammo.tables.sentinels import SentinelRow
from radiomics_mammo.tables.study import NamedTable

STANDARD_ERRORS = 3
INTEGER_DRAWS = 100
"""Random integers tried; each is tested on every repeat."""
_PANEL_SETS = (RECENT, "delta", WITH_DELTA, AREA_REMOVED, "shortcut", "clinical")


def run_sentinels(found: Evaluation, work: Work) -> tuple[SentinelRow, ...]:
    """All checks of a study: each says what an honest analysis shows, what was found, and whether they agree.

    `passed` is None where a figure is told, not judged.
    """
    plan, results = found.plan, found.results
    lesions = Analysis(unit="lesion")
    gain = auc_difference(results[Analysis(feature_set=RANDOM_COLUMN)], results[PRIMARY], found.weights["patient"])
    outside, ungrouped = Analysis(protocol=SELECTION_OUTSIDE), Analysis(unit="lesion", protocol=UNGROUPED)
    rng = stream(plan.seed, "random integer")
    return (
        _permuted(found, work),
        check_random_integer(plan.design("lesion", WITH_DELTA), plan.folds["lesion", GROUPED], rng),
        check_random_column(gain),
        check_patients_apart(fold for folds in plan.folds.values() for fold in folds),
        check_patients_distinct(plan.design("lesion", RECENT)),
        tell_gap(SELECTION_OUTSIDE, found.auc(PRIMARY), found.auc(outside)),
        tell_gap(UNGROUPED, found.auc(lesions), found.auc(ungrouped)),
    )


def _permuted(found: Evaluation, work: Work) -> SentinelRow:
    plan, observed = found.plan, found.results[PRIMARY]
    labels = permuted_labels(observed.malignant, draws=plan.config.permutations, seed=plan.seed)
    null = plan.permuted((WITH_DELTA,), labels, work)[:, 0]
    p_value = upper_p(concordance(observed.probability[0], observed.malignant), null)
    return check_permuted(null, p_value, even_folds=folds_are_even(observed.malignant, int(observed.fold.max())))


def check_permuted(null: Floats, p_value: float, *, even_folds: bool) -> SentinelRow:
    """AUC of one repeat with labels permuted by whole patients, shape (draws,), must be 0.5.

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


def check_random_column(gain: Interval) -> SentinelRow:
    """A column of noise must not raise the AUC of the primary model.

    Examples
    --------
    >>> check_random_column(Interval(0.01, -0.02, 0.03)).passed
    True
    """
    found = f"gain {gain.estimate:+.3f} (95 % interval {gain.low:+.3f} to {gain.high:+.3f})"
    return SentinelRow(name="random-column", expected="gain in AUC not above 0", found=found, passed=gain.low <= 0)


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


def check_patients_distinct(design: Design) -> SentinelRow:
    """No two patients may have a lesion of exactly the same values: one filed twice is on both sides of a split.

    The design holds one row a lesion; columns that do not vary are passed over.
    """
    filled = np.nan_to_num(design.values, nan=np.inf)
    varying = filled[:, (filled != filled[:1]).any(axis=0)]
    alike: dict[bytes, set[str]] = {}
    for patient, row in zip(design.patients.tolist(), varying, strict=True):
        alike.setdefault(row.tobytes(), set()).add(patient)
    twice = sorted(" = ".join(sorted(patients)) for patients in alike.values() if len(patients) > 1)
    twice = list(dict.fromkeys(twice)) if varying.size else []
    named = f" ({', '.join(twice[:3])})" if twice else ""
    expected = "0 groups of patients with a lesion of the same values"
    found = f"{len(twice)} groups{named}"
    return SentinelRow(name="patients-distinct", expected=expected, found=found, passed=not twice)


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
            policy = "" if analysis.prior_policy == REGISTERED else f", prior {OUTLINED_FIRST}"
            words = {"analysis": f"{analysis.feature_set}{policy}", "model": analysis.model}
            rows.append(words | found.auc(analysis).named("auc"))
    dull = {name: Analysis(feature_set=name) for name in ("shortcut", "clinical")}
    known = {name: found.auc(analysis) for name, analysis in dull.items() if analysis in found.results}
    caption = (
        "What age and density, or the circumstances of outlining and imaging alone, reach beside the models, by "
        "patient; a model that is not clearly above them has shown nothing about tissue."
    )
    panel = NamedTable(name="shortcut_panel", caption=caption, table=pd.DataFrame(rows), chapter="Shortcuts")
    return panel, verdict(found.auc(PRIMARY), known)


def verdict(model: Interval, dull: dict[str, Interval]) -> str:
    """Plain words on the AUC of the primary model beside that of the dull explanations, ``shortcut`` and ``clinical``.

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
    said, parts = f"The model (AUC {model.estimate:.2f})", []
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
