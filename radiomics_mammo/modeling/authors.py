"""The protocol of the release's authors beside their published figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.modeling.crossval import CvResult
from radiomics_mammo.modeling.intervals import Interval


@dataclass(frozen=True)
class Published:
    """A figure as printed, with what it was measured on and where it is printed."""

    figure: str
    source: str


PUBLISHED = MappingProxyType(
    {
        "recent": Published(
            "accuracy 82.7 %, AUC 0.81 (micro-calcifications, 100 pairs, recent exam only)",
            "Eur Radiol Exp 2021, doi 10.1186/s41747-021-00238-w",
        ),
        "recent+prior": Published(
            "accuracy 85.7 % (masses, 40 cases, temporal analysis)", "conference paper, zenodo.org/records/4889115"
        ),
        "delta": Published(
            "accuracy 92.9 % (masses, 40 cases, temporal subtraction); "
            "accuracy 90.3 %, AUC 0.87 (micro-calcifications, 100 pairs, temporal subtraction)",
            "zenodo.org/records/4889115; Eur Radiol Exp 2021, doi 10.1186/s41747-021-00238-w",
        ),
    }
)
"""Figures of the authors that were read in their own abstracts; none is of exactly this release."""
_WORDS = MappingProxyType(
    {"recent": "recent exam only", "recent+prior": "temporal analysis (recent and prior)", "delta": "change"}
)


def authors_table(rows: Sequence[tuple[CvResult, dict[str, Interval]]], permuted_means: dict[str, float]) -> NamedTable:
    """Accuracy and AUC under leave-one-patient-out, beside the permuted mean and the published figures.

    Parameters
    ----------
    rows : sequence of (CvResult, dict of Interval)
        Results under leave-one-patient-out with their figures.
    permuted_means : dict of str to float
        Mean AUC with permuted labels by feature set, for the primary model.
    """
    table = pd.DataFrame(
        [
            {
                "analysis": _WORDS[result.analysis.feature_set],
                "feature_set": result.analysis.feature_set,
                "model": result.analysis.model,
                "n_patients": len(set(result.patients.tolist())),
                "accuracy": figures["accuracy"].estimate,
                "accuracy_ci_low": figures["accuracy"].low,
                "accuracy_ci_high": figures["accuracy"].high,
                "no_information_rate": figures["no_information_rate"].estimate,
                "auc": figures["auc"].estimate,
                "auc_ci_low": figures["auc"].low,
                "auc_ci_high": figures["auc"].high,
                "auc_with_permuted_labels": permuted_means.get(result.analysis.feature_set, float("nan")),
                "source": PUBLISHED[result.analysis.feature_set].source,
                "published": PUBLISHED[result.analysis.feature_set].figure,
            }
            for result, figures in rows
        ]
    )
    caption = (
        "Authors' protocol, leave-one-patient-out, patient unit: descriptive only, its pooled AUC leans below 0.5 when "
        "nothing is to be found (see the permuted mean of the logistic regression). Published figures are of related "
        "releases of the same group."
    )
    return NamedTable("authors_protocol", caption, table)
