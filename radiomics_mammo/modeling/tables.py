"""Small tables beside the metrics: shortcut panel with its verdict, and the authors' protocol."""

from __future__ import annotations

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.modeling.authors import authors_table
from radiomics_mammo.modeling.candidates import LOGISTIC
from radiomics_mammo.modeling.crossval import Work
from radiomics_mammo.modeling.design import GROUPED, LEAVE_ONE_OUT, Analysis
from radiomics_mammo.modeling.permuting import FoldCounts, permuted_aucs, permuted_labels
from radiomics_mammo.modeling.plan import OUTLINED_FIRST, REGISTERED, WITH_DELTA, StudyPlan
from radiomics_mammo.modeling.scored import PRIMARY_SIDE, ScoredStudy
from radiomics_mammo.modeling.shortcuts import AREA_REMOVED, shortcut_panel, verdict

_PANEL_SETS = ("recent", "delta", WITH_DELTA, AREA_REMOVED, "shortcut", "clinical")
_DULL = ("shortcut", "clinical")


def panel_and_verdict(scored: ScoredStudy) -> tuple[NamedTable, str]:
    """Shortcut panel of the patient unit, and what it says about the primary model."""
    rows = []
    for analysis in scored.results:
        honest = analysis.unit == "patient" and analysis.protocol == GROUPED
        if honest and analysis.feature_set in _PANEL_SETS:
            policy = "" if analysis.prior_policy == REGISTERED else f", prior {OUTLINED_FIRST}"
            rows.append((f"{analysis.feature_set}{policy}", analysis.model, scored.auc(analysis)))
    dull = {name: Analysis("patient", LOGISTIC, name) for name in _DULL}
    known = {name: scored.auc(analysis) for name, analysis in dull.items() if analysis in scored.results}
    return shortcut_panel(rows), verdict(scored.auc(PRIMARY_SIDE), known)


def authors_tables(
    plan: StudyPlan, scored: ScoredStudy, *, config: ModelingConfig, seed: int, work: Work
) -> tuple[NamedTable, ...]:
    """The authors' protocol beside ours, where leave-one-patient-out was run; else nothing."""
    wanted = [analysis for analysis in scored.results if analysis.protocol == LEAVE_ONE_OUT]
    if not wanted:
        return ()
    labels = permuted_labels(scored.results[wanted[0]].malignant, draws=config.loo_permutations, seed=seed)
    counts = FoldCounts.like(plan.folds["patient", LEAVE_ONE_OUT], LEAVE_ONE_OUT)
    names = [analysis.feature_set for analysis in wanted if analysis.model == LOGISTIC]
    designs = [plan.design("patient", name) for name in names]
    drawn = permuted_aucs(designs, plan.candidates[LOGISTIC], labels, counts=counts, seed=seed, work=work)
    means = dict(zip(names, drawn.mean(axis=0).tolist(), strict=True))
    return (authors_table([(scored.results[a], scored.figures[a]) for a in wanted], means),)
