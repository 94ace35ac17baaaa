"""Files of a store are complete or absent; tables come back as they went in."""

import multiprocessing
import os

import pandas as pd
import pytest

from radiomics_mammo.core.errors import StoreError, TableError
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.schema import Column, TableSchema
from radiomics_mammo.pipeline.store import RECORDS, Store, csv_text, key_of

SCHEMA = TableSchema(
    "t.csv",
    "thing",
    (Column("name", "text", "name"), Column("n", "integer", "count"), Column("ok", "flag", "yes")),
    True,
)
ROWS = [{"name": "NA", "n": 3, "ok": True, "x": 0.1 + 0.2}, {"name": None, "n": None, "ok": None, "x": 1e-300}]


def test_table_comes_back_as_it_went_in(tmp_path):
    store, table = Store(tmp_path), SCHEMA.from_rows(ROWS)
    store.write_table(SCHEMA, table, parquet=True)
    pd.testing.assert_frame_equal(store.read_table(SCHEMA), table)
    assert pd.read_parquet(tmp_path / "t.parquet")["x"].tolist() == [0.1 + 0.2, 1e-300]


def test_absent_table_is_empty_only_where_asked(tmp_path):
    assert Store(tmp_path).read_or_empty(SCHEMA).empty
    with pytest.raises(TableError, match="no such file"):
        Store(tmp_path).read_table(SCHEMA)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a CSV table"),
        ("n,ok\n1,True\n", "no name"),
        ("name,n,ok\na,many,True\n", "integer"),
        ("name,n,ok,x\na,1,True,high\n", "text in x"),
        ('name,n,ok\n"a,1,True\n', "t.csv"),
    ],
)
def test_damaged_table_is_named(tmp_path, text, words):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(TableError, match=words):
        Store(tmp_path).read_table(SCHEMA)


def test_failed_write_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.write_text("a.txt", "old")

    def full_disk(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StoreError, match="No space left"):
        store.write_text("a.txt", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_leftover_part_of_a_killed_run_is_swept(tmp_path):
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / ".a.png.123.part").write_bytes(b"half")
    with Store(tmp_path).locked():
        assert not list(tmp_path.rglob("*.part"))


def try_to_lock(path, answers):
    try:
        with Store(path).locked():
            answers.put("locked")
    except StoreError as error:
        answers.put(str(error))


def test_two_runs_in_one_folder_exclude_each_other(tmp_path):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    with Store(tmp_path).locked():
        other = context.Process(target=try_to_lock, args=(tmp_path, answers))
        other.start()
        assert "no other run" in answers.get(timeout=60)
        other.join()


def test_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose another --out"), Store(tmp_path / "file" / "out").locked():
        pass


def test_record_is_made_once(tmp_path):
    store, made = Store(tmp_path), []

    def make():
        made.append(1)
        return ImageKey.parse("a_CC_prior")

    first = store.recall_or_make(ImageKey, "stage", "k", make=make)
    assert store.recall_or_make(ImageKey, "stage", "k", make=make) == first
    assert len(made) == 1


def test_damaged_record_is_made_again(tmp_path):
    path = tmp_path / RECORDS / "stage" / "k.json"
    path.parent.mkdir(parents=True)
    path.write_text("{half")
    assert Store(tmp_path).recall(ImageKey, "stage", "k") is None


def test_fresh_forgets_records(tmp_path):
    store = Store(tmp_path)
    store.record("stage", "k", ImageKey.parse("a_CC_prior"))
    with store.locked(fresh=True):
        assert store.recall(ImageKey, "stage", "k") is None


def test_keys_depend_on_every_part_and_their_borders():
    assert len({key_of("a", "b"), key_of("ab"), key_of("b", "a"), key_of("a", "b", "")}) == 4


def test_csv_writes_shortest_exact_floats():
    assert csv_text(pd.DataFrame({"x": [0.1, 1 / 3]})) == "x\n0.1\n0.3333333333333333\n"
