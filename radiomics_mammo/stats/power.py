"""What this many patients can show: width of the AUC interval and the effect that would be detected."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import norm

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.ranks import FloatArray
from radiomics_mammo.stats.rows import DESCRIPTIVE, TOO_FEW, count_text, result_table
from radiomics_mammo.stats.strata import LABELS, stratifications
from radiomics_mammo.stats.two_groups import auc_interval, compare_two_groups

KEYS = ("analysis", "setting")
ASSUMED_AUCS = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""True values for which the width of the interval is printed."""

HANLEY_MCNEIL = "interval of the AUC, Hanley and McNeil 1982"
SIMULATED = "interval of the AUC, simulation of two normal distributions"
DETECTABLE = "detectable effect"
CHECKED = "power at the detectable effect, simulation"


def hanley_mcneil_variance(auc: float, *, n_benign: int, n_malignant: int) -> float:
    """Variance of an AUC estimate (Hanley and McNeil, Radiology 1982;143:29, with exponential approximations).

    Examples
    --------
    >>> round(1.96 * hanley_mcneil_variance(0.85, n_benign=15, n_malignant=50) ** 0.5, 3)
    0.095
    """
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (n_malignant - 1) * (first - auc**2) + (n_benign - 1) * (second - auc**2)
    return spread / (n_benign * n_malignant)


def detectable_auc(n_first: int, n_second: int, *, alpha: float, power: float) -> float:
    """Smallest AUC above 1/2 that a two-sided Mann-Whitney test finds with the wanted power; NaN when none below 1.

    Normal approximation: null variance of the rank test, Hanley and McNeil's variance under the alternative.

    Examples
    --------
    >>> round(detectable_auc(15, 50, alpha=0.05, power=0.8), 3)
    0.725
    """
    null = np.sqrt((n_first + n_second + 1) / (12 * n_first * n_second))

    def surplus(auc: float) -> float:
        """How far an AUC lies beyond the smallest that is found with the wanted power."""
        spread = np.sqrt(hanley_mcneil_variance(auc, n_benign=n_first, n_malignant=n_second))
        return float(auc - 0.5 - norm.ppf(1 - alpha / 2) * null - norm.ppf(power) * spread)

    return float(brentq(surplus, 0.5, 1.0)) if surplus(1.0) > 0 else float("nan")


def simulate_groups(auc: float, shape: tuple[int, int], *, simulations: int, rng: np.random.Generator) -> FloatArray:
    """Values of two normal groups of unit variance with a given AUC, shape (n_first + n_second, simulations).

    Examples
    --------
    >>> simulate_groups(0.8, (3, 4), simulations=5, rng=np.random.default_rng(0)).shape
    (7, 5)
    """
    values = rng.normal(size=(sum(shape), simulations))
    values[shape[0] :] += np.sqrt(2) * norm.ppf(auc)
    return np.asarray(values, dtype=np.float64)


def power_table(
    patients: pd.DataFrame, *, tests_in_family: int, config: StatisticsConfig, rng: np.random.Generator
) -> pd.DataFrame:
    """Interval widths and detectable effects for the sizes of this study.

    Parameters
    ----------
    patients : DataFrame
        Of `stratify`.
    tests_in_family : int
        Size of the largest family of hypotheses; its Bonferroni level is the hardest a first finding must pass.
    config : StatisticsConfig
    rng : numpy.random.Generator

    Returns
    -------
    DataFrame
        Rows of widths: effect is the assumed AUC, interval what would be expected around it, further columns `width`
        and `coverage`. Rows of effects: effect is the AUC, `standardised_difference` the same in standard deviations.
    """
    benign, malignant = (int((patients["label"] == name).sum()) for name in LABELS)
    rows: list[dict[str, object]] = []
    for auc in ASSUMED_AUCS:
        rows += _width_rows(auc, (benign, malignant), config, rng)
    pairs = [("class", LABELS, (benign, malignant))]
    for by in stratifications(config):
        sizes = [int((patients[by.half_column] == name).sum()) for name in by.half_names]
        pairs.append((by.name, by.half_names, (sizes[0], sizes[1])))
    for name, sides, shape in pairs:
        for alpha in (1 - config.confidence, (1 - config.confidence) / max(tests_in_family, 1)):
            rows += _detectable_rows((name, sides), shape, alpha, (config, rng))
    return result_table(rows, KEYS)


def _width_rows(
    auc: float, shape: tuple[int, int], config: StatisticsConfig, rng: np.random.Generator
) -> list[dict[str, object]]:
    setting = {"setting": f"true AUC {auc:g}", "effect_name": "AUC", "n": sum(shape), "n_per_group": _sizes(shape)}
    if min(shape) < config.min_cell:
        return [{**setting, "analysis": name, "note": TOO_FEW} for name in (HANLEY_MCNEIL, SIMULATED)]
    spread = np.sqrt(hanley_mcneil_variance(auc, n_benign=shape[0], n_malignant=shape[1]))
    half = float(norm.ppf((1 + config.confidence) / 2) * spread)
    formula = {"analysis": HANLEY_MCNEIL, "effect": auc, "ci_low": auc - half, "ci_high": min(1.0, auc + half)}
    values = simulate_groups(auc, shape, simulations=config.simulations, rng=rng)
    ranks = values.argsort(axis=0).argsort(axis=0)[shape[0] :].sum(axis=0) + shape[1]
    found = (ranks - shape[1] * (shape[1] + 1) / 2) / (shape[0] * shape[1])
    low, high = auc_interval(found, n_first=shape[0], n_second=shape[1], confidence=config.confidence)
    tail = (1 - config.confidence) / 2
    spread_low, spread_high = np.quantile(found, [tail, 1 - tail])
    simulated = {
        "analysis": SIMULATED,
        "effect": float(found.mean()),
        "ci_low": spread_low,
        "ci_high": spread_high,
        "width": float((high - low).mean()),
        "coverage": float(((low <= auc) & (auc <= high)).mean()),
        "method": f"{config.simulations} simulated studies; coverage and width of the score interval",
    }
    return [
        {**setting, **formula, "width": 2 * half, "method": HANLEY_MCNEIL, "note": DESCRIPTIVE},
        {**setting, **simulated, "note": DESCRIPTIVE},
    ]


def _sizes(shape: tuple[int, int]) -> str:
    return count_text(dict(zip(LABELS, shape, strict=True)))


def _detectable_rows(
    words: tuple[str, tuple[str, str]],
    shape: tuple[int, int],
    alpha: float,
    tools: tuple[StatisticsConfig, np.random.Generator],
) -> list[dict[str, object]]:
    (name, sides), (config, rng) = words, tools
    head: dict[str, object] = {
        "setting": f"{name} {sides[1]} vs {sides[0]}, power {config.power:g}, two-sided level {alpha:.2g}",
        "effect_name": "AUC",
        "n": sum(shape),
        "n_per_group": count_text(dict(zip(sides, shape, strict=True))),
        "note": DESCRIPTIVE,
    }
    if min(shape) < config.min_cell:
        return [head | {"analysis": DETECTABLE, "note": TOO_FEW}]
    auc = detectable_auc(*shape, alpha=alpha, power=config.power)
    if not np.isfinite(auc) or auc >= 1:
        return [head | {"analysis": DETECTABLE, "note": "no effect can be detected at this n"}]
    values = simulate_groups(auc, shape, simulations=config.simulations, rng=rng)
    second = np.arange(sum(shape)) >= shape[0]
    tested = compare_two_groups(pd.DataFrame(values), second, min_cell=1)
    reached = float((tested["p_value"] <= alpha).mean())
    method = "Mann-Whitney, normal approximation"
    found = {"effect": auc, "standardised_difference": float(np.sqrt(2) * norm.ppf(auc)), "method": method}
    checked = {"effect_name": "power", "effect": reached, "method": f"{config.simulations} simulated studies"}
    return [head | {"analysis": DETECTABLE} | found, head | {"analysis": CHECKED} | checked]
