"""Writes a synthetic release and its truth; the only module of the room that touches files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import yaml
from joblib import Parallel, delayed
from pydantic import TypeAdapter

from radiomics_mammo.config.synthetic import DEFAULT_SYNTHETIC, SyntheticConfig
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.synthetic.case import CaseRequest, FinishedCase, make_case
from radiomics_mammo.synthetic.plan import ClassCounts, PatientPlan, plan_patients
from radiomics_mammo.synthetic.truth import PlantedQuirk, SyntheticTruth
from radiomics_mammo.synthetic.workbook import WorkbookStyle, build_workbook

DEFAULT_SEED = 20240531
SMALLEST_MATRIX = 64


def synthesize_release(
    out: Path,
    *,
    patients: int | ClassCounts = 100,
    rows: int = 4096,
    cols: int = 3328,
    seed: int = DEFAULT_SEED,
    quirks: bool = True,
    jobs: int = 1,
    config: SyntheticConfig = DEFAULT_SYNTHETIC,
) -> SyntheticTruth:
    """Write a release with known truth: ``out/release/`` and ``out/truth/``.

    Parameters
    ----------
    out : Path
        Made if needed; files of an earlier release there are overwritten, others left alone.
    patients : int or ClassCounts
        100 is the full 35 normal, 15 benign, 50 malignant; smaller numbers, from 16, keep at least eight benign and
        eight malignant. A `ClassCounts` gives the classes one by one, in any number.
    rows, cols : int
        Matrix of the recent pictures. The breast fills the same share of every matrix; pixel spacing follows.
    seed : int
        Same seed, same bytes, for any number of jobs.
    quirks : bool
        Whether to plant what real copies show; every one is listed in ``truth/quirks.csv``.
    jobs : int
        Processes.
    config : SyntheticConfig
        Planted effects.

    Returns
    -------
    SyntheticTruth

    Raises
    ------
    UsageError
        If there are too few patients or pixels.
    """
    if min(rows, cols) < SMALLEST_MATRIX or seed < 0 or jobs < 1:
        found = f"{rows} x {cols}, seed {seed}, {jobs} jobs"
        raise UsageError("synthesize", f"at least {SMALLEST_MATRIX} pixels a side", found, "correct the options")
    counts = patients if isinstance(patients, ClassCounts) else ClassCounts.split(patients)
    plans = plan_patients(np.random.default_rng([seed, 0]), counts, config)
    request = CaseRequest(rows, cols, seed, config)
    out = Path(out)
    work = (delayed(_write_case)(out, plan, request) for plan in plans)
    cases: list[FinishedCase] = list(Parallel(n_jobs=min(jobs, len(plans)))(work))
    (out / "release" / "Description.xlsx").write_bytes(build_workbook([p.patient for p in plans], WorkbookStyle()))
    lesions = tuple(lesion for case in cases for lesion in case.lesions)
    planted: tuple[PlantedQuirk, ...] = ()
    truth = SyntheticTruth(out / "release", out / "truth", tuple(p.patient for p in plans), lesions, planted)
    _write_truth(truth, config)
    return truth


def _write_case(out: Path, plan: PatientPlan, request: CaseRequest) -> FinishedCase:
    """Make one patient and write her files; what is returned no longer holds them."""
    case = make_case(plan, request)
    for name, content in case.files:
        _write(out / "release" / name, content)
    for name, mask in case.masks:
        _write(out / "truth" / name, cv2.imencode(".png", mask)[1].tobytes())
    for name, arrays in case.warps:
        (out / "truth" / name).parent.mkdir(parents=True, exist_ok=True)
        np.savez(out / "truth" / name, allow_pickle=False, **arrays)
    return case.without_files()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _write_truth(truth: SyntheticTruth, config: SyntheticConfig) -> None:
    tables = {"patients": truth.patient_table(), "lesions": truth.lesion_table(), "quirks": truth.quirk_table()}
    truth.truth.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_csv(truth.truth / f"{name}.csv", index=False, lineterminator="\n")
    effects = TypeAdapter(SyntheticConfig).dump_python(config, mode="json")
    (truth.truth / "effects.yaml").write_text(yaml.safe_dump(effects, sort_keys=False), encoding="utf-8")
