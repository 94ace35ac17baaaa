"""Settings of the outlines."""

import pytest
from pydantic import ValidationError

from radiomics_mammo.config.masks import MaskConfig
from radiomics_mammo.core.vocabulary import StrokePolicy


def test_default_contour_runs_through_the_middle_of_the_line():
    assert MaskConfig().stroke_policy is StrokePolicy.CENTRE
    assert MaskConfig().max_gap_fraction == 0.25
    assert not MaskConfig().measure_unreliable


@pytest.mark.parametrize("wrong", [{"max_gap_fraction": 0.6}, {"noise_factor": 1}, {"max_hue_error_deg": 60}])
def test_values_out_of_bounds_are_refused(wrong):
    with pytest.raises(ValidationError):
        MaskConfig(**wrong)
