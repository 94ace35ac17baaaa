"""Bits above those that a DICOM header says are stored: decoders drop them, and with them what a wrong header hides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def spare_bits_vary(words: NDArray[np.unsignedinteger[Any]], *, bits_stored: int, signed: bool) -> bool:
    """Whether the bits above the stored ones differ between pixels, other than by repeating the sign.

    Bits that are the same everywhere are padding and can be dropped. Bits that vary are part of the values, so that
    dropping them would turn the brightest pixels dark, or something else that nobody has named.

    Parameters
    ----------
    words : array of unsigned int
        Pixel cells as they lie in the file.
    bits_stored : int
        At most the bits of a cell.
    signed : bool
        Whether the values are two's complement.

    Examples
    --------
    >>> spare_bits_vary(np.array([0xF001, 0xF0FF], np.uint16), bits_stored=12, signed=False)
    False
    >>> spare_bits_vary(np.array([0x0FFF, 0x1001], np.uint16), bits_stored=12, signed=False)
    True
    """
    n_spare = 8 * words.dtype.itemsize - bits_stored
    if not (n_spare and words.size):
        return False
    spare = words >> bits_stored
    sign = (words >> (bits_stored - 1)) & 1
    if signed and bool((spare == sign * ((1 << n_spare) - 1)).all()):
        return False
    return bool((spare != spare.flat[0]).any())
