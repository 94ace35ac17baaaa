"""Decoding libraries keep their warnings and logs to themselves: what matters comes back as finding or error."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_CHATTY_LOGGERS = ("pydicom", "pylibjpeg", "openjpeg", "jpeg_ls")
_CUT_BY_DECODER = ".*RLE segment contains non-conformant padding"
"""pydicom's warning that it cuts a picture of another size to the stated one; taken for the error it is."""


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the decoding libraries for the length of the block.

    Raises
    ------
    UserWarning
        Where a decoder warns that it cuts a picture.

    Examples
    --------
    >>> with quiet():
    ...     logging.getLogger("pydicom").error("not shown")
    """
    loggers = [logging.getLogger(name) for name in _CHATTY_LOGGERS]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", message=_CUT_BY_DECODER)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
