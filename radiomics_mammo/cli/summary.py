"""What a command says at its end: what was found, where the report is, what to look at first."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from radiomics_mammo.pipeline.results import StudyResult


def audit_lines(result: StudyResult) -> Sequence[str]:
    """Findings by severity and code, the worst first."""
    found = (
        f"found {len(result.patients)} patients, {len(result.images)} readable images, {len(result.lesions)} outlines"
    )
    return (found, *finding_lines(result.audit), f"findings: {result.out / 'audit.csv'}")


def finding_lines(audit: pd.DataFrame) -> Sequence[str]:
    """One line per audit code with its count.

    Examples
    --------
    >>> finding_lines(pd.DataFrame({"severity": ["error", "info"], "code": ["GT_GREY", "GT_SCALED"]}))
    ('error    GT_GREY                  1', 'info     GT_SCALED                1')
    """
    counts = audit.groupby(["severity", "code"], sort=True).size()
    return tuple(f"{severity:<8} {code:<24} {n}" for (severity, code), n in counts.items())


def mask_lines(result: StudyResult) -> Sequence[str]:
    """Lesions by label, and what to look at."""
    labels = ", ".join(f"{n} {label}" for label, n in result.lesions["label"].value_counts().sort_index().items())
    errors = int((result.audit["severity"] == "error").sum())
    return (
        f"{len(result.lesions)} lesions in {result.lesions['image_id'].nunique()} images ({labels or 'none'})",
        f"masks: {result.out / 'masks'}",
        f"look first at: {result.out / 'audit.csv'} ({errors} errors)",
    )


def feature_lines(result: StudyResult) -> Sequence[str]:
    """Regions and deltas, and how many prior regions are trusted."""
    primary = result.deltas[result.deltas["prior_policy"] == "registered"]
    trusted = result.rois.set_index("roi_id")["trusted"].reindex(primary["prior_roi_id"]).fillna(False)
    return (
        *mask_lines(result),
        f"{len(result.features)} regions measured",
        f"prior region trusted for {int(trusted.sum())} of {len(primary)} recent lesions",
        f"tables: {result.out / 'features.csv'}, {result.out / 'deltas.csv'}",
    )


def study_lines(result: StudyResult) -> Sequence[str]:
    """The study in a few lines, the report last."""
    words = result.out / "classification.txt"
    sentences = words.read_text(encoding="utf-8").splitlines()[:1] if words.is_file() else []
    return (*feature_lines(result), *sentences, f"report: {result.report}")
