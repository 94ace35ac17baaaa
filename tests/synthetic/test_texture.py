import numpy as np
import pytest

from radiomics_mammo.synthetic.texture import power_law_field, spectral_exponent


@pytest.mark.parametrize("exponent", [2.5, 3.0, 3.7])
def test_spectrum_falls_with_the_exponent_asked_for(rng, exponent):
    field = power_law_field(rng, (512, 384), spacing_mm=1.0, longest_mm=400.0, exponent=exponent)
    assert spectral_exponent(field) == pytest.approx(exponent, abs=0.15)


def test_variance_is_one_where_the_whole_band_is_resolved(rng):
    field = power_law_field(rng, (1024, 768), spacing_mm=0.25, longest_mm=16.0)
    assert field.std() == pytest.approx(1.0, abs=0.08)


def test_bands_made_on_two_grids_add_up_to_one_spectrum(rng):
    coarse = power_law_field(rng, (512, 512), spacing_mm=1.0, longest_mm=32.0)
    fine = power_law_field(rng, (512, 512), spacing_mm=0.25, longest_mm=32.0, carried_below_mm=2.0)
    whole = power_law_field(rng, (512, 512), spacing_mm=0.25, longest_mm=32.0)
    # Corners of the square band of the coarse grid overlap with the fine one, hence the wide tolerance.
    assert coarse.var() + fine.var() == pytest.approx(whole.var(), rel=0.25)
    assert spectral_exponent(fine, lowest=0.15, highest=0.4) == pytest.approx(3.0, abs=0.2)


def test_field_is_periodic(rng):
    field = power_law_field(rng, (64, 96), spacing_mm=1.0, longest_mm=60.0, exponent=3.5)
    inner, seam = np.abs(np.diff(field, axis=1)).mean(), np.abs(field[:, 0] - field[:, -1]).mean()
    assert seam < 2 * inner


def test_same_generator_same_field():
    first, second = (
        power_law_field(np.random.default_rng(7), (24, 36), spacing_mm=1.0, longest_mm=20.0) for _ in range(2)
    )
    assert (first == second).all()
