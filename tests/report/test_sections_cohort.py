from dataclasses import replace

from radiomics_mammo.report.blocks import TableBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.sections_cohort import audit_section, cohort_section, flow_section


def tables(section) -> list[TableBlock]:
    return [block for block in section.blocks if isinstance(block, TableBlock)]


def test_findings_are_grouped_worst_first(study) -> None:
    grouped, errors, infos = tables(audit_section(ReportMaterial(study)))
    assert [row[:4] for row in grouped.rows] == [("error", "GT_GREY", "1", "1"), ("info", "STRAY_FILES", "1", "0")]
    assert grouped.rows[0][4] == "a patient who must have an outline has none in the recent exam"
    assert errors.caption.endswith("error")
    assert infos.folded


def test_no_finding_is_good_news(study) -> None:
    section = audit_section(ReportMaterial(replace(study, audit=study.audit.head(0))))
    assert "Nothing deviates" in section.blocks[0].text


def test_unknown_code_is_kept(study) -> None:
    audit = study.audit.assign(code="OF_TOMORROW")
    assert {row[1] for row in tables(audit_section(ReportMaterial(replace(study, audit=audit))))[0].rows} == {
        "OF_TOMORROW"
    }


def test_cohort_counts_by_class(study, statistics) -> None:
    by_class = next(t for t in tables(cohort_section(ReportMaterial(study))) if t.caption == "Patients by class")
    rows = {row[0]: row for row in by_class.rows}
    assert rows["all"][1] == "9"
    assert "1 missing" in rows["normal"][2]
    assert [int(cell) for cell in rows["all"][4:9]] == [3, 2, 2, 2, 0]
    first = tables(cohort_section(ReportMaterial(study, statistics=statistics)))[0]
    assert first.caption == "Patients by class."


def test_flow_table_is_whole(study) -> None:
    assert len(tables(flow_section(ReportMaterial(study)))[0].rows) == len(study.flow)
