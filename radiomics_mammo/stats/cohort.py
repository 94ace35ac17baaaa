"""Table 1: who the women are, by class, with counts, medians, missing, standardised differences; and the flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from itertools import combinations

import numpy as np
import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.vocabulary import Visit
from radiomics_mammo.stats.differences import Difference, categorical_difference, continuous_difference
from radiomics_mammo.stats.multiplicity import within_families
from radiomics_mammo.stats.ranks import FloatArray
from radiomics_mammo.stats.rows import DESCRIPTIVE, count_text, result_table
from radiomics_mammo.stats.strata import CLASSES, age_band_names

DIFFERENCE_KEYS = ("variable", "comparison")
COHORT_KEYS = ("variable", "level", "all", *CLASSES)
FLOW_KEYS = ("step", "unit", "reason")
FAMILY = "characteristics of the cohort"


def patient_characteristics(study: MeasuredStudy, patients: pd.DataFrame) -> pd.DataFrame:
    """One row per patient with every characteristic of Table 1; text columns are categories, empty is missing.

    Parameters
    ----------
    study : MeasuredStudy
    patients : DataFrame
        Of `stratify`.
    """
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


def differences_table(
    characteristics: pd.DataFrame, patients: pd.DataFrame, *, config: StatisticsConfig, rng: np.random.Generator
) -> pd.DataFrame:
    """Standardised difference and test of every characteristic between every two classes."""
    rows: list[dict[str, object]] = []
    for name in characteristics.columns:
        for first, second in combinations(reversed(CLASSES), 2):
            sides = {
                group: _known(characteristics.loc[patients["case_class"] == group, name]) for group in (first, second)
            }
            found = _difference(sides[second], sides[first], config=config, rng=rng)
            counts = {group: len(side) for group, side in sides.items()}
            row: dict[str, object] = {"variable": name, "comparison": f"{first} vs {second}", "family": FAMILY}
            rows.append({**row, "n": sum(counts.values()), "n_per_group": count_text(counts), **asdict(found)})
    return within_families(result_table(rows, [*DIFFERENCE_KEYS, "family"])).drop(columns="family")


def _known(values: pd.Series) -> pd.Series:
    return values[values.notna() & (values.astype(object) != "")]


def _difference(
    first: pd.Series, second: pd.Series, *, config: StatisticsConfig, rng: np.random.Generator
) -> Difference:
    if pd.api.types.is_float_dtype(first):
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


def cohort_table(
    characteristics: pd.DataFrame, patients: pd.DataFrame, differences: pd.DataFrame, *, config: StatisticsConfig
) -> pd.DataFrame:
    """Table 1 ready to print; the first row of a characteristic carries malignant against benign.

    Parameters
    ----------
    differences : DataFrame
        Of `differences_table`.
    """
    order = age_band_names(config.age_edges_years)
    members = {"all": patients.index, **{name: patients.index[patients["case_class"] == name] for name in CLASSES}}
    main = differences[differences["comparison"] == "malignant vs benign"].set_index("variable")
    rows: list[dict[str, object]] = [_count_row(members)]
    for name in characteristics.columns:
        values = characteristics[name]
        continuous = pd.api.types.is_float_dtype(values)
        described = _continuous_rows(values, members) if continuous else _levels(values, members, order)
        result = main.loc[name].drop("comparison").to_dict()
        result["effect_name"] = f"{result['effect_name']}, malignant vs benign"
        described[0].update({**result, "n": len(_known(values))})
        rows.extend(described)
    return result_table([{"note": DESCRIPTIVE, **row} for row in rows], COHORT_KEYS)


def _count_row(members: Mapping[str, pd.Index]) -> dict[str, object]:
    return {"variable": "patients", **{name: str(len(ids)) for name, ids in members.items()}, "n": len(members["all"])}


def _continuous_rows(values: pd.Series, members: Mapping[str, pd.Index]) -> list[dict[str, object]]:
    row: dict[str, object] = {"variable": values.name, "level": "median (IQR)", "missing": int(values.isna().sum())}
    for name, ids in members.items():
        known = values.loc[ids].dropna().to_numpy(dtype=np.float64)
        row[name] = "{1:.3g} ({0:.3g}-{2:.3g})".format(*np.quantile(known, [0.25, 0.5, 0.75])) if len(known) else "-"
    return [row]


def _levels(values: pd.Series, members: Mapping[str, pd.Index], order: tuple[str, ...]) -> list[dict[str, object]]:
    known = _known(values)
    rows: list[dict[str, object]] = [
        {"variable": values.name, "level": "", "missing": len(values) - len(known), **dict.fromkeys(members, "")}
    ]
    for level in sorted(set(known), key=lambda word: (order.index(word) if word in order else -1, word)):
        row: dict[str, object] = {"variable": values.name, "level": level, "n": int((known == level).sum())}
        for name, ids in members.items():
            side = known.reindex(ids).dropna()
            count = int((side == level).sum())
            row[name] = f"{count} ({100 * count / len(side):.0f} %)" if len(side) else "-"
        rows.append(row)
    return rows


def flow_table(flow: pd.DataFrame) -> pd.DataFrame:
    """From patients found to patients analysed: every step with its reason; the effect is the share kept."""
    kept = flow["n_out"].astype("Float64") / flow["n_in"].astype("Float64").where(flow["n_in"] > 0)
    table = flow.assign(
        n=flow["n_out"],
        effect_name="share kept",
        effect=kept.to_numpy(dtype=np.float64, na_value=np.nan),
        note=DESCRIPTIVE,
    )
    return result_table(table, FLOW_KEYS)
