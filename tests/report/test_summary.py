from dataclasses import replace

import pandas as pd
import pytest

from radiomics_mammo.report.blocks import ListBlock, TileBlock
from radiomics_mammo.report.summary import auc_half_width, cautions, primary_result, summary_section


def compared(material, **changes):
    found = material.classification
    return classified(material, comparisons=found.comparisons.assign(**changes))


def classified(material, **changes):
    return replace(material, classification=replace(material.classification, **changes))


def test_hanley_mcneil_width_at_fifty_and_fifteen() -> None:
    for auc, half in ((0.75, 0.127), (0.85, 0.095), (0.90, 0.075), (0.98, 0.030)):
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
def test_primary_result_is_read_by_its_interval(material, low, high, reading) -> None:
    block = primary_result(compared(material, ci_low=low, ci_high=high))
    assert block.tone == "result"
    assert reading in block.text


def test_primary_result_names_figures(material) -> None:
    text = primary_result(material).text
    assert "AUC differs by +0.050 (95 % interval −0.040 to +0.140, 5 patients, p = 0.310)" in text
    assert "5 patients, p < 0.001)" in primary_result(compared(material, p_value=0.0001)).text


def test_no_primary_no_claim(material) -> None:
    assert primary_result(replace(material, classification=None)).tone == "missing"
    assert primary_result(compared(material, role="exploratory")).tone == "missing"
    assert primary_result(compared(material, difference=None)).tone == "missing"


def test_cautions_count_patients(material, empty_study) -> None:
    assert cautions(material)[0].startswith("2 patients with benign and 3 with malignant")
    assert "Only one class" in cautions(replace(material, study=empty_study))[0]
    assert any("not biopsied" in text for text in cautions(material))


def test_tiles_count_the_study(material, study) -> None:
    tiles = next(block for block in summary_section(material).blocks if isinstance(block, TileBlock)).tiles
    assert [tile.value for tile in tiles[:4]] == ["9", "36", "10", "16 of 18"]
    errors = study.registration["error_mm"].dropna()
    assert tiles[4].value == f"{errors.median():.3g} mm"


@pytest.mark.parametrize(("passed", "told"), [(False, "permuted labels"), (None, "No sentinel failed")])
def test_failed_sentinel_is_named_and_one_without_verdict_has_not_failed(material, passed, told) -> None:
    sentinels = material.classification.sentinels.assign(passed=pd.array([passed], dtype="boolean"))
    assert told in summary_section(classified(material, sentinels=sentinels)).blocks[-1].items[-1]


def test_primary_result_is_said_once(material) -> None:
    said = classified(material, summary=("Primary result: AUC 0.8.", "Five folds."))
    lists = [block.items for block in summary_section(said).blocks if isinstance(block, ListBlock)]
    assert lists[0] == ("Five folds.",)


def test_audit_of_nothing_read_is_not_good_news(material, empty_study) -> None:
    told = summary_section(replace(material, study=empty_study)).blocks[-1].items[0]
    assert told.endswith("No image was read, so none was looked at.")
