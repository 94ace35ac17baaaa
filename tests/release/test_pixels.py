from __future__ import annotations

import io
import logging
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from radiomics_mammo.release.pixels import is_complete, quiet, spare_bits_vary, stated_size


def encoded(kind, **options):
    stream = io.BytesIO()
    Image.fromarray(np.zeros((40, 56), np.uint8)).save(stream, format=kind, **options)
    return stream.getvalue()


def test_size_is_read_without_decoding(lossless_jpeg_bytes):
    streams = {
        "baseline": encoded("JPEG"),
        "progressive": encoded("JPEG", progressive=True),
        "jp2": encoded("JPEG2000"),
        "j2k": encoded("JPEG2000", no_jp2=True),
        "jpeg-ls": b"\xff\xd8\xff\xff\xff\xf7\x00\x0b\x10\x00\x28\x00\x38\x01\x01\x11\x00",
        "lossless": lossless_jpeg_bytes(np.zeros((40, 56), np.uint16)),
    }
    assert {kind: stated_size(stream) for kind, stream in streams.items()} == dict.fromkeys(streams, (40, 56))
    start, box = b"\xff\xd8", b"\x00\x00\x00\x0cjP  "
    for stream in (b"", start, start + b"junkjunkjunk", box, start + b"\xff\xda" + b"\0" * 20):
        assert stated_size(stream) is None, stream


def test_completeness_is_the_end_marker():
    whole = encoded("JPEG")
    assert is_complete(whole)
    assert is_complete(whole + b"\x00")
    assert not is_complete(whole[:-1])
    assert not is_complete(whole[: len(whole) // 2])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([b"", b"\xff\xd8", b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP"]), st.binary(max_size=60))
def test_any_bytes_have_a_size_or_none(start, rest):
    size = stated_size(start + rest)
    assert size is None or len(size) == 2


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
