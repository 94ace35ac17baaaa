"""What will be analysed, on which rows and folds; fixed, and written down, before any fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.vocabulary import PriorPolicy
from radiomics_mammo.modeling.candidates import (
    DEFAULT_MODELS,
    LOGISTIC,
    Candidate,
    built_in_candidates,
    import_candidate,
)
from radiomics_mammo.modeling.checking import check_tables
from radiomics_mammo.modeling.comparing import SIGNIFICANCE
from radiomics_mammo.modeling.crossval import CvJob
from radiomics_mammo.modeling.design import (
    GROUPED,
    LEAVE_ONE_OUT,
    SELECTION_OUTSIDE,
    UNGROUPED,
    UNITS,
    Analysis,
    Design,
    Unit,
)
from radiomics_mammo.modeling.explaining import correlation_clusters
from radiomics_mammo.modeling.feature_sets import FEATURE_SETS, restrict
from radiomics_mammo.modeling.optimism import chosen_on_all, pretend_ungrouped
from radiomics_mammo.modeling.shortcuts import AREA_REMOVED, area_candidate, area_design
from radiomics_mammo.modeling.splitting import (
    Fold,
    SplitPlan,
    Splits,
    check_folds,
    grouped_folds,
    leave_one_out_folds,
    read_splits,
)
from radiomics_mammo.modeling.streams import stream
from radiomics_mammo.modeling.units import UnitTable, missing_rows, unit_table

REGISTERED, OUTLINED_FIRST = str(PriorPolicy.REGISTERED), str(PriorPolicy.OUTLINED_FIRST)
RECENT, WITH_DELTA, RANDOM_COLUMN = "recent", "recent+delta", "recent+delta+random-column"
DEFAULT_SETS = (RECENT, WITH_DELTA, "shortcut", "clinical")
AUTHORS_SETS = (RECENT, "recent+prior", "delta")
"""What the authors of the release compared: recent exam only, temporal analysis, change."""
AUTHORS_MODELS = (LOGISTIC, "linear-svm")


@dataclass(frozen=True, eq=False)
class StudyPlan:
    """Everything that is decided before the first fit.

    Parameters
    ----------
    jobs : tuple of CvJob
        In the order of the tables; the two sides of the primary hypothesis first.
    tables : dict
        `UnitTable` by (unit, prior policy).
    splits : Splits
        The content of ``splits.json``.
    candidates : dict
    notes : tuple of str
        Fallbacks and omissions, in words.
    """

    jobs: tuple[CvJob, ...]
    tables: dict[tuple[Unit, str], UnitTable]
    splits: Splits
    candidates: dict[str, Candidate]
    notes: tuple[str, ...]

    @property
    def folds(self) -> SplitPlan:
        """Folds by (unit, protocol)."""
        return self.splits.folds

    def design(self, unit: Unit, feature_set: str, prior_policy: str = REGISTERED) -> Design:
        """Rows and columns of one analysis."""
        return restrict(self.tables[unit, prior_policy].design(), feature_set)


def plan_study(
    study: MeasuredStudy,
    *,
    config: ModelingConfig,
    seed: int,
    splits: str | None = None,
    extra: Sequence[Candidate] = (),
) -> StudyPlan:
    """Decide rows, columns, folds and models.

    Parameters
    ----------
    study : MeasuredStudy
    config : ModelingConfig
    seed : int
    splits : str, optional
        Text of the ``splits.json`` of another run, to use its folds.
    extra : sequence of Candidate
        Further models; one with the name of a built-in one takes its place.

    Raises
    ------
    ModelingError
        If the tables disagree, a class has too few patients, or given folds do not fit.
    """
    check_tables(study)
    full = config.profile == "full"
    units: tuple[Unit, ...] = UNITS if full else ("patient", "lesion")
    tables = {(unit, REGISTERED): _table(study, unit, REGISTERED, config) for unit in units}
    tables["patient", OUTLINED_FIRST] = _table(study, "patient", OUTLINED_FIRST, config)
    found = {c.name: c for c in [*extra, *(import_candidate(path, config) for path in config.extra_candidates)]}
    candidates = built_in_candidates(config) | found
    patients = {key: tables[key[0], REGISTERED].design().patient_labels() for key in _schemes(units, full)}
    made = _dealt_splits(patients, config, seed) if splits is None else _given_splits(splits, patients)
    draft = StudyPlan((), tables, made, candidates, ())
    models = list(candidates) if full else [*DEFAULT_MODELS, *(name for name in found if name not in DEFAULT_MODELS)]
    analyses = _primary_first([*_comparable(units, models, full), *_authors(full)])
    jobs, notes = [], [*_row_notes(draft, study), *_fold_notes(draft, config), *_seed_notes(draft, seed)]
    notes += _budget_notes(config)
    for analysis in analyses:
        try:
            jobs.append(_job(draft, analysis))
        except ModelingError as error:
            if analysis.is_primary:
                raise
            notes.append(f"{_words(analysis)} left out: {error}")
    jobs += _checks(draft, config, seed)
    return replace(draft, jobs=tuple(jobs), notes=tuple(dict.fromkeys(notes)))


def _table(study: MeasuredStudy, unit: Unit, policy: str, config: ModelingConfig) -> UnitTable:
    return unit_table(study, unit, prior_policy=policy, aggregation=config.aggregation)


def _schemes(units: Sequence[Unit], full: bool) -> list[tuple[Unit, str]]:
    grouped: list[tuple[Unit, str]] = [(unit, GROUPED) for unit in units]
    return [*grouped, ("patient", LEAVE_ONE_OUT)] if full else grouped


def _dealt_splits(patients: Mapping[tuple[Unit, str], dict[str, bool]], config: ModelingConfig, seed: int) -> Splits:
    scheme = (
        f"grouped-kfold: {config.outer_folds} folds x {config.repeats} repeats, inner {config.inner_folds}, fewer "
        "where the smaller class has fewer patients; whole patients, stratified by the label of the patient"
    )
    return Splits(seed, scheme, {key: _dealt(key[1], labels, config, seed) for key, labels in patients.items()})


def _dealt(protocol: str, labels: dict[str, bool], config: ModelingConfig, seed: int) -> tuple[Fold, ...]:
    if protocol == LEAVE_ONE_OUT:
        return leave_one_out_folds(labels, inner_folds=config.inner_folds, seed=seed)
    return grouped_folds(
        labels, outer_folds=config.outer_folds, repeats=config.repeats, inner_folds=config.inner_folds, seed=seed
    )


def _given_splits(text: str, patients: Mapping[tuple[Unit, str], dict[str, bool]]) -> Splits:
    given = read_splits(text)
    folds: SplitPlan = {key: given.of(*key) for key in patients}
    for key, labels in patients.items():
        check_folds(folds[key], labels)
    return replace(given, folds=folds)


def _seed_notes(plan: StudyPlan, seed: int) -> list[str]:
    if plan.splits.seed == seed:
        return []
    return [f"Folds were given, dealt with seed {plan.splits.seed}; everything else follows seed {seed}."]


def _budget_notes(config: ModelingConfig) -> list[str]:
    """Said before the p-value is known: with few draws not even the largest gain could be shown."""
    smallest = 2 / (config.permutations + 1)
    if smallest < SIGNIFICANCE:
        return []
    enough = int(2 / SIGNIFICANCE)
    return [
        f"With {config.permutations} permutations the smallest possible p of the primary comparison is {smallest:.3f}: "
        f"no gain can be shown; ask for at least {enough} (modeling.permutations)."
    ]


def _row_notes(plan: StudyPlan, study: MeasuredStudy) -> list[str]:
    tables = [table for (_, policy), table in plan.tables.items() if policy == REGISTERED]
    return [note for table in tables for note in (*missing_rows(study, table), *table.notes())]


def _fold_notes(plan: StudyPlan, config: ModelingConfig) -> list[str]:
    notes = []
    for (unit, protocol), folds in plan.folds.items():
        outer, inner = max(fold.fold for fold in folds), min(len(fold.inner) for fold in folds)
        if protocol == GROUPED and outer < config.outer_folds:
            notes.append(f"Only {outer} outer folds for unit {unit}: the smaller class has no more patients.")
        if inner < config.inner_folds:
            notes.append(f"Only {inner} inner folds in some training sides of unit {unit} ({protocol}).")
    return notes


def _comparable(units: Sequence[Unit], models: Sequence[str], full: bool) -> list[Analysis]:
    if full:
        return [Analysis(unit, model, name) for unit in units for name in FEATURE_SETS for model in models]
    wanted = [Analysis("patient", model, name) for name in DEFAULT_SETS for model in models]
    return [*wanted, Analysis("lesion", LOGISTIC, WITH_DELTA)]


def _authors(full: bool) -> list[Analysis]:
    if not full:
        return []
    return [
        Analysis("patient", model, name, protocol="leave-one-patient-out")
        for model in AUTHORS_MODELS
        for name in AUTHORS_SETS
    ]


def _primary_first(analyses: Sequence[Analysis]) -> list[Analysis]:
    wanted = [*analyses, Analysis("patient", LOGISTIC, WITH_DELTA, OUTLINED_FIRST)]
    return sorted(wanted, key=lambda analysis: not analysis.is_primary)


def _words(analysis: Analysis) -> str:
    policy = "" if analysis.prior_policy == REGISTERED else f" / prior {analysis.prior_policy}"
    return f"{analysis.unit} / {analysis.feature_set}{policy}"


def _job(plan: StudyPlan, analysis: Analysis) -> CvJob:
    design = plan.design(analysis.unit, analysis.feature_set, analysis.prior_policy)
    folds = plan.folds[analysis.unit, analysis.protocol]
    known = plan.tables[analysis.unit, REGISTERED].design().patients.tolist()
    if design.patients.tolist() != known:
        found = f"{len(design.patients)} rows instead of {len(known)}"
        raise ModelingError("table", "the rows of the registered prior", found, "run `features` again")
    clusters = correlation_clusters(design) if analysis.is_primary and analysis.feature_set == WITH_DELTA else None
    return CvJob(analysis, design, plan.candidates[analysis.model], folds, clusters)


def _checks(plan: StudyPlan, config: ModelingConfig, seed: int) -> list[CvJob]:
    """Jobs behind the sentinels and the shortcut panel; none of them enters ``predictions.csv``."""
    primary, logistic = plan.design("patient", WITH_DELTA), plan.candidates[LOGISTIC]
    folds = plan.folds["patient", GROUPED]
    noise = stream(seed, "random column").normal(size=len(primary.patients))
    outside = chosen_on_all(primary, logistic)
    jobs = [
        CvJob(Analysis("patient", LOGISTIC, RANDOM_COLUMN), primary.with_column("random", noise), logistic, folds),
        CvJob(Analysis("patient", LOGISTIC, WITH_DELTA, protocol="selection-outside"), outside, logistic, folds),
    ]
    table = plan.tables["patient", REGISTERED].design()
    area = area_design(table, primary)
    if area is not None:
        jobs.append(CvJob(Analysis("patient", LOGISTIC, AREA_REMOVED), area, area_candidate(logistic), folds))
    lesions = pretend_ungrouped(plan.design("lesion", WITH_DELTA))
    leaky = grouped_folds(
        lesions.patient_labels(),
        outer_folds=config.outer_folds,
        repeats=config.repeats,
        inner_folds=config.inner_folds,
        seed=seed,
    )
    jobs.append(CvJob(Analysis("lesion", LOGISTIC, WITH_DELTA, protocol="ungrouped-kfold"), lesions, logistic, leaky))
    return jobs


LEAKY = (SELECTION_OUTSIDE, UNGROUPED)


def is_reported(analysis: Analysis) -> bool:
    """Whether its predictions enter ``predictions.csv``: neither leaky on purpose nor a check.

    Examples
    --------
    >>> is_reported(Analysis("patient", "lda", "recent")), is_reported(Analysis("patient", "lda", RANDOM_COLUMN))
    (True, False)
    """
    return analysis.protocol not in LEAKY and analysis.feature_set in FEATURE_SETS
