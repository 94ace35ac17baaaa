"""The protocol is frozen before results are looked at, and says so where it was not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import StoreError
from radiomics_mammo.pipeline.protocol import PROTOCOL, Protocol, declared, freeze, protocol_hash, read_protocol
from radiomics_mammo.pipeline.store import Store

CONFIG = StudyConfig()


def test_a_protocol_stands_before_any_result_and_stays(tmp_path):
    store = Store(tmp_path)
    assert read_protocol(store) is None
    said = declared(tmp_path, CONFIG)
    assert not (tmp_path / PROTOCOL).exists(), "saying it writes nothing"
    assert freeze(store, CONFIG) == said == Protocol(protocol_hash(CONFIG))
    store.write_text("metrics.csv", "")
    first = (tmp_path / PROTOCOL).read_bytes()
    assert freeze(store, CONFIG) == said, "results that followed it do not count"
    assert (tmp_path / PROTOCOL).read_bytes() == first
    tree = yaml.safe_load(first)
    assert tree["sha256"] == said.sha256
    assert tree["protocol"]["settings"]["seed"] == CONFIG.seed
    assert "recent+delta" in tree["protocol"]["hypothesis"]["claim"]


@pytest.mark.parametrize("result", ["metrics.csv", "comparisons.csv", "statistics/univariate.csv"])
def test_results_without_a_protocol_were_looked_at(tmp_path, result):
    store = Store(tmp_path)
    store.write_text(result, "")
    found = freeze(store, CONFIG)
    assert found.looked_before
    assert "exploratory" in str(found)
    assert dict(found.facts)["results looked at before"] == "yes"


def test_a_protocol_changed_after_a_look_says_so_for_ever(tmp_path):
    store, other, third = Store(tmp_path), replace(CONFIG, seed=1), replace(CONFIG, seed=2)
    first = freeze(store, CONFIG)
    second = freeze(store, other)
    assert not second.looked_before, "nothing was there to be looked at"
    assert second.earlier == (first.sha256,)
    store.write_text("comparisons.csv", "")
    assert freeze(store, third).looked_before
    (tmp_path / "comparisons.csv").unlink()
    last = freeze(store, CONFIG)
    assert last.looked_before
    assert last.earlier == tuple(protocol_hash(one) for one in (CONFIG, other, third))


def test_the_page_is_no_part_of_it():
    assert protocol_hash(replace(CONFIG, report=ReportConfig(title="Another"))) == protocol_hash(CONFIG)
    assert protocol_hash(replace(CONFIG, modeling=replace(CONFIG.modeling, repeats=3))) != protocol_hash(CONFIG)


def test_a_damaged_protocol_is_refused_in_words(tmp_path):
    (tmp_path / PROTOCOL).write_text("sha256: [", encoding="utf-8")
    with pytest.raises(StoreError, match="move it away"):
        freeze(Store(tmp_path), CONFIG)
