"""Checks that look at columns and rows themselves: noise that must find nothing, one that knows all, women filed twice.

And what the gaps of a table tell: whether a change could be measured at all may depend on the class.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from scipy.stats import mannwhitneyu

from radiomics_mammo.modeling.design import Design, Flags, Floats
from radiomics_mammo.modeling.evaluation import Evaluation
from radiomics_mammo.modeling.feature_sets import CHANGE_MISSING
from radiomics_mammo.modeling.metrics import (
    Interval,
    both_classes,
    concordance,
    pair_kernel,
    share_interval,
    weighted_auc,
)
from radiomics_mammo.tables.primary import PRIMARY_POLICY
from radiomics_mammo.tables.sentinels import SentinelRow
from radiomics_mammo.tables.study import NamedTable

STANDARD_ERRORS = 3
NOISE_DRAWS = 20
"""Draws of noise in place of the columns."""
TELLING_AUC = 0.95
"""A single column that reaches this is told: a sorted id, a label under another name, or a very good feature."""
BY_CHANCE = 0.05
"""A column that one of so many would be by chance in less than this share of studies; a few patients tell nothing."""
NEAR = 0.2
"""Share of the usual distance to the nearest other woman below which two women are told to be one."""
KINDS_OF_COLUMNS = {
    "recent exam": ("recent_",),
    "change": ("delta_", "logratio_"),
    "similarity of the exams": ("similarity_",),
    "age and density": ("clinical_",),
}
"""Kinds of columns by the first words of their names."""
LEAST_COLUMNS = 4
"""Columns that vary below which women may be alike by chance."""


def noise_design(design: Design, rng: np.random.Generator) -> Design:
    """The same rows with as many columns of noise as there were, drawn without a look at the labels."""
    names = tuple(f"random_{number:04d}" for number in range(len(design.columns)))
    unknown = np.full(len(names), np.nan)
    values = rng.normal(size=design.values.shape)
    return Design(
        patients=design.patients, malignant=design.malignant, values=values, columns=names, reliability=unknown
    )


def check_random_columns(aucs: Floats, columns: int) -> SentinelRow:
    """Noise in place of all columns of the primary set, screened, selected and tuned as they are, must find nothing.

    `aucs` are those of one repeat, one a draw of noise. A single column of noise beside the others is screened out and
    cannot fail; so many enter every model, and a choice made with the test side in sight finds some that tell its
    labels. Judged above only: scores pooled over uneven folds lean below 0.5.

    Examples
    --------
    >>> check_random_columns(np.array([0.4, 0.6, 0.5]), 90).passed
    True
    """
    mean, error = float(aucs.mean()), float(aucs.std(ddof=1) / np.sqrt(len(aucs)))
    return SentinelRow(
        name="random-columns",
        expected=f"mean AUC of noise not above 0.5 by more than {STANDARD_ERRORS} standard errors",
        found=f"{columns} columns of noise, {len(aucs)} draws: mean {mean:.3f}, standard error {error:.3f}",
        passed=mean <= 0.5 + STANDARD_ERRORS * error,
    )


def check_single_columns(design: Design) -> SentinelRow:
    """A column that alone tells the classes apart is named: a leaked label or a sorted id is one.

    Told is what noise would not reach: the p of Mann and Whitney's test, times the number of columns, is at most
    `BY_CHANCE`.
    """
    columns = dict(_known(design))
    best = sorted(((_either_way(column, design.malignant), name) for name, column in columns.items()), reverse=True)
    telling = [
        f"{name} (AUC {auc:.2f})"
        for auc, name in best
        if auc >= TELLING_AUC and _p_of(columns[name], design.malignant) * len(best) <= BY_CHANCE
    ]
    top = f"best of {len(best)}: {best[0][1]} (AUC {best[0][0]:.2f})" if best else "no column known of enough patients"
    found = f"{len(telling)} columns ({', '.join(telling[:3])})" if telling else f"0 columns; {top}"
    return SentinelRow(
        name="single-column",
        expected=f"no column that alone reaches AUC {TELLING_AUC:g}; look at one that does",
        found=found,
        passed=not telling,
    )


def _known(design: Design) -> list[tuple[str, Floats]]:
    return list(zip(design.columns, design.values.T, strict=True))


def _either_way(column: Floats, malignant: Flags) -> float:
    known = np.isfinite(column)
    if malignant[known].all() or not malignant[known].any():
        return 0.5
    auc = concordance(column[known], malignant[known])
    return max(auc, 1 - auc)


def _p_of(column: Floats, malignant: Flags) -> float:
    known = np.isfinite(column)
    return float(mannwhitneyu(column[known & malignant], column[known & ~malignant]).pvalue)


def check_patients_distinct(design: Design) -> SentinelRow:
    """No two patients may have nearly the same values: one filed twice is on both sides of a split.

    The design holds one row a lesion. Columns are standardised; two lesions of different women are told where they are
    closer than `NEAR` of the usual distance to the nearest lesion of another woman. Rounding, another encoder or a
    contour drawn again move values by a per cent or so; another woman is never that near in many columns.
    """
    pairs = near_pairs(design)
    names = list(dict.fromkeys(" = ".join(sorted(pair)) for pair in pairs))
    named = f" ({', '.join(names[:3])})" if names else ""
    return SentinelRow(
        name="patients-distinct",
        expected="0 pairs of patients with a lesion of nearly the same values",
        found=f"{len(names)} pairs{named}",
        passed=not names,
    )


def near_pairs(design: Design) -> list[tuple[str, str]]:
    """Pairs of patients with a lesion of nearly the same values, by `NEAR`, in the order of the rows."""
    values = _standardised(design.values)
    if values.shape[1] < LEAST_COLUMNS:
        return []
    distance = cdist(values, values)
    distance[design.patients[:, None] == design.patients[None, :]] = np.inf
    nearest = distance.min(axis=1)
    usual = float(np.median(nearest[np.isfinite(nearest)])) if np.isfinite(nearest).any() else 0.0
    first, second = np.nonzero(np.triu(distance <= NEAR * usual, 1) & np.isfinite(distance))
    return [(str(design.patients[a]), str(design.patients[b])) for a, b in zip(first, second, strict=True)]


def _standardised(values: Floats) -> Floats:
    """Columns that vary, mean 0 and standard deviation 1; a missing value counts as the mean."""
    known = np.isfinite(values)
    counts = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / counts
    left = np.where(known, values - mean, 0.0)
    spread = np.sqrt((left**2).sum(axis=0) / counts)
    varying = spread > 1e-9 * np.maximum(np.abs(mean), 1e-300)
    return np.asarray(left[:, varying] / spread[varying], dtype=np.float64)


def missing_alone(found: Evaluation) -> Interval | None:
    """AUC by patient of how much of her change is missing, by itself, more missing first in whichever class it is.

    None where every patient has as much. What is imputed carries it into any model that can see a heap of medians.
    """
    design = found.plan.tables["patient", PRIMARY_POLICY].design
    if CHANGE_MISSING not in design.columns:
        return None
    share = design.values[:, design.columns.index(CHANGE_MISSING)]
    if not np.isfinite(share).all() or np.ptp(share) == 0:
        return None
    return _auc_of_share(found, share)


def _auc_of_share(found: Evaluation, share: Floats) -> Interval:
    """AUC of a share by patient, turned so that it is 0.5 or more, with the interval of every other figure."""
    malignant = found.plan.tables["patient", PRIMARY_POLICY].design.malignant
    turned = share if concordance(share, malignant) >= 0.5 else -share
    drawn = both_classes(found.weights["patient"], malignant)
    aucs = weighted_auc(pair_kernel(turned[None, :], malignant), malignant, drawn)
    return share_interval(aucs, patients=int(min(malignant.sum(), (~malignant).sum())))


def explained_by_gaps(model: Interval, gaps: Interval | None) -> bool:
    """Whether what is missing tells the label as well as the model does, and more than chance would.

    Examples
    --------
    >>> explained_by_gaps(Interval(0.7, 0.6, 0.8), Interval(0.72, 0.6, 0.84))
    True
    >>> explained_by_gaps(Interval(0.5, 0.4, 0.6), Interval(0.52, 0.45, 0.6))
    False
    """
    return gaps is not None and gaps.low > 0.5 and gaps.estimate >= model.estimate


def gaps_note(model: Interval, gaps: Interval | None) -> str:
    """Why the primary comparison allows no answer; empty where it does.

    Examples
    --------
    >>> gaps_note(Interval(0.7, 0.6, 0.8), Interval(0.72, 0.6, 0.84))
    'no answer, since how much of the change is missing tells the label as well (AUC 0.72 (95 % interval 0.60 to 0.84))'
    >>> gaps_note(Interval(0.7, 0.6, 0.8), None)
    ''
    """
    if not explained_by_gaps(model, gaps):
        return ""
    return f"no answer, since how much of the change is missing tells the label as well (AUC {gaps})"


def check_gaps(model: Interval, gaps: Interval | None) -> SentinelRow:
    """What is missing must not tell the label as well as the model does.

    Examples
    --------
    >>> check_gaps(Interval(0.7, 0.6, 0.8), None).passed
    True
    """
    found = "as much is missing of every patient" if gaps is None else f"AUC {gaps}, the model {model.estimate:.2f}"
    return SentinelRow(
        name="missing-change",
        expected="how much of the change is missing does not tell the label as well as the model does",
        found=found,
        passed=not explained_by_gaps(model, gaps),
    )


def missing_by_class(found: Evaluation) -> NamedTable:
    """How much is missing of each kind of columns, by class, and how well that alone tells the label."""
    design = found.plan.tables["patient", PRIMARY_POLICY].design
    rows = []
    for kind, blocks in KINDS_OF_COLUMNS.items():
        held = np.array([name.startswith(blocks) for name in design.columns])
        if not held.any():
            continue
        share = np.mean(~np.isfinite(design.values[:, held]), axis=1)
        sides = {"benign": ~design.malignant, "malignant": design.malignant}
        words: dict[str, object] = {"values": kind, "columns": int(held.sum())}
        words |= {f"patients_with_gaps_{name}": int((share[side] > 0).sum()) for name, side in sides.items()}
        words |= {f"missing_{name}": float(share[side].mean()) for name, side in sides.items()}
        rows.append(words | (_auc_of_share(found, share).named("auc_of_missing") if np.ptp(share) > 0 else {}))
    caption = (
        "Share of values that are missing, by class (mean over patients), and the AUC of that share alone: models fill "
        "a gap, but where gaps go with the class they can tell it. n = "
        f"{len(design.malignant)} patients ({int((~design.malignant).sum())} benign, {int(design.malignant.sum())} "
        "malignant); descriptive, not tested."
    )
    return NamedTable(name="missing_by_class", caption=caption, table=pd.DataFrame(rows), chapter="Shortcuts")
