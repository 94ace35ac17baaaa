"""Compare the z values of lesion-free places of normal women with the standard normal distribution.

Make a study first, then run it on the folder of its tables::

    radiomics-mammo synthesize made --patients 60 --rows 1024 --cols 832 --no-quirks
    radiomics-mammo features made/release --out results
    python benchmarks/bench_registration_nulls.py results

Every place is held out: the reference it is compared with is that of a lesion at its place, made of the other places of
its own pair and those of the other normal women (`held out: the place`), or of the other women alone (`held out: the
woman`). A reference too narrow or off its centre shows as a standard deviation above one or a mean off zero.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.features.deltas import MeasuredPairs, pair_null_places, standardise

UNUSUAL = 1.96
"""Standard deviations that a standard normal value exceeds in five of a hundred."""


def part_of(pairs: MeasuredPairs, chosen: np.ndarray) -> MeasuredPairs:
    """Some of the places."""
    return replace(pairs, rows=pairs.rows[chosen], recent=pairs.recent[chosen], prior=pairs.prior[chosen])


def held_out(pairs: MeasuredPairs, *, whole_woman: bool) -> np.ndarray:
    """How unusual every place is against a reference that does not hold it, shape (n_places, n_features)."""
    least, number = FeatureConfig().min_null_places, np.arange(len(pairs.rows))
    women = pairs.rows["patient_id"].to_numpy()
    z = np.full(pairs.recent.shape, np.nan)
    for index in number:
        others = women != women[index] if whole_woman else number != index
        one = part_of(pairs, number == index)
        z[index] = standardise(one.recent - one.prior, one.rows, nulls=part_of(pairs, others), least=least)[0]
    return z


def family(feature: str) -> str:
    """Image type and class of a feature name, without filter settings."""
    image, kind = feature.split("_")[:2]
    return f"{image.split('-')[0]}, {kind}"


def figures(values: np.ndarray) -> dict[str, float]:
    """How far values are from standard normal."""
    z = values[np.isfinite(values)]
    return {
        "mean": z.mean(),
        "sd": z.std(ddof=1),
        "robust sd": 1.4826 * np.median(np.abs(z - np.median(z))),
        "beyond 1.96": np.mean(np.abs(z) > UNUSUAL),
        "KS distance": stats.kstest(z, "norm").statistic,
    }


def lines(z: np.ndarray, features: tuple[str, ...], held: str) -> Iterator[dict[str, object]]:
    """Median over the features of every family, and over all, with the 5th and 95th percentile over all."""
    measured = np.isfinite(z).sum(axis=0) >= max(10, len(z) // 2)
    table = pd.DataFrame([figures(z[:, column]) for column in np.flatnonzero(measured)])
    kinds = np.array([family(name) for name in features])[measured]
    head = {"held out": held, "places": len(z)}
    yield head | {"features": f"all {len(table)}"} | table.median().round(3).to_dict()
    for share in (0.05, 0.95):
        yield head | {"features": f"all, {share:.0%} are below"} | table.quantile(share).round(3).to_dict()
    for kind in sorted(set(kinds)):
        part = table[kinds == kind]
        yield head | {"features": f"{kind} ({len(part)})"} | part.median().round(3).to_dict()


def expected(places: int, draws: int = 2000) -> dict[str, object]:
    """The same of as many independent standard normal values: what a perfect reference would show."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame([figures(rng.normal(size=places)) for _ in range(draws)])
    return {"held out": "-", "places": places, "features": "standard normal"} | table.median().round(3).to_dict()


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="folder of features.csv, rois.csv and patients.csv")
    folder = parser.parse_args().results
    features, rois, patients = (
        pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in ("features", "rois", "patients")
    )
    pairs = pair_null_places(features, rois, patients)
    normal = set(patients.loc[patients["case_class"] == "normal", "patient_id"])
    usable = pairs.rows["usable"].to_numpy(dtype=bool) & pairs.rows["patient_id"].isin(normal).to_numpy()
    if not usable.any():
        print("no lesion-free place of a normal woman was measured", file=sys.stderr)
        return 1
    places = part_of(pairs, usable)
    rows = [expected(int(usable.sum()))]
    for held, whole in (("the place", False), ("the woman", True)):
        rows += lines(held_out(places, whole_woman=whole), pairs.features, held)
    print(f"{len(places.rows)} places of {places.rows['patient_id'].nunique()} normal women")
    print(pd.DataFrame(rows).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
