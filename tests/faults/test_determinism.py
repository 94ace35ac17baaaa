"""Same release, settings and seed: the same bytes, for any number of processes, for folder and archive."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.study import run_stages
from radiomics_mammo.pipeline.workers import Workers
from tests.faults.conftest import table_bytes
from tests.faults.planting import packed


def test_archive_with_two_processes_gives_the_bytes_of_the_folder_with_one(good, call, tmp_path):
    archive = packed()(good.copy_release(tmp_path))
    assert call(good.words(archive, tmp_path / "out", jobs=2)).status == 0
    assert table_bytes(tmp_path / "out") == table_bytes(good.out)


def test_another_seed_changes_only_what_is_drawn_at_random(good, call, tmp_path):
    settings = tmp_path / "seed.yaml"
    settings.write_text(good.config.read_text() + "seed: 99\n")
    out = good.copy_out(tmp_path)
    words = [str(settings) if word == str(good.config) else word for word in good.words(good.release, out)]
    assert call([word if word != "features" else "masks" for word in words]).status == 0
    before, after = table_bytes(good.out), table_bytes(out)
    assert {name for name in before if before[name] != after[name]} <= {"flow.csv"}


@pytest.mark.nightly
@pytest.mark.parametrize("packing", ["folder", "archive"])
def test_whole_study_is_the_same_with_one_process(small_study, tmp_path, packing):
    release = small_study.release
    if packing == "archive":
        release = packed()(Path(shutil.copytree(release, tmp_path / "release")))
    run_stages(release, tmp_path / "out", RunOptions(config=small_study.options.config, workers=Workers(1)))
    assert table_bytes(tmp_path / "out") == table_bytes(small_study.out)
