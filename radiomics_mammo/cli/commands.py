"""Every command: its options, one call into the pipeline, and the lines it prints.

Engines are loaded by the call (`radiomics_mammo.pipeline` and the public names load them when used), so that ``--help``
and ``config`` need none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import radiomics_mammo as rm
from radiomics_mammo import config as settings
from radiomics_mammo import pipeline
from radiomics_mammo.cli.logbook import logged
from radiomics_mammo.cli.options import (
    Allow,
    ConfigFile,
    DescriptionFile,
    DryRun,
    ExclusionsFile,
    Fresh,
    GroupColumn,
    InclusionsFile,
    Jobs,
    LabelColumn,
    OutFolder,
    Quiet,
    ReleasePath,
    ReviewFile,
    Scheduler,
    Strict,
    StudyDir,
    StudyOrTable,
    TableOut,
    Verbose,
)
from radiomics_mammo.cli.terminal import (
    agreement_lines,
    audit_lines,
    dry_run_lines,
    feature_lines,
    mask_lines,
    shown_progress,
    study_lines,
)
from radiomics_mammo.core.errors import ConfigError
from radiomics_mammo.core.findings import Finding
from radiomics_mammo.core.vocabulary import DEFAULT_SEED, ExportFormat

Lines = Callable[["pipeline.StudyResult"], Sequence[str]]
DATA, FROM_RELEASE, FROM_FOLDER = "Data", "From a release", "From a study folder"
WITH_STUDY, ABOUT = "With a finished study", "About the tool"
DEMO_PATIENTS, DEMO_ROWS, DEMO_COLS = 20, 1024, 832
"""A quarter of the release's matrix each way: real enough to look at, small enough for two minutes."""

DemoFolder = Annotated[Path, typer.Option("--out", help="Folder for release, truth and results.")]
MadeFolder = Annotated[Path, typer.Argument(metavar="DIR", help="Gets release/ and truth/.")]
Patients = Annotated[
    int, typer.Option("--patients", help="100 is the full 35/15/50; at least 8 benign and 8 malignant are made.")
]
Rows = Annotated[int, typer.Option("--rows", help="Rows of a recent mammogram.")]
Cols = Annotated[int, typer.Option("--cols", help="Columns of a recent mammogram.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")]
Quirks = Annotated[bool, typer.Option("--quirks/--no-quirks", help="Plant what real copies show.")]
ModelFile = Annotated[Path, typer.Option("--model", help="model.skops of a study.")]
Format = Annotated[ExportFormat, typer.Option("--format", help="Masks as DICOM SEG or NRRD, or a pyradiomics batch.")]
ReviewArgument = Annotated[Path, typer.Argument(help="review.csv of one reader.")]
Clear = Annotated[bool, typer.Option("--clear", help="Remove them; the next run measures again.")]
SettingsFile = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="YAML; without it, the defaults.")]


def add_commands(app: typer.Typer) -> None:
    """Add every command, in the order of ``--help``."""

    def add(example: str, command: Callable[..., None], panel: str, words: str | None = None) -> None:
        """One command, named by the first word of its example."""
        epilog = f"Example: radiomics-mammo {example}"
        app.command(example.split()[0], help=words, rich_help_panel=panel, epilog=epilog)(command)

    add("demo --out demo-results", demo, DATA)
    add("synthesize made --patients 20 --seed 7", synthesize, DATA)
    add("fetch --out data", fetch, DATA)
    for name, lines, words in (
        ("audit", audit_lines, "Index and check a release; nothing of it is changed."),
        ("masks", mask_lines, "Turn outlines into lesion masks."),
        ("features", feature_lines, "Masks, registration, features and deltas."),
        ("run", study_lines, "The whole study, from a release to a report."),
    ):
        add(f"{name} Dataset.zip --out results", _release_command(name, lines), FROM_RELEASE, words)
    for name, words in (
        ("classify", "Benign against malignant, from the tables in DIR or from one feature table."),
        ("statistics", "Statistical tables by density and age, from the tables in DIR or from one feature table."),
    ):
        add(f"{name} results", _table_command(name), FROM_FOLDER, words)
    words = "report.html and tables.xlsx, from the tables and pictures in DIR."
    add("report results", _folder_command("report"), FROM_FOLDER, words)
    add("predict Cases --model results/model.skops --out predicted", predict, WITH_STUDY)
    add("export results --format seg --out exported", export, WITH_STUDY)
    add("agreement reader-a.csv reader-b.csv", agreement, WITH_STUDY)
    add("cache results", cache, ABOUT)
    about = typer.Typer(no_args_is_help=True, help="Show or check settings.")
    about.command("show", epilog="Example: radiomics-mammo config show study.yaml")(show)
    about.command("check", epilog="Example: radiomics-mammo config check study.yaml")(check)
    app.add_typer(about, name="config", rich_help_panel=ABOUT)
    add("selftest", selftest, ABOUT)


def demo(*, out: DemoFolder = Path("demo-results"), jobs: Jobs, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """Make a small synthetic release and run the whole study on it."""
    _print(() if quiet else (f"making {DEMO_PATIENTS} synthetic patients in {out / 'release'}",))
    with shown_progress(quiet=quiet) as shown, logged(out, shown, command="demo", verbose=verbose) as progress:
        workers = pipeline.Workers(jobs, "", progress)
        rm.synthesize_release(
            out, patients=DEMO_PATIENTS, rows=DEMO_ROWS, cols=DEMO_COLS, seed=DEFAULT_SEED, run_many=workers.run_all
        )
        options = pipeline.RunOptions(config=settings.shipped_config("demo"), workers=workers)
        result = pipeline.run_stages(out / "release", out, options)
    _print(() if quiet else study_lines(result))


def synthesize(
    folder: MadeFolder,
    *,
    patients: Patients = 100,
    rows: Rows = 4096,
    cols: Cols = 3328,
    seed: Seed = DEFAULT_SEED,
    quirks: Quirks = True,
    jobs: Jobs,
) -> None:
    """Make a release with known truth, faithful in layout, formats and flaws."""
    run_many = pipeline.Workers(jobs).run_all
    truth = rm.synthesize_release(
        folder, patients=patients, rows=rows, cols=cols, seed=seed, quirks=quirks, run_many=run_many
    )
    made = f"{len(truth.patients)} patients, {len(truth.lesions)} lesions"
    typer.echo(f"{made} in {folder / 'release'}; their truth in {folder / 'truth'}")


def fetch(*, out: OutFolder) -> None:
    """Download and verify the public release (Zenodo record 11446259)."""
    with shown_progress() as progress:
        fetched = rm.fetch_release(out, progress=progress)
    typer.echo(str(fetched))


def _release_command(name: str, lines: Lines) -> Callable[..., None]:
    def command(
        release: ReleasePath,
        *,
        out: OutFolder,
        description: DescriptionFile = None,
        config: ConfigFile = None,
        exclusions: ExclusionsFile = None,
        inclusions: InclusionsFile = None,
        review: ReviewFile = None,
        jobs: Jobs,
        scheduler: Scheduler = "",
        strict: Strict = False,
        fresh: Fresh = False,
        dry_run: DryRun = False,
        verbose: Verbose = False,
        quiet: Quiet = False,
    ) -> None:
        """Work on a release and say what came of it."""
        options = pipeline.RunOptions(
            config=settings.load_config(config) if config else settings.StudyConfig(),
            description=description,
            exclusions=exclusions,
            inclusions=inclusions,
            review=review,
            strict=strict,
            fresh=fresh,
        )
        if dry_run:
            _print(dry_run_lines(name, pipeline.plan_run(release, out, options)))
            return
        if name == "run" and not quiet:
            typer.echo(str(pipeline.declared(out, options.config)))
        with shown_progress(quiet=quiet) as shown, logged(out, shown, command=name, verbose=verbose) as progress:
            workers = pipeline.Workers(jobs, scheduler, progress)
            result = _work(name)(release, out, replace(options, workers=workers))
        _print(() if quiet else lines(result))

    return command


def _work(name: str) -> Callable[[Path, Path, pipeline.RunOptions], pipeline.StudyResult]:
    """What a command that reads a release calls."""
    works = {
        "audit": pipeline.audit_release,
        "masks": pipeline.outline_release,
        "features": pipeline.measure_release,
        "run": pipeline.run_stages,
    }
    return works[name]


def _folder_command(name: str) -> Callable[..., None]:
    def command(
        study: StudyDir,
        *,
        config: ConfigFile = None,
        jobs: Jobs,
        scheduler: Scheduler = "",
        fresh: Fresh = False,
        verbose: Verbose = False,
        quiet: Quiet = False,
    ) -> None:
        """Run one stage on a study folder."""
        chosen = settings.load_config(config) if config else None
        opened = pipeline.StudyFolder.open(study, config=chosen, fresh=fresh)
        if name != "report" and not quiet:
            typer.echo(str(pipeline.declared(study, opened.config)))
        with shown_progress(quiet=quiet) as shown, logged(study, shown, command=name, verbose=verbose) as progress:
            folder = replace(opened, workers=pipeline.Workers(jobs, scheduler, progress))
            with folder.store.locked():
                if name == "report":
                    lines: Sequence[str] = (f"report: {folder.report()}",)
                else:
                    lines = folder.classify() if name == "classify" else folder.describe()
        _print(() if quiet else lines)

    return command


def _table_command(name: str) -> Callable[..., None]:
    of_folder = _folder_command(name)

    def command(
        study: StudyOrTable,
        *,
        out: TableOut = None,
        label: LabelColumn = "label",
        groups: GroupColumn = "patient_id",
        allow: Allow = None,
        config: ConfigFile = None,
        jobs: Jobs,
        scheduler: Scheduler = "",
        fresh: Fresh = False,
        verbose: Verbose = False,
        quiet: Quiet = False,
    ) -> None:
        """Run one stage on a study folder, or on one feature table."""
        if not study.is_file():
            of_folder(study, config=config, jobs=jobs, scheduler=scheduler, fresh=fresh, verbose=verbose, quiet=quiet)
            return
        chosen = settings.load_config(config) if config else settings.StudyConfig()
        folder, allowed = out or study.parent / f"{study.stem}-results", tuple(allow or ())
        with shown_progress(quiet=quiet) as shown, logged(folder, shown, command=name, verbose=verbose) as progress:
            if name == "classify":
                found = rm.classify(
                    study, label=label, groups=groups, allow=allowed, config=chosen, jobs=jobs, progress=progress
                )
                lines = [*found.summary, f"tables: {pipeline.write_classification(found, folder).parent}"]
            else:
                described = rm.describe(study, label=label, groups=groups, allow=allowed, config=chosen)
                lines = [*described.findings, f"tables: {pipeline.write_statistics(described, folder)}"]
        _print(() if quiet else lines)

    return command


def predict(
    release: ReleasePath,
    *,
    model: ModelFile,
    out: OutFolder,
    description: DescriptionFile = None,
    config: ConfigFile = None,
    exclusions: ExclusionsFile = None,
    inclusions: InclusionsFile = None,
    review: ReviewFile = None,
    jobs: Jobs,
    scheduler: Scheduler = "",
    strict: Strict = False,
    fresh: Fresh = False,
    dry_run: DryRun = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Apply a saved model to patients never seen, measured as the model says.

    Class, colour and workbook labels are not used. Settings given must be those the model was trained with.
    """
    expected = settings.load_config(config) if config else None
    options = pipeline.RunOptions(
        description=description,
        exclusions=exclusions,
        inclusions=inclusions,
        review=review,
        strict=strict,
        fresh=fresh,
    )
    if dry_run:
        _print(dry_run_lines("predict", pipeline.plan_run(release, out, options, cases=True)))
        return
    with shown_progress(quiet=quiet) as shown, logged(out, shown, command="predict", verbose=verbose) as progress:
        options = replace(options, workers=pipeline.Workers(jobs, scheduler, progress))
        predictions = pipeline.predict_release(release, model, out=out, options=options, expected=expected)
    _print(() if quiet else (f"{len(predictions)} predictions: {out / 'new_predictions.csv'}",))


def export(study: StudyDir, *, file_format: Format, out: OutFolder) -> None:
    """Write the masks of a study in another format."""
    with shown_progress() as progress:
        written = pipeline.export_study(study, file_format, out=out, progress=progress, notice=_say)
    typer.echo(f"{written} files: {out}")


def _say(finding: Finding) -> None:
    typer.echo(f"{finding.severity} {finding.code} {finding.image_id}: {finding.message}", err=True)


def show(file: SettingsFile = None) -> None:
    """Show every setting with its value, default, bounds and meaning, as a file that --config takes."""
    typer.echo(settings.settings_yaml(settings.load_config(file) if file else settings.StudyConfig()), nl=False)


def check(file: SettingsFile = None) -> None:
    """Check a settings file; status 2 and one line where something is wrong."""
    if file is None:
        raise ConfigError("config check", "a file", "none", "name the YAML file to check")
    typer.echo(f"{file.name}: valid, settings {settings.settings_hash(settings.load_config(file))[:12]}")


def agreement(first: ReviewArgument, second: ReviewArgument) -> None:
    """Compare the reviews of two readers: Cohen's kappa, and where they differ."""
    _print(agreement_lines(pipeline.compare_reviews(first, second)))


def cache(study: StudyDir, *, clear: Clear = False) -> None:
    """Say how much the records take from which a run of DIR goes on; --clear removes them, no result."""
    size = pipeline.clear_records(study) if clear else pipeline.records_size(study)
    typer.echo(f"{size.files} records, {size.megabytes:.1f} MB{' removed' if clear else ''}: {study}")


def selftest() -> None:
    """Check the engines against IBSI reference values and stock PyRadiomics; status 1 where one fails."""
    rows = rm.selftest_values()
    table = Table("check", "value", "reference", "tolerance", "passed")
    for row in rows:
        table.add_row(row.name, f"{row.value:.6g}", f"{row.reference:.6g}", f"{row.tolerance:.2g}", _word(row.passed))
    Console().print(table)
    failed = sum(not row.passed for row in rows)
    typer.echo(f"{len(rows) - failed} passed, {failed} failed")
    if failed:
        raise typer.Exit(1)


def _word(passed: bool) -> str:
    return "yes" if passed else "NO"


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        typer.echo(line)
