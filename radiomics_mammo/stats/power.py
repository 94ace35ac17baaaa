"""What this many patients can show: width of the AUC interval and the effect that would be detected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import mannwhitneyu, norm

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.measurements import Layout
from radiomics_mammo.stats.ranks import FloatArray
from radiomics_mammo.stats.statistical_table import DESCRIPTIVE, TOO_FEW, Result, StatisticalTable, counted
from radiomics_mammo.stats.strata import LABELS
from radiomics_mammo.stats.two_groups import auc_interval, compare_two_groups

ASSUMED_AUCS = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
"""True values for which the width of the interval is printed."""

HANLEY_MCNEIL = "interval of the AUC, Hanley and McNeil 1982"
SIMULATED = "interval of the AUC, simulation of two normal distributions"
DETECTABLE = "detectable effect"
RILEY = "sample size for a prediction model"
RILEY_PARAMETERS = (5, 15)
"""Columns the primary model chooses between."""
SHRINKAGE, OPTIMISM = 0.9, 0.05
EXPLAINED = 0.15
"""Share of the largest Cox-Snell R squared that is expected where nothing is known (Riley et al. 2020)."""
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
    """
    null = np.sqrt((n_first + n_second + 1) / (12 * n_first * n_second))

    def surplus(auc: float) -> float:
        """How far an AUC lies beyond the smallest that is found with the wanted power."""
        spread = np.sqrt(hanley_mcneil_variance(auc, n_benign=n_first, n_malignant=n_second))
        return float(auc - 0.5 - norm.ppf(1 - alpha / 2) * null - norm.ppf(power) * spread)

    return float(brentq(surplus, 0.5, 1.0)) if surplus(1.0) > 0 else float("nan")


def simulate_groups(auc: float, shape: tuple[int, int], *, simulations: int, rng: np.random.Generator) -> FloatArray:
    """Values of two normal groups of unit variance with a given AUC, shape (n_first + n_second, simulations)."""
    values = rng.normal(size=(sum(shape), simulations))
    values[shape[0] :] += np.sqrt(2) * norm.ppf(auc)
    return np.asarray(values, dtype=np.float64)


def riley_sample_size(parameters: int, *, share: float, explained: float) -> tuple[int, int, int]:
    """Patients a logistic prediction model needs, by the three criteria of Riley et al.

    Parameters
    ----------
    parameters : int
        Columns that are learned from.
    share : float
        Share of malignant patients.
    explained : float
        Cox-Snell R squared that is expected.

    Returns
    -------
    tuple of int
        For a uniform shrinkage of 0.9, for an optimism in R squared of 0.05, and for the share to within 0.05.

    Notes
    -----
    Riley et al., Stat Med 2019;38:1276 and BMJ 2020;368:m441.

    Examples
    --------
    The published example: 24 parameters, a share of 17.4 %, Cox-Snell R squared 0.288.

    >>> riley_sample_size(24, share=0.174, explained=0.288)
    (623, 662, 221)
    """
    largest = 1 - np.exp(2 * (share * np.log(share) + (1 - share) * np.log(1 - share)))
    shrunk = explained / (explained + OPTIMISM * largest)
    first, second = (parameters / ((s - 1) * np.log(1 - explained / s)) for s in (SHRINKAGE, shrunk))
    third = (norm.ppf(0.975) / OPTIMISM) ** 2 * share * (1 - share)
    return (int(np.ceil(first)), int(np.ceil(second)), int(np.ceil(third)))


def _riley_rows(sizes: Mapping[str, int]) -> list[Result]:
    total = sum(sizes.values())
    if not min(sizes.values()):
        return [replace(counted(sizes, "patients"), about={"analysis": RILEY}, note=TOO_FEW)]
    share = sizes[LABELS[1]] / total
    explained = EXPLAINED * (1 - np.exp(2 * (share * np.log(share) + (1 - share) * np.log(1 - share))))
    rows = []
    for parameters in RILEY_PARAMETERS:
        needed = max(riley_sample_size(parameters, share=share, explained=float(explained)))
        about = {"analysis": RILEY, "setting": f"{parameters} parameters, {EXPLAINED:.0%} of the largest R squared"}
        row = replace(counted(sizes, "patients needed"), about=about, effect=float(needed), note=DESCRIPTIVE)
        rows.append(replace(row, method="largest of the criteria of Riley et al. 2019"))
    return rows


def power(study: Layout) -> list[Result]:
    """Interval widths and detectable effects for the sizes of this study.

    Widths: the effect is the assumed AUC, the interval what would be expected around it. Detectable effects: the AUC,
    and the same in standard deviations; at the nominal level and at the Bonferroni level of the largest family of the
    univariate table, the hardest that a first finding must pass.
    """
    patients, config = study.patients, study.config
    sizes = {name: int((patients["label"] == name).sum()) for name in LABELS}
    rows = [row for auc in ASSUMED_AUCS for row in _width_rows(auc, sizes, config, study.draws["power"])]
    pairs = {"class": sizes}
    for by in study.strata.values():
        pairs[by.name] = {name: int((patients[by.half_column] == name).sum()) for name in by.half_names}
    tests = study.made["univariate"].groupby("family").size().max() if len(study.made["univariate"]) else 1
    for name, sides in pairs.items():
        for alpha in (1 - config.confidence, (1 - config.confidence) / tests):
            rows += _detectable_rows(name, sides, alpha, (config, study.draws["power"]))
    return [*rows, *_riley_rows(sizes)]


def _width_rows(
    auc: float, sizes: Mapping[str, int], config: StatisticsConfig, rng: np.random.Generator
) -> list[Result]:
    shape = n_first, n_second = sizes[LABELS[0]], sizes[LABELS[1]]
    note = TOO_FEW if min(shape) < config.min_cell else DESCRIPTIVE
    row, setting = replace(counted(sizes, "AUC"), note=note), f"true AUC {auc:g}"
    formula = replace(row, about={"analysis": HANLEY_MCNEIL, "setting": setting})
    simulated = replace(row, about={"analysis": SIMULATED, "setting": setting})
    if min(shape) < config.min_cell:
        return [formula, simulated]
    spread = np.sqrt(hanley_mcneil_variance(auc, n_benign=n_first, n_malignant=n_second))
    half = float(norm.ppf((1 + config.confidence) / 2) * spread)
    values = simulate_groups(auc, shape, simulations=config.simulations, rng=rng)
    found = mannwhitneyu(values[n_first:], values[:n_first], method="asymptotic").statistic / (n_first * n_second)
    low, high = auc_interval(found, n_first=n_first, n_second=n_second, confidence=config.confidence)
    tail = (1 - config.confidence) / 2
    spread_low, spread_high = np.quantile(found, [tail, 1 - tail])
    formula = replace(formula, effect=auc, ci_low=auc - half, ci_high=min(1.0, auc + half), method=HANLEY_MCNEIL)
    more = {"width": float((high - low).mean()), "coverage": float(((low <= auc) & (auc <= high)).mean())}
    method = f"{config.simulations} simulated studies; coverage and width of the score interval"
    simulated = replace(simulated, effect=float(found.mean()), ci_low=spread_low, ci_high=spread_high, method=method)
    return [replace(formula, more={"width": 2 * half}), replace(simulated, more=more)]


def _detectable_rows(
    name: str, sides: Mapping[str, int], alpha: float, tools: tuple[StatisticsConfig, np.random.Generator]
) -> list[Result]:
    (config, rng), (first, second) = tools, sides
    shape = sides[first], sides[second]
    setting = f"{name} {second} vs {first}, power {config.power:g}, two-sided level {alpha:.2g}"
    row = replace(counted(sides, "AUC"), about={"analysis": DETECTABLE, "setting": setting}, note=DESCRIPTIVE)
    if min(shape) < config.min_cell:
        return [replace(row, note=TOO_FEW)]
    auc = detectable_auc(*shape, alpha=alpha, power=config.power)
    if not np.isfinite(auc) or auc >= 1:
        return [replace(row, note="no effect can be detected at this n")]
    values = simulate_groups(auc, shape, simulations=config.simulations, rng=rng)
    tested = compare_two_groups(pd.DataFrame(values), np.arange(sum(shape)) >= shape[0], min_cell=1)
    reached = float((tested["p_value"] <= alpha).mean())
    more = {"standardised_difference": float(np.sqrt(2) * norm.ppf(auc))}
    checked = replace(row, about={"analysis": CHECKED, "setting": setting}, effect_name="power", effect=reached)
    return [
        replace(row, effect=auc, method="Mann-Whitney, normal approximation", more=more),
        replace(checked, method=f"{config.simulations} simulated studies"),
    ]


POWER = StatisticalTable(
    name="power",
    chapter="Confounders and power",
    caption="Expected width of the AUC interval, detectable effects at the n of this study, and the sample size a "
    "prediction model would need",
    keys=("analysis", "setting"),
    make=power,
)
