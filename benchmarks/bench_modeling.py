"""How long the classification of a study of 65 patients and 600 features takes; prints the table of docs/modeling.md.

    python benchmarks/bench_modeling.py --jobs 2
    python benchmarks/bench_modeling.py --profile full --jobs 2
    python benchmarks/bench_modeling.py --by-analysis

The last form gives processor seconds of one repeat of every analysis, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import os
import time

import simulated_study

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.modeling import classify
from radiomics_mammo.modeling.candidates import LOGISTIC
from radiomics_mammo.modeling.crossval import Work, cross_validate
from radiomics_mammo.modeling.permuting import FoldCounts, permuted_aucs, permuted_labels
from radiomics_mammo.modeling.plan import plan_study

SEED = 1


def whole(study: MeasuredStudy, config: ModelingConfig, jobs: int) -> None:
    """Wall time of `classify`, permutations included."""
    start = time.perf_counter()
    found = classify(study, config=config, seed=SEED, jobs=jobs)
    minutes = (time.perf_counter() - start) / 60
    print("| study | jobs | cores | minutes |\n|---|---|---|---|")
    print(f"| {config.profile}, {len(study.dictionary)} features | {jobs} | {os.cpu_count()} | {minutes:.1f} |")
    print("\n".join(found.summary))


def by_analysis(study: MeasuredStudy, config: ModelingConfig) -> None:
    """Processor seconds of one repeat of every analysis, and of five permuted repeats."""
    plan = plan_study(study, config=ModelingConfig(profile=config.profile, repeats=1), seed=SEED)
    print("| unit | model | feature set | protocol | columns | processor seconds a repeat |\n|---|---|---|---|---|---|")
    for job in plan.jobs:
        start = time.process_time()
        cross_validate([job], seed=SEED, work=Work())
        spent = time.process_time() - start
        named = job.analysis
        words = (named.unit, named.model, named.feature_set, named.protocol, str(len(job.design.columns)))
        print("| " + " | ".join(words) + f" | {spent:.2f} |", flush=True)
    design = plan.design("patient", "recent+delta")
    labels = permuted_labels(design.malignant, draws=5, seed=SEED)
    start = time.process_time()
    permuted_aucs([design], plan.candidates[LOGISTIC], labels, counts=FoldCounts(5, 4), seed=SEED, work=Work())
    print(f"one permuted repeat of recent+delta: {(time.process_time() - start) / 5:.2f} processor seconds")


def main() -> None:
    """Measure one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", choices=("default", "full"), default="default")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--features", type=int, default=600)
    parser.add_argument("--by-analysis", action="store_true")
    chosen = parser.parse_args()
    planted = simulated_study.Planted(features=chosen.features, informative=20, recent_effect=0.4, change_effect=0.4)
    study, config = simulated_study.simulated_study(planted), ModelingConfig(profile=chosen.profile)
    if chosen.by_analysis:
        by_analysis(study, config)
    else:
        whole(study, config, chosen.jobs)


if __name__ == "__main__":
    main()
