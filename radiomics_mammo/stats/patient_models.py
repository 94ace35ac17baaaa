"""Malignancy by patient-level logistic regression: adjusted odds ratios per standard deviation."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import ConvergenceWarning, HessianInversionWarning, PerfectSeparationWarning

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.covariates import Design, build_design, covariates
from radiomics_mammo.stats.firth import fit_firth
from radiomics_mammo.stats.measurements import Measurements, feature_class, representatives
from radiomics_mammo.stats.multiplicity import within_families
from radiomics_mammo.stats.ranks import BoolArray
from radiomics_mammo.stats.rows import CONSTANT, TOO_FEW, count_text, join_notes, result_table
from radiomics_mammo.stats.separation import is_separated
from radiomics_mammo.stats.strata import LABELS

KEYS = ("quantity", "feature", "feature_class", "family", "adjusted_for")
EFFECT = "odds ratio of malignancy per standard deviation"
LOGISTIC = "logistic regression, maximum likelihood, Wald"
FIRTH = "Firth's penalised logistic regression, profile interval, penalised likelihood ratio"
SEPARATED = "classes separated; Firth used"
NOT_CONVERGED = "did not converge; Firth used"
LARGEST_LOG = 700.0
"""Log odds whose exponential is still a double."""

FIRTH_FAILED = "did not converge, nor did Firth"


@dataclass(frozen=True)
class TermFit:
    """One coefficient of a logistic regression on the log odds scale, and how it was estimated."""

    estimate: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    p_value: float = np.nan
    method: str = ""
    note: str = ""

    @property
    def odds_ratio(self) -> dict[str, object]:
        """Effect and interval on the odds scale, inside the range of a double."""
        logs = np.clip([self.estimate, self.ci_low, self.ci_high], -LARGEST_LOG, LARGEST_LOG)
        return dict(zip(("effect", "ci_low", "ci_high"), np.exp(logs).tolist(), strict=True))


def patient_models(
    measured: Sequence[Measurements], patients: pd.DataFrame, *, config: StatisticsConfig
) -> pd.DataFrame:
    """One adjusted model per declared feature.

    Parameters
    ----------
    measured : sequence of Measurements
        Of lesions.
    patients : DataFrame
        Of `stratify`.
    config : StatisticsConfig
        Names the covariates.
    """
    rows: list[dict[str, object]] = []
    for one in measured:
        people = patients.reindex(one.values.index)
        chosen = people["label"].isin(LABELS).to_numpy(dtype=np.bool_)
        malignant: BoolArray = (people["label"] == LABELS[1]).to_numpy(dtype=np.bool_)[chosen]
        adjust = covariates(people[chosen], config.adjust_for)
        for feature in representatives(one.values.columns, declared=config.representative_features):
            design = build_design(one.values.loc[chosen, feature].to_numpy(dtype=np.float64), adjust)
            row = model_row(design, malignant[design.complete], config)
            words = (one.quantity, feature, feature_class(feature), f"patient models, {one.key}")
            rows.append({**dict(zip(KEYS, words, strict=False)), **row})
    return within_families(result_table(rows, KEYS))


def model_row(design: Design, malignant: BoolArray, config: StatisticsConfig) -> dict[str, object]:
    """Result columns of one adjusted model, or the words why there is none."""
    benign_count, malignant_count = int((~malignant).sum()), int(malignant.sum())
    fewest = min(benign_count, malignant_count)
    row: dict[str, object] = {
        "adjusted_for": ", ".join(term for term in design.terms if term not in ("intercept", "feature")),
        "n": len(malignant),
        "n_per_group": count_text({LABELS[0]: benign_count, LABELS[1]: malignant_count}),
        "effect_name": EFFECT,
        "largest_vif": design.largest_vif,
        "events_per_variable": fewest / max(len(design.terms) - 1, 1),
    }
    if fewest < config.min_cell:
        return row | {"note": join_notes(TOO_FEW, design.note)}
    if "feature" not in design.terms:
        return row | {"note": join_notes(CONSTANT, design.note)}
    fit = fit_term(design, malignant, term=1, confidence=config.confidence)
    return (
        row | fit.odds_ratio | {"p_value": fit.p_value, "method": fit.method, "note": join_notes(fit.note, design.note)}
    )


def fit_term(design: Design, malignant: BoolArray, *, term: int, confidence: float) -> TermFit:
    """One coefficient by maximum likelihood, by Firth where the classes are separated or the fit fails."""
    if is_separated(design.matrix, malignant):
        return _firth_term(design, malignant, (term, SEPARATED), confidence)
    with warnings.catch_warnings():
        for category in (ConvergenceWarning, HessianInversionWarning, PerfectSeparationWarning, RuntimeWarning):
            warnings.simplefilter("ignore", category)
        fit = sm.Logit(malignant.astype(np.float64), design.matrix).fit(disp=0, maxiter=100)
    if not fit.mle_retvals["converged"] or not np.isfinite(fit.bse).all():
        return _firth_term(design, malignant, (term, NOT_CONVERGED), confidence)
    low, high = fit.conf_int(alpha=1 - confidence)[term]
    return TermFit(float(fit.params[term]), float(low), float(high), float(fit.pvalues[term]), LOGISTIC)


def _firth_term(design: Design, malignant: BoolArray, why: tuple[int, str], confidence: float) -> TermFit:
    term, note = why
    fit = fit_firth(design.matrix, malignant, terms=(term,), confidence=confidence)
    if not fit.converged:
        return TermFit(method=FIRTH, note=FIRTH_FAILED)
    return TermFit(
        float(fit.estimate[term]),
        float(fit.ci_low[term]),
        float(fit.ci_high[term]),
        float(fit.p_value[term]),
        FIRTH,
        note,
    )
