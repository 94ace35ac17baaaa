"""Malignancy by lesion: logistic estimating equations, independence working correlation, clusters are patients."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import t as student
from statsmodels.tools.sm_exceptions import ConvergenceWarning, IterationLimitWarning

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.tables_features import DELTAS, FEATURES
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource, View, Visit
from radiomics_mammo.stats.covariates import Design, build_design, covariates
from radiomics_mammo.stats.measurements import TISSUE, feature_class, representatives
from radiomics_mammo.stats.multiplicity import within_families
from radiomics_mammo.stats.patient_models import EFFECT, TermFit
from radiomics_mammo.stats.ranks import BoolArray
from radiomics_mammo.stats.rows import CONSTANT, TOO_FEW, count_text, join_notes, result_table
from radiomics_mammo.stats.separation import is_separated
from radiomics_mammo.stats.strata import LABELS

KEYS = ("quantity", "feature", "feature_class", "family", "adjusted_for")
GEE = (
    "logistic estimating equations by lesion and view, independence working correlation, "
    "bias-reduced covariance clustered by patient (Mancl and DeRouen), t"
)
SEPARATED = "classes separated; see the patient models, where Firth is used"
NOT_CONVERGED = "did not converge; see the patient models"


@dataclass(frozen=True, eq=False)
class LesionValues:
    """Values by recent lesion and view, with whose they are.

    Parameters
    ----------
    quantity : str
    rows : DataFrame
        Columns patient_id, view, label; benign and malignant lesions only.
    values : DataFrame of shape (lesions, features)
    """

    quantity: str
    rows: pd.DataFrame = field(repr=False)
    values: pd.DataFrame = field(repr=False)


def lesion_values(study: MeasuredStudy, quantity: str) -> LesionValues:
    """Values of every confirmed recent lesion in one view, under the primary prior policy.

    Parameters
    ----------
    study : MeasuredStudy
    quantity : str
        ``recent``, or a change as in ``deltas.csv``.
    """
    if quantity == str(Visit.RECENT):
        table, known, prefix = study.features, FEATURES.names, ""
        outlined = (table["visit"] == str(Visit.RECENT)) & (table["source"] == str(RoiSource.OUTLINED))
        table = table[outlined]
    else:
        table, known, prefix = study.deltas, DELTAS.names, f"{quantity}_"
        table = table[table["prior_policy"] == str(PriorPolicy.REGISTERED)]
    table = table[table["label"].isin(LABELS)].reset_index(drop=True)
    left_out = (*known, *(name for name in table.columns if name.startswith(prefix + TISSUE)))
    names = [name for name in table.columns if name not in set(left_out) and name.startswith(prefix)]
    values = table[names].astype(np.float64).rename(columns=lambda name: name.removeprefix(prefix))
    return LesionValues(quantity, table[["patient_id", "view", "label"]], values)


def lesion_models(
    measured: Sequence[LesionValues], patients: pd.DataFrame, *, config: StatisticsConfig
) -> pd.DataFrame:
    """One adjusted model per declared feature, rows are lesions in one view, clusters are patients.

    Parameters
    ----------
    measured : sequence of LesionValues
    patients : DataFrame
        Of `stratify`.
    config : StatisticsConfig
    """
    rows: list[dict[str, object]] = []
    for one in measured:
        people = patients.reindex(one.rows["patient_id"])
        adjust = covariates(people, config.adjust_for).reset_index(drop=True)
        adjust["view MLO"] = (one.rows["view"] == str(View.MLO)).to_numpy(dtype=np.float64)
        malignant: BoolArray = (one.rows["label"] == LABELS[1]).to_numpy(dtype=np.bool_)
        for feature in representatives(one.values.columns, declared=config.representative_features):
            design = build_design(one.values[feature].to_numpy(dtype=np.float64), adjust)
            words = (one.quantity, feature, feature_class(feature), f"lesion models, lesion {one.quantity}")
            row = _row(design, malignant[design.complete], one.rows.loc[design.complete, "patient_id"], config)
            rows.append({**dict(zip(KEYS, words, strict=False)), **row})
    return within_families(result_table(rows, KEYS))


def _row(design: Design, malignant: BoolArray, patient_id: pd.Series, config: StatisticsConfig) -> dict[str, object]:
    sides = {name: patient_id[malignant == bool(number)].nunique() for number, name in enumerate(LABELS)}
    row: dict[str, object] = {
        "adjusted_for": ", ".join(term for term in design.terms if term not in ("intercept", "feature")),
        "n": patient_id.nunique(),
        "n_per_group": count_text(sides),
        "n_lesions": len(malignant),
        "effect_name": EFFECT,
    }
    if min(sides.values()) < config.min_cell:
        return row | {"note": join_notes(TOO_FEW, design.note)}
    if "feature" not in design.terms:
        return row | {"note": join_notes(CONSTANT, design.note)}
    clusters = pd.factorize(patient_id)[0].astype(np.int64)
    fit = fit_clustered(design, malignant, clusters, confidence=config.confidence)
    return (
        row | fit.odds_ratio | {"p_value": fit.p_value, "method": fit.method, "note": join_notes(fit.note, design.note)}
    )


def fit_clustered(
    design: Design, malignant: BoolArray, clusters: np.ndarray, *, confidence: float, term: int = 1
) -> TermFit:
    """One coefficient with bias-reduced covariance; t with as many degrees of freedom as patients minus terms.

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
        return TermFit(method=GEE, note=SEPARATED)
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
            return TermFit(method=GEE, note=NOT_CONVERGED)
    estimate, error = float(fit.params[term]), float(fit.bse[term])
    if not np.isfinite([estimate, error]).all() or error <= 0:
        return TermFit(method=GEE, note=NOT_CONVERGED)
    freedom = len(np.unique(clusters)) - len(design.terms)
    half = float(student.ppf((1 + confidence) / 2, freedom)) * error
    p_value = float(2 * student.sf(abs(estimate / error), freedom))
    return TermFit(estimate, estimate - half, estimate + half, p_value, GEE)
