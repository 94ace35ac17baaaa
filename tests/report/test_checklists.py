import pytest

from radiomics_mammo.report.checklists import (
    AUTHOR,
    DONE,
    IMPOSSIBLE,
    checklist_items,
    checklist_table,
    covered_weight,
)


def test_items_are_complete_and_weights_sum_to_one() -> None:
    items = checklist_items()
    for name, count in (("CLEAR", 58), ("METRICS", 30)):
        assert items.loc[items["checklist"] == name, "number"].tolist() == list(range(1, count + 1))
    assert items.loc[items["checklist"] == "METRICS", "weight"].astype(float).sum() == pytest.approx(1)
    assert items["item"].str.len().min() > 5


def test_statuses_are_the_three_words(study, classification, statistics) -> None:
    table = checklist_table(study, classification, statistics)
    assert len(table) == 88
    assert set(table["status"]) == {DONE, AUTHOR, IMPOSSIBLE}
    assert (table.loc[table["status"] == DONE, "where"].str.len() > 0).all()


def test_what_a_run_lacks_is_said(study, classification, statistics) -> None:
    full, bare = checklist_table(study, classification, statistics), checklist_table(study, None, ())
    calibration = full["item"].str.contains("Calibration")
    assert full.loc[calibration, "status"].tolist() == [DONE]
    assert bare.loc[calibration, "where"].tolist() == ["this run holds no classification"]
    assert covered_weight(study, None, ()) < covered_weight(study, classification, statistics) < 1


def test_external_test_is_never_claimed(study, classification, statistics) -> None:
    table = checklist_table(study, classification, statistics)
    assert table.loc[table["item"].str.contains("External testing"), "status"].tolist() == [IMPOSSIBLE]
