import pytest

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.vocabulary import Decision
from radiomics_mammo.release.exclusions import Exclusion
from radiomics_mammo.release.review import (
    joined,
    match_rejections,
    parse_review,
    read_review,
    reader_agreement,
    rejected_lesions,
)
from radiomics_mammo.tables.review import ReviewRow

A, B = "a" * 64, "b" * 64


def row(name: str, decision: str = "wrong", *, sha: str = A, date: str = "") -> ReviewRow:
    return ReviewRow(id=name, mask_sha256=sha, decision=Decision(decision), date=date)


def test_review_is_read_with_notes_of_any_kind(tmp_path) -> None:
    file = tmp_path / "review.csv"
    text = f'id,mask_sha256,decision,note,reader,date\r\nbenign-01_CC_recent_1,{A},right,"a ""b"", c",AB,2026-01-02\r\n'
    file.write_text(text, encoding="utf-8-sig")
    (read,) = read_review(file)
    assert (read.decision, read.note, read.reader) == (Decision.RIGHT, 'a "b", c', "AB")
    with pytest.raises(TableError, match="check --review"):
        read_review(tmp_path / "absent.csv")


def test_list_of_exclusions_is_the_short_form() -> None:
    assert parse_review(f"lesion_id;mask_sha256\nbenign-01_CC_recent_1;{A}\n") == (row("benign-01_CC_recent_1"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "columns id"),
        ("id,decision\na,right", "columns id"),
        (f"id,mask_sha256,decision\na,{A},perhaps", "right, wrong"),
        ("id,mask_sha256\na,12", "64 hexadecimal"),
        (f"id,mask_sha256\n,{A}", "an id"),
    ],
)
def test_what_is_no_review_is_refused_in_one_sentence(text: str, told: str) -> None:
    with pytest.raises(TableError, match=told):
        parse_review(text)


def test_latest_decision_counts_and_other_masks_are_kept() -> None:
    rows = [row("x", "wrong", date="2026-02-01"), row("x", "right", date="2026-01-01"), row("x", "right", sha=B)]
    assert joined(rows) == (rows[0], rows[2])


def test_outlines_are_told_from_alignments_and_right_ones_stay() -> None:
    rows = [row("benign-01_CC_recent_1"), row("benign-01_CC"), row("benign-02_CC_recent_1", "right")]
    assert rejected_lesions(rows) == (Exclusion("benign-01_CC_recent_1", A),)


def test_rejections_are_bound_to_what_was_seen() -> None:
    rows = [row("benign-01_CC"), row("benign-02_CC"), row("benign-03_CC"), row("benign-04_CC", "right")]
    known = {"benign-01_CC": A, "benign-02_CC": B, "benign-04_CC": A}
    rejected, findings = match_rejections([*rows, row("benign-01_CC_recent_1")], known)
    assert rejected == {"benign-01_CC"}
    assert [finding.code for finding in findings] == ["PRIOR_REJECTED", "EXCLUSION_STALE", "EXCLUSION_STALE"]
    assert findings[0].patient_id == "benign-01"


def test_kappa_of_a_textbook_table() -> None:
    """20 both right, 15 both wrong, 5 and 10 in conflict: kappa 0.4 (p_o 0.7, p_e 0.5)."""
    cells = [("right", "right")] * 20 + [("right", "wrong")] * 5 + [("wrong", "right")] * 10 + [("wrong", "wrong")] * 15
    first = [row(f"x{place:02d}", a) for place, (a, _) in enumerate(cells)]
    second = [row(f"x{place:02d}", b) for place, (_, b) in enumerate(cells)]
    found = reader_agreement(first, [*second, row("only the second")])
    assert (found.n, len(found.conflicts)) == (50, 15)
    assert found.observed == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)
    assert found.conflicts[0][0].id == found.conflicts[0][1].id


def test_kappa_is_not_known_without_two_words_or_common_items() -> None:
    rows = [row("x"), row("y")]
    assert reader_agreement(rows, rows).kappa is None
    nothing = reader_agreement(rows, [row("x", sha=B)])
    assert (nothing.n, nothing.kappa) == (0, None)
