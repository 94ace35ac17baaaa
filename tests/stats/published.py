"""Reads the published examples of ``tests/baselines``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

BASELINES = Path(__file__).parents[1] / "baselines"


def published_groups(dataset: str) -> dict[str, np.ndarray]:
    table = pd.read_csv(BASELINES / "stats_published_data.csv").query("dataset == @dataset")
    return {name: rows["value"].to_numpy() for name, rows in table.groupby("group", sort=False)}


def assert_published(found: float, dataset: str, figure: str) -> None:
    table = pd.read_csv(BASELINES / "stats_published.csv").query("dataset == @dataset and figure == @figure")
    row = table.iloc[0]
    assert abs(found - row["value"]) <= row["tolerance"] + 1e-12, (found, row["value"])
