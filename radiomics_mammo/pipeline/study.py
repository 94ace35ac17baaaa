"""The mission sentence as code.

Masks extracted from blue/red/green outlines feed PyRadiomics feature extraction for prior and recent lesions, delta
features are computed per patient, and scikit-learn models with patient-grouped cross-validation classify benign versus
malignant alongside statistical reports by density and age.
"""

from __future__ import annotations

from pathlib import Path

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.pipeline.folder import StudyFolder
from radiomics_mammo.pipeline.journal import Journal
from radiomics_mammo.pipeline.measuring import RunOptions, change, outline_align_measure, read_release, stop_at
from radiomics_mammo.pipeline.pairs import Depth
from radiomics_mammo.pipeline.progress import progress_of
from radiomics_mammo.pipeline.protocol import freeze
from radiomics_mammo.pipeline.results import StudyResult, read_study
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.pipeline.workers import Progress, Workers


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
    journal = Journal(Store(out))
    with journal.store.locked(fresh=options.fresh):
        freeze(journal.store, options.config)
        index = read_release(release, options, journal)
        pairs = outline_align_measure(index, Depth.FEATURES, options, journal=journal)
        change(pairs, options, journal=journal)
        folder = StudyFolder(journal=journal, config=options.config, workers=options.workers, measured=options.config)
        folder.classify_or_explain()
        folder.describe()
        folder.report()
    return read_study(out)


def audit_release(release: Path, out: Path, options: RunOptions) -> StudyResult:
    """Index and check a release; nothing of it is changed, no mask is written."""
    return _as_deep_as(Depth.AUDIT, release, out, options=options)


def outline_release(release: Path, out: Path, options: RunOptions) -> StudyResult:
    """Outlines to lesion masks."""
    return _as_deep_as(Depth.MASKS, release, out, options=options)


def measure_release(release: Path, out: Path, options: RunOptions) -> StudyResult:
    """Masks, registration, features and deltas."""
    return _as_deep_as(Depth.FEATURES, release, out, options=options)


def _as_deep_as(depth: Depth, release: Path, out: Path, *, options: RunOptions) -> StudyResult:
    journal = Journal(Store(out))
    with journal.store.locked(fresh=options.fresh):
        pairs = outline_align_measure(read_release(release, options, journal), depth, options, journal=journal)
        if depth is Depth.FEATURES:
            change(pairs, options, journal=journal)
        else:
            stop_at(depth, pairs, options, journal=journal)
    return read_study(out)


def run_study(
    release: str | Path,
    *,
    out: str | Path,
    description: str | Path | None = None,
    config: StudyConfig | None = None,
    exclusions: str | Path | None = None,
    inclusions: str | Path | None = None,
    review: str | Path | None = None,
    jobs: int = 1,
    scheduler: str = "",
    strict: bool = False,
    fresh: bool = False,
    progress: Progress | None = None,
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
    inclusions : str or Path, optional
        CSV of rejected outlines a reader brought back (image_id, region_sha256).
    review : str or Path, optional
        ``review.csv`` as the report downloads it: decisions on outlines, alignments and prior regions.
    jobs : int
        Processes.
    scheduler : str
        Address of a running Dask cluster, in place of local processes.
    strict : bool
        Any audit error ends the run.
    fresh : bool
        Ignore what an earlier run left in `out`.
    progress : callable, optional
        Told stage, cases done and cases in all; by default a terminal or notebook shows it.

    Returns
    -------
    StudyResult
        Every table as a DataFrame.

    Raises
    ------
    RadiomicsMammoError
        If the study cannot be done, in one sentence with a remedy.
    """
    with progress_of(progress) as shown:
        options = RunOptions(
            config=config or StudyConfig(),
            description=Path(description) if description else None,
            exclusions=Path(exclusions) if exclusions else None,
            inclusions=Path(inclusions) if inclusions else None,
            review=Path(review) if review else None,
            workers=Workers(jobs, scheduler, shown),
            strict=strict,
            fresh=fresh,
        )
        return run_stages(Path(release), Path(out), options)
