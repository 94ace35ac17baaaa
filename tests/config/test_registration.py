"""Settings of the alignment are bounded, and the gate is never open by default."""

import pytest
from pydantic import ValidationError

from radiomics_mammo.config.registration import RegistrationConfig


def test_gate_is_closed_by_default():
    config = RegistrationConfig()
    assert config.max_radius90_mm <= 16  # the published ninth decile of real pairs
    assert 0 < config.min_dice < 1
    assert config.max_negative_jacobian < 0.01


@pytest.mark.parametrize(
    "wrong",
    [
        {"working_spacing_mm": 0.1},
        {"min_dice": 1.1},
        {"null_places": -1},
        {"max_inverse_mm": 0},
        {"max_radius90_mm": 0},
    ],
)
def test_values_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValidationError):
        RegistrationConfig(**wrong)
