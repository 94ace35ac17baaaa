"""A command ends with what was found and what to look at first."""

import pandas as pd

from radiomics_mammo.cli.summary import audit_lines, feature_lines, finding_lines, mask_lines, study_lines


def test_findings_are_counted_by_code():
    audit = pd.DataFrame({"severity": ["info", "error", "info"], "code": ["B", "A", "B"]})
    assert [line.split() for line in finding_lines(audit)] == [["error", "A", "1"], ["info", "B", "2"]]


def test_study_ends_with_its_report(small_study):
    lines = study_lines(small_study.result)
    assert lines[-1] == f"report: {small_study.out / 'report.html'}"
    assert any("AUC" in line for line in lines)


def test_counts_are_those_of_the_tables(small_study):
    result = small_study.result
    assert mask_lines(result)[0].startswith(f"{len(result.lesions)} lesions in ")
    assert audit_lines(result)[0].startswith(f"found {len(result.patients)} patients")
    assert any(line.startswith(f"{len(result.features)} regions") for line in feature_lines(result))
