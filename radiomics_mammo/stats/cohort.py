"""Table 1: who the women are, by class, with standardised differences and tests; and the flow to those analysed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, fisher_exact, norm

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.core.vocabulary import CaseClass, Visit
from radiomics_mammo.stats.measurements import Layout
from radiomics_mammo.stats.ranks import CONSTANT, FloatArray, constant_columns
from radiomics_mammo.stats.statistical_table import DESCRIPTIVE, TOO_FEW, Result, StatisticalTable, counted
from radiomics_mammo.stats.strata import CLASSES
from radiomics_mammo.stats.two_groups import compare_two_groups
from radiomics_mammo.tables.strata import age_band_names
from radiomics_mammo.tables.study import MeasuredStudy

FISHER = "Fisher's exact test"
CHI_SQUARED = "chi-squared test, p by random relabelling"
CONTINUOUS_EFFECT = "standardised mean difference"
CATEGORICAL_EFFECT = "standardised difference (Mahalanobis)"
FAMILY = "characteristics of the cohort"
BY_DESIGN = "the classes were chosen by this; not tested"
MAIN = "malignant vs benign"
"""The comparison that Table 1 prints."""


def patient_characteristics(study: MeasuredStudy, patients: pd.DataFrame) -> pd.DataFrame:
    """One row per patient of `stratify` with what Table 1 tells; text columns are categories, empty is missing."""
    raw = study.patients.drop_duplicates("patient_id").set_index("patient_id").reindex(patients.index)
    images = study.images[study.images["visit"] == str(Visit.RECENT)]
    lesions = study.lesions[study.lesions["visit"] == str(Visit.RECENT)].groupby("patient_id")
    spacing = images.groupby("patient_id")["row_spacing_mm"].median()
    return pd.DataFrame(
        {
            "age, years": patients["age_years"],
            "age band": patients["age_band"],
            "BI-RADS density": patients["density"],
            "BI-RADS class": _text(raw["birads"]),
            "laterality": _text(raw["laterality"]),
            "interval, years": patients["interval_years"],
            "recent lesions per patient, both views": _float(lesions.size().reindex(patients.index, fill_value=0)),
            "lesion area, recent, mean of the patient, mm2": _float(lesions["area_mm2"].mean().reindex(patients.index)),
            "pixel spacing, recent exam, mm": _float(spacing.reindex(patients.index)),
            "matrix, recent exam": _words(images, _sizes(images, "rows", "cols"), patients.index),
            "outlined copy, recent exam": _words(images, _sizes(images, "gt_rows", "gt_cols"), patients.index),
            "manufacturer, recent exam": _words(images, images["manufacturer"], patients.index),
        },
        index=patients.index,
    )


def _float(values: pd.Series) -> FloatArray:
    return np.asarray(values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan))


def _text(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), "")


def _sizes(images: pd.DataFrame, rows: str, cols: str) -> pd.Series:
    known = images[[rows, cols]].notna().all(axis=1)
    return (images[rows].astype("string") + " x " + images[cols].astype("string")).where(known)


def _words(images: pd.DataFrame, words: pd.Series, patient_id: pd.Index) -> list[str]:
    """Different words of every patient's images, joined; empty where none is known."""
    found: dict[str, set[str]] = {}
    for owner, word in zip(images["patient_id"], words, strict=True):
        if not pd.isna(word) and str(word).strip():
            found.setdefault(owner, set()).add(str(word).strip())
    return [" and ".join(sorted(found.get(owner, ()))) for owner in patient_id]


def class_differences(study: Layout) -> list[Result]:
    """Standardised difference and test of every characteristic between every two classes."""
    rows, characteristics = [], patient_characteristics(study.tables, study.patients)
    for name in characteristics.columns:
        known = known_values(characteristics[name])
        sides = {group: known[study.patients["case_class"].loc[known.index] == group] for group in CLASSES}
        for first, second in combinations(reversed(CLASSES), 2):
            row = counted({group: len(sides[group]) for group in (first, second)})
            row = replace(row, about={"variable": name, "comparison": f"{first} vs {second}"}, family=FAMILY)
            if by_design(name, (first, second)):
                rows.append(replace(row, note=BY_DESIGN))
                continue
            found = difference(sides[second], sides[first], config=study.config, rng=study.draws["cohort"])
            rows.append(row.with_figures(found))
    return rows


def by_design(variable: str, classes: tuple[str, str]) -> bool:
    """Whether the classes differ in this because they were chosen so: a test of it would only crowd the family.

    Examples
    --------
    >>> by_design("BI-RADS class", ("malignant", "benign")), by_design("age, years", ("malignant", "benign"))
    (True, False)
    """
    of_lesions = variable.startswith(("recent lesions per patient", "lesion area"))
    return variable == "BI-RADS class" or (of_lesions and str(CaseClass.NORMAL) in classes)


def known_values(values: pd.Series) -> pd.Series:
    """Values that are there: neither missing nor an empty text."""
    return values[values.notna() & (values.astype(object) != "")]


def difference(first: pd.Series, second: pd.Series, *, config: StatisticsConfig, rng: np.random.Generator) -> Result:
    """How a characteristic of the second class differs from the first: measured by numbers, else by categories."""
    if _is_measured(first):
        sides = first.to_numpy(dtype=np.float64), second.to_numpy(dtype=np.float64)
        return continuous_difference(*sides, min_cell=config.min_cell, confidence=config.confidence)
    levels = sorted(set(first) | set(second))
    table = np.array([[int((side == level).sum()) for level in levels] for side in (first, second)], dtype=np.int64)
    return categorical_difference(
        table.reshape(2, -1),
        rng=rng,
        permutations=config.permutations,
        min_cell=config.min_cell,
        confidence=config.confidence,
    )


def table_one(study: Layout) -> list[Result]:
    """Table 1 ready to print; the first row of a characteristic carries malignant against benign."""
    patients, differences = study.patients, study.made["cohort_differences"]
    members = {"all": patients.index, **{name: patients.index[patients["case_class"] == name] for name in CLASSES}}
    main = differences[differences["comparison"] == MAIN].set_index("variable")
    counts = {name: str(len(ids)) for name, ids in members.items()}
    rows = [Result(about={"variable": "patients", **counts}, n=len(patients), note=DESCRIPTIVE)]
    order = age_band_names(study.config.age_edges_years)
    for name, values in patient_characteristics(study.tables, patients).items():
        first, *levels = _measured(values, members) if _is_measured(values) else _levels(values, members, order)
        tested = main.loc[name].drop("comparison").to_dict()
        tested |= {"effect_name": f"{tested['effect_name']}, {MAIN}", "n": len(known_values(values))}
        rows += [replace(first, **tested), *levels]
    return rows


def _is_measured(values: pd.Series) -> bool:
    return bool(pd.api.types.is_float_dtype(values))


def _measured(values: pd.Series, members: Mapping[str, pd.Index]) -> list[Result]:
    about = {"variable": str(values.name), "level": "median (IQR)"}
    for name, ids in members.items():
        known = values.loc[ids].dropna().to_numpy(dtype=np.float64)
        about[name] = "{1:.3g} ({0:.3g}-{2:.3g})".format(*np.quantile(known, [0.25, 0.5, 0.75])) if len(known) else "-"
    return [Result(about=about, more={"missing": int(values.isna().sum())})]


def _levels(values: pd.Series, members: Mapping[str, pd.Index], order: tuple[str, ...]) -> list[Result]:
    known = known_values(values)
    rows = [Result(about={"variable": str(values.name)}, more={"missing": len(values) - len(known)})]
    for level in sorted(set(known), key=lambda word: (order.index(word) if word in order else -1, word)):
        about = {"variable": str(values.name), "level": level}
        for name, ids in members.items():
            side = known.reindex(ids).dropna()
            count = int((side == level).sum())
            about[name] = f"{count} ({100 * count / len(side):.0f} %)" if len(side) else "-"
        rows.append(Result(about=about, n=int((known == level).sum()), note=DESCRIPTIVE))
    return rows


def continuous_difference(first: FloatArray, second: FloatArray, *, min_cell: int, confidence: float = 0.95) -> Result:
    """Standardised mean difference second minus first, and Mann-Whitney test.

    Parameters
    ----------
    first, second : ndarray
        One value per patient, no missing values.

    Notes
    -----
    ``d = (m2 - m1) / sqrt((s1^2 + s2^2) / 2)`` (Austin, Stat Med 2009;28:3083), interval from
    ``sqrt((n1 + n2) / (n1 n2) + d^2 / (2 (n1 + n2)))``.

    Examples
    --------
    >>> found = continuous_difference(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0]), min_cell=3)
    >>> (found.effect, round(found.p_value, 3))
    (1.0, 0.369)
    """
    blank = Result(effect_name=CONTINUOUS_EFFECT)
    if min(len(first), len(second)) < min_cell:
        return replace(blank, note=TOO_FEW)
    tested = compare_two_groups(
        pd.DataFrame({"value": np.concatenate([first, second])}),
        np.repeat([False, True], [len(first), len(second)]),
        min_cell=min_cell,
    ).iloc[0]
    blank = replace(blank, p_value=float(tested["p_value"]), method=tested["method"], note=tested["note"])
    if tested["note"] or all(constant_columns(side[:, None])[0] for side in (first, second)):
        return replace(blank, note=tested["note"] or "no spread within the classes")
    spread = float(np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2))
    effect = float(second.mean() - first.mean()) / spread
    low, high = smd_interval(effect, len(first), len(second), confidence=confidence)
    return replace(blank, effect=effect, ci_low=low, ci_high=high, statistic=float(tested["statistic"]))


def smd_interval(effect: float, n_first: int, n_second: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Large-sample interval of a standardised difference (Hedges and Olkin 1985)."""
    total = n_first + n_second
    error = float(np.sqrt(total / (n_first * n_second) + effect**2 / (2 * total)))
    half = float(norm.ppf((1 + confidence) / 2)) * error
    return effect - half, effect + half


def categorical_difference(
    table: NDArray[np.int64], *, rng: np.random.Generator, permutations: int, min_cell: int, confidence: float = 0.95
) -> Result:
    """Standardised difference of several proportions, and an exact or relabelling test.

    Parameters
    ----------
    table : ndarray of int, shape (2, levels)
        Patients per class and level.
    rng : numpy.random.Generator
        For the relabelling test of more than two levels.
    permutations : int
        Random relabellings.

    Notes
    -----
    Mahalanobis distance between the proportions (Yang and Dalton, SAS Global Forum 2012, paper 335); never negative,
    therefore its interval is cut at zero. Two levels: Fisher's exact test.
    """
    table = table[:, table.sum(axis=0) > 0]
    sizes = table.sum(axis=1)
    blank = Result(effect_name=CATEGORICAL_EFFECT)
    if sizes.min() < min_cell:
        return replace(blank, note=TOO_FEW)
    if table.shape[1] < 2:
        return replace(blank, note=CONSTANT)
    effect = _mahalanobis(table / sizes[:, None])
    low, high = smd_interval(effect, int(sizes[0]), int(sizes[1]), confidence=confidence)
    if table.shape[1] == 2:
        statistic, p_value, method = np.nan, float(fisher_exact(table).pvalue), FISHER
    else:
        statistic, p_value = relabelling_test(table, rng=rng, permutations=permutations)
        method = CHI_SQUARED
    return replace(
        blank,
        effect=effect,
        ci_low=float(np.maximum(0.0, low)),
        ci_high=high,
        statistic=statistic,
        p_value=p_value,
        method=method,
        note="" if np.isfinite(effect) else "the classes share no spread",
    )


def _mahalanobis(proportions: FloatArray) -> float:
    shares = proportions[:, 1:]
    gap = shares[1] - shares[0]
    covariance = sum((np.diag(share) - np.outer(share, share) for share in shares), np.zeros((len(gap), len(gap)))) / 2
    inverse = np.linalg.pinv(covariance, hermitian=True)
    explained = np.allclose(covariance @ inverse @ gap, gap)
    return float(np.sqrt(gap @ inverse @ gap)) if explained else float("nan")


def relabelling_test(table: NDArray[np.int64], *, rng: np.random.Generator, permutations: int) -> tuple[float, float]:
    """Chi-squared statistic of a table and its p value with both margins fixed, by random relabelling.

    ``p = (1 + number at least as large) / (1 + permutations)``.
    """
    observed = chi2_contingency(table, correction=False)
    drawn = rng.multivariate_hypergeometric(table.sum(axis=0), int(table[0].sum()), size=permutations)
    expected = np.asarray(observed.expected_freq)
    first = ((drawn - expected[0]) ** 2 / expected[0]).sum(axis=1)
    second = ((drawn - expected[0]) ** 2 / expected[1]).sum(axis=1)
    reached = int((first + second >= observed.statistic * (1 - 1e-9)).sum())
    return float(observed.statistic), (1 + reached) / (1 + permutations)


def flow_table(flow: pd.DataFrame) -> pd.DataFrame:
    """From patients found to patients analysed: every step with its reason; the effect is the share kept."""
    kept = flow["n_out"].astype("Float64") / flow["n_in"].astype("Float64").where(flow["n_in"] > 0)
    share = kept.to_numpy(dtype=np.float64, na_value=np.nan)
    return flow.assign(n=flow["n_out"], effect_name="share kept", effect=share, note=DESCRIPTIVE)


COHORT_DIFFERENCES = StatisticalTable(
    name="cohort_differences",
    chapter="Cohort",
    caption="Standardised differences between every two classes; q: Benjamini-Hochberg over the table",
    keys=("variable", "comparison"),
    make=class_differences,
)
COHORT = StatisticalTable(
    name="cohort",
    chapter="Cohort",
    caption="Characteristics of the women by class; standardised difference and test malignant against benign",
    keys=("variable", "level", "all", *CLASSES),
    make=table_one,
)
FLOW_KEPT = StatisticalTable(
    name="flow",
    chapter="Cohort",
    caption="From patients found to patients analysed, with reasons",
    keys=("step", "unit", "reason"),
    make=lambda study: [flow_table(study.tables.flow)],
)
