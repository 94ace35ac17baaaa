from dataclasses import replace

import pandas as pd
import pytest

from radiomics_mammo.report.blocks import ListBlock, TileBlock
from radiomics_mammo.report.summary import (
    auc_half_width,
    cautions,
    patients_with_prior,
    primary_result,
    summary_section,
)
from radiomics_mammo.tables.rois import ROIS
from radiomics_mammo.tables.trust import under_primary_policy


def compared(material, **changes):
    found = material.classification
    return classified(material, comparisons=found.comparisons.assign(**changes))


def classified(material, **changes):
    return replace(material, classification=replace(material.classification, **changes))


def test_hanley_mcneil_width_at_fifty_and_fifteen() -> None:
    for auc, half in ((0.75, 0.127), (0.85, 0.095), (0.90, 0.075), (0.98, 0.030)):
        assert auc_half_width(auc, malignant=50, benign=15) == pytest.approx(half, abs=0.001)


@pytest.mark.parametrize(
    ("difference", "p_value", "reading"),
    [
        (0.05, 0.31, "does not show a difference"),
        (0.05, 0.01, "the prior exam helped"),
        (-0.05, 0.01, "did worse"),
        (0.05, None, "nothing is claimed"),
    ],
)
def test_primary_result_is_read_by_its_p_value(material, difference, p_value, reading) -> None:
    block = primary_result(compared(material, difference=difference, p_value=p_value, ci_low=-0.04, ci_high=0.14))
    assert block.tone == "result"
    assert reading in block.text


def test_primary_result_names_figures(material) -> None:
    text = primary_result(material).text
    assert text.startswith(
        "AUC 0.79 (0.69 to 0.89) with the change since the prior exam, 0.74 (0.64 to 0.84) from the recent exam alone: "
        "difference +0.050 (95 % interval −0.040 to +0.140), p = 0.310, 5 women (2 benign, 3 malignant); 0 women had"
    )
    assert "p < 0.001, 5 women" in primary_result(compared(material, p_value=0.0001)).text


def test_women_with_a_usable_prior_are_counted_once(material) -> None:
    primary = under_primary_policy(material.study.deltas)["recent_lesion_id"].unique()
    deltas = material.study.deltas.assign(prior_roi_id=material.study.deltas["recent_lesion_id"] + "-p")
    rois = pd.DataFrame({"roi_id": [f"{name}-p" for name in primary if name.startswith("benign")], "trusted": True})
    study = replace(material.study, deltas=deltas, rois=ROIS.conform(rois))
    assert patients_with_prior(study) == 2
    assert "2 women had a usable prior" in primary_result(replace(material, study=study)).text


def test_usable_priors_are_said_and_too_few_are_no_result(material) -> None:
    text = primary_result(compared(material, n_usable=4)).text
    assert "p = 0.310, 5 women (2 benign, 3 malignant); 4 women had a usable prior. " in text
    note = (
        "not tested: 1 of 5 patients have a usable prior (0 of 2 benign, 1 of 3 malignant); 8 of each class are needed"
    )
    block = primary_result(compared(material, note=note, difference=None, ci_low=None, ci_high=None, p_value=None))
    assert block.text == f"N{note[1:]}."
    assert "does not show" not in block.text


def test_no_primary_no_claim(material) -> None:
    assert primary_result(replace(material, classification=None)).tone == "missing"
    assert primary_result(compared(material, role="exploratory")).tone == "missing"
    untested = primary_result(compared(material, difference=None))
    assert untested.tone == "missing"
    assert untested.text.startswith("Not tested. ")
    assert "2 benign, 3 malignant, 0 with a usable prior" in untested.text


def test_cautions_count_patients(material, empty_study) -> None:
    assert cautions(material)[0].startswith("2 patients with benign and 3 with malignant")
    assert "Only one class" in cautions(replace(material, study=empty_study))[0]
    assert any("not biopsied" in text for text in cautions(material))


def test_tiles_count_the_study(material, study) -> None:
    tiles = next(block for block in summary_section(material).blocks if isinstance(block, TileBlock)).tiles
    assert [tile.value for tile in tiles[:4]] == ["9", "36", "10", "16 of 18"]
    errors = study.registration["error_mm"].dropna()
    assert tiles[4].value == f"{errors.median():.3g} mm"


@pytest.mark.parametrize(("passed", "told"), [(False, "permuted labels"), (None, "1 of 1 passed")])
def test_failed_sentinel_is_named_and_one_without_verdict_has_not_failed(material, passed, told) -> None:
    sentinels = material.classification.sentinels.assign(passed=pd.array([passed], dtype="boolean"))
    pointer = summary_section(classified(material, sentinels=sentinels)).blocks[-1].items[-1]
    assert (pointer.word, pointer.anchor) == ("Sentinels", "sentinels")
    assert told in pointer.text


def test_primary_result_is_said_once(material) -> None:
    said = classified(material, summary=("Primary result: AUC 0.8.", "Five folds."))
    lists = [block.items for block in summary_section(said).blocks if isinstance(block, ListBlock)]
    assert lists[0] == ("Five folds.",)


def test_accuracy_comes_last(material) -> None:
    said = classified(material, summary=("Primary result: AUC 0.8.", "Accuracy 0.9.", "Five folds."))
    lists = [block.items for block in summary_section(said).blocks if isinstance(block, ListBlock)]
    assert lists[0] == ("Five folds.", "Accuracy 0.9.")


def test_everything_to_look_at_leads_to_a_section_that_exists(material, report) -> None:
    def anchors(section):
        return [section.anchor, *(anchor for part in section.sections for anchor in anchors(part))]

    pointers = summary_section(material).blocks[-1].items
    assert len(pointers) == 5
    assert {pointer.anchor for pointer in pointers} <= set(anchors(report))


def test_notices_are_those_of_the_cohort(material) -> None:
    assert "One breast of every woman" in cautions(material)[1]
    study = material.study
    own = replace(
        study,
        patients=study.patients.assign(case_class=None, laterality=None),
        lesions=study.lesions.assign(color="red"),
    )
    assert cautions(replace(material, study=own))[1] == "There was no external test."


def test_audit_of_nothing_read_is_not_good_news(material, empty_study) -> None:
    told = summary_section(replace(material, study=empty_study)).blocks[-1].items[0]
    assert told.anchor == "audit"
    assert told.text.endswith("No image was read, so none was looked at.")
