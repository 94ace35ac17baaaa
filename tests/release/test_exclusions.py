from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.release.exclusions import (
    Exclusion,
    Inclusion,
    match_exclusions,
    parse_exclusions,
    parse_inclusions,
    read_exclusions,
    read_inclusions,
    stale_inclusions,
)

SHA = "0123456789abcdef" * 4
FIRST, SECOND = Exclusion("benign-01_CC_recent_1", SHA), Exclusion("malignant-07_MLO_recent_2", SHA)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_lists_are_read_however_they_were_saved(tmp_path, delimiter):
    lines = [
        ("Mask_SHA256 ", "note", "lesion_id"),
        (SHA.upper(), "x", SECOND.lesion_id),
        ("", "", ""),
        (SHA, "", FIRST.lesion_id),
    ]
    text = "\r\n".join(delimiter.join(line) for line in [*lines, lines[-1]])
    (tmp_path / "list.csv").write_text("\ufeff" + text, encoding="utf-8")
    assert read_exclusions(tmp_path / "list.csv") == (FIRST, SECOND)
    assert read_exclusions(str(tmp_path / "list.csv")) == (FIRST, SECOND)


def test_other_text_is_one_clear_error():
    head = "lesion_id,mask_sha256\n"
    rows = (f",{SHA}", "benign-01_CC_recent_1,abc", "benign-01_CC_recent_1")
    for text in ("", "a,b\n1,2", "lesion_id\nbenign-01_CC_recent_1", *(head + row for row in rows)):
        with pytest.raises(TableError) as caught:
            parse_exclusions(text)
        assert caught.value.remedy, text
    assert parse_exclusions(head) == ()


def test_unreadable_files_are_one_clear_error(tmp_path):
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00lesion")
    with (tmp_path / "big.csv").open("wb") as stream:
        stream.truncate(20_000_000)
    for name in ("bad.csv", "big.csv", "gone.csv"):
        with pytest.raises(TableError, match=name):
            read_exclusions(tmp_path / name)


def test_only_the_very_mask_that_was_rejected_is_left_out():
    masks = {FIRST.lesion_id: SHA, SECOND.lesion_id: SHA[::-1]}
    excluded, findings = match_exclusions([FIRST, SECOND, Exclusion("benign-09_CC_recent_1", SHA)], masks)
    assert excluded == {FIRST.lesion_id}
    assert [(f.code, f.image_id) for f in findings] == [
        ("EXCLUSION_APPLIED", "benign-01_CC_recent"),
        ("EXCLUSION_STALE", "malignant-07_MLO_recent"),
        ("EXCLUSION_STALE", "benign-09_CC_recent"),
    ]
    assert "another mask" in findings[1].message
    assert "not there" in findings[2].message


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_list_or_a_table_error(text):
    for start in ("", "lesion_id,mask_sha256\n"):
        try:
            found = parse_exclusions(start + text)
        except TableError:
            continue
        assert all(len(exclusion.mask_sha256) == 64 for exclusion in found)


def test_rejected_outlines_brought_back_are_read_and_stale_ones_said(tmp_path):
    text = f"code;image_id;region_sha256\nTOO_SMALL;benign-01_CC_recent;{SHA}\n"
    (tmp_path / "back.csv").write_text(text, encoding="utf-8")
    found = read_inclusions(tmp_path / "back.csv")
    assert found == (Inclusion("benign-01_CC_recent", SHA),)
    assert stale_inclusions(found, found) == ()
    assert [finding.code for finding in stale_inclusions(found, ())] == ["INCLUSION_STALE"]


@pytest.mark.parametrize("row", ["benign-01_CC_recent_1," + SHA, "benign-01_CC_recent,12"])
def test_what_names_no_image_or_region_is_refused(row):
    with pytest.raises(TableError):
        parse_inclusions(f"image_id,region_sha256\n{row}\n")


def test_an_id_that_a_cohort_file_gave_is_excluded_by_its_name():
    excluded, findings = match_exclusions([Exclusion("mass A", SHA), Exclusion("mass B", SHA)], {"mass A": SHA})
    assert excluded == {"mass A"}
    assert [(finding.code, finding.image_id) for finding in findings] == [
        ("EXCLUSION_APPLIED", ""),
        ("EXCLUSION_STALE", ""),
    ]
