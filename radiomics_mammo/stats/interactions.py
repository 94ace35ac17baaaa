"""Does density or age change how a feature tells malignant from benign? One penalised term per class of features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.covariates import standardise
from radiomics_mammo.stats.firth import fit_firth
from radiomics_mammo.stats.measurements import Measurements, feature_class, representatives
from radiomics_mammo.stats.multiplicity import within_families
from radiomics_mammo.stats.patient_models import FIRTH, FIRTH_FAILED, TermFit
from radiomics_mammo.stats.ranks import BoolArray, FloatArray
from radiomics_mammo.stats.rows import CONSTANT, ONE_STRATUM, TOO_FEW, count_text, result_table
from radiomics_mammo.stats.separation import independent_columns, is_separated
from radiomics_mammo.stats.strata import LABELS, stratifications, stratum_numbers

KEYS = ("quantity", "feature", "feature_class", "family", "modifier")
EFFECT = "ratio of odds ratios per standard deviation"
AGE_MODIFIER = "age, per decade"
SEPARATED = "classes separated by the terms; wide interval"
COLLINEAR = "the interaction is collinear with its parts"


def interaction_table(
    measured: Sequence[Measurements], patients: pd.DataFrame, *, config: StatisticsConfig
) -> pd.DataFrame:
    """Firth regression of malignancy on feature, modifier and their product, for one feature of every class.

    Modifiers: density c-d against a-b, age above against below the preset cut, age as a continuous term.

    Parameters
    ----------
    measured : sequence of Measurements
        Of lesions.
    patients : DataFrame
        Of `stratify`.
    config : StatisticsConfig
    """
    rows: list[dict[str, object]] = []
    for one in measured:
        people = patients.reindex(one.values.index)
        people = people[people["label"].isin(LABELS)]
        malignant: BoolArray = (people["label"] == LABELS[1]).to_numpy(dtype=np.bool_)
        for feature in one_per_class(representatives(one.values.columns, declared=config.representative_features)):
            value = one.values.loc[people.index, feature].to_numpy(dtype=np.float64)
            for modifier, moderator, cells in modifiers(people, config):
                words = (
                    one.quantity,
                    feature,
                    feature_class(feature),
                    f"interaction with {modifier}, {one.key}",
                    modifier,
                )
                row = _interaction_row(np.column_stack([value, moderator]), malignant, cells, config)
                rows.append({**dict(zip(KEYS, words, strict=True)), **row})
    return within_families(result_table(rows, KEYS))


def one_per_class(features: Sequence[str]) -> tuple[str, ...]:
    """The first feature of every class.

    Examples
    --------
    >>> one_per_class(("original_glcm_A", "original_glcm_B", "original_gldm_A"))
    ('original_glcm_A', 'original_gldm_A')
    """
    first: dict[str, str] = {}
    for name in features:
        first.setdefault(feature_class(name), name)
    return tuple(first.values())


def modifiers(people: pd.DataFrame, config: StatisticsConfig) -> list[tuple[str, FloatArray, tuple[str, ...]]]:
    """Name, value per patient (NaN unknown) and names of the halves (none for continuous age) of every modifier."""
    found: list[tuple[str, FloatArray, tuple[str, ...]]] = []
    for by in stratifications(config):
        number = stratum_numbers(people[by.half_column], by.half_names).astype(np.float64)
        name = f"{by.name} {by.half_names[1]} vs {by.half_names[0]}"
        found.append((name, np.where(number >= 0, number, np.nan), by.half_names))
    decades = people["age_years"].to_numpy(dtype=np.float64) / 10
    return [*found, (AGE_MODIFIER, decades, ())]


def _interaction_row(
    given: FloatArray, malignant: BoolArray, halves: tuple[str, ...], config: StatisticsConfig
) -> dict[str, object]:
    complete = np.isfinite(given).all(axis=1)
    (value, moderator), label = given[complete].T, malignant[complete]
    cells = {
        f"{name} {half}".strip(): int(((label == bool(number)) & ((moderator == place) | (not halves))).sum())
        for place, half in enumerate(halves or ("",))
        for number, name in enumerate(LABELS)
    }
    row: dict[str, object] = {"n": len(label), "n_per_group": count_text(cells), "effect_name": EFFECT}
    if halves and len(set(moderator)) < 2:
        return row | {"note": ONE_STRATUM}
    if min(cells.values()) < config.min_cell:
        return row | {"note": TOO_FEW}
    feature = standardise(value)
    if not feature.any():
        return row | {"note": CONSTANT}
    centred = moderator if halves else moderator - moderator.mean()
    terms = np.column_stack([feature, centred, feature * centred])
    if not independent_columns(terms).all():
        return row | {"note": COLLINEAR}
    design = np.column_stack([np.ones(len(label)), terms])
    fit = fit_firth(design, label, terms=(3,), confidence=config.confidence)
    if not fit.converged:
        return row | {"method": FIRTH, "note": FIRTH_FAILED}
    term = TermFit(float(fit.estimate[3]), float(fit.ci_low[3]), float(fit.ci_high[3]), float(fit.p_value[3]), FIRTH)
    found = {**term.odds_ratio, "p_value": term.p_value, "method": FIRTH}
    return row | found | {"note": SEPARATED if is_separated(design, label) else ""}
