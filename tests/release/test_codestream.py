from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from radiomics_mammo.release.codestream import is_complete, stated_size


def encoded(kind, **options):
    stream = io.BytesIO()
    Image.fromarray(np.zeros((40, 56), np.uint8)).save(stream, format=kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    "stream",
    [
        encoded("JPEG"),
        encoded("JPEG", progressive=True),
        encoded("JPEG2000"),
        encoded("JPEG2000", no_jp2=True),
        b"\xff\xd8\xff\xff\xff\xf7\x00\x0b\x10\x00\x28\x00\x38\x01\x01\x11\x00",
    ],
    ids=["baseline", "progressive", "jp2", "j2k", "jpeg-ls"],
)
def test_size_is_read_without_decoding(stream):
    assert stated_size(stream) == (40, 56)


def test_lossless_jpeg_states_its_size(lossless_jpeg_bytes):
    assert stated_size(lossless_jpeg_bytes(np.zeros((7, 9), np.uint16))) == (7, 9)


@pytest.mark.parametrize(
    "stream", [b"", b"\xff\xd8", b"\xff\xd8junkjunkjunk", b"\x00\x00\x00\x0cjP  ", b"\xff\xd8\xff\xda" + b"\0" * 20]
)
def test_no_stated_size(stream):
    assert stated_size(stream) is None


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
