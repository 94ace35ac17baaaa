"""How long the classification of a study of 65 patients and 600 features takes; prints the table of docs/modeling.md.

    python benchmarks/bench_modeling.py --jobs 2
    python benchmarks/bench_modeling.py --profile full --jobs 2
    python benchmarks/bench_modeling.py --by-analysis

The last form gives processor seconds of one repeat of every analysis, and what a whole study adds up to, whatever else
the machine does; `--profile full` goes with it too.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from pathlib import Path

import numpy as np
import simulated_study
from joblib.externals.loky import get_reusable_executor

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.modeling import classify
from radiomics_mammo.modeling.design import GROUPED, LEAVE_ONE_OUT, CvResult
from radiomics_mammo.modeling.metrics import figures_of
from radiomics_mammo.modeling.nested_cv import CvJob, Work, cross_validate
from radiomics_mammo.modeling.permutation import FoldCounts, permuted_aucs, permuted_labels
from radiomics_mammo.modeling.plan import AUTHORS_SETS, StudyPlan, is_reported, plan_study
from radiomics_mammo.pipeline.workers import Workers
from radiomics_mammo.tables.primary import PRIMARY_MODEL
from radiomics_mammo.tables.resampling import patient_weights
from radiomics_mammo.tables.study import MeasuredStudy

SEED = 1


def machine() -> str:
    """Processor, cores and load."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{model or platform.processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"


def processor_seconds() -> float:
    """Of this process and of the processes it has waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def whole(study: MeasuredStudy, config: ModelingConfig, jobs: int) -> None:
    """Wall time and processor time of `classify`, permutations included."""
    print(f"before: {machine()}", flush=True)
    start, used = time.perf_counter(), processor_seconds()
    found = classify(study, config=config, seed=SEED, run_many=Workers(jobs).run_all)
    minutes = (time.perf_counter() - start) / 60
    if jobs != 1:
        get_reusable_executor().shutdown(wait=True)
    processor = (processor_seconds() - used) / 60
    print(f"after: {machine()}\n\n| study | jobs | wall minutes | processor minutes |\n|---|---|---|---|")
    print(f"| {config.profile}, {len(study.dictionary)} features | {jobs} | {minutes:.1f} | {processor:.1f} |\n")
    print("\n".join(found.summary))


def by_analysis(study: MeasuredStudy, config: ModelingConfig) -> None:
    """Processor seconds of one repeat of every analysis, and the sum of a whole study by parts."""
    plan = plan_study(study, config=ModelingConfig(profile=config.profile, repeats=1), seed=SEED)
    print(f"{machine()}\n")
    print("| unit | model | feature set | protocol | columns | processor seconds a repeat |\n|---|---|---|---|---|---|")
    parts = {"analyses": 0.0, "figures": 0.0}
    for job in plan.jobs:
        result, spent = fitted(job)
        named, width = job.analysis, len(job.design.columns)
        words = (named.unit, named.model, named.feature_set, named.protocol, str(width))
        print("| " + " | ".join(words) + f" | {spent:.2f} |", flush=True)
        repeats = 1 if named.protocol == LEAVE_ONE_OUT else config.repeats
        parts["analyses"] += spent * repeats
        if is_reported(named):
            parts["figures"] += scoring(result, config) * repeats * (2 if named.unit == "lesion" else 1)
    both, recent = (permuted(plan, name, GROUPED) for name in ("recent+delta", "recent"))
    parts["permuted"] = (2 * both + recent) * config.permutations
    if config.profile == "full":
        alone = sum(permuted(plan, name, LEAVE_ONE_OUT) for name in AUTHORS_SETS)
        parts["permuted, leave-one-out"] = alone * config.loo_permutations
    said = ", ".join(f"{name} {seconds / 60:.1f}" for name, seconds in parts.items())
    print(f"\none permuted repeat of recent+delta: {both:.2f} processor seconds")
    print(f"whole study, processor minutes: {said}; together {sum(parts.values()) / 60:.1f}")


def fitted(job: CvJob) -> tuple[CvResult, float]:
    """Result of a job and processor seconds spent on it."""
    start = time.process_time()
    (result,) = cross_validate([job], seed=SEED, work=Work())
    return result, time.process_time() - start


def permuted(plan: StudyPlan, feature_set: str, protocol: str) -> float:
    """Processor seconds of one permuted repeat."""
    design = plan.design("patient", feature_set)
    draws = 1 if protocol == LEAVE_ONE_OUT else 5
    labels, counts = permuted_labels(design.malignant, draws=draws, seed=SEED), FoldCounts(5, 4, protocol)
    start = time.process_time()
    permuted_aucs([design], plan.candidates[PRIMARY_MODEL], labels, counts=counts, seed=SEED, work=Work())
    return (time.process_time() - start) / draws


def scoring(result: CvResult, config: ModelingConfig) -> float:
    """Processor seconds of the figures and intervals of one repeat; lesions are also scored view by view."""
    rng = np.random.default_rng(SEED)
    weights = patient_weights(result.patients, result.malignant, draws=config.bootstrap_draws, rng=rng)
    start = time.process_time()
    figures_of(result, weights, config)
    return time.process_time() - start


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
