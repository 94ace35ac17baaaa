"""Tiny releases, DICOM files, pictures and workbooks, written on the fly."""

from __future__ import annotations

import io
import warnings
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import imagecodecs
import numpy as np
import openpyxl
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGLSLossless

from radiomics_mammo.core.cases import FileRef, ImageRecord, Patient
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, Laterality, View, Visit

MAMMOGRAPHY = "1.2.840.10008.5.1.4.1.1.1.2"
DATA = Path(__file__).parent / "data"
FOLDERS = {"normal": "Normal_cases", "benign": "Benign_cases", "malignant": "Malignant_cases"}
HEADINGS = (
    "Folder #",
    "Breast (Right/Left) ",
    "Age (at the time of the recent mammogram)",
    "BI-RADS categories for breast density",
    "BI-RADS categories for classification ",
    "Years of the available mammograms",
    "Years between screenings",
)


def picture(rows: int = 12, cols: int = 10, top: int = 4000) -> np.ndarray:
    """A ramp of distinct 16-bit values, never square."""
    return np.linspace(0, top, rows * cols).reshape(rows, cols).astype(np.uint16)


def encode_dicom(pixels: np.ndarray, *, preamble: bool = True, drop: tuple[str, ...] = (), **tags: object) -> bytes:
    """Bytes of a mammogram; `tags` replace, `drop` leaves out; ``compress`` names a transfer syntax."""
    compress = tags.pop("compress", None)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = MAMMOGRAPHY, "1.2.3"
    meta.TransferSyntaxUID = syntax = UID(tags.pop("syntax", ExplicitVRLittleEndian))
    layout = {"is_implicit_VR": syntax.is_implicit_VR, "is_little_endian": syntax.is_little_endian}
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128, **layout)
    dataset.SOPClassUID, dataset.SOPInstanceUID = MAMMOGRAPHY, "1.2.3"
    dataset.Modality, dataset.Manufacturer, dataset.ViewPosition, dataset.ImageLaterality = "MG", "Acme", "CC", "L"
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = pixels.dtype.itemsize * 8
    dataset.BitsStored = dataset.BitsAllocated if dataset.BitsAllocated == 8 else 12
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.ImagerPixelSpacing = [0.1, 0.07]
    dataset.PixelData = pixels.tobytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, value in tags.items():
            setattr(dataset, name, value)
        dataset["PixelData"].VR = "OW"
        for name in drop:
            del dataset[name]
        if compress == JPEGLSLossless:  # pydicom asks for another package to write it
            meta.TransferSyntaxUID = compress
            dataset.PixelData = encapsulate([imagecodecs.jpegls_encode(pixels)])
            dataset["PixelData"].is_undefined_length = True
        elif compress:
            dataset.compress(compress, generate_instance_uid=False)
        stream = io.BytesIO()
        dataset.save_as(stream, enforce_file_format=preamble)
    return stream.getvalue() if preamble else stream.getvalue()[132:]


def encode_jpeg(rgb: np.ndarray, **options: object) -> bytes:
    """Bytes of a picture, JPEG unless ``format`` says otherwise."""
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, **{"format": "JPEG", "quality": 90, **options})
    return stream.getvalue()


def encode_workbook(sheets: dict[str, list[list[object]]], *, merged: dict[str, list[str]] | None = None) -> bytes:
    """Bytes of an OOXML workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for area in (merged or {}).get(name, ()):
            sheet.merge_cells(area)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def class_rows(case_class: str, folders: list[object]) -> list[list[object]]:
    """A class sheet with one plausible row per folder, header on row 3."""
    birads = {"normal": 1, "benign": 2, "malignant": 6}[case_class]
    extra = case_class == "malignant"
    rows = [[f"{case_class} cases"], [], [*HEADINGS, *(["Biopsy results"] if extra else [])]]
    for number, folder in enumerate(folders):
        row = [folder, "Left", 50 + number, "b", birads, "2013-2015", 2.0]
        rows.append([*row, "DCIS"] if extra else row)
    return rows


@dataclass
class TinyRelease:
    """Files of a release in memory: change them, then write them as folder or zip."""

    patients: dict[str, list[str]]
    files: dict[str, bytes] = field(default_factory=dict)
    sheets: dict[str, list[list[object]]] = field(default_factory=dict)
    prefix: str = ""

    def __post_init__(self) -> None:
        dicom, jpeg = encode_dicom(picture()), encode_jpeg(np.full((6, 5, 3), 90, np.uint8))
        self.sheets["General_Info"] = [["Patients", sum(map(len, self.patients.values()))]]
        for case_class, folder_name in FOLDERS.items():
            folders = self.patients.get(case_class, [])
            numbers = [int(name) if name.isdecimal() else name for name in folders]
            self.sheets[folder_name] = class_rows(case_class, numbers)
            for folder in folders:
                for stem in ("CC_prior", "CC_recent", "MLO_prior", "MLO_recent"):
                    path = f"{self.prefix}{folder_name}/{folder}/{stem}"
                    self.files[f"{path}.dcm"] = dicom
                    self.files[f"{path}_GT.jpg"] = jpeg

    def workbook(self) -> bytes:
        return encode_workbook(self.sheets)

    def write(self, root: Path, *, workbook: str = "Description.xlsx") -> Path:
        for name, data in self.files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        if workbook:
            root.mkdir(parents=True, exist_ok=True)
            (root / workbook).write_bytes(self.workbook())
        return root

    def pack(self, path: Path, *, workbook: str = "Description.xlsx") -> Path:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.files.items():
                archive.writestr(name, data)
            if workbook:
                archive.writestr(workbook, self.workbook())
        return path


@pytest.fixture
def legacy_workbook():
    """A BIFF8 workbook in an OLE2 container: one normal, one benign, two malignant patients, written with xlwt."""
    return (DATA / "legacy.xls").read_bytes()


@pytest.fixture
def make_record(tmp_path):
    """Record of one image whose files hold the given bytes; None leaves the file out."""

    def make(
        dicom: bytes | None = None, overlay: bytes | None = None, *, side: Laterality | None = None
    ) -> ImageRecord:
        refs: list[FileRef | None] = []
        for name, data in (("CC_recent.dcm", dicom), ("CC_recent_GT.jpg", overlay)):
            if data is not None:
                (tmp_path / name).write_bytes(data)
            refs.append(None if data is None else FileRef(tmp_path, name))
        patient = Patient(patient_id="malignant-07", case_class=CaseClass.MALIGNANT, folder="7", laterality=side)
        return ImageRecord(ImageKey("malignant-07", View.CC, Visit.RECENT), patient, *refs)

    return make


def encode_lossless_jpeg(pixels: np.ndarray) -> bytes:
    """JPEG lossless stream (ITU-T T.81, process 14, predictor 1): the code that old mammography systems write."""
    rows, cols = pixels.shape
    left = np.roll(pixels.astype(np.int64), 1, axis=1)
    left[1:, 0], left[0, 0] = pixels[:-1, 0], 1 << 15
    bits = []
    for difference in ((pixels - left + (1 << 15)) % (1 << 16) - (1 << 15)).ravel().tolist():
        size = abs(difference).bit_length()
        bits.append(f"{size:05b}")
        if 0 < size < 16:
            bits.append(f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    scan = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\x00")
    frame = b"\xff\xc3\x00\x0b\x10" + rows.to_bytes(2, "big") + cols.to_bytes(2, "big") + b"\x01\x01\x11\x00"
    table = bytes([0] * 4 + [17] + [0] * 11) + bytes(range(17))
    huffman = b"\xff\xc4" + (3 + len(table)).to_bytes(2, "big") + b"\x00" + table
    return b"\xff\xd8" + frame + huffman + b"\xff\xda\x00\x08\x01\x01\x00\x01\x00\x00" + scan + b"\xff\xd9"


make_picture = pytest.fixture(lambda: picture)
dicom_bytes = pytest.fixture(lambda: encode_dicom)
jpeg_bytes = pytest.fixture(lambda: encode_jpeg)
lossless_jpeg_bytes = pytest.fixture(lambda: encode_lossless_jpeg)
workbook_bytes = pytest.fixture(lambda: encode_workbook)
sheet_rows = pytest.fixture(lambda: class_rows)
codes = pytest.fixture(lambda: lambda findings: [finding.code for finding in findings])


@pytest.fixture
def tiny_release():
    """A `TinyRelease` of one benign and two malignant patients, or of those given as lists of folders."""
    return lambda prefix="", **patients: TinyRelease(
        patients or {"benign": ["1"], "malignant": ["1", "2"]}, prefix=prefix
    )
