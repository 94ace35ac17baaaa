"""Settings of every kind: a configuration or one sentence, never anything else."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from radiomics_mammo.config.loading import known_keys, parse_config
from radiomics_mammo.config.study import StudyConfig, settings_hash
from radiomics_mammo.core.errors import ConfigError

SHORT = settings(
    max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
LONG_EXAMPLES = 10_000
WORDS = ("", "null", "on", "1e3", "0x10", "12:30:00", "2020-01-01", ".nan", "-.inf", "quick", "full", "off", "{")
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=8), st.sampled_from(WORDS)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=2),
    max_leaves=6,
)
CHOSEN = st.lists(st.tuples(st.sampled_from(known_keys()), VALUES), min_size=1, max_size=3)


def as_yaml(chosen) -> str:
    """The text of a file that sets these keys."""
    tree: dict[str, object] = {}
    for key, value in chosen:
        section, _, leaf = key.rpartition(".")
        place = tree.setdefault(section, {}) if section else tree
        place[leaf] = value
    return yaml.safe_dump(tree, allow_unicode=True)


def is_read_or_refused(text: str) -> bool:
    try:
        config = parse_config(text, name="mine.yaml")
    except ConfigError as error:
        return str(error).startswith("mine.yaml") and "\n" not in str(error)
    return isinstance(config, StudyConfig) and len(settings_hash(config)) == 64


@SHORT
@given(CHOSEN)
def test_any_value_of_a_known_key(chosen):
    assert is_read_or_refused(as_yaml(chosen))


@SHORT
@example("? {a: b}\n: 1")
@example("1: 2")
@example("a: *b")
@example("\x00")
@example("[" * 2000)
@example("features: {1: 2}")
@given(st.text(alphabet=st.sampled_from("ab:{}[]-?!&*|>%@`'\"#,\n \t0.é\x00"), max_size=40))
def test_any_text(text):
    assert is_read_or_refused(text)


@pytest.mark.nightly
def test_settings_by_the_thousand():
    counts = dict.fromkeys(("values", "texts"), 0)
    many = settings(SHORT, max_examples=LONG_EXAMPLES)

    @many
    @given(CHOSEN)
    def values(chosen):
        assert is_read_or_refused(as_yaml(chosen))
        counts["values"] += 1

    @many
    @given(st.text(max_size=60), st.integers(0, 400))
    def texts(text, at):
        whole = as_yaml([("features.bin_count", 32), ("masks.noise_factor", 4.0)])
        assert is_read_or_refused(whole[:at] + text + whole[at:])
        counts["texts"] += 1

    values()
    texts()
    print(f"\nfuzz inputs of the settings: {sum(counts.values())} ({counts})")  # noqa: T201 - the nightly run shows it
    assert min(counts.values()) >= LONG_EXAMPLES // 2
