"""A plan writes nothing; clearing the records leaves every result."""

import pytest

from radiomics_mammo.core.errors import StoreError, TableError
from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.planning import clear_records, compare_reviews, plan_run, records_size
from radiomics_mammo.tables.review import REVIEW, ReviewRow


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


@pytest.fixture
def cohort(tmp_path):
    """A cohort file of two women whose images are not looked at."""
    rows = ["patient_id,image,view,laterality,visit,mask,label"]
    for name in "ab":
        for visit in ("prior", "recent"):
            (tmp_path / f"{name}-{visit}.png").write_text(f"{name} {visit}")
            (tmp_path / f"{name}-{visit}-mask.png").write_bytes(b"x")
            rows.append(f"{name},{name}-{visit}.png,CC,L,{visit},{name}-{visit}-mask.png,benign")
    (tmp_path / "cohort.csv").write_text("\n".join(rows))
    return tmp_path / "cohort.csv"


def test_a_cohort_is_planned_with_the_decisions_it_would_obey(cohort, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    kept = ReviewRow(id="a", mask_sha256="0" * 64)
    (out / REVIEW.file).write_text(REVIEW.csv(REVIEW.of([kept])))
    (tmp_path / "r.csv").write_text(f"id,mask_sha256,decision\nb,{'1' * 64},wrong\nc,{'1' * 64},right\n")
    (tmp_path / "e.csv").write_text(f"lesion_id,mask_sha256\n{'a_LCC_recent_1'},{'2' * 64}\n")
    (tmp_path / "i.csv").write_text(f"image_id,region_sha256\na_LCC_recent,{'3' * 64}\n")
    files = {"review": tmp_path / "r.csv", "exclusions": tmp_path / "e.csv", "inclusions": tmp_path / "i.csv"}
    before = sorted(path.name for path in out.iterdir())
    plan = plan_run(cohort, out, RunOptions(**files))
    assert (plan.patients, plan.pairs, plan.images) == (2, 2, 4)
    assert plan.decisions == {"out/review.csv": 1, "r.csv": 2, "e.csv": 1, "i.csv": 1}
    assert sorted(path.name for path in out.iterdir()) == before


def test_a_mistake_in_a_review_shows_before_the_work(cohort, tmp_path):
    (tmp_path / "r.csv").write_text("id,mask_sha256,decision\nb,1,wrong\n")
    with pytest.raises(TableError, match="64 hexadecimal"):
        plan_run(cohort, tmp_path / "out", RunOptions(review=tmp_path / "r.csv"))
