from __future__ import annotations

import numpy as np
import pytest

from radiomics_mammo.release.spare_bits import spare_bits_vary


@pytest.mark.parametrize("kind", ["<u2", ">u2"])
def test_only_bits_that_tell_pixels_apart_count(kind):
    values = np.arange(4096, dtype=kind)
    assert not spare_bits_vary(values, bits_stored=12, signed=False)
    assert not spare_bits_vary(values | 0xA000, bits_stored=12, signed=False)
    assert spare_bits_vary(values, bits_stored=11, signed=False)
    assert spare_bits_vary(values | (values & 1) << 15, bits_stored=12, signed=False)


def test_repeated_signs_are_no_values():
    signed = np.arange(-2048, 2048, dtype=np.int16).view(np.uint16)
    assert not spare_bits_vary(signed, bits_stored=12, signed=True)
    assert not spare_bits_vary(signed & 0x0FFF, bits_stored=12, signed=True)
    assert spare_bits_vary(signed, bits_stored=11, signed=True)
    assert spare_bits_vary(signed, bits_stored=12, signed=False)


def test_full_cells_and_no_cells_have_nothing_to_spare():
    assert not spare_bits_vary(np.arange(256, dtype=np.uint8), bits_stored=8, signed=False)
    assert not spare_bits_vary(np.zeros(0, np.uint16), bits_stored=12, signed=False)
