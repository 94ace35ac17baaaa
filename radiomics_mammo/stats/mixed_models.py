"""Feature over visit and class: mixed models with a random intercept per woman, or clustered least squares."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import t as student
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.covariates import covariates, known_covariates, standardise
from radiomics_mammo.stats.measurements import Measurements, feature_class, representatives
from radiomics_mammo.stats.multiplicity import within_families
from radiomics_mammo.stats.ranks import FloatArray, IntArray
from radiomics_mammo.stats.rows import CONSTANT, TOO_FEW, count_text, join_notes, result_table
from radiomics_mammo.stats.separation import independent_columns
from radiomics_mammo.stats.strata import CLASSES, LABELS

KEYS = ("source", "feature", "feature_class", "family", "term")
EFFECT = "difference in standard deviations of the feature"
MIXED = "linear mixed model, random intercept per woman, REML, t"
CLUSTERED = "least squares, covariance clustered by woman, t"
NOT_CONVERGED = "mixed model did not converge; clustered least squares used"
NO_VARIATION = "no variation around the effect"
LEAST_RESIDUAL = 1e-8
"""Residual variance, in variances of the feature, below which the optimiser of the mixed model is not to be trusted."""

NO_ERROR = 1e-9
"""Standard error, in standard deviations of the feature, that counts as none."""

LEFT_OUT = "no spread or collinear, left out"
COVARIATES = {"age": "age, per decade", "density": "density c-d vs a-b", "interval": "interval, per year"}
VISIT = "visit: recent vs prior"


def mixed_models(
    recent: Measurements, prior: Measurements, patients: pd.DataFrame, *, config: StatisticsConfig
) -> pd.DataFrame:
    """Every declared feature over visit x class, adjusted for age, density and interval.

    Rows are women and visits: lesions and views of one visit are averaged before, so that they do not pose as
    independent observations of the change.

    Parameters
    ----------
    recent, prior : Measurements
        Of one source. Lesions: malignant against benign. Tissue: every class against normal.
    patients : DataFrame
        Of `stratify`.
    config : StatisticsConfig

    Returns
    -------
    DataFrame
        One row per feature and term; the product of visit and class is the difference in change.
    """
    column, classes = ("label", LABELS) if recent.source == "lesion" else ("case_class", CLASSES)
    rows: list[dict[str, object]] = []
    for feature in representatives(recent.values.columns, declared=config.representative_features):
        if feature not in prior.values:
            continue
        long = _long_table(recent.values[feature], prior.values[feature], patients)
        long = long[long[column].isin(classes)].dropna(subset=["value"])
        adjust, lost = known_covariates(long[list(COVARIATES)])
        long = long.dropna(subset=list(adjust.columns)).reset_index(drop=True)
        for row in _fit_feature(long, (column, classes), config, covariate_names=list(adjust.columns)):
            row["note"] = join_notes(str(row["note"]), lost)
            words = (recent.source, feature, feature_class(feature), f"mixed models, {recent.source}, {row['term']}")
            rows.append({**row, **dict(zip(KEYS, words, strict=False))})
    return within_families(result_table(rows, KEYS))


def _long_table(recent: pd.Series, prior: pd.Series, patients: pd.DataFrame) -> pd.DataFrame:
    tables = []
    for visit, values in ((1.0, recent), (0.0, prior)):
        people = patients.reindex(values.index)
        table = covariates(people, list(COVARIATES)).assign(value=values, visit=visit)
        tables.append(table.assign(label=people["label"], case_class=people["case_class"], patient_id=values.index))
    return pd.concat(tables, ignore_index=True)


def _fit_feature(
    long: pd.DataFrame, sides: tuple[str, Sequence[str]], config: StatisticsConfig, *, covariate_names: list[str]
) -> list[dict[str, object]]:
    column, classes = sides
    counts = {name: int(long.loc[long[column] == name, "patient_id"].nunique()) for name in classes}
    large = [name for name in classes if counts[name] >= config.min_cell]
    small = [name for name in classes if name not in large]
    used = long[long[column].isin(large)]
    shared: dict[str, object] = {
        "n": used["patient_id"].nunique(),
        "n_rows": len(used),
        "n_per_group": count_text(counts),
        "effect_name": EFFECT,
    }
    left_out = f"{TOO_FEW}: {', '.join(small)}" if small and len(large) > 1 else ""
    if len(large) < 2 or used["visit"].nunique() < 2:
        return [shared | {"term": VISIT, "note": TOO_FEW}]
    value = standardise(used["value"].to_numpy(dtype=np.float64))
    if not value.any():
        return [shared | {"term": VISIT, "note": CONSTANT}]
    names, terms = _terms(used, (column, large), covariate_names)
    kept = independent_columns(terms)
    women = pd.factorize(used["patient_id"])[0].astype(np.int64)
    fit = fit_repeated(value, terms[:, kept], women, confidence=config.confidence)
    places = np.where(kept, np.cumsum(kept), 0)
    rows: list[dict[str, object]] = []
    for name, place in zip(names, places, strict=True):
        if place == 0:
            rows.append(shared | {"term": name, "note": LEFT_OUT})
            continue
        figures = fit.figures(place)
        flat = "" if "p_value" in figures else NO_VARIATION
        note = join_notes(fit.note, left_out, flat)
        rows.append(shared | {"term": name, **figures, "method": fit.method, "note": note})
    return rows


def _terms(
    used: pd.DataFrame, sides: tuple[str, Sequence[str]], covariate_names: list[str]
) -> tuple[list[str], FloatArray]:
    column, classes = sides
    visit = used["visit"].to_numpy(dtype=np.float64)
    names, columns = [f"{VISIT}, in {classes[0]}"], [visit]
    for name in classes[1:]:
        member = (used[column] == name).to_numpy(dtype=np.float64)
        names += [f"{name} vs {classes[0]}, at the prior exam", f"{VISIT} x {name} vs {classes[0]}"]
        columns += [member, visit * member]
    for name in covariate_names:
        names.append(COVARIATES[name])
        columns.append(used[name].to_numpy(dtype=np.float64))
    return names, np.column_stack(columns)


@dataclass(frozen=True, eq=False)
class RepeatedFit:
    """Coefficients of a regression with repeated rows per woman; place 0 is the intercept."""

    estimate: FloatArray
    error: FloatArray
    freedom: int
    confidence: float
    method: str
    note: str = ""

    def figures(self, place: int) -> dict[str, object]:
        """Effect, interval and p value of one coefficient; the effect alone where nothing varies around it."""
        estimate, error = float(self.estimate[place]), float(self.error[place])
        if not error > NO_ERROR:
            return {"effect": estimate}
        half = float(student.ppf((1 + self.confidence) / 2, self.freedom)) * error
        p_value = float(2 * student.sf(abs(estimate / error), self.freedom))
        return {"effect": estimate, "ci_low": estimate - half, "ci_high": estimate + half, "p_value": p_value}


def fit_repeated(value: FloatArray, terms: FloatArray, women: IntArray, *, confidence: float) -> RepeatedFit:
    """Random intercept per woman; where that cannot be estimated, least squares with clustered covariance.

    Parameters
    ----------
    value : ndarray of shape (rows,)
    terms : ndarray of shape (rows, terms)
        Independent columns without intercept.
    women : ndarray of int, shape (rows,)
    confidence : float

    Notes
    -----
    Degrees of freedom: women minus coefficients, which is conservative for terms within women.
    """
    design = np.column_stack([np.ones(len(value)), terms])
    freedom = max(1, len(np.unique(women)) - design.shape[1])
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        try:
            mixed = sm.MixedLM(value, design, groups=women).fit(reml=True)
        except np.linalg.LinAlgError:
            mixed = None
    estimated = mixed is not None and bool(mixed.converged) and bool(np.isfinite(mixed.bse_fe).all())
    if (
        estimated
        and mixed.scale > LEAST_RESIDUAL
        and not any(issubclass(one.category, ConvergenceWarning) for one in raised)
    ):
        return RepeatedFit(mixed.fe_params, mixed.bse_fe, freedom, confidence, MIXED)
    plain = sm.OLS(value, design).fit(cov_type="cluster", cov_kwds={"groups": women})
    error = np.sqrt(np.maximum(np.diag(plain.cov_params()), 0.0))
    return RepeatedFit(plain.params, error, freedom, confidence, CLUSTERED, NOT_CONVERGED)
