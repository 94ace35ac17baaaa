"""Odds of malignancy, one row per woman: adjusted odds ratios, and whether density or age changes them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import ConvergenceWarning, HessianInversionWarning, PerfectSeparationWarning

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.measurements import Layout, Measurements, feature_class
from radiomics_mammo.stats.ranks import CONSTANT, BoolArray, FloatArray
from radiomics_mammo.stats.regression import (
    Design,
    build_design,
    covariates,
    fit_firth,
    independent_columns,
    is_separated,
    standardise,
)
from radiomics_mammo.stats.statistical_table import (
    BY_CLASS,
    FDR,
    MODIFIED,
    ONE_STRATUM,
    TOO_FEW,
    Result,
    StatisticalTable,
    counted,
    join_notes,
)
from radiomics_mammo.stats.strata import LABELS, Stratification, class_sizes, stratum_numbers

EFFECT = "odds ratio of malignancy per standard deviation"
RATIO = "ratio of odds ratios per standard deviation"
LOGISTIC = "logistic regression, maximum likelihood, Wald"
FIRTH = "Firth's penalised logistic regression, profile interval, penalised likelihood ratio"
SEPARATED = "classes separated; Firth used"
NOT_CONVERGED = "did not converge; Firth used"
FIRTH_FAILED = "did not converge, nor did Firth"
TERMS_SEPARATED = "classes separated by the terms; wide interval"
COLLINEAR = "the interaction is collinear with its parts"
AGE_MODIFIER = "age, per decade"
LARGEST_LOG = 700.0
"""Log odds whose exponential is still a double."""


def labelled(measured: Measurements, patients: pd.DataFrame) -> tuple[pd.DataFrame, BoolArray]:
    """Measured women with a benign or malignant label, and who of them is malignant."""
    people = patients.reindex(measured.values.index)
    people = people[people["label"].isin(LABELS)]
    return people, (people["label"] == LABELS[1]).to_numpy(dtype=np.bool_)


def patient_models(study: Layout) -> list[Result]:
    """One adjusted model per declared feature, by patient."""
    rows = []
    for one in study.by_class:
        people, malignant = labelled(one, study.patients)
        adjust = covariates(people, study.config.adjust_for)
        for feature in study.declared(one):
            design = build_design(one.values.loc[people.index, feature].to_numpy(dtype=np.float64), adjust)
            row = patient_row(design, malignant[design.complete], study.config)
            about = one.about(feature) | {"adjusted_for": design.adjusted_for}
            rows.append(replace(row, about=about, family=feature_class(feature)))
    return rows


def patient_row(design: Design, malignant: BoolArray, config: StatisticsConfig) -> Result:
    """Odds ratio of the feature of a design, one row per woman, or the words why there is none."""
    sizes = class_sizes(malignant)
    events = min(sizes.values()) / max(len(design.terms) - 1, 1)
    row = Result(more={"largest_vif": design.largest_vif, "events_per_variable": events})
    return adjusted_row(row, design, sizes, partial(fit_term, design, malignant), config=config)


def adjusted_row(
    row: Result, design: Design, sizes: Mapping[str, int], fit: Callable[..., Result], *, config: StatisticsConfig
) -> Result:
    """The row of an adjusted model, filled with the odds ratio of the feature or the words why there is none.

    `sizes` are the women of every class; `fit` gives the log odds ratio of the feature, given the confidence.
    """
    row = replace(counted(sizes, EFFECT), about=row.about, family=row.family, more=row.more)
    if min(sizes.values()) < config.min_cell:
        return replace(row, note=join_notes(TOO_FEW, design.note))
    if "feature" not in design.terms:
        return replace(row, note=join_notes(CONSTANT, design.note))
    return row.with_figures(odds(fit(confidence=config.confidence)), design.note)


def odds(log_odds: Result) -> Result:
    """Effect and interval on the odds scale, inside the range of a double."""
    logs = np.clip([log_odds.effect, log_odds.ci_low, log_odds.ci_high], -LARGEST_LOG, LARGEST_LOG)
    effect, low, high = np.exp(logs).tolist()
    return replace(log_odds, effect=effect, ci_low=low, ci_high=high)


def fit_term(design: Design, malignant: BoolArray, *, confidence: float, term: int = 1) -> Result:
    """One log odds ratio by maximum likelihood, by Firth where the classes are separated or the fit fails."""
    if is_separated(design.matrix, malignant):
        return firth_term(design.matrix, malignant, term=term, confidence=confidence, note=SEPARATED)
    with warnings.catch_warnings():
        for category in (ConvergenceWarning, HessianInversionWarning, PerfectSeparationWarning, RuntimeWarning):
            warnings.simplefilter("ignore", category)
        fit = sm.Logit(malignant.astype(np.float64), design.matrix).fit(disp=0, maxiter=100)
    if not fit.mle_retvals["converged"] or not np.isfinite(fit.bse).all():
        return firth_term(design.matrix, malignant, term=term, confidence=confidence, note=NOT_CONVERGED)
    low, high = fit.conf_int(alpha=1 - confidence)[term]
    p_value = float(fit.pvalues[term])
    return Result(
        effect=float(fit.params[term]), ci_low=float(low), ci_high=float(high), p_value=p_value, method=LOGISTIC
    )


def firth_term(matrix: FloatArray, malignant: BoolArray, *, term: int, confidence: float, note: str = "") -> Result:
    """One log odds ratio by Firth's regression, or the words that it did not converge."""
    fit = fit_firth(matrix, malignant, terms=(term,), confidence=confidence)
    if not fit.converged:
        return Result(method=FIRTH, note=FIRTH_FAILED)
    return Result(
        effect=float(fit.estimate[term]),
        ci_low=float(fit.ci_low[term]),
        ci_high=float(fit.ci_high[term]),
        p_value=float(fit.p_value[term]),
        method=FIRTH,
        note=note,
    )


def interactions(study: Layout) -> list[Result]:
    """Firth regression of malignancy on feature, modifier and their product, for one feature of every class.

    Modifiers: density c-d against a-b, age above against below the preset cut, age as a continuous term.
    """
    rows = []
    for one in study.by_class:
        people, malignant = labelled(one, study.patients)
        for feature in one_per_class(study.declared(one)):
            value = one.values.loc[people.index, feature].to_numpy(dtype=np.float64)
            for modifier, moderator, halves in modifiers(people, study.strata.values()):
                row = interaction_row(np.column_stack([value, moderator]), malignant, halves, study.config)
                about = one.about(feature) | {"modifier": modifier}
                rows.append(replace(row, about=about, family=feature_class(feature)))
    return rows


def one_per_class(features: Sequence[str]) -> tuple[str, ...]:
    """The first feature of every class."""
    first: dict[str, str] = {}
    for name in features:
        first.setdefault(feature_class(name), name)
    return tuple(first.values())


def modifiers(people: pd.DataFrame, strata: Iterable[Stratification]) -> list[tuple[str, FloatArray, tuple[str, ...]]]:
    """Name, value per patient (NaN unknown) and names of the halves (none for continuous age) of every modifier."""
    found: list[tuple[str, FloatArray, tuple[str, ...]]] = []
    for by in strata:
        number = stratum_numbers(people[by.half_column], by.half_names).astype(np.float64)
        name = f"{by.name} {by.half_names[1]} vs {by.half_names[0]}"
        found.append((name, np.where(number >= 0, number, np.nan), by.half_names))
    return [*found, (AGE_MODIFIER, people["age_years"].to_numpy(dtype=np.float64) / 10, ())]


def interaction_row(
    given: FloatArray, malignant: BoolArray, halves: tuple[str, ...], config: StatisticsConfig
) -> Result:
    """Ratio of odds ratios from the values of feature and modifier, or the words why there is none."""
    complete = np.isfinite(given).all(axis=1)
    (value, moderator), label = given[complete].T, malignant[complete]
    cells = {
        f"{name} {half}".strip(): int(((label == bool(number)) & ((moderator == place) | (not halves))).sum())
        for place, half in enumerate(halves or ("",))
        for number, name in enumerate(LABELS)
    }
    row = counted(cells, RATIO)
    if halves and len(set(moderator)) < 2:
        return replace(row, note=ONE_STRATUM)
    if min(cells.values()) < config.min_cell:
        return replace(row, note=TOO_FEW)
    feature = standardise(value)
    if not feature.any():
        return replace(row, note=CONSTANT)
    centred = moderator if halves else moderator - moderator.mean()
    terms = np.column_stack([feature, centred, feature * centred])
    if not independent_columns(terms).all():
        return replace(row, note=COLLINEAR)
    design = np.column_stack([np.ones(len(label)), terms])
    note = TERMS_SEPARATED if is_separated(design, label) else ""
    return row.with_figures(odds(firth_term(design, label, term=3, confidence=config.confidence, note=note)))


INTERACTIONS = StatisticalTable(
    name="interactions",
    chapter="Interactions with density and age",
    caption="Does density or age change the effect of a feature? Firth's penalised logistic regression, one feature "
    "per class; " + FDR,
    keys=("quantity", "feature", "feature_class", "family", "modifier"),
    make=interactions,
    question=MODIFIED,
    asks=True,
    subject="Effect of a feature changed by density or age",
)
MODELS_PATIENT = StatisticalTable(
    name="models_patient",
    chapter="Benign against malignant",
    caption="Odds ratios per standard deviation, adjusted, by patient; declared features; " + FDR,
    keys=("quantity", "feature", "feature_class", "family", "adjusted_for"),
    make=patient_models,
    question=BY_CLASS,
    subject="Adjusted odds ratios by patient",
)
