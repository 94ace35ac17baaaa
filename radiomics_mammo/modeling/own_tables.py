"""Classification of a feature table of one's own: the nested, patient-grouped, sentinel-guarded analysis of a study."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import pandas as pd

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.core.batch import RunMany, run_here
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.modeling.candidates import DEFAULT_MODELS, Candidate, built_in_candidates
from radiomics_mammo.modeling.column_checks import (
    NOISE_DRAWS,
    check_patients_distinct,
    check_random_columns,
    check_single_columns,
    noise_design,
)
from radiomics_mammo.modeling.comparisons import Comparison, auc_difference
from radiomics_mammo.modeling.design import GROUPED, RECENT, WITH_DELTA, CvResult, Design, Floats
from radiomics_mammo.modeling.evaluation import rows_of_curves, rows_of_metrics
from radiomics_mammo.modeling.explaining import selection_rows
from radiomics_mammo.modeling.metrics import AUC, Interval, auc_draws, figures_of
from radiomics_mammo.modeling.nested_cv import CvJob, Progress, Work, cross_validate
from radiomics_mammo.modeling.permutation import (
    FoldCounts,
    conditional_labels,
    permuted_aucs,
    permuted_labels,
    swap_p_value,
    two_sided_p,
    upper_p,
)
from radiomics_mammo.modeling.sentinels import (
    check_patients_apart,
    check_permuted,
    check_random_integer,
    folds_are_even,
)
from radiomics_mammo.modeling.splitting import Fold, grouped_folds, stream
from radiomics_mammo.tables.comparisons import COMPARISONS, ComparisonRow
from radiomics_mammo.tables.curves import CURVES
from radiomics_mammo.tables.metrics import METRICS
from radiomics_mammo.tables.multiplicity import within_families
from radiomics_mammo.tables.own import OwnTable
from radiomics_mammo.tables.predictions import PREDICTIONS, PredictionRow
from radiomics_mammo.tables.primary import PRIMARY_MODEL, Analysis
from radiomics_mammo.tables.resampling import patient_weights
from radiomics_mammo.tables.selection import SELECTION
from radiomics_mammo.tables.sentinels import SENTINELS, SentinelRow
from radiomics_mammo.tables.study import Classification

CLINICAL = "clinical"
_BOTH = "both"


@dataclass(frozen=True, eq=False, kw_only=True)
class OwnStudy:
    """Everything that is decided before the first fit.

    Parameters
    ----------
    designs : mapping of str to Design
        One row a patient, by feature set; the first is what is analysed first.
    rows : Design
        One row a row of the table, for the check of duplicates and of folds.
    folds : tuple of Fold
    config : ModelingConfig
    seed : int
    """

    designs: Mapping[str, Design]
    rows: Design
    folds: tuple[Fold, ...]
    config: ModelingConfig
    seed: int
    candidates: Mapping[str, Candidate] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """The set whose model is checked: with the change where there is one."""
        return WITH_DELTA if WITH_DELTA in self.designs else next(iter(self.designs))


def default_sets(table: OwnTable, changes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Feature sets of a table: ``recent``, ``recent+delta`` where there are prior columns, ``clinical`` where known.

    The one change of each feature is its log ratio where that is always known, else the difference, decided without
    looking at a label; shape has no change.
    """
    sets = {RECENT: table.features.add_prefix("recent_")}
    if changes.shape[1]:
        chosen = []
        for name in table.prior.columns:
            delta, log = f"delta_{name}", f"logratio_{name}"
            if "_shape2D_" not in name:
                chosen.append(delta if (changes[delta].notna() & changes[log].isna()).any() else log)
        sets[WITH_DELTA] = pd.concat([sets[RECENT], changes[chosen]], axis=1)
    steps = table.density.map({letter: number for number, letter in enumerate("abcd", 1)}).astype("float64")
    clinical = pd.DataFrame({"clinical_age_years": table.age_years, "clinical_density": steps}).dropna(
        axis=1, how="all"
    )
    return sets | ({CLINICAL: clinical} if clinical.shape[1] else {})


def named_sets(table: pd.DataFrame, feature_sets: Mapping[str, Sequence[str]]) -> dict[str, pd.DataFrame]:
    """Feature sets as the caller names their columns.

    Raises
    ------
    ModelingError
        If a column is not in the table or is no number.
    """
    for name, columns in feature_sets.items():
        strange = [c for c in columns if c not in table or not pd.api.types.is_numeric_dtype(table[c])]
        if strange or not columns:
            found = f"no number in column {strange[0]}" if strange else "no column"
            raise ModelingError(f"feature set {name}", "columns of numbers of the table", found, "correct the set")
    rows = table.reset_index(drop=True)
    return {name: rows[list(columns)].astype("float64") for name, columns in feature_sets.items()}


def classify_own(
    table: OwnTable,
    sets: Mapping[str, pd.DataFrame],
    *,
    config: ModelingConfig,
    seed: int,
    run_many: RunMany = run_here,
    progress: Progress | None = None,
    on_splits: Callable[[str], None] | None = None,
) -> Classification:
    """Tell benign from malignant by patient, and how well that can be believed.

    Parameters
    ----------
    table : OwnTable
    sets : mapping of str to DataFrame
        Values of each feature set, rows as in the table; of each patient the mean over her rows is learned from.
    config : ModelingConfig
    seed : int
    run_many, progress, on_splits
        As of `classify`.

    Raises
    ------
    ModelingError
        If a class has too few patients, or a set has no value.
    """
    study, work = plan_own(table, sets, config=config, seed=seed), Work(run_many, progress)
    splits = json.dumps({"seed": seed, "scheme": GROUPED, "splits": [asdict(fold) for fold in study.folds]}, indent=1)
    if on_splits is not None:
        on_splits(splits)
    results = {one.analysis: one for one in cross_validate(_jobs(study), seed=seed, work=work)}
    design = study.designs[study.first]
    rng = stream(seed, "bootstrap", "patient")
    weights = patient_weights(design.patients, design.malignant, draws=config.bootstrap_draws, rng=rng)
    honest = [one for one in results.values() if one.analysis.feature_set in study.designs]
    figures = {one.analysis: figures_of(one, weights, config) for one in honest}
    metrics = [row for one in honest for row in rows_of_metrics(one, figures[one.analysis])]
    sentinels = _sentinels(study, results, weights, work)
    comparisons = _comparisons(study, results, weights, work)
    return Classification(
        predictions=_own_words(PREDICTIONS.of(_predictions(honest)), study),
        metrics=_own_words(METRICS.of(metrics), study),
        comparisons=_own_words(COMPARISONS.of(comparisons), study),
        sentinels=SENTINELS.of(sentinels),
        curves=CURVES.of([row for one in honest for row in rows_of_curves(one, weights)]),
        selection=SELECTION.of([row for one in honest for row in selection_rows(one)]),
        splits_json=splits,
        model_skops=b"",
        summary=(*_summary(study, figures, comparisons, sentinels), *table.missing),
    )


def plan_own(table: OwnTable, sets: Mapping[str, pd.DataFrame], *, config: ModelingConfig, seed: int) -> OwnStudy:
    """Rows, columns, folds and models, before any fit.

    Raises
    ------
    ModelingError
        If a class has too few patients, or a set has no value.
    """
    words = table.patient_labels()
    known = words[words != str(LesionLabel.UNCONFIRMED)]
    malignant = known == str(LesionLabel.MALIGNANT)
    designs = {}
    for name, values in sets.items():
        rows = pd.DataFrame(table.by_patient(values)).reindex(known.index)
        designs[name] = _design(rows, malignant.index, malignant.to_numpy(dtype=bool), name)
    folds = grouped_folds(
        {str(patient): bool(ill) for patient, ill in malignant.items()},
        outer_folds=config.outer_folds, repeats=config.repeats, inner_folds=config.inner_folds, seed=seed,
    )  # fmt: skip
    labelled = table.patients.isin(set(known.index))
    single = next(iter(sets.values()))[labelled.to_numpy()]
    owners = table.patients[labelled]
    rows = _design(single, owners, owners.map(malignant).to_numpy(dtype=bool), "rows")
    chosen = built_in_candidates(config)
    models = {name: chosen[name] for name in (list(chosen) if config.profile == "full" else DEFAULT_MODELS)}
    return OwnStudy(designs=designs, rows=rows, folds=folds, config=config, seed=seed, candidates=models)


def _design(values: pd.DataFrame, patients: Sequence[str], malignant: np.ndarray, name: str) -> Design:
    matrix = values.to_numpy(dtype=np.float64)
    held = np.isfinite(matrix).any(axis=0)
    if not held.any():
        raise ModelingError(f"feature set {name}", "at least one column with a value", "none", "check the table")
    columns = tuple(str(column) for column, kept in zip(values.columns, held, strict=True) if kept)
    return Design(
        patients=np.asarray(list(patients), dtype=str),
        malignant=malignant,
        values=np.where(np.isfinite(matrix), matrix, np.nan)[:, held],
        columns=columns,
        reliability=np.full(len(columns), np.nan),
    )


def _jobs(study: OwnStudy) -> list[CvJob]:
    return [
        CvJob(analysis=Analysis(model=model, feature_set=name), design=design, candidate=candidate, folds=study.folds)
        for name, design in study.designs.items()
        for model, candidate in study.candidates.items()
    ]


def _main(study: OwnStudy, results: Mapping[Analysis, CvResult]) -> CvResult:
    return results[Analysis(feature_set=study.first)]


def _permuted(study: OwnStudy, names: Sequence[str], labels: np.ndarray, work: Work) -> Floats:
    designs, counts = [study.designs[name] for name in names], FoldCounts.like(study.folds)
    candidate = study.candidates[PRIMARY_MODEL]
    return permuted_aucs(designs, candidate, labels, counts=counts, seed=study.seed, work=work)


def _sentinels(
    study: OwnStudy, results: Mapping[Analysis, CvResult], weights: Floats, work: Work
) -> tuple[SentinelRow, ...]:
    main = _main(study, results)
    labels = permuted_labels(main.malignant, draws=study.config.permutations, seed=study.seed)
    null = _permuted(study, (study.first,), labels, work)[:, 0]
    p_value = upper_p(float(auc_draws(main, weights)[0]), null)
    alone = [check_single_columns(design) for design in study.designs.values()]
    return (
        check_permuted(null, p_value, even_folds=folds_are_even(main.malignant, int(main.fold.max()))),
        check_random_integer(study.rows, study.folds, stream(study.seed, "random integer")),
        _random_columns(study, work),
        check_patients_apart(study.folds),
        check_patients_distinct(study.rows),
        next((row for row in alone if not row.passed), alone[0]),
    )


def _random_columns(study: OwnStudy, work: Work) -> SentinelRow:
    first, counts = study.designs[study.first], replace(FoldCounts.like(study.folds), repeats=1)
    noise = [noise_design(first, stream(study.seed, "random columns", draw)) for draw in range(NOISE_DRAWS)]
    labels = first.malignant[None, :]
    candidate = study.candidates[PRIMARY_MODEL]
    aucs = permuted_aucs(noise, candidate, labels, counts=counts, seed=study.seed, work=work)[0]
    return check_random_columns(aucs, len(first.columns))


def _comparisons(
    study: OwnStudy, results: Mapping[Analysis, CvResult], weights: Floats, work: Work
) -> list[ComparisonRow]:
    """Every feature set against the reference by the primary model; with the change the p-value is a permutation's."""
    reference = RECENT if RECENT in study.designs else next(iter(study.designs))
    b, rows = results[Analysis(feature_set=reference)], []
    for name in [name for name in study.designs if name != reference]:
        a = results[Analysis(feature_set=name)]
        if name == WITH_DELTA and reference == RECENT:
            labels = conditional_labels(b, draws=study.config.permutations, seed=study.seed)
            drawn = _permuted(study, (WITH_DELTA, RECENT), labels, work)
            p_value = two_sided_p(auc_difference(a, b, weights).estimate, drawn[:, 0] - drawn[:, 1])
        else:
            rng = stream(study.seed, "swap", name, reference)
            p_value = swap_p_value(a, b, draws=study.config.bootstrap_draws, rng=rng)
        rows.append(_compared((name, reference), Comparison(auc_difference(a, b, weights), p_value), b))
    others = pd.DataFrame({"family": [row.role for row in rows], "p_value": [row.p_value for row in rows]})
    adjusted = within_families(others, holm=True)["q_value"] if rows else []
    return [replace(row, q_value=float(q)) for row, q in zip(rows, adjusted, strict=True)]


def _compared(names: tuple[str, str], found: Comparison, other: CvResult) -> ComparisonRow:
    return ComparisonRow(
        a=names[0],
        b=names[1],
        unit="patient",
        protocol=GROUPED,
        role="primary" if names == (WITH_DELTA, RECENT) else "exploratory",
        metric="auc",
        **found.difference.named("difference"),
        p_value=found.p_value,
        n_patients=sum(other.n_by_class),
    )


def _predictions(results: Sequence[CvResult]) -> list[PredictionRow]:
    return [
        PredictionRow(
            **vars(one.analysis),
            patient_id=str(one.patients[row]),
            recent_lesion_id="",
            view=_BOTH,
            repeat=repeat + 1,
            fold=int(one.fold[repeat, row]),
            label=LesionLabel.MALIGNANT if one.malignant[row] else LesionLabel.BENIGN,
            probability=float(one.probability[repeat, row]),
            threshold=float(one.threshold[repeat, row]),
        )
        for one in results
        for repeat in range(len(one.probability))
        for row in range(len(one.patients))
    ]


def _own_words(table: pd.DataFrame, study: OwnStudy) -> pd.DataFrame:
    """A table of one's own names no prior policy, and without a change nothing of it is the primary hypothesis."""
    table = table.assign(prior_policy=pd.Series([None] * len(table), table.index, dtype="str"))
    if "role" in table and not {RECENT, WITH_DELTA} <= set(study.designs):
        table = table.assign(role="exploratory")
    return table


def _summary(
    study: OwnStudy,
    figures: Mapping[Analysis, Mapping[str, Interval]],
    comparisons: Sequence[ComparisonRow],
    sentinels: Sequence[SentinelRow],
) -> list[str]:
    main = Analysis(feature_set=study.first)
    design = study.designs[study.first]
    malignant = int(design.malignant.sum())
    said = [
        f"AUC {figures[main][AUC]} by patient with {main.model} on {study.first}: {len(design.patients)} patients "
        f"({len(design.patients) - malignant} benign, {malignant} malignant), {study.config.repeats} repeats of "
        f"{max(fold.fold for fold in study.folds)} folds of whole patients, everything learned inside."
    ]
    said += [
        f"{row.a} minus {row.b}: {row.difference:+.2f} (95 % interval {row.ci_low:+.2f} to {row.ci_high:+.2f}), "
        f"p = {row.p_value:.3f}."
        for row in comparisons
    ]
    failed = [f"{one.name} (expected {one.expected}, found {one.found})" for one in sentinels if one.passed is False]
    checks = f"{len(sentinels) - len(failed)} of {len(sentinels)} checks passed"
    return [*said, f"{checks}; failed: {'; '.join(failed)}." if failed else f"{checks}."]
