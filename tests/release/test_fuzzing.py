"""Damaged files of every kind: only our own named errors come out, and nothing is printed."""

from __future__ import annotations

import contextlib
import io
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from radiomics_mammo.config.reading import ReleaseConfig
from radiomics_mammo.core.errors import ImageError, ReleaseError, WorkbookError
from radiomics_mammo.release.files import list_files, read_bytes
from radiomics_mammo.release.images import read_mammogram
from radiomics_mammo.release.overlays import read_overlay
from radiomics_mammo.release.sheets import parse_sheets
from radiomics_mammo.release.workbook import read_workbook

SHORT = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
LONG_EXAMPLES = 10_000
CONFIG = ReleaseConfig(max_unpacked_bytes=2_000_000, max_image_pixels=100_000)

DAMAGE = st.tuples(
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    st.floats(0.2, 1.8),
    st.binary(max_size=6),
    st.floats(0, 1),
)
"""Bytes replaced, share of the file that is kept (all of it above 1), bytes pushed in, and where."""


def damaged(data: bytes, damage) -> bytes:
    """Data with some bytes replaced, pushed in or cut off; most damage is done to the first kilobyte."""
    replaced, kept, pushed, where = damage
    broken = bytearray(data)
    for number, (position, value) in enumerate(replaced):
        span = len(broken) if number % 2 else min(len(broken), 1024)
        broken[int(position * span)] = value
    at = int(where * len(broken))
    broken[at:at] = pushed
    return bytes(broken[: int(min(kept, 1.0) * len(broken))])


def enhanced_tags():
    """Functional groups, a coded view, and a lookup table that falls."""
    measures, anatomy, values, group, view, table = (Dataset() for _ in range(6))
    measures.PixelSpacing, anatomy.FrameLaterality = [0.1, 0.1], "L"
    values.RescaleSlope, values.RescaleIntercept = "-1", "4095"
    group.PixelMeasuresSequence, group.FrameAnatomySequence = Sequence([measures]), Sequence([anatomy])
    group.PixelValueTransformationSequence = Sequence([values])
    view.CodeValue, view.CodeMeaning = "R-10242", "cranio-caudal"
    table.LUTDescriptor, table.LUTData = [4, 0, 16], bytes(range(8, 0, -1))
    table["LUTDescriptor"].VR, table["LUTData"].VR = "US", "OW"
    return {
        "SharedFunctionalGroupsSequence": Sequence([group]),
        "ViewCodeSequence": Sequence([view]),
        "VOILUTSequence": Sequence([table]),
        "StudyDate": "20160314",
    }


@pytest.fixture
def dicoms(dicom_bytes, make_picture, lossless_jpeg_bytes, jpeg_bytes):
    """One small file of every kind of pixel data."""
    deep, flat = make_picture(40, 56), (make_picture(40, 56) // 16).astype(np.uint8)
    deep_tags = {"BitsStored": 16, "HighBit": 15}
    return [
        dicom_bytes(deep),
        dicom_bytes(deep, preamble=False),
        *(dicom_bytes(deep, compress=syntax) for syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless)),
        dicom_bytes(flat, syntax=JPEGBaseline8Bit, PixelData=encapsulate([jpeg_bytes(flat)])),
        dicom_bytes(4095 - deep, PixelPaddingValue=4095, PixelPaddingRangeLimit=4000, PresentationLUTShape="INVERSE"),
        dicom_bytes(deep, drop=("ImagerPixelSpacing",), **enhanced_tags()),
        dicom_bytes(deep, syntax=JPEGLosslessSV1, PixelData=encapsulate([lossless_jpeg_bytes(deep)]), **deep_tags),
    ]


@pytest.fixture
def pictures(jpeg_bytes):
    rgb = np.random.default_rng(5).integers(0, 255, (24, 32, 3)).astype(np.uint8)
    return [jpeg_bytes(rgb), jpeg_bytes(rgb, progressive=True), jpeg_bytes(rgb, format="PNG", quality=None)]


@pytest.fixture
def books(tiny_release, legacy_workbook):
    texts = [b"Folder #;Age\n1;56\n", b"<html><table><tr><td>1</td></tr></table></html>"]
    return [tiny_release().workbook(), legacy_workbook, *texts]


@pytest.fixture
def archive(tiny_release, tmp_path):
    return tiny_release(benign=["1"]).pack(tmp_path / "whole.zip").read_bytes()


def dicom_is_read_or_refused(make_record, data) -> bool:
    with contextlib.suppress(ImageError):
        mammogram, _ = read_mammogram(make_record(data), config=CONFIG)
        assert np.isfinite(mammogram.pixels).all()
        return mammogram.grid.rows * mammogram.grid.cols <= CONFIG.max_image_pixels
    return True


def picture_is_read_or_refused(make_record, data) -> bool:
    with contextlib.suppress(ImageError):
        return read_overlay(make_record(None, data), config=CONFIG).rgb.size <= 3 * CONFIG.max_image_pixels
    return True


def book_is_read_or_refused(data) -> bool:
    with contextlib.suppress(WorkbookError):
        sheets = parse_sheets(data, name="w.xlsx", config=CONFIG)
        return all(key[1] for key in read_workbook(sheets, name="w.xlsx", config=CONFIG).rows)
    return True


def archive_is_read_or_refused(tmp_path, data) -> bool:
    (tmp_path / "r.zip").write_bytes(data)
    with contextlib.suppress(ReleaseError):
        for ref in list_files(tmp_path / "r.zip", config=CONFIG).files:
            assert not ref.name.startswith(("/", "../"))
            with contextlib.suppress(ImageError):
                assert len(read_bytes(ref, config=CONFIG)) <= CONFIG.max_unpacked_bytes
    return True


def damaged_part(book: bytes, which: float, damage) -> bytes:
    """A workbook with one of its parts damaged but its archive intact, so that the damage reaches the parser."""
    if not zipfile.is_zipfile(io.BytesIO(book)):
        return damaged(book, damage)
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(stream, "w") as target:
        names = source.namelist()
        for name in names:
            data = source.read(name)
            target.writestr(name, damaged(data, damage) if name == names[int(which * len(names))] else data)
    return stream.getvalue()


WHICH = st.floats(0, 1, exclude_max=True)


def pick(items, which: float):
    return items[int(which * len(items))]


@SHORT
@given(WHICH, DAMAGE)
def test_damaged_dicom(make_record, dicoms, which, damage):
    assert dicom_is_read_or_refused(make_record, damaged(pick(dicoms, which), damage))


@SHORT
@given(WHICH, DAMAGE)
def test_damaged_picture(make_record, pictures, which, damage):
    assert picture_is_read_or_refused(make_record, damaged(pick(pictures, which), damage))


@settings(SHORT, max_examples=25)
@given(WHICH, WHICH, DAMAGE)
def test_damaged_workbook(books, which, part, damage):
    assert book_is_read_or_refused(damaged_part(pick(books, which), part, damage))


@SHORT
@given(DAMAGE)
def test_damaged_archive(archive, tmp_path, damage):
    assert archive_is_read_or_refused(tmp_path, damaged(archive, damage))


@pytest.mark.nightly
def test_damaged_files_by_the_thousand(make_record, dicoms, pictures, books, archive, tmp_path):
    counts = dict.fromkeys(("dicom", "picture", "workbook", "archive"), 0)
    many = settings(SHORT, max_examples=LONG_EXAMPLES)

    @many
    @given(WHICH, WHICH, DAMAGE)
    def everything(which, part, damage):
        for number, dicom in enumerate(dicoms):
            assert dicom_is_read_or_refused(make_record, damaged(dicom, damage))
            counts["dicom"] += 1
            if number < len(pictures):
                assert picture_is_read_or_refused(make_record, damaged(pictures[number], damage))
                counts["picture"] += 1
        assert archive_is_read_or_refused(tmp_path, damaged(archive, damage))
        counts["archive"] += 1
        if counts["archive"] % 8 == 0:
            assert book_is_read_or_refused(damaged_part(pick(books, which), part, damage))
            counts["workbook"] += 1

    everything()
    print(f"\nfuzz inputs of the readers: {sum(counts.values())} ({counts})")  # noqa: T201 - the nightly run shows it
    assert sum(counts.values()) >= 11 * LONG_EXAMPLES
