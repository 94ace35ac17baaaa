"""The mission sentence as code.

Masks extracted from blue/red/green outlines feed PyRadiomics feature extraction for prior and recent lesions, delta
features are computed per patient, and scikit-learn models with patient-grouped cross-validation classify benign versus
malignant alongside statistical reports by density and age.
"""

from __future__ import annotations

from pathlib import Path

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.pipeline.batch import Progress, Workers, silent
from radiomics_mammo.pipeline.folder import StudyFolder
from radiomics_mammo.pipeline.measuring import Measuring
from radiomics_mammo.pipeline.options import Depth, RunOptions
from radiomics_mammo.pipeline.results import StudyResult, read_study
from radiomics_mammo.pipeline.store import Store


def run_stages(release: Path, out: Path, options: RunOptions) -> StudyResult:
    """The whole study, from a release to a report.

    Parameters
    ----------
    release : Path
        Folder or zip.
    out : Path
        Where the results go; a run that was stopped goes on from there.
    options : RunOptions

    Raises
    ------
    RadiomicsMammoError
        If the study cannot be done; what is wrong with single patients is in ``audit.csv`` instead.
    """
    store = Store(out)
    with store.locked(fresh=options.fresh):
        measuring = Measuring.open(release, store=store, options=options)
        measuring.work(
            Depth.FEATURES
        )  # masks from outlines, PyRadiomics of prior and recent lesions, deltas per patient
        folder = StudyFolder(store, options.config, options.workers, measuring.watch, measured=options.config)
        folder.classify_or_explain()  # benign versus malignant, cross-validated by patient
        folder.describe()  # statistics by density and age
        measuring.write_provenance()
        folder.report()
    return read_study(out)


def audit_release(release: Path, out: Path, options: RunOptions) -> StudyResult:
    """Index and check a release; nothing of it is changed, no mask is written."""
    return _stop_at(Depth.AUDIT, release, out, options=options)


def outline_release(release: Path, out: Path, options: RunOptions) -> StudyResult:
    """Outlines to lesion masks."""
    return _stop_at(Depth.MASKS, release, out, options=options)


def measure_release(release: Path, out: Path, options: RunOptions) -> StudyResult:
    """Masks, registration, features and deltas."""
    return _stop_at(Depth.FEATURES, release, out, options=options)


def _stop_at(depth: Depth, release: Path, out: Path, *, options: RunOptions) -> StudyResult:
    store = Store(out)
    with store.locked(fresh=options.fresh):
        measuring = Measuring.open(release, store=store, options=options)
        measuring.work(depth)
        measuring.write_provenance()
    return read_study(out)


def run_study(
    release: str | Path,
    *,
    out: str | Path,
    description: str | Path | None = None,
    config: StudyConfig | None = None,
    exclusions: str | Path | None = None,
    jobs: int = 1,
    scheduler: str = "",
    strict: bool = False,
    fresh: bool = False,
    progress: Progress = silent,
) -> StudyResult:
    """Run the whole study; the same as the command ``radiomics-mammo run``.

    Parameters
    ----------
    release : str or Path
        Release folder, or the untouched ``Dataset.zip``.
    out : str or Path
        Folder for the results; a run that was stopped goes on from there.
    description : str or Path, optional
        Workbook, where it is not beside or inside the release.
    config : StudyConfig, optional
        Settings; see ``radiomics-mammo config show``.
    exclusions : str or Path, optional
        CSV of lesions a reader rejected (lesion_id, mask_sha256).
    jobs : int
        Processes.
    scheduler : str
        Address of a running Dask cluster, in place of local processes.
    strict : bool
        Any audit error ends the run.
    fresh : bool
        Ignore what an earlier run left in `out`.
    progress : callable
        Told stage, cases done and cases in all.

    Returns
    -------
    StudyResult
        Every table as a DataFrame.

    Raises
    ------
    RadiomicsMammoError
        If the study cannot be done, in one sentence with a remedy.
    """
    options = RunOptions(
        config or StudyConfig(),
        Path(description) if description else None,
        Path(exclusions) if exclusions else None,
        Workers(jobs, scheduler, progress),
        strict,
        fresh,
    )
    return run_stages(Path(release), Path(out), options)
