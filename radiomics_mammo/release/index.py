"""A folder or archive and its workbook become a `Release`: who is there, which files are whose; nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from radiomics_mammo.config.release import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.cases import FileRef, ImageRecord, Patient, Release
from radiomics_mammo.core.errors import ReleaseError, WorkbookError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, View, Visit
from radiomics_mammo.release.files import FileListing, list_files, printable
from radiomics_mammo.release.intervals import ExamTiming, common_intervals
from radiomics_mammo.release.layout import CaseFolder, Layout, case_layout, class_layout, stray_findings
from radiomics_mammo.release.rows import WorkbookRow
from radiomics_mammo.release.search import find_workbook, read_workbook_bytes
from radiomics_mammo.release.values import birads_number, folder_key
from radiomics_mammo.release.workbook import (
    NO_WORKBOOK,
    RowKey,
    Workbook,
    holds_class_sheets,
    read_case_workbook,
    read_workbook,
    row_patient_id,
)

EXPECTED_BIRADS = {CaseClass.NORMAL: {1}, CaseClass.BENIGN: {2}, CaseClass.MALIGNANT: {4, 5, 6}}
"""BI-RADS classes that fit a class folder: the README states 1, 2 and 6; 4 and 5 precede the biopsy that makes 6."""

_LAYOUT = "folders Normal_cases, Benign_cases, Malignant_cases"


def open_release(
    path: str | Path, *, description: str | Path | None = None, config: ReleaseConfig = DEFAULT_RELEASE
) -> Release:
    """Index a release: a folder or the untouched archive, and its workbook.

    Parameters
    ----------
    path : str or Path
        Folder, zip archive, or a folder that holds just the downloaded archive and workbook.
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
    listing, layout = _find_classes(Path(path), config)
    ref = find_workbook(listing, layout.unclaimed, given=Path(description) if description else None, config=config)
    if ref is None:
        remedy = "put Description.xlsx beside the data or give it with --description FILE"
        raise WorkbookError(listing.root.name, "a workbook inside or beside the data", "none", remedy)
    workbook = read_workbook(read_workbook_bytes(ref, config=config), name=printable(ref.name), config=config)
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
    listing = list_files(Path(path), config=config)
    layout = class_layout(listing)
    classed = bool(layout.cases)
    if not classed:
        layout = case_layout(listing)
    if not layout.cases:
        remedy = "name the files CC_prior, CC_recent, MLO_prior, MLO_recent and their _GT copies"
        raise ReleaseError(listing.root.name, "Cases/<id>/ with mammograms", "none", remedy)
    ref = find_workbook(listing, layout.unclaimed, given=Path(description) if description else None, config=config)
    if ref is None:
        return _join(listing, layout, NO_WORKBOOK, None)
    data, name = read_workbook_bytes(ref, config=config), printable(ref.name)
    if not classed and holds_class_sheets(data, name=name, config=config):
        if description is not None:
            expected, found = "a workbook of these cases", "the class sheets of a release, whose folders are others"
            raise WorkbookError(name, expected, found, "list the cases in a sheet of another name")
        return _join(listing, layout, NO_WORKBOOK, None)
    read = read_workbook if classed else read_case_workbook
    return _join(listing, layout, read(data, name=name, config=config), ref)


def _find_classes(path: Path, config: ReleaseConfig) -> tuple[FileListing, Layout]:
    """Listing and layout of the data; a folder that holds one archive of patients stands for that archive."""
    listing = list_files(path, config=config)
    layout = class_layout(listing)
    if layout.cases:
        return listing, layout
    zips = [ref for ref in listing.files if not ref.archived and ref.name.casefold().endswith(".zip")]
    packed = [list_files(ref.root / ref.name, config=config) for ref in zips if "/" not in ref.name]
    holding = [inner for inner in packed if class_layout(inner).cases]
    if len(holding) == 1:
        return holding[0], class_layout(holding[0])
    found = f"{len(listing.files)} files, no patient folder below such a folder"
    remedy = "give the folder that holds the class folders, or Dataset.zip; for cases without class use predict"
    raise ReleaseError(listing.root.name, _LAYOUT, found, remedy)


def _join(listing: FileListing, layout: Layout, workbook: Workbook, ref: FileRef | None) -> Release:
    keys = {case.patient_id: (case.case_class, folder_key(case.name)) for case in layout.cases}
    rows = {case.patient_id: workbook.rows.get(keys[case.patient_id]) for case in layout.cases}
    timings = [_timing(case, row) for case, row in ((c, rows[c.patient_id]) for c in layout.cases) if row is not None]
    intervals, timing_findings = common_intervals(timings)
    patients = tuple(_patient(case, rows[case.patient_id], intervals) for case in layout.cases)
    records, missing = _records(patients, layout)
    findings = [
        *listing.findings,
        *layout.findings,
        *stray_findings(stray for stray in layout.unclaimed if stray != ref),
        *workbook.findings,
        *_row_findings(keys, workbook, ref),
        *timing_findings,
        *_birads_findings(patients, ref),
        *missing,
    ]
    return Release(listing.root, patients, records, tuple(findings), ref)


def _timing(case: CaseFolder, row: WorkbookRow) -> ExamTiming:
    return ExamTiming(case.patient_id, case.case_class, row.interval_years, row.prior_date, row.recent_date)


def _patient(case: CaseFolder, row: WorkbookRow | None, intervals: dict[str, float]) -> Patient:
    patient = Patient(case.patient_id, case.case_class, case.name)
    if row is None:
        return patient
    dates = [date for date in (row.prior_date, row.recent_date) if date is not None]
    interval = intervals.get(case.patient_id)
    return replace(
        patient,
        laterality=row.laterality,
        age_years=row.age_years,
        density=row.density,
        birads=row.birads,
        prior_date=row.prior_date.iso if row.prior_date else "",
        recent_date=row.recent_date.iso if row.recent_date else "",
        date_precision=min(dates, key=lambda date: len(date.iso)).precision if dates else "",
        interval_years=interval,
        interval_source="" if interval is None else "workbook",
        biopsy=row.biopsy,
    )


def _records(patients: Iterable[Patient], layout: Layout) -> tuple[tuple[ImageRecord, ...], list[Finding]]:
    records: list[ImageRecord] = []
    missing: list[Finding] = []
    for patient in patients:
        for view in View:
            for visit in Visit:
                key = ImageKey(patient.patient_id, view, visit)
                record = ImageRecord(key, patient, layout.files.get((key, False)), layout.files.get((key, True)))
                records.append(record)
                missing += [
                    Finding.of(code, image_id=str(key))
                    for code, file_key in ((AuditCode.MISSING_DICOM, (key, False)), (AuditCode.MISSING_GT, (key, True)))
                    if file_key not in layout.files and file_key not in layout.contested
                ]
    return tuple(records), missing


def _row_findings(keys: dict[str, RowKey], workbook: Workbook, ref: FileRef | None) -> list[Finding]:
    """Folders without row (where the sheet of their class was read at all) and rows without folder."""
    file = printable(ref.name) if ref else ""
    folders = set(keys.values())
    rowless = [
        patient_id for patient_id, key in keys.items() if key not in workbook.rows and key[0] in workbook.read_classes
    ]
    homeless = sorted(row_patient_id(key) for key in workbook.rows if key not in folders)
    return [
        *(Finding.of(AuditCode.FOLDER_WITHOUT_ROW, patient_id=patient_id, file=file) for patient_id in rowless),
        *(Finding.of(AuditCode.ROW_WITHOUT_FOLDER, patient_id=patient_id, file=file) for patient_id in homeless),
    ]


def _birads_findings(patients: Iterable[Patient], ref: FileRef | None) -> list[Finding]:
    file = printable(ref.name) if ref else ""
    return [
        Finding.of(
            AuditCode.BIRADS_CLASS_CONFLICT,
            f"BI-RADS {patient.birads} in a {patient.case_class} case",
            patient_id=patient.patient_id,
            file=file,
        )
        for patient in patients
        if patient.case_class is not None
        and (number := birads_number(patient.birads)) is not None
        and number not in EXPECTED_BIRADS[patient.case_class]
    ]
