from dataclasses import replace

import pandas as pd

from radiomics_mammo.report.blocks import TableBlock
from radiomics_mammo.report.cohort import (
    FlowBox,
    audit_section,
    cohort_figure,
    cohort_section,
    flow_figure,
    flow_lanes,
    flow_section,
)

COLUMNS = ["step", "unit", "n_in", "n_out", "reason"]
STEPS = [
    ("found", "patient", 10, 9, "no image"),
    ("read", "image", 36, 35, "truncated"),
    ("read", "image", 35, 33, "misplaced"),
    ("aligned", "image", 33, 33, ""),
]
FLOW = pd.DataFrame(STEPS, columns=COLUMNS)


def tables(section) -> list[TableBlock]:
    return [block for block in section.blocks if isinstance(block, TableBlock)]


def with_audit(material, audit: pd.DataFrame):
    return replace(material, study=replace(material.study, audit=audit))


def test_findings_are_grouped_worst_first(material) -> None:
    grouped, errors, infos = tables(audit_section(material))
    assert [row[:4] for row in grouped.rows] == [("error", "GT_GREY", "1", "1"), ("info", "STRAY_FILES", "1", "0")]
    assert grouped.rows[0][4] == "a patient who must have an outline has none in the recent exam"
    assert errors.caption.endswith("error")
    assert infos.folded


def test_no_finding_is_good_news_only_where_images_were_read(material, empty_study) -> None:
    silent = with_audit(material, material.study.audit.head(0))
    assert "Nothing deviates" in audit_section(silent).blocks[0].text
    unread = replace(silent.study, images=silent.study.images.assign(rows=None))
    for study in (empty_study, unread):
        (block,) = audit_section(replace(material, study=study)).blocks
        assert (block.text.startswith("No image was read"), block.tone) == (True, "missing")


def test_unknown_code_is_kept(material) -> None:
    grouped, *_ = tables(audit_section(with_audit(material, material.study.audit.assign(code="OF_TOMORROW"))))
    assert {row[1] for row in grouped.rows} == {"OF_TOMORROW"}


def test_cohort_counts_by_class(material) -> None:
    first, by_class, *_ = tables(cohort_section(material))
    rows = {row[0]: row for row in by_class.rows}
    assert rows["all"][1] == "9"
    assert "1 missing" in rows["normal"][2]
    assert [int(cell) for cell in rows["all"][4:9]] == [3, 2, 2, 2, 0]
    assert first.caption == "Caption of cohort."


def test_unknown_ages_are_counted_in_the_caption(study) -> None:
    assert "Age is unknown for 1, density for 0" in cohort_figure(study.patients).caption
    nothing = study.patients.assign(age_years=float("nan"), density=None)
    assert "Age is unknown for 9, density for 9" in cohort_figure(nothing).caption


def test_flow_table_is_whole(material) -> None:
    assert len(tables(flow_section(material))[0].rows) == len(material.study.flow)


def test_losses_of_a_step_add_up() -> None:
    lanes = flow_lanes(FLOW)
    assert list(lanes) == ["patient", "image"]
    assert lanes["image"] == (
        FlowBox(step="read", n_in=36, n_out=33, losses=(("truncated", 1), ("misplaced", 2))),
        FlowBox(step="aligned", n_in=33, n_out=33),
    )


def test_diagram_says_who_was_lost_and_why() -> None:
    figure = flow_figure(FLOW)
    assert "read 33 (1 lost, truncated; 2 lost, misplaced)" in figure.alt
    assert "− 2: misplaced" in figure.svg
    assert "images, 36 to begin with" in figure.svg


def test_long_reasons_are_wrapped_not_cut() -> None:
    reason = "an outlined copy does not show its DICOM image and the image is left out of the study"
    figure = flow_figure(FLOW.assign(reason=reason))
    assert all(word in figure.svg for word in reason.split())


def test_step_that_counts_all_again_does_not_follow() -> None:
    again = pd.DataFrame([*STEPS, ("labelled", "image", 36, 30, "unconfirmed")], columns=COLUMNS)
    assert [box.follows for box in flow_lanes(again)["image"]] == [True, True, False]
    assert "of all 36:" in flow_figure(again).svg
