"""The sentinels of one study, from its plan and results."""

from __future__ import annotations

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.modeling.candidates import LOGISTIC
from radiomics_mammo.modeling.comparing import auc_difference, upper_p
from radiomics_mammo.modeling.crossval import Work
from radiomics_mammo.modeling.design import GROUPED, Analysis
from radiomics_mammo.modeling.permuting import FoldCounts, permuted_aucs, permuted_labels
from radiomics_mammo.modeling.plan import RANDOM_COLUMN, RECENT, WITH_DELTA, StudyPlan
from radiomics_mammo.modeling.scored import PRIMARY_SIDE, ScoredStudy
from radiomics_mammo.modeling.scoring import concordance
from radiomics_mammo.modeling.sentinels import (
    Sentinel,
    check_patients_apart,
    check_patients_distinct,
    check_permuted,
    check_random_column,
    check_random_integer,
    folds_are_even,
    tell_gap,
)
from radiomics_mammo.modeling.streams import stream

_RANDOM = Analysis("patient", LOGISTIC, RANDOM_COLUMN)
_OUTSIDE = Analysis("patient", LOGISTIC, WITH_DELTA, protocol="selection-outside")
_LESIONS = Analysis("lesion", LOGISTIC, WITH_DELTA)
_UNGROUPED = Analysis("lesion", LOGISTIC, WITH_DELTA, protocol="ungrouped-kfold")


def run_sentinels(
    plan: StudyPlan, scored: ScoredStudy, *, config: ModelingConfig, seed: int, work: Work
) -> tuple[Sentinel, ...]:
    """All checks of a study.

    Parameters
    ----------
    plan : StudyPlan
    scored : ScoredStudy
    config : ModelingConfig
    seed : int
    work : Work
        Where the permuted repeats are fitted.
    """
    gain = auc_difference(scored.results[_RANDOM], scored.results[PRIMARY_SIDE], scored.weights["patient"])
    lesions = plan.design("lesion", WITH_DELTA)
    rng = stream(seed, "random integer")
    return (
        _permuted(plan, scored, config=config, seed=seed, work=work),
        check_random_integer(lesions, plan.folds["lesion", GROUPED], rng),
        check_random_column(gain),
        check_patients_apart(fold for folds in plan.folds.values() for fold in folds),
        check_patients_distinct(plan.design("lesion", RECENT)),
        tell_gap("selection-outside", scored.auc(PRIMARY_SIDE), scored.auc(_OUTSIDE)),
        tell_gap("ungrouped-kfold", scored.auc(_LESIONS), scored.auc(_UNGROUPED)),
    )


def _permuted(plan: StudyPlan, scored: ScoredStudy, *, config: ModelingConfig, seed: int, work: Work) -> Sentinel:
    observed = scored.results[PRIMARY_SIDE]
    labels = permuted_labels(observed.malignant, draws=config.permutations, seed=seed)
    counts = FoldCounts.like(plan.folds["patient", GROUPED])
    designs = [plan.design("patient", WITH_DELTA)]
    null = permuted_aucs(designs, plan.candidates[LOGISTIC], labels, counts=counts, seed=seed, work=work)[:, 0]
    p_value = upper_p(concordance(observed.probability[0], observed.malignant), null)
    even = folds_are_even(observed.malignant, int(observed.fold.max()))
    return check_permuted(null, p_value, even_folds=even)
