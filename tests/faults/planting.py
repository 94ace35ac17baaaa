"""The fault matrix: what is planted in a good release, and what the audit must say of it."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pydicom
from openpyxl.worksheet.worksheet import Worksheet

Plant = Callable[[Path], Path]
"""Changes a copy of the good release; what to give to the command afterwards."""

BENIGN, MALIGNANT, NORMAL = "Benign_cases/1", "Malignant_cases/1", "Normal_cases/1"
RED = (0, 0, 255)
LARGE_BYTES = 3_000_000
"""More than the study of these tests allows a file to unpack to."""


@dataclass(frozen=True)
class Fault:
    """One fault.

    Parameters
    ----------
    name : str
    code, severity : str
        What ``audit.csv`` must hold; empty where nothing may be found.
    plant : Plant
    touches : tuple of str
        Patients whose results may change; those of every other patient must not.
    lost : int
        Images that ``flow.csv`` must show as lost.
    why : str
        Code of the reason there; empty for `code`.
    """

    name: str
    code: str
    severity: str
    plant: Plant
    touches: tuple[str, ...] = ()
    lost: int = 0
    why: str = ""


def with_bytes(name: str, change: Callable[[bytes], bytes]) -> Plant:
    def plant(root: Path) -> Path:
        path = root / name
        path.write_bytes(change(path.read_bytes() if path.exists() else b""))
        return root

    return plant


def without(*names: str) -> Plant:
    def plant(root: Path) -> Path:
        for name in names:
            (root / name).unlink()
        return root

    return plant


def with_tags(name: str, **tags: object) -> Plant:
    def plant(root: Path) -> Path:
        dataset = pydicom.dcmread(root / name)
        for tag, value in tags.items():
            setattr(dataset, tag, value)
        dataset.save_as(root / name)
        return root

    return plant


def with_picture(name: str, draw: Callable[[np.ndarray], np.ndarray]) -> Plant:
    def plant(root: Path) -> Path:
        picture = draw(cv2.imread(str(root / name)))
        cv2.imwrite(str(root / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 97])
        return root

    return plant


def with_sheet(change: Callable[[openpyxl.Workbook], None]) -> Plant:
    def plant(root: Path) -> Path:
        book = openpyxl.load_workbook(root / "Description.xlsx")
        change(book)
        book.save(root / "Description.xlsx")
        return root

    return plant


def with_cell(sheet: str, heading: str, value: object) -> Plant:
    """The cell of the first patient of a sheet."""

    def change(book: openpyxl.Workbook) -> None:
        page = book[sheet]
        page.cell(2, column_of(page, heading)).value = value

    return with_sheet(change)


def column_of(page: Worksheet, heading: str) -> int:
    return next(cell.column for cell in page[1] if str(cell.value).startswith(heading))


def ring(picture: np.ndarray) -> np.ndarray:
    """A red ring inside the breast, where the good copies have none."""
    rows, cols = picture.shape[:2]
    left = picture[:, : cols // 2].sum() > picture[:, cols // 2 :].sum()
    centre = (cols // 4 if left else cols - cols // 4, 2 * rows // 5)
    return cv2.ellipse(picture, centre, (cols // 16, rows // 24), 0, 0, 360, RED, 1)


def swapped(picture: np.ndarray) -> np.ndarray:
    """Red pen turned blue."""
    return np.ascontiguousarray(picture[:, :, ::-1])


def grey(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)


def all_grey(root: Path) -> Path:
    for view in ("CC", "MLO"):
        with_picture(f"{BENIGN}/{view}_recent_GT.jpg", grey)(root)
    return root


def blue_for_red(root: Path) -> Path:
    for view in ("CC", "MLO"):
        with_picture(f"{MALIGNANT}/{view}_recent_GT.jpg", swapped)(root)
    return root


def claimed_size(data: bytes) -> bytes:
    """A JPEG whose header claims 60000 x 60000 pixels."""
    frame = next(at for at in range(len(data)) if data[at : at + 2] in (b"\xff\xc0", b"\xff\xc2"))
    side = (60_000).to_bytes(2, "big")
    return data[: frame + 5] + side + side + data[frame + 9 :]


def constant(root: Path) -> Path:
    name = root / BENIGN / "CC_recent.dcm"
    dataset = pydicom.dcmread(name)
    dataset.PixelData = bytes([7]) * len(dataset.PixelData)
    dataset.save_as(name)
    return root


def colour(root: Path) -> Path:
    name = root / BENIGN / "CC_recent.dcm"
    dataset = pydicom.dcmread(name)
    dataset.PixelData = dataset.PixelData * 3
    dataset.SamplesPerPixel, dataset.PlanarConfiguration, dataset.PhotometricInterpretation = 3, 0, "RGB"
    dataset.save_as(name)
    return root


def frames(root: Path) -> Path:
    name = root / BENIGN / "CC_recent.dcm"
    dataset = pydicom.dcmread(name)
    dataset.PixelData, dataset.NumberOfFrames = dataset.PixelData * 2, 2
    dataset.save_as(name)
    return root


def private(root: Path) -> Path:
    name = root / BENIGN / "CC_recent.dcm"
    dataset = pydicom.dcmread(name)
    block = dataset.private_block(0x0011, "SOME VENDOR", create=True)
    block.add_new(0x01, "LO", "anything")
    block.add_new(0x02, "UN", bytes(range(256)))
    dataset.save_as(name)
    return root


def other_patients_copy(root: Path) -> Path:
    shutil.copy(root / MALIGNANT / "CC_recent_GT.jpg", root / BENIGN / "CC_recent_GT.jpg")
    return root


def two_claims(root: Path) -> Path:
    shutil.copy(root / BENIGN / "CC_recent.dcm", root / BENIGN / "cc_recent")
    return root


def renamed(name: str) -> Plant:
    def plant(root: Path) -> Path:
        (root / "Benign_cases/2").rename(root / "Benign_cases" / name)
        return root

    return plant


def odd_names(root: Path) -> Path:
    for name in ('a "quoted", name.txt', "größe ёё 乳房.txt", "semi;colon\ttab", "=SUM(A1).csv", "-rf"):
        (root / name).write_bytes(b"stray")
    return root


def link_outside(root: Path) -> Path:
    outside = root.parent / "outside.jpg"
    outside.write_bytes((root / BENIGN / "CC_recent_GT.jpg").read_bytes())
    (root / BENIGN / "CC_recent_GT.jpg").unlink()
    (root / BENIGN / "CC_recent_GT.jpg").symlink_to(outside)
    return root


def link_to_passwords(root: Path) -> Path:
    (root / "stray").symlink_to("/etc")
    return root


def packed(change: Callable[[zipfile.ZipFile], None] = lambda _: None, drop: str = "") -> Plant:
    """The release as an archive, one member left out, others added."""

    def plant(root: Path) -> Path:
        target = root.parent / "Dataset.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(path for path in root.rglob("*") if path.is_file()):
                if path.relative_to(root).as_posix() != drop:
                    archive.write(path, path.relative_to(root).as_posix())
            change(archive)
        shutil.rmtree(root)
        return target

    return plant


def member(name: str, data: bytes = b"anything") -> Callable[[zipfile.ZipFile], None]:
    return lambda archive: archive.writestr(name, data)


def locked_member(root: Path) -> Path:
    """One member of the archive claims to be encrypted."""
    target = packed()(root)
    target.write_bytes(lock(target.read_bytes(), f"{BENIGN}/CC_recent_GT.jpg".encode()))
    return target


def lock(archive: bytes, name: bytes) -> bytes:
    """Set the flag of encryption in both headers of a member."""
    changed = bytearray(archive)
    for signature, flags, names in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = archive.find(signature)
        while at >= 0:
            if archive[at + names : at + names + len(name)] == name:
                changed[at + flags] |= 1
            at = archive.find(signature, at + 4)
    return bytes(changed)


def duplicate_row(book: openpyxl.Workbook) -> None:
    page = book["Benign_cases"]
    values = [cell.value for cell in page[2]]
    values[column_of(page, "Age") - 1] = 29
    page.append(values)


def merged_title(book: openpyxl.Workbook) -> None:
    page = book["Benign_cases"]
    page.insert_rows(1)
    page["A1"] = "Benign cases"
    page.merge_cells("A1:G1")


def merged_values(book: openpyxl.Workbook) -> None:
    """Two patients share one merged cell of density, as Excel users do."""
    page = book["Benign_cases"]
    column = column_of(page, "BI-RADS categories for breast density")
    page.merge_cells(start_row=2, end_row=3, start_column=column, end_column=column)


def merged_folders(book: openpyxl.Workbook) -> None:
    book["Benign_cases"].merge_cells("A2:A3")


def plain_text(_: bytes) -> bytes:
    return b"this is no picture\n" * 40


IMAGE = f"{BENIGN}/CC_recent.dcm"
COPY = f"{BENIGN}/CC_recent_GT.jpg"
OWN = ("benign-01",)
_IMAGE_FAULTS = (
    Fault("truncated DICOM", "DICOM_UNREADABLE", "error", with_bytes(IMAGE, lambda d: d[: len(d) // 2]), OWN, 1),
    Fault("truncated header", "DICOM_UNREADABLE", "error", with_bytes(IMAGE, lambda d: d[:300]), OWN, 1),
    Fault("zero-byte DICOM", "DICOM_UNREADABLE", "error", with_bytes(IMAGE, lambda _: b""), OWN, 1),
    Fault("text with a DICOM name", "DICOM_UNREADABLE", "error", with_bytes(IMAGE, plain_text), OWN, 1),
    Fault("wrong modality", "DICOM_NOT_MAMMOGRAM", "error", with_tags(IMAGE, Modality="CT"), OWN, 1),
    Fault("colour photometry", "DICOM_NOT_MAMMOGRAM", "error", colour, OWN, 1),
    Fault("several frames", "DICOM_NOT_MAMMOGRAM", "error", frames, OWN, 1),
    Fault("huge dimensions", "IMAGE_TOO_LARGE", "error", with_tags(IMAGE, Rows=65535, Columns=65535), OWN, 1),
    Fault("constant picture", "IMAGE_EMPTY", "error", constant, OWN, 1),
    Fault("zero spacing", "SPACING_INVALID", "warning", with_tags(IMAGE, PixelSpacing=[0, 0]), OWN),
    Fault("spacing that is no number", "SPACING_INVALID", "warning", with_tags(IMAGE, PixelSpacing=[1e9, 1]), OWN),
    Fault("private tags", "", "", private),
    Fault("missing view", "MISSING_DICOM", "error", without(IMAGE, f"{BENIGN}/CC_prior.dcm"), OWN, 2),
    Fault("two files of one image", "DUPLICATE_FILE", "error", two_claims, OWN, 1, "MISSING_DICOM"),
)
_COPY_FAULTS = (
    Fault("JPEG with garbage", "GT_UNREADABLE", "error", with_bytes(COPY, lambda d: d[:200] + bytes(900)), OWN, 1),
    Fault("truncated JPEG", "GT_UNREADABLE", "error", with_bytes(COPY, lambda d: d[: len(d) // 3]), OWN, 1),
    Fault("zero-byte JPEG", "GT_UNREADABLE", "error", with_bytes(COPY, lambda _: b""), OWN, 1),
    Fault("text with a JPEG name", "GT_UNREADABLE", "error", with_bytes(COPY, plain_text), OWN, 1),
    Fault("huge JPEG", "IMAGE_TOO_LARGE", "error", with_bytes(COPY, claimed_size), OWN, 1),
    Fault("missing copy", "MISSING_GT", "error", without(COPY), OWN, 1),
    Fault("copy of another patient", "GT_MISPLACED", "error", other_patients_copy, OWN, 1),
    Fault("grey copy", "GT_GREY", "error", all_grey, OWN),
    Fault("grey copy of one view", "OUTLINE_ONE_VIEW", "warning", with_picture(COPY, grey), OWN),
    Fault("malignant case without red", "RED_MISSING", "error", blue_for_red, ("malignant-01",)),
    Fault("red in a normal case", "OUTLINE_IN_NORMAL", "error",
          with_picture(f"{NORMAL}/CC_recent_GT.jpg", ring), ("normal-01",)),
    Fault("red in a benign case", "RED_IN_BENIGN", "error", with_picture(COPY, ring), OWN),
    Fault("red in a prior exam", "RED_IN_PRIOR", "error",
          with_picture(f"{MALIGNANT}/CC_prior_GT.jpg", ring), ("malignant-01",)),
    Fault("several reds without box", "SEVERAL_REDS_NO_BOX", "warning",
          with_picture(f"{MALIGNANT}/CC_recent_GT.jpg", ring), ("malignant-01",)),
)  # fmt: skip
_BOOK_FAULTS = (
    Fault("duplicate row", "DUPLICATE_ROW", "error", with_sheet(duplicate_row)),
    Fault("missing row", "FOLDER_WITHOUT_ROW", "error", with_sheet(lambda book: book["Benign_cases"].delete_rows(2))),
    Fault("row without folder", "ROW_WITHOUT_FOLDER", "warning",
          with_sheet(lambda book: book["Benign_cases"].append([9, "Left", 50, "b", 2, "2013-2015", 2.0]))),
    Fault("wrong sheet name", "SHEET_MISSING", "error",
          with_sheet(lambda book: setattr(book["Benign_cases"], "title", "Tabelle2"))),
    Fault("empty sheet", "SHEET_MISSING", "error",
          with_sheet(lambda book: book["Malignant_cases"].delete_rows(1, 9))),
    Fault("missing column", "COLUMN_MISSING", "error", with_sheet(lambda book: book["Benign_cases"].delete_cols(3))),
    Fault("merged title", "", "", with_sheet(merged_title)),
    Fault("merged cells of a value", "", "", with_sheet(merged_values)),
    Fault("merged folder numbers", "DUPLICATE_ROW", "error", with_sheet(merged_folders)),
    Fault("formula never computed", "CELL_UNREADABLE", "warning", with_cell("Benign_cases", "Age", "=2024-1969")),
    Fault("age as words", "CELL_UNREADABLE", "warning", with_cell("Benign_cases", "Age", "fifty-two")),
    Fault("age as text", "", "", with_cell("Benign_cases", "Age", " 73 years ")),
    Fault("age of nobody", "AGE_IMPLAUSIBLE", "warning", with_cell("Benign_cases", "Age", 730)),
    Fault("dates as words", "CELL_UNREADABLE", "warning",
          with_cell("Malignant_cases", "Dates", "some day in spring")),
    Fault("ISO dates as text", "", "", with_cell("Malignant_cases", "Dates", "2018-03-21 - 2020-03-21")),
    Fault("prior after recent", "INTERVAL_NEGATIVE", "error",
          with_cell("Malignant_cases", "Dates", "21/03/2020-21/03/2018")),
    Fault("negative interval", "INTERVAL_NEGATIVE", "error", with_cell("Benign_cases", "Years between", -2)),
    Fault("interval of other dates", "INTERVAL_DISAGREES", "warning", with_cell("Benign_cases", "Years between", 9)),
    Fault("biopsy that says benign", "BIOPSY_BENIGN", "warning",
          with_cell("Malignant_cases", "Biopsy", "Benign, fibroadenoma"), ("malignant-01",)),
    Fault("no biopsy", "BIOPSY_MISSING", "warning", with_cell("Malignant_cases", "Biopsy", None)),
)  # fmt: skip
_FOLDER_FAULTS = (
    Fault("folder that is no number", "FOLDER_NAME", "warning", renamed("two"), ("benign-02", "benign-two")),
    Fault("folder with quotes, commas and umlauts", "FOLDER_NAME", "warning", renamed('2, "zwölf" größe'),
          ("benign-02", 'benign-2, "zwölf" größe')),
    Fault("stray files with odd names", "STRAY_FILES", "info", odd_names),
    Fault("link to a file outside", "UNSAFE_PATH", "error", link_outside, OWN, 1, "MISSING_GT"),
    Fault("link to a folder outside", "UNSAFE_PATH", "error", link_to_passwords),
    Fault("file larger than allowed", "ARCHIVE_LIMIT", "error",
          with_bytes(COPY, lambda data: data + bytes(LARGE_BYTES)), OWN, 1),
    Fault("zip", "", "", packed()),
    Fault("zip with an absolute path", "UNSAFE_PATH", "error", packed(member("/etc/CC_prior.dcm"))),
    Fault("zip with a way out", "UNSAFE_PATH", "error", packed(member(f"../{COPY}"))),
    Fault("zip with a drive", "UNSAFE_PATH", "error", packed(member("C:\\x\\CC_prior.dcm"))),
    Fault("zip bomb", "ARCHIVE_LIMIT", "error",
          packed(member(COPY, bytes(LARGE_BYTES)), drop=COPY), OWN, 1, "MISSING_GT"),
    Fault("zip with an encrypted member", "GT_UNREADABLE", "error", locked_member, OWN, 1),
)  # fmt: skip
FAULTS = (*_IMAGE_FAULTS, *_COPY_FAULTS, *_BOOK_FAULTS, *_FOLDER_FAULTS)


def truncated_zip(root: Path) -> Path:
    target = packed()(root)
    target.write_bytes(target.read_bytes()[:-4000])
    return target


def encrypted_zip(root: Path) -> Path:
    target = packed()(root)
    data = target.read_bytes()
    for name in zipfile.ZipFile(io.BytesIO(data)).namelist():
        data = lock(data, name.encode())
    target.write_bytes(data)
    return target


def no_zip(root: Path) -> Path:
    target = root.parent / "Dataset.zip"
    target.write_bytes(b"PK\x03\x04" + bytes(200))
    return target


REFUSED: tuple[tuple[str, Plant, str], ...] = (
    ("truncated zip", truncated_zip, "no complete zip"),
    ("encrypted zip", encrypted_zip, "an encrypted one"),
    ("zip of zeros", no_zip, "no complete zip"),
    ("no workbook", without("Description.xlsx"), "a workbook"),
    ("damaged workbook", with_bytes("Description.xlsx", lambda data: data[:400]), "Description.xlsx"),
)
"""Faults that leave no release to work on: name, plant, words of the one line that says so."""
