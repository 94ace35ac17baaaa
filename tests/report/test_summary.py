from dataclasses import replace

import pandas as pd
import pytest

from radiomics_mammo.report.blocks import ListBlock, TileBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.summary import auc_half_width, cautions, primary_result, signed, summary_section


def material_with(study, classification, **changes) -> ReportMaterial:
    compared = classification.comparisons.assign(**changes)
    return ReportMaterial(study, replace(classification, comparisons=compared))


@pytest.mark.parametrize(("auc", "half"), [(0.75, 0.127), (0.85, 0.095), (0.90, 0.075), (0.98, 0.030)])
def test_hanley_mcneil_width_at_fifty_and_fifteen(auc: float, half: float) -> None:
    assert auc_half_width(auc, malignant=50, benign=15) == pytest.approx(half, abs=0.001)


@pytest.mark.parametrize(
    ("low", "high", "reading"),
    [
        (-0.04, 0.14, "does not show a difference"),
        (0.01, 0.14, "lies above zero"),
        (-0.2, -0.01, "did worse"),
        (None, None, "nothing is claimed"),
    ],
)
def test_primary_result_is_read_by_its_interval(study, classification, low, high, reading) -> None:
    block = primary_result(material_with(study, classification, ci_low=low, ci_high=high))
    assert block.tone == "result"
    assert reading in block.text


def test_primary_result_names_figures(study, classification) -> None:
    text = primary_result(ReportMaterial(study, classification)).text
    assert "AUC differs by +0.050 (95 % interval −0.040 to +0.140, 5 patients, p = 0.310)" in text


def test_no_primary_no_claim(study, classification) -> None:
    assert primary_result(ReportMaterial(study)).tone == "missing"
    assert primary_result(material_with(study, classification, role="exploratory")).tone == "missing"
    assert primary_result(material_with(study, classification, difference=None)).tone == "missing"


def test_cautions_count_patients(study, empty_study) -> None:
    assert cautions(ReportMaterial(study))[0].startswith("2 patients with benign and 3 with malignant")
    assert "Only one class" in cautions(ReportMaterial(empty_study))[0]
    assert any("not biopsied" in text for text in cautions(ReportMaterial(study)))


def test_tiles_count_the_study(study, classification) -> None:
    section = summary_section(ReportMaterial(study, classification))
    tiles = next(block for block in section.blocks if isinstance(block, TileBlock)).tiles
    assert [tile.value for tile in tiles[:4]] == ["9", "36", "10", "16 of 18"]
    errors = study.registration["error_mm"].dropna()
    assert tiles[4].value == f"{errors.median():.3g} mm"


def test_failed_sentinel_is_named(study, classification) -> None:
    failing = classification.sentinels.assign(passed=pd.array([False], dtype="boolean"))
    section = summary_section(ReportMaterial(study, replace(classification, sentinels=failing)))
    assert "permuted labels" in section.blocks[-1].items[-1]


def test_checks_without_a_verdict_have_not_failed(study, classification) -> None:
    open_ended = classification.sentinels.assign(passed=pd.array([None], dtype="boolean"))
    section = summary_section(ReportMaterial(study, replace(classification, sentinels=open_ended)))
    assert "No sentinel failed" in section.blocks[-1].items[-1]


def test_primary_result_is_said_once(study, classification) -> None:
    said = replace(classification, summary=("Primary result: AUC 0.8.", "Five folds."))
    lists = [
        block.items for block in summary_section(ReportMaterial(study, said)).blocks if isinstance(block, ListBlock)
    ]
    assert lists[0] == ("Five folds.",)


def test_signs_are_typographic() -> None:
    assert signed(-0.0401) == "−0.040"
