"""A pair goes on from its records, and only what depends on a changed setting is made again."""

from dataclasses import replace

import pytest

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.masks import mask_sha256
from radiomics_mammo.pipeline import journal, pairs
from radiomics_mammo.pipeline.pairs import Depth, PairTask
from radiomics_mammo.pipeline.stages import lesions_of
from radiomics_mammo.pipeline.store import to_record
from radiomics_mammo.release import Exclusion


@pytest.fixture
def task(tmp_path):
    return PairTask(out=tmp_path / "out", config=config_from({"features": "quick"}), depth=Depth.FEATURES)


@pytest.fixture
def calls(monkeypatch):
    made = []
    for name in ("outline_pair", "align_regions", "measure_regions", "write_masks", "write_pictures"):
        original = getattr(pairs, name)

        def counted(*words, _name=name, _original=original, **named):
            made.append(_name)
            return _original(*words, **named)

        monkeypatch.setattr(pairs, name, counted)
    return made


def test_second_time_nothing_is_made_again_and_the_record_is_the_same(task, lesion_pair, calls):
    first = task(lesion_pair)
    calls.clear()
    second = task(lesion_pair)
    assert calls == []
    assert to_record(second) == to_record(first)


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ({"features": {"preset": "quick", "bin_count": 64}}, ["measure_regions"]),
        ({"features": "quick", "report": {"crop_px": 100}}, ["write_pictures"]),
        ({"features": "quick", "modeling": {"repeats": 3}}, []),
        ({"features": "quick", "registration": {"null_places": 1}},
         ["align_regions", "write_pictures", "measure_regions"]),
    ],
)  # fmt: skip
def test_changed_setting_makes_again_what_depends_on_it(task, lesion_pair, calls, change, again):
    task(lesion_pair)
    calls.clear()
    replace(task, config=config_from(change))(lesion_pair)
    assert calls == again


def test_changed_code_makes_everything_again(task, lesion_pair, calls, monkeypatch):
    replace(task, depth=Depth.AUDIT)(lesion_pair)
    calls.clear()
    monkeypatch.setattr(journal, "code_hash", lambda rooms: "other")
    replace(task, depth=Depth.AUDIT)(lesion_pair)
    assert calls == ["outline_pair"]


def test_deleted_mask_is_written_again(task, lesion_pair, calls):
    masks = replace(task, depth=Depth.MASKS)
    masks(lesion_pair)
    calls.clear()
    for path in (task.out / "masks").glob("*.png"):
        path.unlink()
    masks(lesion_pair)
    assert calls == ["write_masks"]
    assert list((task.out / "masks").glob("*.png"))


def test_rejected_mask_is_bound_by_its_hash(task, lesion_pair):
    audit = replace(task, depth=Depth.AUDIT)
    lesion = lesions_of(audit(lesion_pair).outlined.recent)[0]
    right, wrong = Exclusion(str(lesion.key), mask_sha256(lesion)), Exclusion(str(lesion.key), "0" * 64)
    assert replace(audit, exclusions=(right,))(lesion_pair).outlined.excluded == (str(lesion.key),)
    assert replace(audit, exclusions=(wrong,))(lesion_pair).outlined.excluded == ()
