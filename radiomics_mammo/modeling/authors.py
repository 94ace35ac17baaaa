"""The protocol of the release's authors, leave-one-patient-out, beside their published figures."""

from __future__ import annotations

from dataclasses import astuple
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from radiomics_mammo.modeling.design import LEAVE_ONE_OUT
from radiomics_mammo.modeling.evaluation import Evaluation
from radiomics_mammo.modeling.nested_cv import Work
from radiomics_mammo.modeling.permutation import permuted_labels
from radiomics_mammo.tables.primary import PRIMARY_MODEL
from radiomics_mammo.tables.study import NamedTable


class Published(NamedTuple):
    """A figure as printed, what the authors call the analysis, and where it is printed."""

    analysis: str
    figure: str
    source: str


PUBLISHED = MappingProxyType(
    {
        "recent": Published(
            "recent exam only",
            "accuracy 82.7 %, AUC 0.81 (micro-calcifications, 100 pairs, recent exam only)",
            "Eur Radiol Exp 2021, doi 10.1186/s41747-021-00238-w",
        ),
        "recent+prior": Published(
            "temporal analysis (recent and prior)",
            "accuracy 85.7 % (masses, 40 cases, temporal analysis)",
            "conference paper, zenodo.org/records/4889115",
        ),
        "delta": Published(
            "change",
            "accuracy 92.9 % (masses, 40 cases, temporal subtraction); "
            "accuracy 90.3 %, AUC 0.87 (micro-calcifications, 100 pairs, temporal subtraction)",
            "zenodo.org/records/4889115; Eur Radiol Exp 2021, doi 10.1186/s41747-021-00238-w",
        ),
    }
)
"""Figures of the authors that were read in their own abstracts; none is of exactly this release."""


def authors_tables(found: Evaluation, work: Work) -> tuple[NamedTable, ...]:
    """The authors' protocol beside ours, where leave-one-patient-out was run; else nothing."""
    plan = found.plan
    wanted = [analysis for analysis in found.results if analysis.protocol == LEAVE_ONE_OUT]
    if not wanted:
        return ()
    names = [analysis.feature_set for analysis in wanted if analysis.model == PRIMARY_MODEL]
    malignant = found.results[wanted[0]].malignant
    labels = permuted_labels(malignant, draws=plan.config.loo_permutations, seed=plan.seed)
    drawn = plan.permuted(names, labels, work, LEAVE_ONE_OUT)
    return (authors_table(found, dict(zip(names, drawn.mean(axis=0).tolist(), strict=True))),)


def authors_table(found: Evaluation, permuted_means: dict[str, float]) -> NamedTable:
    """Accuracy and AUC under leave-one-patient-out, beside the published figures.

    `permuted_means` holds the mean AUC of the primary model with permuted labels, by feature set.
    """
    rows = []
    for analysis, result in found.results.items():
        if analysis.protocol != LEAVE_ONE_OUT:
            continue
        accuracy, published = found.figures[analysis]["accuracy"], PUBLISHED[analysis.feature_set]
        rows.append(
            {
                "analysis": published.analysis,
                "feature_set": analysis.feature_set,
                "model": analysis.model,
                "n_patients": sum(result.n_by_class),
                **dict(zip(("accuracy", "accuracy_ci_low", "accuracy_ci_high"), astuple(accuracy), strict=True)),
                "no_information_rate": found.figures[analysis]["no_information_rate"].estimate,
                **dict(zip(("auc", "auc_ci_low", "auc_ci_high"), astuple(found.auc(analysis)), strict=True)),
                "auc_with_permuted_labels": permuted_means.get(analysis.feature_set, float("nan")),
                "source": published.source,
                "published": published.figure,
            }
        )
    caption = (
        "Authors' protocol, leave-one-patient-out, patient unit: descriptive only, its pooled AUC leans below 0.5 when "
        "nothing is to be found (see the permuted mean of the logistic regression). Published figures are of related "
        "releases of the same group."
    )
    chapter = "Beside the authors' protocol"
    return NamedTable(name="authors_protocol", caption=caption, table=pd.DataFrame(rows), chapter=chapter)
