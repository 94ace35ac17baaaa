import pytest
from pydantic import ValidationError

from radiomics_mammo.config.synthetic import DEFAULT_SYNTHETIC, SyntheticConfig


def test_gland_share_rises_with_the_density_letter():
    shares = DEFAULT_SYNTHETIC.gland_share_by_density
    assert list(shares) == sorted(shares)
    assert SyntheticConfig() == DEFAULT_SYNTHETIC


@pytest.mark.parametrize("setting", [{"class_effect": -1}, {"precursor_share": 1.5}, {"unknown": 1}])
def test_impossible_settings_are_refused(setting):
    with pytest.raises(ValidationError):
        SyntheticConfig(**setting)
