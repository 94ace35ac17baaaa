"""What a folder holds and how it was made is one fact, said before and after it changes."""

import json
from dataclasses import replace

import pytest

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.config.study import StudyConfig, settings_hash
from radiomics_mammo.core.errors import ConfigError, StoreError
from radiomics_mammo.pipeline import engines, journal
from radiomics_mammo.pipeline.journal import (
    ALIGN,
    CHANGE,
    CLASSIFY,
    DESCRIBE,
    MEASURE,
    OUTLINE,
    PICTURE,
    REPORT,
    Journal,
    Source,
    StageDone,
    Stopwatch,
    measurement_hash,
)
from radiomics_mammo.pipeline.store import Store

STAGES = (OUTLINE, ALIGN, PICTURE, MEASURE, CHANGE, CLASSIFY, DESCRIBE, REPORT)
PLACE = Source(release="r", cases=False, description="", exclusions={})
CONFIG = StudyConfig()


def done(stage, config=CONFIG, files=None):
    return StageDone(key="k", making=stage.making(config), settings=stage.settings_of(config), files=files or {})


@pytest.fixture
def book(tmp_path) -> Journal:
    """The journal of a folder in which `features` left two tables."""
    book = Journal(Store(tmp_path))
    book.begin("features", CONFIG, PLACE)
    for name in ("features.csv", "deltas.csv"):
        book.store.write_text(name, name)
    files = book.store.hashes(["features.csv", "deltas.csv"])
    book.finish(CHANGE, done(CHANGE, files=files), inputs_sha256={"b": "2", "a": "1"})
    return book


@pytest.mark.parametrize(
    ("engine", "stages"),
    [
        ("pyradiomics-bhklab", {"measured", "features"}),
        ("PyWavelets", {"measured", "features"}),
        ("SimpleITK", {"aligned", "pictures", "measured", "features"}),
        ("numpy", {"outlined", "aligned", "pictures", "measured", "features", "classify", "statistics"}),
        ("opencv-python-headless", {"outlined", "aligned", "pictures", "measured", "features"}),
        ("pydicom", {"outlined", "aligned", "pictures", "measured", "features"}),
        ("scikit-learn", {"classify"}),
        ("statsmodels", {"statistics"}),
        ("pandas", {"features", "classify", "statistics", "report"}),
        ("matplotlib", {"report"}),
    ],
)
def test_another_version_of_an_engine_makes_again_what_depends_on_it(monkeypatch, engine, stages):
    before = {stage.name: stage.key(CONFIG, "input") for stage in STAGES}
    known = engines.metadata.version
    monkeypatch.setattr(engines.metadata, "version", lambda name: "0.0" if name == engine else known(name))
    journal._versions.cache_clear()
    after = {stage.name: stage.key(CONFIG, "input") for stage in STAGES}
    journal._versions.cache_clear()
    assert {name for name in before if before[name] != after[name]} == stages


@pytest.mark.parametrize(
    ("room", "stages"),
    [
        ("pipeline", {stage.name for stage in STAGES}),
        ("config", {stage.name for stage in STAGES}),
        ("features", {"measured", "features"}),
        ("registration", {"aligned", "pictures", "measured", "features"}),
        ("modeling", {"classify"}),
        ("stats", {"statistics"}),
        ("report", {"pictures", "report"}),
    ],
)
def test_another_code_of_a_room_makes_again_what_depends_on_it(monkeypatch, room, stages):
    before = {stage.name: stage.making(CONFIG) for stage in STAGES}
    known = journal.code_hash
    monkeypatch.setattr(journal, "code_hash", lambda rooms: f"{known(rooms)}{room in rooms}")
    after = {stage.name: stage.making(CONFIG) for stage in STAGES}
    plain = {stage.name for stage in STAGES if room not in _rooms(stage)}
    assert {name for name in before if before[name] != after[name]} >= stages
    assert plain == {stage.name for stage in STAGES} - stages


def _rooms(stage):
    return {*journal.EVERY_STAGE, *stage.rooms, *(room for need in stage.needs for room in _rooms(need))}


def test_settings_reach_the_stages_they_can_change():
    for part, stages in (
        ({"masks": {"stroke_policy": "inner"}}, {"outlined", "aligned", "pictures", "measured", "features"}),
        ({"features": {"bin_count": 64}}, {"measured", "features"}),
        ({"modeling": {"repeats": 3}}, {"classify"}),
        ({"statistics": {"min_cell": 7}}, {"statistics"}),
        ({"report": {"title": "x"}}, {"pictures", "report"}),
        ({"seed": 1}, {"aligned", "pictures", "measured", "features", "classify", "statistics"}),
    ):
        other = config_from(part)
        assert {stage.name for stage in STAGES if stage.making(other) != stage.making(CONFIG)} == stages, part


def test_study_json_holds_settings_hash_inputs_and_seed(book):
    tree = json.loads((book.store.root / "study.json").read_text())
    assert tree["configuration_sha256"] == settings_hash(CONFIG)
    assert list(tree["inputs_sha256"]) == ["a", "b"]
    assert tree["seed"] == tree["configuration"]["seed"]
    assert tree["unfinished"] == ""
    assert set(tree["stages"]["features"]["files"]) == {"features.csv", "deltas.csv"}


def test_settings_of_the_folder_are_those_its_stages_were_run_with(book):
    other = config_from({"seed": CONFIG.seed, "features": {"bin_count": 64}, "modeling": {"repeats": 3}})
    book.finish(CLASSIFY, done(CLASSIFY, other))
    entry = book.read()
    assert entry.config.modeling.repeats == 3
    assert entry.config.features.bin_count == entry.measured.features.bin_count == CONFIG.features.bin_count


def test_tables_of_one_finished_run_are_handed_over(book):
    assert set(book.tables(["features.csv", "deltas.csv", "flow.csv"]).values()) > {""}


def test_run_that_was_stopped_leaves_no_tables_to_go_on_with(book):
    book.begin("features", config_from({"seed": 1}), PLACE)
    with pytest.raises(StoreError, match="run `features` again, it goes on where it stopped"):
        book.tables(["features.csv"])
    book.finish(CHANGE, done(CHANGE, files=book.store.hashes(["features.csv"])), inputs_sha256={})
    assert book.tables(["features.csv"])


def test_table_of_another_making_is_refused_by_name(book):
    book.store.write_text("deltas.csv", "measured otherwise")
    with pytest.raises(StoreError, match=r"deltas\.csv: expected the table that `features` left.*another making"):
        book.tables(["features.csv", "deltas.csv"])
    (book.store.root / "deltas.csv").unlink()
    with pytest.raises(StoreError, match=r"deltas\.csv: .*found none"):
        book.tables(["deltas.csv"])


def test_table_that_the_journal_does_not_know_is_refused(book):
    book.store.write_text("metrics.csv", "left by a stage that was killed")
    with pytest.raises(StoreError, match=r"metrics\.csv: expected a table that study\.json names"):
        book.tables(["metrics.csv"])


def test_tables_of_ones_own_need_no_journal(tmp_path):
    store = Store(tmp_path)
    store.write_text("features.csv", "mine")
    assert Journal(store).read() is None
    assert list(Journal(store).tables(["features.csv"])) == ["features.csv"]
    Journal(store).finish(CLASSIFY, done(CLASSIFY, config_from({"modeling": {"repeats": 3}})))
    entry = Journal(store).read()
    assert (entry.measured, entry.config.modeling.repeats) == (None, 3)
    store.write_text("features.csv", "mine, corrected")
    assert Journal(store).tables(["features.csv"])


def test_results_of_models_are_kept_when_tables_are_made_again(book):
    book.finish(CLASSIFY, done(CLASSIFY))
    book.begin("features", CONFIG, PLACE)
    assert set(book.read().stages) == {"classify"}
    book.forget(CLASSIFY)
    assert book.read().stages == {}


@pytest.mark.parametrize(
    ("text", "kind"), [("{", StoreError), ("{}", StoreError), ('{"configuration": {"x": 1}}', StoreError)]
)
def test_damaged_journal_is_named(tmp_path, text, kind):
    (tmp_path / "study.json").write_text(text)
    with pytest.raises(kind, match=r"study\.json"):
        Journal(Store(tmp_path)).read()


def test_settings_of_another_version_are_named(book):
    text = (book.store.root / "study.json").read_text().replace('"bin_count"', '"bins"')
    (book.store.root / "study.json").write_text(text)
    with pytest.raises(ConfigError, match=r"study\.json"):
        book.read()


def test_stage_is_timed_even_when_it_fails_and_told(book):
    watch = Stopwatch()
    with pytest.raises(KeyError), watch.stage("report"):
        raise KeyError
    replace(book, watch=watch).finish(REPORT, done(REPORT))
    assert book.read().seconds_per_stage["report"] >= 0


def test_only_settings_of_measurement_change_what_a_model_asks_for():
    other = config_from({"modeling": {"repeats": 3}, "statistics": {"min_cell": 7}, "report": {"title": "x"}})
    assert measurement_hash(other) == measurement_hash(CONFIG)
    for part in ({"features": {"bin_count": 64}}, {"assumed_spacing_mm": 0.07}, {"masks": {"stroke_policy": "inner"}}):
        assert measurement_hash(config_from(part)) != measurement_hash(CONFIG), part
