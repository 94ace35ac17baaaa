"""A folder or archive and its workbook become a `Release`: who is there, which files are whose; nothing is decoded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.cases import CalcificationImage, FiledImage, FileRef, ImageRecord, Patient, Release
from radiomics_mammo.core.errors import ReleaseError, WorkbookError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, View, Visit
from radiomics_mammo.release.cohort import is_cohort, open_cohort
from radiomics_mammo.release.files import FileListing, content_hash, first_bytes, list_files, printable
from radiomics_mammo.release.layout import CaseFolder, Layout, case_layout, class_layout, is_litter, stray_findings
from radiomics_mammo.release.sheets import OLE2_MAGIC, ZIP_MAGIC, class_sheets, read_sheets
from radiomics_mammo.release.sibling import is_suspicious, read_sibling_workbook, sibling_layout, suspicious_id
from radiomics_mammo.release.values import DATE_PRECISIONS, folder_key
from radiomics_mammo.release.workbook import (
    NO_WORKBOOK,
    Workbook,
    WorkbookRow,
    common_intervals,
    read_case_workbook,
    read_workbook,
    row_patient_id,
)

EXPECTED_BIRADS = {CaseClass.NORMAL: {1}, CaseClass.BENIGN: {2}, CaseClass.MALIGNANT: {4, 5, 6}}
"""BI-RADS classes that fit a class folder: the README states 1, 2 and 6; 4 and 5 precede the biopsy that makes 6."""

_BIRADS = re.compile(r"\b([0-6])\s*[abc]?\b")
_USUAL_NAME = "description"
_TABLES = ("ods", "csv", "tsv", "numbers")
_MAX_NAMED = 4


def open_release(
    path: str | Path, *, description: str | Path | None = None, config: ReleaseConfig = DEFAULT_RELEASE
) -> Release:
    """Index a release: a folder or the untouched archive, and its workbook.

    Parameters
    ----------
    path : str or Path
        Folder, zip archive, or a folder that holds just the downloaded archive and workbook; or a cohort file (CSV,
        Parquet, XLSX), see `open_cohort`.
    description : str or Path, optional
        Workbook; where not given it is looked for inside the data, then beside them, and recognised by its content.
    config : ReleaseConfig

    Returns
    -------
    Release
        Patients by class and folder number; every patient has four image records, a missing file is None.

    Raises
    ------
    ReleaseError
        If nothing is there, or no patient folder lies below a class folder.
    WorkbookError
        If there is no workbook, or it cannot be read.
    """
    if is_cohort(path):
        return open_cohort(path, config=config)
    listing, layout = _find_classes(Path(path), config)
    sibling = any(case.case_class is None for case in layout.cases)
    ref = find_workbook(listing.root, layout.unclaimed, given=description, config=config)
    if ref is None:
        for other in (*layout.unclaimed, *_beside(listing.root)):
            if _called_workbook(other):
                read_sheets(other, config=config)  # says what it is instead
        remedy = "put Description.xlsx beside the data or give it with --description FILE"
        raise WorkbookError(listing.root.name, "a workbook inside or beside the data", "none", remedy)
    read = read_sibling_workbook if sibling else read_workbook
    workbook = read(read_sheets(ref, config=config), name=printable(ref.name), config=config)
    return _join(listing, layout, workbook, ref)


def open_cases(
    path: str | Path, *, description: str | Path | None = None, config: ReleaseConfig = DEFAULT_RELEASE
) -> Release:
    """Index patients never seen: a release, or ``Cases/<id>/`` with the same eight files and no class.

    Parameters
    ----------
    path, description, config
        As `open_release`; the workbook may be absent. One with class sheets that happens to lie beside cases without
        class speaks of other patients and is left alone.

    Returns
    -------
    Release
        Patients ``case-<id>``, or those of the release.

    Raises
    ------
    ReleaseError
        If nothing is there, or no folder holds a mammogram of the known names.
    WorkbookError
        If a workbook is there or given and cannot be read, or the one given is that of a release.
    """
    if is_cohort(path):
        return open_cohort(path, config=config)
    listing = list_files(Path(path), config=config)
    layout = _classed_layout(listing)
    classed = bool(layout.cases)
    sibling = any(case.case_class is None for case in layout.cases)
    if not classed:
        layout = case_layout(listing)
    if not layout.cases:
        remedy = "name the files CC_prior, CC_recent, MLO_prior, MLO_recent and their _GT copies"
        raise ReleaseError(listing.root.name, "Cases/<id>/ with mammograms", "none", remedy)
    ref = find_workbook(listing.root, layout.unclaimed, given=description, config=config)
    if ref is None:
        return _join(listing, layout, NO_WORKBOOK, None)
    sheets, name = read_sheets(ref, config=config), printable(ref.name)
    if not classed and class_sheets(sheet.name for sheet in sheets):
        if description is not None:
            expected, found = "a workbook of these cases", "the class sheets of a release, whose folders are others"
            raise WorkbookError(name, expected, found, "list the cases in a sheet of another name")
        return _join(listing, layout, NO_WORKBOOK, None)
    read = read_sibling_workbook if sibling else read_workbook if classed else read_case_workbook
    return _join(listing, layout, read(sheets, name=name, config=config), ref)


def _find_classes(path: Path, config: ReleaseConfig) -> tuple[FileListing, Layout]:
    """Listing and layout of the data; a folder that holds one archive of patients stands for that archive."""
    listing = list_files(path, config=config)
    layout = _classed_layout(listing)
    if layout.cases:
        return listing, layout
    zips = [ref for ref in listing.files if not ref.archived and ref.name.casefold().endswith(".zip")]
    packed = [list_files(ref.root / ref.name, config=config) for ref in zips if "/" not in ref.name]
    holding = [(inner, layout) for inner in packed if (layout := _classed_layout(inner)).cases]
    if len(holding) == 1:
        return holding[0]
    expected = "folders Normal_cases, Benign_cases, Malignant_cases"
    found = f"{len(listing.files)} files, no patient folder below such a folder"
    remedy = "give the folder that holds the class folders, or Dataset.zip; for cases without class use predict"
    raise ReleaseError(listing.root.name, expected, found, remedy)


def _classed_layout(listing: FileListing) -> Layout:
    """The class folders of the public release, or of its sibling, whose suspicious cases have no class."""
    sibling = sibling_layout(listing)
    return sibling if sibling.cases else class_layout(listing)


def find_workbook(
    root: Path,
    unclaimed: Iterable[FileRef],
    *,
    given: str | Path | None = None,
    config: ReleaseConfig = DEFAULT_RELEASE,
) -> FileRef | None:
    """The workbook: the one given, else one of the `unclaimed` files inside the data, else one beside them, else None.

    Raises
    ------
    WorkbookError
        If the given file does not exist, or several different workbooks could be meant.
    """
    if given:
        if not Path(given).is_file():
            raise WorkbookError(str(given), "a workbook", "no such file", "check --description")
        return FileRef(Path(given).resolve().parent, Path(given).resolve().name)
    refs = _preferred(unclaimed) or _preferred(_beside(root))
    if len(refs) < 2:
        return refs[0] if refs else None
    fitting = {content_hash(ref): ref for ref in reversed(refs) if _holds_classes(ref, config)}
    if len(fitting) == 1:
        return next(iter(fitting.values()))
    names = ", ".join(printable(ref.name) for ref in refs[:_MAX_NAMED])
    remedy = "name the workbook with --description FILE"
    raise WorkbookError(printable(refs[0].root.name), "one workbook", f"{len(refs)}: {names}", remedy)


def _beside(root: Path) -> list[FileRef]:
    try:
        paths = sorted(path for path in root.parent.iterdir() if path.is_file() and path != root)
    except OSError:
        return []
    return [FileRef(path.parent, path.name) for path in paths]


def _called_workbook(ref: FileRef) -> bool:
    """Whether a file has the name of a workbook, whatever it holds."""
    name = ref.name.rpartition("/")[2].casefold()
    ending = name.rpartition(".")[2]
    return not is_litter(ref.name) and (ending.startswith("xl") or (name.startswith(_USUAL_NAME) and ending in _TABLES))


def _preferred(refs: Iterable[FileRef]) -> list[FileRef]:
    """Workbooks by ending or name, and by content; those called Description where any is."""
    named = [(ref, ref.name.rpartition("/")[2].casefold()) for ref in refs if not is_litter(ref.name)]
    books = [
        (ref, name)
        for ref, name in named
        if name.startswith(_USUAL_NAME) or ("." in name and name.rpartition(".")[2].startswith("xl"))
        if first_bytes(ref, len(OLE2_MAGIC)).startswith((OLE2_MAGIC, ZIP_MAGIC))
    ]
    return [ref for ref, name in books if name.startswith(_USUAL_NAME)] or [ref for ref, _ in books]


def _holds_classes(ref: FileRef, config: ReleaseConfig) -> bool:
    try:
        return bool(class_sheets(sheet.name for sheet in read_sheets(ref, config=config)))
    except WorkbookError:
        return False


def _join(listing: FileListing, layout: Layout, workbook: Workbook, ref: FileRef | None) -> Release:
    """Patients by folder and row; a folder without row (where the sheet of its class was read), or the reverse."""
    file = printable(ref.name) if ref else ""
    keys = {case.patient_id: (case.case_class, folder_key(case.name)) for case in layout.cases}
    rows = {patient_id: row for patient_id, key in keys.items() if (row := workbook.rows.get(key)) is not None}
    intervals, timing = common_intervals({patient_id: (keys[patient_id][0], row) for patient_id, row in rows.items()})
    patients = tuple(
        _patient(
            Patient(patient_id=case.patient_id, case_class=case.case_class, folder=case.name),
            rows.get(case.patient_id),
            intervals.get(case.patient_id),
        )
        for case in layout.cases
    )
    rowless = [name for name, key in keys.items() if key not in workbook.rows and key[0] in workbook.read_classes]
    suspicious = any(_is_suspicious(case) for case in layout.cases)
    homeless = sorted(
        suspicious_id(key[1]) if suspicious and key[0] is None else row_patient_id(key)
        for key in workbook.rows.keys() - set(keys.values())
    )
    records, missing = _records(patients, layout)
    findings = (
        *listing.findings,
        *layout.findings,
        *stray_findings(stray for stray in layout.unclaimed if stray != ref),
        *workbook.findings,
        *(Finding.of(AuditCode.FOLDER_WITHOUT_ROW, patient_id=name, file=file) for name in rowless),
        *(Finding.of(AuditCode.ROW_WITHOUT_FOLDER, patient_id=name, file=file) for name in homeless),
        *_missing_classes(layout, workbook, file),
        *timing,
        *_birads_findings(patients, file),
        *missing,
    )
    return Release(root=listing.root, patients=patients, images=records, findings=findings, workbook=ref)


def _is_suspicious(case: CaseFolder) -> bool:
    """Whether a patient lies in the folder of the sibling release's suspicious cases."""
    return case.case_class is None and is_suspicious(case.path.rpartition("/")[0].rpartition("/")[2])


def _missing_classes(layout: Layout, workbook: Workbook, file: str) -> Iterator[Finding]:
    """Classes with rows in the workbook and not one patient folder."""
    there = {case.case_class for case in layout.cases}
    listed = Counter(case_class for case_class, _ in workbook.rows if case_class is not None)
    for case_class, count in sorted(listed.items()):
        if case_class not in there and None not in there:
            message = f"the workbook lists {count} {case_class} patients, and there is no folder of {case_class} cases"
            yield Finding.of(AuditCode.CLASS_MISSING, message, file=file)


def _patient(patient: Patient, row: WorkbookRow | None, interval: float | None) -> Patient:
    if row is None:
        return patient
    known = min((len(date) for date in (row.prior_date, row.recent_date) if date), default=0)
    given = {
        "date_precision": DATE_PRECISIONS.get(known, ""),
        "interval_years": interval,
        "interval_source": "" if interval is None else "workbook",
    }
    return replace(patient, **(vars(row) | given))


def _records(patients: Iterable[Patient], layout: Layout) -> tuple[tuple[ImageRecord, ...], list[Finding]]:
    records: list[ImageRecord] = []
    missing: list[Finding] = []
    claimed = layout.files.keys() | layout.contested
    kind = CalcificationImage if any(_is_suspicious(case) for case in layout.cases) else FiledImage
    for patient, view, visit in product(patients, View, Visit):
        key = ImageKey(patient.patient_id, view, visit)
        others = [layout.files.get((ImageKey(patient.patient_id, *where), False)) for where in product(View, Visit)]
        dicom = layout.files.get((key, False))
        beside = tuple(other for other in others if other is not None and other != dicom)
        overlay = layout.files.get((key, True))
        records.append(kind(key=key, patient=patient, dicom=dicom, overlay=overlay, beside=beside))
        for code, outlined in ((AuditCode.MISSING_DICOM, False), (AuditCode.MISSING_GT, True)):
            if (key, outlined) not in claimed:
                missing.append(Finding.of(code, image_id=str(key)))
    return tuple(records), missing


def _birads_findings(patients: Iterable[Patient], file: str) -> Iterator[Finding]:
    for patient in patients:
        number = birads_number(patient.birads)
        if patient.case_class and number is not None and number not in EXPECTED_BIRADS[patient.case_class]:
            message = f"BI-RADS {patient.birads} in a {patient.case_class} case"
            yield Finding.of(AuditCode.BIRADS_CLASS_CONFLICT, message, patient_id=patient.patient_id, file=file)


def birads_number(text: str) -> int | None:
    """BI-RADS class in a printed text, None where there is none or more than one.

    Examples
    --------
    >>> birads_number("4a"), birads_number("BI-RADS 6"), birads_number("4-5")
    (4, 6, None)
    """
    found = {int(digit) for digit in _BIRADS.findall(text.casefold())}
    return found.pop() if len(found) == 1 else None
