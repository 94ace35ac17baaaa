"""Measure the comparison that needs no point: what it costs, and what its change alone tells of new masses.

Run ``python benchmarks/bench_regional.py --pairs 12`` (pairs of the hard world, ``--rows`` high). Every pair has a mass
that was there and one that is new, of one look. *Oracle* is a point at the true place, in its own layer. The change
is scored by a penalised logistic regression of all columns, cross-validated by pair (*joint AUC*), and one feature at a
time (AUC of new against old, either sign: median and best over the features). The best of many columns is above 0.5 by
chance alone, as the lines with permuted labels show; these are what to compare with.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from bench_registration_cases import Case, exam
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.pairs import AlignedPair, RoiPair
from radiomics_mammo.core.vocabulary import LesionLabel, PriorPolicy, View, Visit
from radiomics_mammo.features import FeatureExtractor, measure_zones
from radiomics_mammo.registration import prior_regions, register_exams
from radiomics_mammo.synthetic import SyntheticPair, hard_pair

SEED = 7
FOLDS, PENALTY = 5, 0.01
NEW_LESION = "_recent_2"
"""How the id of the mass ends that was not there before."""


def cases(count: int, rows: int) -> Iterator[Case]:
    """Pairs with two masses of one look, the second of them new; densities from a to d."""
    for number in range(count):
        rng = np.random.default_rng([SEED, number])
        view = (View.CC, View.MLO)[number % 2]
        masses = ((LesionLabel.MALIGNANT, True), (LesionLabel.MALIGNANT, False))
        pair = hard_pair(rng, rows=rows, view=view, masses=masses, gland_share=float(rng.uniform(0.1, 0.75)))
        prior = exam(pair.prior, (view, Visit.PRIOR), pair.prior_grid.row_spacing_mm, [])
        recent = exam(pair.recent, (view, Visit.RECENT), pair.recent_grid.row_spacing_mm, list(pair.recent_contours_px))
        yield Case("hard", prior, recent, partial(true_place, pair))


def true_place(pair: SyntheticPair, centre_px: np.ndarray) -> np.ndarray:
    """Where the tissue of the nearest mass was, by the map of its own layer."""
    centres = [contour.mean(axis=0) for contour in pair.recent_contours_px]
    nearest = int(np.argmin([np.linalg.norm(centre_px[0] - centre) for centre in centres]))
    return pair.recent_to_prior(centre_px, layer=pair.mass_layers[nearest])


def measure(case: Case, config: FeatureConfig) -> list[dict[str, object]]:
    """One row a recent lesion: its change against the zone and against the true place, and the seconds it took."""
    pair = AlignedPair(case.prior, case.recent, register_exams(case.prior, case.recent))
    extractor = FeatureExtractor(config)
    regions = [one for one in prior_regions(pair) if one.prior.prior_policy is PriorPolicy.REGIONAL]
    recent = extractor.measure(case.recent, [one.recent for one in regions])
    start = time.process_time()
    zones = measure_zones(pair, regions, extractor=extractor)
    seconds = (time.process_time() - start) / max(1, len(regions))
    oracle = extractor.measure(case.prior, [_at_truth(case, one).prior for one in regions])
    rows: list[dict[str, object]] = []
    for one, own, zone, point in zip(regions, recent, zones, oracle, strict=True):
        changed = {f"z_{n}": (own.values[n] - zone.features.values[n]) / s for n, s in zone.spread.items() if s > 0}
        known = {f"oracle_{n}": own.values[n] - value for n, value in point.values.items()}
        alike = {} if zone.similarity is None else vars(zone.similarity)
        found = {name: value for name, value in alike.items() if name.startswith("similarity_")}
        new = one.recent.recent_lesion_id.endswith(NEW_LESION)
        rows.append({"new": new, "seconds": seconds, "windows": zone.windows} | changed | known | found)
    return rows


def _at_truth(case: Case, one: RoiPair) -> RoiPair:
    centre = np.array([contour_centroid_px(one.recent.contour_px)])
    there = case.true_prior_px(centre)[0] - one.prior.zone.centre_px
    return replace(one, prior=replace(one.prior, roi_id="oracle", contour_px=one.prior.contour_px + there))


def auc(values: np.ndarray, new: np.ndarray) -> float:
    """Share of (new, old) pairs in which the new mass has the larger value; not-a-number where one side is empty."""
    known = np.isfinite(values)
    high, low = values[known & new], values[known & ~new]
    if not len(high) or not len(low):
        return float("nan")
    return float(np.mean((high[:, None] > low) + 0.5 * (high[:, None] == low)))


def joint_auc(rows: pd.DataFrame, columns: list[str], new: np.ndarray) -> float:
    """AUC of a penalised logistic regression of all columns, out of fold, folds by pair."""
    values = rows[columns].to_numpy(dtype=float)
    filled = np.where(np.isfinite(values), values, 0.0)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=1000))
    folds = GroupKFold(min(FOLDS, rows["case"].nunique()))
    told = cross_val_predict(model, filled, new, groups=rows["case"], cv=folds, method="decision_function")
    return auc(told, new)


def summary(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """AUC of the change features alone, either sign, by where the change comes from."""
    lines = []
    for name in ("z_", "oracle_", "similarity_"):
        columns = [column for column in rows.columns if column.startswith(name)]
        for labels in ("true", "permuted"):
            new = rows["new"].to_numpy(dtype=bool)
            new = rng.permutation(new) if labels == "permuted" else new
            found = np.array([auc(rows[column].to_numpy(dtype=float), new) for column in columns])
            either = np.maximum(found, 1 - found)
            lines.append(
                {
                    "change": name.rstrip("_"),
                    "labels": labels,
                    "columns": len(columns),
                    "joint AUC": round(joint_auc(rows, columns, new), 3),
                    "mean grey AUC": round(found[columns.index(f"{name}original_firstorder_Mean")], 3)
                    if f"{name}original_firstorder_Mean" in columns
                    else np.nan,
                    "median AUC, either sign": round(float(np.nanmedian(either)), 3),
                    "best AUC, either sign": round(float(np.nanmax(either)), 3),
                }
            )
    return pd.DataFrame(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--rows", type=int, default=768)
    parser.add_argument("--preset", default="quick", choices=("quick", "standard", "full"))
    parser.add_argument("--windows", type=int, default=25)
    asked = parser.parse_args()
    config = FeatureConfig(preset=asked.preset, zone_windows=asked.windows)
    measured = enumerate(cases(asked.pairs, asked.rows))
    rows = pd.DataFrame([row | {"case": number} for number, case in measured for row in measure(case, config)])
    counts = f"{asked.pairs} pairs, {len(rows)} lesions ({int(rows['new'].sum())} new)"
    print(f"{counts}, preset {asked.preset}, seed {SEED}, {asked.rows} rows")
    print(f"seconds a lesion and zone: median {rows['seconds'].median():.2f}, largest {rows['seconds'].max():.2f}")
    print(f"windows: median {rows['windows'].median():.0f} of {asked.windows}, fewest {rows['windows'].min()}")
    print(summary(rows, np.random.default_rng(SEED)).to_string(index=False))


if __name__ == "__main__":
    main()
