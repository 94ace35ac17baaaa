"""Old and new JPEG by a decoder that may be shipped: exact where the code is lossless, an error where it is damaged."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder
from pydicom.uid import (
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.release import read_mammogram
from radiomics_mammo.release.jpeg import PLUGIN, decode_frame, decoder_of, is_available

DEEP = {"BitsStored": 12, "HighBit": 11}


@pytest.fixture
def pixels():
    return np.random.default_rng(7).integers(0, 1 << 12, (33, 52)).astype(np.uint16)


@pytest.mark.parametrize("predictor", range(1, 8))
def test_every_predictor_of_the_lossless_code_gives_the_stored_values(make_record, dicom_bytes, pixels, predictor):
    stream = imagecodecs.jpeg8_encode(pixels, lossless=True, predictor=predictor, bitspersample=12)
    syntax = JPEGLosslessSV1 if predictor == 1 else JPEGLossless
    data = dicom_bytes(pixels, syntax=syntax, PixelData=encapsulate([stream]), **DEEP)
    np.testing.assert_array_equal(read_mammogram(make_record(data))[0].pixels, pixels)


def test_negative_values_stay_negative(make_record, dicom_bytes):
    signed = np.random.default_rng(8).integers(-2048, 2048, (33, 52)).astype(np.int16)
    stream = imagecodecs.jpeg8_encode(signed.view(np.uint16), lossless=True, bitspersample=16)
    tags = {"BitsStored": 16, "HighBit": 15, "PixelRepresentation": 1}
    data = dicom_bytes(signed, syntax=JPEGLosslessSV1, PixelData=encapsulate([stream]), **tags)
    np.testing.assert_array_equal(read_mammogram(make_record(data))[0].pixels, signed)


def test_lossy_code_of_12_bits_is_close(make_record, dicom_bytes):
    smooth = np.linspace(300, 3600, 40 * 56).reshape(40, 56).astype(np.uint16)
    stream = imagecodecs.jpeg8_encode(smooth, level=95, bitspersample=12)
    data = dicom_bytes(smooth, syntax=JPEGExtended12Bit, PixelData=encapsulate([stream]), **DEEP)
    assert np.abs(read_mammogram(make_record(data))[0].pixels - smooth).max() < 16


def test_near_lossless_keeps_its_bound(make_record, dicom_bytes, pixels):
    stream = imagecodecs.jpegls_encode(pixels, level=3)
    data = dicom_bytes(pixels, syntax=JPEGLSNearLossless, PixelData=encapsulate([stream]), **DEEP)
    error = np.abs(read_mammogram(make_record(data))[0].pixels - pixels)
    assert 0 < error.max() <= 3


def test_colours_and_damage_are_errors(make_record, dicom_bytes, pixels):
    flat = (pixels // 16).astype(np.uint8)
    rgb = imagecodecs.jpeg8_encode(np.stack([flat] * 3, axis=-1))
    with pytest.raises(ImageError):
        read_mammogram(make_record(dicom_bytes(flat, syntax=JPEGBaseline8Bit, PixelData=encapsulate([rgb]))))
    stream = bytearray(imagecodecs.jpegls_encode(pixels))
    stream[30:60] = bytes(30)
    data = dicom_bytes(pixels, syntax=JPEGLSLossless, PixelData=encapsulate([bytes(stream)]), **DEEP)
    with pytest.raises(ImageError):
        read_mammogram(make_record(data))


def test_pydicom_is_told_once_and_other_codes_are_left_to_it():
    assert [decoder_of(JPEGLosslessSV1), decoder_of(JPEGLosslessSV1)] == [PLUGIN, PLUGIN]
    assert get_decoder(JPEGLosslessSV1).available_plugins.count(PLUGIN) == 1
    assert [decoder_of(syntax) for syntax in (JPEG2000Lossless, RLELossless)] == ["", ""]
    assert not is_available(JPEG2000Lossless)
    assert decode_frame.__module__ == "radiomics_mammo.release.jpeg"
