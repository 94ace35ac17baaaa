"""Reads the published examples of ``tests/baselines``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from radiomics_mammo.stats.cohort import categorical_difference
from radiomics_mammo.stats.many_groups import compare_many_groups
from radiomics_mammo.stats.paired_change import paired_change
from radiomics_mammo.stats.patient_models import fit_term, odds
from radiomics_mammo.stats.regression import build_design
from radiomics_mammo.stats.two_groups import compare_two_groups
from radiomics_mammo.tables.multiplicity import adjust_fdr, adjust_holm

BASELINES = Path(__file__).parents[1] / "baselines"


def published_groups(dataset: str) -> dict[str, np.ndarray]:
    table = pd.read_csv(BASELINES / "stats_published_data.csv").query("dataset == @dataset")
    return {name: rows["value"].to_numpy() for name, rows in table.groupby("group", sort=False)}


def assert_published(found: float, dataset: str, figure: str) -> None:
    table = pd.read_csv(BASELINES / "stats_published.csv").query("dataset == @dataset and figure == @figure")
    row = table.iloc[0]
    assert abs(found - row["value"]) <= row["tolerance"] + 1e-12, (found, row["value"])


def values_of_r(folder: Path) -> dict[str, float]:
    """Values of R by name, of ``rank_tests_output.csv`` in a folder."""
    return pd.read_csv(folder / "rank_tests_output.csv").set_index("name")["value"].to_dict()


def values_of_ours() -> dict[str, float]:
    """The same figures by the tables' own functions, from ``rank_tests_input.csv``."""
    data = pd.read_csv(BASELINES / "r" / "rank_tests_input.csv")
    malignant = data["malignant"].to_numpy() == 1
    groups = compare_two_groups(data[["value", "tied"]], malignant, min_cell=5)
    strata = compare_many_groups(data[["tied"]], data["density"].to_numpy(), names=list("abcd"), min_cell=5)
    change = paired_change(data[["change", "change_tied"]], min_cell=5)
    dense = data["density"].to_numpy() > 1
    counts = np.array([[(~dense[side]).sum(), dense[side].sum()] for side in (~malignant, malignant)])
    fisher = categorical_difference(counts, rng=np.random.default_rng(1), permutations=100, min_cell=5)
    design = build_design(data["value"].to_numpy(), data[["age"]])
    model = odds(fit_term(design, malignant, confidence=0.95))
    found = {f"two groups, {word}": groups.loc["value", name] for word, name in _TWO_GROUPS.items()}
    found |= {"two groups, p with ties": groups.loc["tied", "p_value"]}
    found |= {"strata, H": strata.loc["tied", "statistic"], "strata, p": strata.loc["tied", "p_value"]}
    found |= {f"change, {word}": change.loc["change", name] for word, name in _CHANGE.items()}
    found |= {"change, p with ties": change.loc["change_tied", "p_value"]}
    found |= {"characteristic, p of Fisher": fisher.p_value, "model, odds ratio": model.effect}
    found |= {"model, p": model.p_value, "model, low": model.ci_low, "model, high": model.ci_high}
    p_values = np.array([0.001, 0.2, 0.03, 0.04, 0.8, 0.012])
    for word, adjust in (("Benjamini-Hochberg", adjust_fdr), ("Holm", adjust_holm)):
        found |= {f"{word}, {place}": value for place, value in enumerate(adjust(p_values), 1)}
    return {name: float(value) for name, value in found.items()}


_TWO_GROUPS = {
    "p exact": "p_value", "U": "statistic", "shift": "shift", "shift low": "shift_low", "shift high": "shift_high",
}  # fmt: skip
_CHANGE = {"p exact": "p_value", "W": "statistic", "pseudo-median": "effect", "low": "ci_low", "high": "ci_high"}
