import pytest
from pydantic import ValidationError

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.core.errors import ConfigError


def test_defaults_are_those_of_the_protocol():
    config = ModelingConfig()
    assert (config.outer_folds, config.repeats, config.inner_folds) == (5, 10, 4)
    assert config.permutations >= 200
    assert config.aggregation == "mean"
    assert config.extra_candidates == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"outer_folds": 1},
        {"permutations": 19},
        {"selection": "forward"},
        {"sensitivity_points": (1.0,)},
        {"max_correlation": 0},
        {"extra_candidates": ("os.system",)},
        {"extra_candidates": ("a b:c",)},
    ],
)
def test_values_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValidationError):
        ModelingConfig(**wrong)


def test_the_word_full_is_short_for_the_profile():
    assert config_from({"modeling": "full"}).modeling.profile == "full"
    with pytest.raises(ConfigError, match=r"modeling\.profile"):
        config_from({"modeling": "fuller"})
