"""A plan writes nothing; clearing the records leaves every result."""

import pytest

from radiomics_mammo.core.errors import StoreError, TableError
from radiomics_mammo.pipeline.planning import clear_records, compare_reviews, records_size


def test_records_are_counted_and_cleared(tmp_path):
    (tmp_path / ".records" / "measured").mkdir(parents=True)
    (tmp_path / ".records" / "measured" / "a.json").write_bytes(b"x" * 2_000_000)
    (tmp_path / "lesions.csv").write_text("a")
    size = clear_records(tmp_path)
    assert (size.files, size.megabytes) == (1, 2.0)
    assert records_size(tmp_path).files == 0
    assert (tmp_path / "lesions.csv").is_file()


def test_no_folder_has_no_records(tmp_path):
    with pytest.raises(StoreError, match="no such folder"):
        records_size(tmp_path / "absent")


def test_what_is_no_review_is_not_compared(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(TableError, match="columns id"):
        compare_reviews(tmp_path / "a.csv", tmp_path / "a.csv")
