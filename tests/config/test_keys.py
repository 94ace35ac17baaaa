import pytest

from radiomics_mammo.config.keys import Mistake, all_mistakes, nearest, nested
from radiomics_mammo.core.errors import ConfigError

KNOWN = ("seed", "features.bin_count", "masks.stroke_policy")


def test_dotted_keys_join_their_section_and_leave_the_tree_given_alone():
    tree = {"features": {"preset": "quick"}, "features.bin_count": 3, "seed": 1}
    assert nested(tree) == {"features": {"preset": "quick", "bin_count": 3}, "seed": 1}
    assert tree["features"] == {"preset": "quick"}


@pytest.mark.parametrize("tree", [{"a.b": 1, "a": {"b": 2}}, {"a.b": 1, "a": "word"}])
def test_key_given_twice_is_refused(tree):
    with pytest.raises(ConfigError, match="each setting once"):
        nested(tree)


@pytest.mark.parametrize(
    ("key", "meant"),
    [("sead", "seed"), ("stroke_polcy", "masks.stroke_policy"), ("feature.bin_count", "features.bin_count")],
)
def test_near_miss_is_told(key, meant):
    assert nearest(key, KNOWN) == f"did you mean {meant}?"


def test_far_miss_is_not_guessed():
    assert "did you mean" not in nearest("colour_of_the_sky", KNOWN)


def test_every_mistake_is_in_one_line():
    error = all_mistakes("f.yaml", [Mistake(name, "x", "y", "z") for name in ("one", "two")])
    assert "one: expected x, found y" in str(error)
    assert "two: expected x, found y" in str(error)
    assert "\n" not in str(error)
