"""Several rows per woman: odds of malignancy by lesion and view (GEE), features over visit and class (mixed models)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import ConvergenceWarning, IterationLimitWarning

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.core.vocabulary import RoiSource, View, Visit
from radiomics_mammo.stats.measurements import PRIOR, RECENT, TISSUE, Layout, Measurements, feature_class
from radiomics_mammo.stats.patient_models import adjusted_row
from radiomics_mammo.stats.ranks import CONSTANT, BoolArray, FloatArray, IntArray
from radiomics_mammo.stats.regression import (
    Design,
    build_design,
    covariates,
    independent_columns,
    is_separated,
    known_covariates,
    standardise,
)
from radiomics_mammo.stats.repeated_measures import RandomIntercept
from radiomics_mammo.stats.statistical_table import (
    BY_CLASS,
    CHANGED,
    FDR,
    TOO_FEW,
    Result,
    StatisticalTable,
    counted,
    join_notes,
    wald_t,
)
from radiomics_mammo.stats.strata import LABELS
from radiomics_mammo.tables.deltas import DELTAS
from radiomics_mammo.tables.features import FEATURES
from radiomics_mammo.tables.study import MeasuredStudy
from radiomics_mammo.tables.trust import under_primary_policy

GEE = (
    "logistic estimating equations by lesion and view, independence working correlation, "
    "bias-reduced covariance clustered by patient (Mancl and DeRouen), t"
)
SEPARATED = "classes separated; see the patient models, where Firth is used"
FAILED = "did not converge; see the patient models"
EFFECT = "difference in standard deviations of the feature"
MIXED = (
    "linear mixed model, random intercept per woman, REML, covariance clustered by woman (CR2), t with Satterthwaite "
    "degrees of freedom"
)
NONE_BETWEEN = "variance between women estimated as zero"
NO_VARIATION = "no variation around the effect"
NO_ERROR = 1e-8
"""Standard error, in standard deviations of the feature, that counts as none."""
LEFT_OUT = "no spread or collinear, left out"
COVARIATES = {"age": "age, per decade", "density": "density c-d vs a-b", "interval": "interval, per year"}
VISIT = "visit: recent vs prior"
INTERVAL_CHANGE = "change per further year between the exams"
PRODUCT = f"{VISIT} x "
"""How the terms begin that say how the change differs between classes."""


def lesion_values(study: MeasuredStudy, quantity: str) -> tuple[pd.DataFrame, Measurements]:
    """Patient, view and label of every confirmed recent lesion in one view, and its values row by row.

    Parameters
    ----------
    study : MeasuredStudy
    quantity : str
        ``recent``, or a change as in ``deltas.csv``, under the primary prior policy.
    """
    if quantity == RECENT:
        table, known, prefix = study.features, FEATURES.names, ""
        table = table[(table["visit"] == str(Visit.RECENT)) & (table["source"] == str(RoiSource.OUTLINED))]
    else:
        table, known, prefix = under_primary_policy(study.deltas), DELTAS.names, f"{quantity}_"
    table = table[table["label"].isin(LABELS)].reset_index(drop=True)
    names = [
        name
        for name in table.columns.difference(known, sort=False)
        if name.startswith(prefix) and not name.startswith(prefix + TISSUE)
    ]
    values = table[names].astype(np.float64).rename(columns=lambda name: name.removeprefix(prefix))
    return table[["patient_id", "view", "label"]], Measurements("lesion", quantity, values)


def lesion_models(study: Layout) -> list[Result]:
    """One adjusted model per declared feature, rows are lesions in one view, clusters are patients."""
    rows = []
    for quantity in (RECENT, study.config.primary_change):
        lesions, measured = lesion_values(study.tables, quantity)
        adjust = covariates(study.patients.reindex(lesions["patient_id"]), study.config.adjust_for)
        adjust = adjust.reset_index(drop=True).assign(
            **{"view MLO": lesions["view"].str.endswith(str(View.MLO)).astype(float)}
        )
        malignant: BoolArray = (lesions["label"] == LABELS[1]).to_numpy(dtype=np.bool_)
        for feature in study.declared(measured):
            design = build_design(measured.values[feature].to_numpy(dtype=np.float64), adjust)
            women, side = lesions.loc[design.complete, "patient_id"], malignant[design.complete]
            about = measured.about(feature) | {"adjusted_for": design.adjusted_for}
            row = Result(about=about, family=feature_class(feature), more={"n_lesions": len(women)})
            sizes = {name: women[side == bool(number)].nunique() for number, name in enumerate(LABELS)}
            fit = partial(fit_clustered, design, side, pd.factorize(women)[0])
            found = adjusted_row(row, design, sizes, fit, config=study.config)
            rows.append(replace(found, n=women.nunique()))
    return rows


def fit_clustered(
    design: Design, malignant: BoolArray, clusters: IntArray, *, confidence: float, term: int = 1
) -> Result:
    """One log odds ratio by generalised estimating equations (GEE) with bias-reduced covariance.

    Student's t with as many degrees of freedom as patients minus terms.

    Parameters
    ----------
    design : Design
        Rows are lesions.
    malignant : ndarray of bool
    clusters : ndarray of int
        Patient of every row.
    confidence : float
    term : int
        Column of the design.

    Notes
    -----
    An exchangeable working correlation is never used: the outcome is (nearly) constant within patients, which makes
    its estimate degenerate. Covariance: Mancl and DeRouen, Biometrics 2001;57:126.
    """
    if is_separated(design.matrix, malignant):
        return Result(method=GEE, note=SEPARATED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", category=RuntimeWarning)
        warnings.simplefilter("error", category=ConvergenceWarning)
        warnings.simplefilter("error", category=IterationLimitWarning)
        model = sm.GEE(
            malignant.astype(np.float64),
            design.matrix,
            groups=clusters,
            family=sm.families.Binomial(),
            cov_struct=sm.cov_struct.Independence(),
        )
        try:
            fit = model.fit(cov_type="bias_reduced")
        except (ConvergenceWarning, IterationLimitWarning, np.linalg.LinAlgError):
            return Result(method=GEE, note=FAILED)
    estimate, error = float(fit.params[term]), float(fit.bse[term])
    if not np.isfinite([estimate, error]).all() or error <= 0:
        return Result(method=GEE, note=FAILED)
    freedom = len(np.unique(clusters)) - len(design.terms)
    return replace(wald_t(estimate, error, freedom=freedom, confidence=confidence), method=GEE)


def mixed_models(study: Layout) -> list[Result]:
    """Linear mixed models: every declared feature over visit x class, the change adjusted for the years between exams.

    Lesions: malignant against benign. Tissue: every class against normal. Rows are women and visits: lesions and views
    of one visit are averaged before, so that they do not pose as independent observations of the change. The product
    of visit and class is the difference in change.
    """
    rows = []
    for recent, prior in ((values[RECENT], values[PRIOR].values) for values in (study.lesion, study.tissue)):
        for feature in (name for name in study.declared(recent) if name in prior):
            long, lost = _long_table(recent.values[feature], prior[feature], study.patients, recent.classes)
            for term, row in _fit_feature(long, recent.classes[1], study.config).items():
                about, note = recent.about(feature) | {"term": term}, join_notes(row.note, lost)
                rows.append(replace(row, about=about, family=feature_class(feature), note=note))
    return rows


def _long_table(
    recent: pd.Series, prior: pd.Series, patients: pd.DataFrame, sides: tuple[str, tuple[str, ...]]
) -> tuple[pd.DataFrame, str]:
    """Rows of the model (women and visits with all that is known of most) and words about what is not."""
    tables = []
    for visit, values in ((1.0, recent), (0.0, prior)):
        people = patients.reindex(values.index)
        table = covariates(people, list(COVARIATES)).assign(value=values, visit=visit)
        tables.append(table.assign(side=people[sides[0]], patient_id=values.index))
    long = pd.concat(tables, ignore_index=True)
    long = long[long["side"].isin(sides[1])].dropna(subset=["value"])
    adjust, lost = known_covariates(long[list(COVARIATES)])
    kept = [*adjust.columns, "value", "visit", "side", "patient_id"]
    return long[kept].dropna(subset=list(adjust.columns)).reset_index(drop=True), lost


def _fit_feature(long: pd.DataFrame, classes: Sequence[str], config: StatisticsConfig) -> dict[str, Result]:
    """Rows of the terms of one model."""
    counts = {name: int(long.loc[long["side"] == name, "patient_id"].nunique()) for name in classes}
    large = [name for name in classes if counts[name] >= config.min_cell]
    small = ", ".join(name for name in classes if name not in large)
    used = long[long["side"].isin(large)]
    row = replace(counted(counts, EFFECT), n=used["patient_id"].nunique(), more={"n_rows": len(used)})
    if len(large) < 2 or used["visit"].nunique() < 2:
        return {VISIT: replace(row, note=TOO_FEW)}
    value = standardise(used["value"].to_numpy(dtype=np.float64))
    if not value.any():
        return {VISIT: replace(row, note=CONSTANT)}
    terms = _terms(used, large)
    kept = independent_columns(terms.to_numpy())
    women = pd.factorize(used["patient_id"])[0]
    fit = fit_repeated(value, terms.to_numpy()[:, kept], women, confidence=config.confidence)
    rows = {name: replace(row, note=LEFT_OUT) for name in terms}
    for name, found in zip(terms.columns[kept], fit[1:], strict=True):
        rows[name] = row.with_figures(found, f"{TOO_FEW}: {small}" if small else "")
    return rows


def _terms(used: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Columns of the design: visit, every other class, its product with visit, covariates, visit by interval."""
    terms = {f"{VISIT}, in {classes[0]}": used["visit"]}
    for name in classes[1:]:
        member = (used["side"] == name).astype(np.float64)
        terms[f"{name} vs {classes[0]}, at the prior exam"] = member
        terms[f"{PRODUCT}{name} vs {classes[0]}"] = used["visit"] * member
    terms |= {word: used[name] for name, word in COVARIATES.items() if name in used}
    if "interval" in used:  # a covariate that is the same at both visits adjusts no change; its product with visit does
        terms[INTERVAL_CHANGE] = used["visit"] * (used["interval"] - used["interval"].mean())
    return pd.DataFrame(terms, dtype=np.float64)


def fit_repeated(value: FloatArray, terms: FloatArray, women: IntArray, *, confidence: float) -> list[Result]:
    """Random intercept per woman, covariance clustered by woman, Satterthwaite degrees of freedom.

    One result per coefficient, the intercept first; the effect alone where nothing varies around it.

    Parameters
    ----------
    value : ndarray of shape (rows,)
    terms : ndarray of shape (rows, terms)
        Independent columns without intercept.
    women : ndarray of int, shape (rows,)
    confidence : float

    Notes
    -----
    `repeated_measures.RandomIntercept`: classes may change with unequal spread, which a common variance took for a
    difference (a benign spread doubled: 13.8 % false findings at 5 %).
    """
    fit = RandomIntercept(value, np.column_stack([np.ones(len(value)), terms]), women)
    note = NONE_BETWEEN if fit.between_share == 0 else ""
    found = []
    for term, (effect, error) in enumerate(zip(fit.estimate.tolist(), fit.robust[0].tolist(), strict=True)):
        if error > NO_ERROR:
            effect, low, high, p_value = fit.wald(term, confidence=confidence)
            one = Result(effect=effect, ci_low=low, ci_high=high, p_value=p_value)
        else:
            one = Result(effect=effect, note=NO_VARIATION)
        found.append(replace(one, method=MIXED, note=join_notes(note, one.note)))
    return found


MODELS_LESION = StatisticalTable(
    name="models_lesion",
    chapter="Benign against malignant",
    caption="Odds ratios per standard deviation, adjusted, by lesion with covariance clustered by patient; "
    f"declared features; {FDR}",
    keys=("quantity", "feature", "feature_class", "family", "adjusted_for"),
    make=lesion_models,
    question=BY_CLASS,
)
MODELS_MIXED = StatisticalTable(
    name="models_mixed",
    chapter="Change over time",
    caption="Feature over visit x class, age, density, interval and visit x interval; mixed models by woman and visit; "
    f"declared features; {FDR}",
    keys=("source", "feature", "feature_class", "family", "term"),
    make=mixed_models,
    question=CHANGED,
    asks=True,
    subject="Mixed models, visit by class",
    counted=lambda table: table[table["term"].str.startswith(PRODUCT)],
)
