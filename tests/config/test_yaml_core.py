from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.config.yaml_core import read_yaml
from radiomics_mammo.core.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, word) for word in ("off", "on", "yes", "No", "y", "n", "12:30", "1_000", "2020-01-01", "<<", "=")),
        *(("010", 10), ("0o10", 8), ("0x1F", 31), ("-07", -7), ("+3", 3)),
        *((".5", 0.5), ("1e3", 1000.0), ("1E-2", 0.01), ("-1.", -1.0), (".inf", math.inf), ("-.INF", -math.inf)),
        *(("true", True), ("FALSE", False), ("~", None), ("", None), ("null", None), ("'1'", "1"), ('"off"', "off")),
    ],
)
def test_scalars_of_the_core_schema(text, value):
    found = read_yaml(f"a: {text}")["a"]
    assert found == value
    assert type(found) is type(value)


def test_not_a_number():
    assert math.isnan(read_yaml(".NaN"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("masks: {stroke_policy: inner}\nseed: 1\nmasks: {min_similarity: 0.7}", ("masks", "lines 1 and 3")),
        ("features:\n  bin_count: 32\n  bin_count: 64\n", ("bin_count", "lines 2 and 3")),
        ("{seed: 1, seed: 1}", ("seed", "lines 1 and 1")),
        ("seed: 1\n'seed': 2", ("seed", "lines 1 and 2")),
        ("masks: {}\nfeatures: {ring_mm: 1, preset: quick, ring_mm: 1}", ("ring_mm", "lines 2 and 2")),
    ],
)
def test_a_key_that_stands_twice_is_named_with_both_lines(text, words):
    with pytest.raises(ConfigError, match="stands twice") as caught:
        parse_config(text, name="mine.yaml")
    assert all(word in str(caught.value) for word in (*words, "mine.yaml"))


def test_the_same_key_in_two_sections_and_two_items_is_no_repetition():
    assert read_yaml("a: {x: 1}\nb: {x: 2}\nc: [{x: 1}, {x: 2}]")["c"] == [{"x": 1}, {"x": 2}]


def test_settings_as_the_documentation_writes_them():
    assert parse_config("features: {robustness: off}").features.robustness == "off"
    assert parse_config("features: {bin_count: 016}").features.bin_count == 16
    assert parse_config("masks: {measure_unreliable: yes}").masks.measure_unreliable is True
    with pytest.raises(ConfigError, match="<<"):
        parse_config("features: &b {bin_count: 16}\n<<: *b")


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, width=32) | st.text("ab é'"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN)
def test_what_any_writer_quotes_is_read_back(tree):
    assert read_yaml(yaml.safe_dump(tree, allow_unicode=True)) == tree


@pytest.mark.parametrize("text", ["? [a]\n: 1", "a: *b", "[" * 3000, "!!python/object:os.system x", "a: b: c"])
def test_what_is_no_settings_file_is_one_error(text):
    with pytest.raises((yaml.YAMLError, RecursionError)):
        read_yaml(text)
