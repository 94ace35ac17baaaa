"""The plan of a study: what will be analysed, on which rows and folds; fixed, and written down, before any fit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from sklearn.pipeline import Pipeline

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.candidates import DEFAULT_MODELS, Candidate, built_in_candidates, import_candidate
from radiomics_mammo.modeling.design import (
    GROUPED,
    LEAVE_ONE_OUT,
    RECENT,
    SELECTION_OUTSIDE,
    UNGROUPED,
    WITH_DELTA,
    Design,
    Flags,
    Floats,
)
from radiomics_mammo.modeling.explaining import correlation_clusters
from radiomics_mammo.modeling.feature_sets import FEATURE_SETS, WITH_CLINICAL, restrict
from radiomics_mammo.modeling.filters import AreaResidualizer, used_columns
from radiomics_mammo.modeling.inner_loop import prepared
from radiomics_mammo.modeling.nested_cv import CvJob, Work
from radiomics_mammo.modeling.permutation import FoldCounts, permuted_aucs
from radiomics_mammo.modeling.splitting import Fold, grouped_folds, leave_one_out_folds
from radiomics_mammo.modeling.units import UnitTable, check_tables, missing_rows, unit_table
from radiomics_mammo.tables.primary import (
    PRIMARY,
    PRIMARY_MODEL,
    PRIMARY_POLICY,
    SENSITIVITY_POLICIES,
    SIGNIFICANCE,
    UNITS,
    Analysis,
    Protocol,
    Unit,
)
from radiomics_mammo.tables.study import MeasuredStudy

AREA_REMOVED = "recent+delta, area removed"
AREA_COLUMN = "shortcut_log_area"
DEFAULT_SETS = (RECENT, WITH_DELTA, "shortcut", "clinical")
AUTHORS_SETS = (RECENT, "recent+prior", "delta")
"""What the authors of the release compared: recent exam only, temporal analysis, change."""
AUTHORS_MODELS = (PRIMARY_MODEL, "linear-svm")
LEAKY = (SELECTION_OUTSIDE, UNGROUPED)


@dataclass(frozen=True, eq=False, kw_only=True)
class StudyPlan:
    """Everything that is decided before the first fit.

    Parameters
    ----------
    config : ModelingConfig
    seed : int
    tables : dict
        `UnitTable` by (unit, prior policy).
    folds : dict
        Folds by (unit, protocol), the content of ``splits.json``.
    candidates : dict
        Models by name.
    jobs : tuple of CvJob
        In the order of the tables; the two sides of the primary hypothesis first.
    notes : tuple of str
        Fallbacks and omissions, in words.
    """

    config: ModelingConfig
    seed: int
    tables: dict[tuple[Unit, str], UnitTable]
    folds: dict[tuple[str, str], tuple[Fold, ...]]
    candidates: dict[str, Candidate]
    jobs: tuple[CvJob, ...] = ()
    notes: tuple[str, ...] = ()

    def design(self, unit: Unit, feature_set: str, prior_policy: str = PRIMARY_POLICY) -> Design:
        """Rows and columns of one analysis."""
        return restrict(self.tables[unit, prior_policy].design, feature_set)

    def splits_json(self) -> str:
        """Text of ``splits.json``."""
        config = self.config
        scheme = (
            f"grouped-kfold: {config.outer_folds} folds x {config.repeats} repeats, inner {config.inner_folds}, fewer "
            "where the smaller class has fewer patients; whole patients, stratified by the label of the patient"
        )
        named = [(*key, fold) for key, folds in self.folds.items() for fold in folds]
        rows = [{"unit": unit, "protocol": protocol, **asdict(fold)} for unit, protocol, fold in named]
        return json.dumps({"seed": self.seed, "scheme": scheme, "splits": rows}, indent=1)

    def permuted(self, feature_sets: Sequence[str], labels: Flags, work: Work, protocol: Protocol = GROUPED) -> Floats:
        """`permuted_aucs` of the primary model by patient, shape (draws, feature sets), on as many folds as ours."""
        designs = [self.design("patient", name) for name in feature_sets]
        counts = FoldCounts.like(self.folds["patient", protocol], protocol)
        candidate = self.candidates[PRIMARY_MODEL]
        return permuted_aucs(designs, candidate, labels, counts=counts, seed=self.seed, work=work)


def plan_study(
    study: MeasuredStudy, *, config: ModelingConfig, seed: int, extra: Sequence[Candidate] = ()
) -> StudyPlan:
    """Decide rows, columns, folds and models.

    Parameters
    ----------
    study : MeasuredStudy
    config : ModelingConfig
    seed : int
    extra : sequence of Candidate
        Further models; one with the name of a built-in one takes its place.

    Raises
    ------
    ModelingError
        If the tables disagree, or a class has too few patients.
    """
    check_tables(study)
    full = config.profile == "full"
    units: tuple[Unit, ...] = UNITS if full else ("patient", "lesion")
    policies = [*((unit, PRIMARY_POLICY) for unit in units), *(("patient", other) for other in SENSITIVITY_POLICIES)]
    tables = {
        (unit, str(policy)): unit_table(study, unit, prior_policy=policy, aggregation=config.aggregation)
        for unit, policy in policies
    }
    found = {c.name: c for c in [*extra, *(import_candidate(path, config) for path in config.extra_candidates)]}
    candidates = built_in_candidates(config) | found
    schemes: list[tuple[Unit, Protocol]] = [(unit, GROUPED) for unit in units]
    schemes += [("patient", LEAVE_ONE_OUT)] if full else []
    folds: dict[tuple[str, str], tuple[Fold, ...]] = {
        (unit, protocol): _deal(protocol, tables[unit, PRIMARY_POLICY].design, config, seed)
        for unit, protocol in schemes
    }
    draft = StudyPlan(config=config, seed=seed, tables=tables, folds=folds, candidates=candidates)
    models = list(candidates) if full else [*DEFAULT_MODELS, *(name for name in found if name not in DEFAULT_MODELS)]
    jobs, notes = [], [*_row_notes(draft, study), *_fold_notes(draft), *_budget_notes(config)]
    for analysis in _analyses(units, models, full=full):
        try:
            jobs.append(_job(draft, analysis))
        except ModelingError as error:
            if analysis.is_primary:
                raise
            policy = "" if analysis.prior_policy == PRIMARY_POLICY else f" / prior {analysis.prior_policy}"
            notes.append(f"{analysis.unit} / {analysis.feature_set}{policy} left out: {error}")
    jobs += _checks(draft)
    return replace(draft, jobs=tuple(jobs), notes=tuple(dict.fromkeys(notes)))


def is_reported(analysis: Analysis) -> bool:
    """Whether its predictions enter ``predictions.csv``: neither leaky on purpose nor a check.

    Examples
    --------
    >>> is_reported(Analysis(model="lda")), is_reported(Analysis(feature_set=AREA_REMOVED))
    (True, False)
    """
    return analysis.protocol not in LEAKY and analysis.feature_set in FEATURE_SETS


def _deal(protocol: Protocol, design: Design, config: ModelingConfig, seed: int) -> tuple[Fold, ...]:
    labels = design.patient_labels()
    if protocol == LEAVE_ONE_OUT:
        return leave_one_out_folds(labels, inner_folds=config.inner_folds, seed=seed)
    return grouped_folds(
        labels, outer_folds=config.outer_folds, repeats=config.repeats, inner_folds=config.inner_folds, seed=seed
    )


def _analyses(units: Sequence[Unit], models: Sequence[str], *, full: bool) -> list[Analysis]:
    """All that are reported, the two sides of the primary hypothesis first."""
    patients = [Analysis(model=model, feature_set=name) for name in DEFAULT_SETS for model in models]
    wanted = [*patients, Analysis(feature_set=WITH_CLINICAL), Analysis(unit="lesion")]
    if full:
        wanted = [Analysis(unit=u, model=m, feature_set=name) for u in units for name in FEATURE_SETS for m in models]
        wanted += [
            Analysis(model=model, feature_set=name, protocol=LEAVE_ONE_OUT)
            for model in AUTHORS_MODELS
            for name in AUTHORS_SETS
        ]
    wanted += [Analysis(prior_policy=policy) for policy in SENSITIVITY_POLICIES]
    return sorted(wanted, key=lambda analysis: not analysis.is_primary)


def _job(plan: StudyPlan, analysis: Analysis) -> CvJob:
    design = plan.design(analysis.unit, analysis.feature_set, analysis.prior_policy)
    known = plan.tables[analysis.unit, PRIMARY_POLICY].design.patients.tolist()
    if design.patients.tolist() != known:
        found = f"{len(design.patients)} rows instead of {len(known)}"
        raise ModelingError("table", "the rows of the primary policy", found, "run `features` again")
    return CvJob(
        analysis=analysis,
        design=design,
        candidate=plan.candidates[analysis.model],
        folds=plan.folds[analysis.unit, analysis.protocol],
        clusters=correlation_clusters(design) if analysis == PRIMARY else None,
    )


def _checks(plan: StudyPlan) -> list[CvJob]:
    """The primary model with area removed, and with two mistakes made on purpose.

    They stand behind the sentinels and the shortcut panel; none enters ``predictions.csv``.
    """
    design, candidate = plan.design("patient", WITH_DELTA), plan.candidates[PRIMARY_MODEL]
    outside = chosen_on_all(design, candidate)
    area = area_design(plan.tables["patient", PRIMARY_POLICY].design, design)
    checked = [(Analysis(protocol=SELECTION_OUTSIDE), outside, candidate)]
    if area is not None:
        checked.append((Analysis(feature_set=AREA_REMOVED), area, area_candidate(candidate)))
    folds = plan.folds["patient", GROUPED]
    jobs = [CvJob(analysis=named, design=rows, candidate=model, folds=folds) for named, rows, model in checked]
    rows = pretend_ungrouped(plan.design("lesion", WITH_DELTA))
    leaky = _deal(UNGROUPED, rows, plan.config, plan.seed)
    ungrouped = Analysis(unit="lesion", protocol=UNGROUPED)
    return [*jobs, CvJob(analysis=ungrouped, design=rows, candidate=candidate, folds=leaky)]


def area_design(table: Design, primary: Design) -> Design | None:
    """The primary columns with log area in front; none where no area is known."""
    area = table.values[:, table.columns.index(AREA_COLUMN)]
    return primary.with_column(AREA_COLUMN, area, place=0) if np.isfinite(area).any() else None


def area_candidate(candidate: Candidate) -> Candidate:
    """The candidate with every column replaced by its residual on log area, learned on each training side."""
    first, *rest = candidate.pipeline.steps
    return replace(candidate, pipeline=Pipeline([first, ("area", AreaResidualizer()), *rest]))


def chosen_on_all(design: Design, candidate: Candidate) -> Design:
    """Columns chosen on all labels, test sides included, as ``selection-outside`` does.

    The preparation of the candidate chooses, with the largest number of columns its grid allows.
    """
    pipeline = prepared(candidate.pipeline, design).set_params(**candidate.grid[-1])
    pipeline.fit(design.values, design.malignant)
    keep = np.zeros(len(design.columns), dtype=bool)
    keep[used_columns(pipeline.steps[:-1], len(design.columns))] = True
    return design.only_columns(keep)


def pretend_ungrouped(design: Design) -> Design:
    """Every row its own patient, so that folds split patients, as ``ungrouped-kfold`` does."""
    return replace(design, patients=np.array([f"row-{row:05d}" for row in range(len(design.patients))]))


def _row_notes(plan: StudyPlan, study: MeasuredStudy) -> list[str]:
    tables = [table for (_, policy), table in plan.tables.items() if policy == PRIMARY_POLICY]
    return [note for table in tables for note in (*missing_rows(study, table), *table.notes())]


def _fold_notes(plan: StudyPlan) -> list[str]:
    notes = []
    for (unit, protocol), folds in plan.folds.items():
        outer, inner = max(fold.fold for fold in folds), min(len(fold.inner) for fold in folds)
        if protocol == GROUPED and outer < plan.config.outer_folds:
            notes.append(f"Only {outer} outer folds for unit {unit}: the smaller class has no more patients.")
        if inner < plan.config.inner_folds:
            notes.append(f"Only {inner} inner folds in some training sides of unit {unit} ({protocol}).")
    return notes


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
