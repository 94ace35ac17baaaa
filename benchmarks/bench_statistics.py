"""Time of all statistical tables, and false discoveries over simulated studies.

Usage: python benchmarks/bench_statistics.py time [--features 600]
       python benchmarks/bench_statistics.py discoveries [--seeds 50]
       python benchmarks/bench_statistics.py nulls [--seeds 50] [--first 0] [--features 60] [--effect 0] [--asking]

The studies are those of ``tests/stats/conftest.py``: 35 normal, 15 benign and 50 malignant women, every feature with a
woman effect, a change of her own and noise; planted effects act on the first feature only.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import numpy as np
import pandas as pd
from scipy.stats import beta

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats import key_findings, statistics_tables
from radiomics_mammo.stats.by_strata import BY_AGE, BY_DENSITY
from radiomics_mammo.stats.families import across_questions
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.stats.study_tables import TABLES
from radiomics_mammo.tables.multiplicity import within_families

CONFTEST = Path(__file__).parents[1] / "tests" / "stats" / "conftest.py"

QUESTIONS = (
    "univariate", "univariate_outlined_first", "density_tests", "age_tests", "density_pairs", "age_pairs",
    "class_by_density", "class_by_age", "interactions", "paired_change", "models_patient", "models_lesion",
    "models_mixed", "fairness",
)  # fmt: skip
"""Tables whose small q values are findings; those of the cohort and of confounders are warnings."""


def load_simulation() -> ModuleType:
    """The module that simulates studies for the tests."""
    spec = importlib.util.spec_from_file_location("simulated_statistics", CONFTEST)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure_time(features: int) -> None:
    """Print how long all tables of one study take."""
    simulation = load_simulation()
    study = simulation.simulate_study(features=features)
    predictions = simulation.simulate_predictions(study, repeats=10)
    start, cpu = time.perf_counter(), time.process_time()
    tables = statistics_tables(study, predictions=predictions, config=StatisticsConfig(), seed=1)
    wall, used = time.perf_counter() - start, time.process_time() - cpu
    rows = sum(len(table.table) for table in tables)
    print(f"{features} features: {len(tables)} tables, {rows} rows, {wall:.1f} s wall, {used:.1f} s of one core")


def measure_discoveries(seeds: int) -> None:
    """Print how often planted effects are found, and the mean share of false ones among the findings of a family."""
    simulation, config = load_simulation(), StatisticsConfig()
    for name, (_, tests, _) in {"density": BY_DENSITY, "age": BY_AGE}.items():
        found, shares = 0, []
        for seed in range(seeds):
            study = simulation.simulate_study(features=60, seed=seed, **{f"{name}_effect": 0.8})
            table = tests.of(lay_out(study, config)).query("quantity == 'recent'")
            planted = table["feature"].str.endswith("firstorder_F000")
            trend = table[planted & (table["test"] == "trend")]
            found += int(((trend["q_value"] <= config.false_discovery_rate) & (trend["effect"] > 0)).sum())
            rejected = table[table["q_value"] <= config.false_discovery_rate]
            false = rejected.assign(false=~planted.reindex(rejected.index)).groupby("family")["false"].mean()
            shares.append(false.reindex(table["family"].unique()).fillna(0).mean())
        print(
            f"by {name}: planted trend found with its sign in {found} of {2 * seeds} tables; "
            f"mean false discovery proportion {np.mean(shares):.3f} (declared {config.false_discovery_rate:g})"
        )


def flat_finding(table: pd.DataFrame, rate: float) -> pd.Series:
    """Rows that would be found if every table and class of features were a family of its own, as before."""
    flat = within_families(table.assign(family=table.get("feature_class", table.get("metric", ""))))
    return flat["q_value"] <= rate


def one_study(simulation: ModuleType, *, seed: int, features: int, effect: float) -> Counter[str]:
    """What one simulated study finds: tables with any small q, key sentences, and whether the planted change is found.

    The words end in ``, flat`` where every table and class of features is a family of its own.
    """
    config = StatisticsConfig(permutations=1000, bootstrap_draws=100, simulations=100)
    rate = config.false_discovery_rate
    study = simulation.simulate_study(features=features, seed=seed, class_effect=effect)
    predictions = simulation.simulate_predictions(study, seed=seed, strength=0.0)
    tables = statistics_tables(study, predictions=predictions, config=config, seed=seed)
    found: Counter[str] = Counter()
    for named in (one for one in tables if one.name in QUESTIONS):
        table = named.table
        small, flat = table["q_value"] <= rate, flat_finding(table, rate)
        for word, rows in (("", small), (", flat", flat)):
            found[f"{named.name}{word}"] = int(rows.any())
            found[f"any question table{word}"] |= int(rows.any())
        if named.name == "univariate":
            planted = table["feature"].str.endswith("_F000") & (table["quantity"] == "delta")
            found["planted change"], found["planted change, flat"] = int(small[planted].any()), int(flat[planted].any())
    claims = [said for said in key_findings(tables) if re.search(r": \d+ of \d+ comparisons", said)]
    return found + Counter({"any key sentence": int(bool(claims)), "key sentences": len(claims)})


def asking_study(simulation: ModuleType, *, seed: int, features: int, effect: float) -> Counter[str]:
    """What the tables that ask find in one study: no other table can find anything without them.

    Intervals of Firth's regression, which decide nothing and take most of the time, are left out.
    """
    config = StatisticsConfig(permutations=1000, bootstrap_draws=100)
    study = simulation.simulate_study(features=features, seed=seed, class_effect=effect)
    predictions = simulation.simulate_predictions(study, seed=seed, strength=0.0)
    laid = lay_out(study, config, predictions=predictions, seed=seed)
    with patch("radiomics_mammo.stats.regression._bound", return_value=np.nan):
        asking = {table.name: table.of(laid) for table in TABLES if table.asks}
    asked, questions = across_questions(TABLES, asking)
    rate, found = config.false_discovery_rate, Counter[str]()
    for name, table in asked.items():
        small, flat = bool((table["q_value"] <= rate).any()), bool(flat_finding(table, rate).any())
        found[name], found[f"{name}, flat"] = int(small), int(flat)
        found["any question table"] |= int(small)
        found["any question table, flat"] |= int(flat)
    univariate = asked["univariate"]
    planted = univariate["feature"].str.endswith("_F000") & (univariate["quantity"] == "delta")
    found["planted change"] = int((univariate.loc[planted, "q_value"] <= rate).any())
    found["planted change, flat"] = int(flat_finding(univariate, rate)[planted].any())
    return found + Counter({f"question: {name}": int(q <= rate) for name, q in questions.items()})


def measure_nulls(seeds: range, features: int, effect: float, *, asking: bool = False) -> None:
    """Print in how many studies without any effect a table, or the key sentences, find something.

    With `effect` the change of malignant lesions is shifted in one feature, and finding it is power instead; with
    `asking` only the tables that ask are made.
    """
    simulation, found = load_simulation(), Counter[str]()
    make = asking_study if asking else one_study
    names = (*QUESTIONS, "any question table", "any key sentence", "key sentences", "planted change")
    for done, seed in enumerate(seeds, 1):
        found.update(make(simulation, seed=seed, features=features, effect=effect))
        if done % 20 == 0 or done == len(seeds):
            bound = beta.ppf(0.95, found["any question table"] + 1, max(done - found["any question table"], 1))
            print(f"{done} studies from seed {seeds.start}, {features} features, effect {effect:g}", flush=True)
            print("| table | a family a table and class | question, class, feature |")
            for name in names:
                print(f"| {name} | {found[f'{name}, flat'] / done:.2f} | {found[name] / done:.2f} |")
            print(f"one-sided 95 % bound of any question table: {bound:.3f}", flush=True)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["time", "discoveries", "nulls"])
    parser.add_argument("--features", type=int, default=600)
    parser.add_argument("--effect", type=float, default=0.0, help="nulls only: planted change, standard deviations")
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--asking", action="store_true", help="nulls only: only the tables that ask")
    parser.add_argument("--first", type=int, default=0, help="nulls only: first seed")
    chosen = parser.parse_args()
    if chosen.what == "time":
        measure_time(chosen.features)
    elif chosen.what == "nulls":
        seeds = range(chosen.first, chosen.first + chosen.seeds)
        measure_nulls(seeds, chosen.features, chosen.effect, asking=chosen.asking)
    else:
        measure_discoveries(chosen.seeds)


if __name__ == "__main__":
    main()
