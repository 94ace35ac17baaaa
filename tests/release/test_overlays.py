from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from radiomics_mammo.config.reading import ReleaseConfig
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.release.overlays import read_overlay

RED, GREY = (230, 30, 40), (90, 90, 90)


@pytest.fixture
def rgb():
    """Grey picture, its top left quarter red."""
    picture = np.full((40, 56, 3), GREY, np.uint8)
    picture[:16, :24] = RED
    return picture


@pytest.fixture
def refused(make_record):
    def refuse(data, **options):
        with pytest.raises(ImageError) as caught:
            read_overlay(make_record(None, data), **options)
        return caught.value.code

    return refuse


def test_colours_and_key(make_record, jpeg_bytes, rgb):
    overlay = read_overlay(make_record(None, jpeg_bytes(rgb)))
    assert overlay.rgb.shape == (40, 56, 3)
    assert np.abs(overlay.rgb[8, 8].astype(int) - RED).max() < 12
    assert np.abs(overlay.rgb[30, 40].astype(int) - GREY).max() < 12
    assert str(overlay.key) == "malignant-07_CC_recent"
    assert not overlay.rgb.flags.writeable


def test_png_under_a_jpeg_name_is_read_for_what_it_is(make_record, jpeg_bytes, rgb):
    overlay = read_overlay(make_record(None, jpeg_bytes(rgb, format="PNG", quality=None)))
    np.testing.assert_array_equal(overlay.rgb, rgb)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_become_rgb(make_record, rgb, mode):
    stream = io.BytesIO()
    Image.fromarray(rgb).convert(mode).save(stream, format="JPEG", quality=95)
    found = read_overlay(make_record(None, stream.getvalue())).rgb
    expected = np.asarray(Image.fromarray(rgb).convert(mode).convert("RGB"))
    assert np.abs(found.astype(int) - expected).max() < 24


@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_is_turned_as_its_reader_saw_it(make_record, jpeg_bytes, rgb, orientation):
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = Image.fromarray(rgb)
    if orientation in undo:
        stored = stored.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = read_overlay(make_record(None, jpeg_bytes(np.asarray(stored), exif=exif))).rgb
    assert found.shape == rgb.shape
    assert np.abs(found[8, 8].astype(int) - RED).max() < 12


def test_damaged_exif_is_ignored(make_record, jpeg_bytes, rgb):
    data = jpeg_bytes(rgb, exif=b"Exif\x00\x00II*\x00\xff\xff\xff\x00")
    assert read_overlay(make_record(None, data)).rgb.shape == rgb.shape


def test_truncated_pictures_are_refused(refused, jpeg_bytes, rgb):
    data = jpeg_bytes(np.random.default_rng(1).integers(0, 255, rgb.shape).astype(np.uint8))
    assert {refused(data[:cut]) for cut in range(0, len(data) - 40, 97)} == {"GT_UNREADABLE"}


def test_other_content_and_deep_pictures_are_refused(refused):
    stream = io.BytesIO()
    Image.fromarray(np.zeros((4, 5), np.uint16)).save(stream, format="PNG")
    for data in (b"", b"hello", b"\xff\xd8\xff", b"GIF89a" + b"\0" * 40, b"BM" + b"\0" * 60, stream.getvalue()):
        assert refused(data) == "GT_UNREADABLE", data


def test_large_pictures_are_refused_before_decoding(refused, jpeg_bytes, rgb):
    assert refused(jpeg_bytes(rgb), config=ReleaseConfig(max_image_pixels=1000)) == "IMAGE_TOO_LARGE"
    bomb = bytearray(jpeg_bytes(rgb))
    at = bytes(bomb).index(b"\xff\xc0") + 5
    bomb[at : at + 4] = b"\xff\xff\xff\xff"
    assert refused(bytes(bomb)) == "IMAGE_TOO_LARGE"


def test_missing_copy(refused):
    assert refused(None) == "MISSING_GT"


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("share", [0.5, 0.85])
def test_a_jpeg_cut_short_and_closed_is_refused_and_a_grey_screen_is_not(make_record, jpeg_bytes, options, share):
    rng = np.random.default_rng(3)
    rgb = np.uint8(np.clip(rng.normal(90, 30, (96, 80, 1)), 0, 255)).repeat(3, axis=2)
    whole = jpeg_bytes(rgb, **options)
    cut = whole[: int(share * len(whole))] + b"\xff\xd9"
    with pytest.raises(ImageError, match="cut short") as caught:
        read_overlay(make_record(None, cut))
    assert caught.value.code == "GT_UNREADABLE"
    screen = rgb.copy()
    screen[:16] = screen[-16:] = 128
    assert read_overlay(make_record(None, jpeg_bytes(screen, **options))).rgb.shape == (96, 80, 3)
