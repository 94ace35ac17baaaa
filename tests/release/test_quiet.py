from __future__ import annotations

import logging
import warnings

import pytest

from radiomics_mammo.release.quiet import quiet


def test_warnings_and_logs_stay_inside_and_levels_come_back(caplog, recwarn):
    before = logging.getLogger("pydicom").level
    with quiet():
        logging.getLogger("pydicom").error("loud")
        warnings.warn("loud", stacklevel=1)
    assert (caplog.records, list(recwarn), logging.getLogger("pydicom").level) == ([], [], before)


def test_a_cut_picture_is_an_error_and_levels_come_back():
    before = logging.getLogger("pydicom").level
    with pytest.raises(UserWarning, match="padding"), quiet():
        warnings.warn("The decoded RLE segment contains non-conformant padding", stacklevel=1)
    assert logging.getLogger("pydicom").level == before
