"""A cohort file: one row per lesion of an image, or per image without lesion, becomes a `Release`; nothing is decoded.

What is wrong with the file is said in one line that names row and column; what a column that is absent costs is one
finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import pandas as pd

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.cases import CohortImage, DrawnLesion, FileRef, Patient, Release
from radiomics_mammo.core.errors import ReleaseError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import CaseClass, Laterality, LesionLabel, View, Visit, is_view
from radiomics_mammo.release.files import content_hash
from radiomics_mammo.release.header import DicomHeader, laterality_of
from radiomics_mammo.release.images import header_in
from radiomics_mammo.tables.masses import joint_label
from radiomics_mammo.tables.strata import read_density

ENDINGS = (".csv", ".parquet", ".xlsx")
"""Files that are cohort files where a release is expected."""
MUST = ("patient_id", "image")
COSTS = {
    "label": "nothing is classified, and no class is compared",
    "age_years": "nothing is said by age",
    "density": "nothing is said by breast density",
}
"""Columns whose absence costs something, and what."""
FILES = ("image", "mask", "outlines", "polygons")
KNOWN = (
    *MUST, "laterality", "view", "visit", "exam_date", "mask", "mask_value", "outlines", "polygons",
    "lesion_id", "label", "age_years", "density", "birads", "interval_years", "row_spacing_mm", "col_spacing_mm",
)  # fmt: skip
_NAME = re.compile(r'[^.\s/\\:*?"<>|\x00-\x1f\x7f][^/\\:*?"<>|\x00-\x1f\x7f]{0,99}')
"""Ids become names of files."""
_OF_PATIENT = ("age_years", "density", "birads", "interval_years")
_YEAR = re.compile(r"\d{4}")
_DAYS_A_YEAR = 365.25
_SIDES = {"l": "L", "left": "L", "r": "R", "right": "R", "": ""}
_EXAMS = 2


@dataclass(frozen=True)
class _Cohort:
    """The file and its cells as text."""

    path: Path
    cells: pd.DataFrame
    config: ReleaseConfig

    @cached_property
    def headers(self) -> dict[str, DicomHeader | None]:
        """Header of every image whose breast or view the file leaves open, by the name of the image; None without."""
        open_rows = [row for row in self.cells.index if not (self.said(row, "laterality") and self.said(row, "view"))]
        names = dict.fromkeys(self.cells["image"][open_rows])
        return {name: header_in(self.path.parent / name) for name in names}

    def said(self, row: int, column: str) -> str:
        """Text of a cell; empty where there is no such column."""
        return str(self.cells[column][row]) if column in self.cells else ""

    def refuse(self, row: int, column: str, expected: str, found: str) -> NoReturn:
        """One line that names row (the first below the header is 1) and column."""
        where = f"{self.path.name} row {row + 1} column {column}"
        raise ReleaseError(where, expected, found, "correct the cell, or leave the row out")

    def has(self, column: str) -> bool:
        """Whether a column is there with anything in it."""
        return column in self.cells and bool((self.cells[column] != "").any())

    @cached_property
    def ids_repeat(self) -> bool:
        """Whether two lesions have one id."""
        ids = self.cells.get("lesion_id", pd.Series(dtype="object"))
        return bool(ids[ids != ""].duplicated().any())

    def number(self, row: int, column: str, bounds: tuple[float, float], unit: str) -> float | None:
        """Number of a cell within bounds; None where it is empty."""
        text = self.cells[column][row] if column in self.cells else ""
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not bounds[0] <= value <= bounds[1]:
            self.refuse(row, column, f"{bounds[0]:g} to {bounds[1]:g} {unit}", repr(text))
        return value

    def file(self, row: int, column: str) -> FileRef | None:
        """File a cell names, relative to the cohort file."""
        text = self.cells[column][row] if column in self.cells else ""
        if not text:
            return None
        if not (self.path.parent / text).is_file():
            self.refuse(row, column, "a file", f"{text!r}, which is not there")
        return FileRef(self.path.parent, text)


def is_cohort(path: str | Path) -> bool:
    """Whether a path is that of a cohort file.

    Examples
    --------
    >>> is_cohort("cohort.csv"), is_cohort("Dataset.zip")
    (True, False)
    """
    return Path(path).suffix.casefold() in ENDINGS


def open_cohort(path: str | Path, *, config: ReleaseConfig = DEFAULT_RELEASE) -> Release:
    """Index a cohort file.

    Parameters
    ----------
    path : str or Path
        CSV, Parquet or XLSX; paths in it are relative to it.
    config : ReleaseConfig

    Returns
    -------
    Release
        Images ``<patient_id>_<L|R><view>_<visit>``; the recent exam is the latest, its prior the latest before it.

    Raises
    ------
    ReleaseError
        Naming row and column of the first thing that is wrong.
    """
    cohort = _Cohort(Path(path), _cells(Path(path)), config)
    visits, earlier = _visits(cohort)
    patients = {patient.patient_id: patient for patient in _patients(cohort, visits)}
    images = tuple(_images(cohort, visits, patients))
    findings = (*_column_findings(cohort), *earlier, *_alone(images))
    return Release(root=Path(path).resolve(), patients=tuple(patients.values()), images=images, findings=findings)


def _cells(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.casefold() == ".parquet":
            table = pd.read_parquet(path)
        elif path.suffix.casefold() == ".xlsx":
            table = pd.read_excel(path, dtype=object)
        else:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", sep=_separator(path))
    except (OSError, ValueError, KeyError) as error:
        found = "no such file" if not path.exists() else " ".join(str(error).split())[:120]
        raise ReleaseError(path.name, "a cohort file (CSV, Parquet, XLSX)", found, "check the file") from error
    table.columns = [str(name).strip().casefold() for name in table.columns]
    lacking = [name for name in MUST if name not in table]
    twice = table.columns[table.columns.duplicated()]
    if lacking or table.empty or len(twice):
        found = f"no column {lacking[0]}" if lacking else f"two columns {twice[0]}" if len(twice) else "no row"
        raise ReleaseError(path.name, f"columns {' and '.join(MUST)}", found, "see the contract of a cohort file")
    text = table.astype(object).where(table.notna(), "").astype(str)
    stripped = text.apply(lambda column: column.str.strip())
    for name in MUST:
        empty = stripped.index[stripped[name] == ""]
        if len(empty):
            _Cohort(path, stripped, DEFAULT_RELEASE).refuse(empty[0], name, "a value", "an empty cell")
    cohort = _Cohort(path, stripped.reset_index(drop=True), DEFAULT_RELEASE)
    for column in ("patient_id", "lesion_id"):
        for row in cohort.cells.index if column in cohort.cells else ():
            if not _NAME.fullmatch(cohort.cells[column][row] or "-"):
                words = 'a name for files: no / \\ : * ? " < > |, no control character, no dot in front'
                cohort.refuse(row, column, words, repr(cohort.cells[column][row])[:60])
    return cohort.cells


def _separator(path: Path) -> str:
    """The sign between columns: a semicolon or tab where the header has these and no comma."""
    with path.open(encoding="utf-8-sig") as file:
        header = file.readline()
    return next((sign for sign in ";\t" if sign in header and "," not in header), ",")


def _visits(cohort: _Cohort) -> tuple[list[Visit | None], list[Finding]]:
    """Exam of every row, None for exams before the prior one."""
    cells = cohort.cells
    words: list[object] = [_when(cohort, row) for row in cells.index]
    visits: list[Visit | None] = [Visit.RECENT] * len(cells)
    findings = []
    for patient, rows in cells.groupby("patient_id", sort=False).groups.items():
        kinds = {type(words[row]) for row in rows}
        if len(kinds) > 1:
            cohort.refuse(
                rows[0], "visit", "a visit or date in every row of a patient", f"both, or none, for {patient}"
            )
        order = sorted({words[row] for row in rows}, reverse=True)
        if kinds == {Visit}:
            for row in rows:
                visits[row] = Visit(str(words[row]))
            continue
        for row in rows:
            place = order.index(words[row])
            visits[row] = (Visit.RECENT, Visit.PRIOR, None)[min(place, _EXAMS)]
        if len(order) > _EXAMS:
            message = f"{len(order) - _EXAMS} exams before the prior one are not looked at"
            findings.append(Finding.of(AuditCode.EARLIER_EXAMS, message, patient_id=str(patient)))
    return visits, findings


def _when(cohort: _Cohort, row: int) -> object:
    """Visit word or date of a row; an empty text where it gives neither."""
    word = cohort.cells["visit"][row].casefold() if "visit" in cohort.cells else ""
    date = cohort.cells["exam_date"][row] if "exam_date" in cohort.cells else ""
    if word:
        if word not in list(Visit):
            cohort.refuse(row, "visit", "prior or recent", repr(word))
        return Visit(word)
    if not date:
        return ""
    found = pd.to_datetime(date, errors="coerce", format="ISO8601")
    if pd.isna(found):
        cohort.refuse(row, "exam_date", "a date YYYY-MM-DD", repr(date))
    return found


def _patients(cohort: _Cohort, visits: list[Visit | None]) -> Iterator[Patient]:
    ages, intervals = (0.0, 130.0), (0.0, cohort.config.max_interval_years)
    for patient, rows in cohort.cells.groupby("patient_id", sort=True).groups.items():
        facts = {column: _agreed(cohort, column, rows) for column in _OF_PATIENT if column in cohort.cells}
        first = rows[0]
        density = read_density(facts.get("density") or None)
        if facts.get("density") and density is None:
            cohort.refuse(first, "density", "BI-RADS density a to d", repr(facts["density"]))
        given = next(
            (row for row in rows if facts.get("interval_years") and cohort.cells["interval_years"][row]), first
        )
        interval = cohort.number(given, "interval_years", intervals, "years")
        source = "cohort file" if interval is not None else ""
        if interval is None:
            interval = _between(cohort, rows, visits)
            source = "exam dates" if interval is not None else ""
        aged = next((row for row in rows if facts.get("age_years") and cohort.cells["age_years"][row]), first)
        yield Patient(
            patient_id=str(patient),
            case_class=_class_of(cohort, rows),
            folder="",
            age_years=cohort.number(aged, "age_years", ages, "years (all ages in years)"),
            density=density,
            birads=facts.get("birads", ""),
            interval_years=interval,
            interval_source=source,
        )


def _agreed(cohort: _Cohort, column: str, rows: Iterable[int]) -> str:
    """The one value the rows of a patient give, empty where none does."""
    given = {cohort.cells[column][row]: row for row in rows if cohort.cells[column][row]}
    if len(given) > 1:
        (one, _), (other, row) = list(given.items())[:2]
        cohort.refuse(row, column, f"{one!r}, as in other rows of the patient", repr(other))
    return next(iter(given), "")


def _between(cohort: _Cohort, rows: Iterable[int], visits: list[Visit | None]) -> float | None:
    dates = {visits[row]: _when(cohort, row) for row in rows}
    prior, recent = dates.get(Visit.PRIOR), dates.get(Visit.RECENT)
    if not isinstance(prior, pd.Timestamp) or not isinstance(recent, pd.Timestamp):
        return None
    if any(_YEAR.fullmatch(cohort.cells["exam_date"][row]) for row in rows):
        return float(recent.year - prior.year) or None  # a year alone is no first of January
    return float((recent - prior).days / _DAYS_A_YEAR)


def _class_of(cohort: _Cohort, rows: Iterable[int]) -> CaseClass | None:
    """Class of a patient by the labels of her rows: no lesion is normal, only unconfirmed ones is unknown."""
    labels = [_label(cohort, row) for row in rows if _has_lesion(cohort, row)]
    if not labels:
        return CaseClass.NORMAL
    joint = joint_label(labels)
    return None if joint is LesionLabel.UNCONFIRMED else CaseClass(str(joint))


def _has_lesion(cohort: _Cohort, row: int) -> bool:
    return any(column in cohort.cells and cohort.cells[column][row] for column in ("mask", "outlines", "polygons"))


def _label(cohort: _Cohort, row: int) -> LesionLabel:
    word = cohort.cells["label"][row].casefold() if "label" in cohort.cells else ""
    if word and word not in list(LesionLabel):
        cohort.refuse(row, "label", ", ".join(LesionLabel), repr(word))
    return LesionLabel(word or LesionLabel.UNCONFIRMED)


def _images(cohort: _Cohort, visits: list[Visit | None], patients: Mapping[str, Patient]) -> Iterator[CohortImage]:
    rows_of: dict[ImageKey, list[int]] = {}
    owner: dict[str, tuple[int, ImageKey]] = {}
    for row in cohort.cells.index:
        visit = visits[row]
        if visit is None:
            continue
        patient, name = cohort.cells["patient_id"][row], cohort.cells["image"][row]
        key = ImageKey(patient, _view(cohort, row), visit)
        other, known = owner.setdefault(name, (row, key))
        if known != key:
            cohort.refuse(row, "image", f"another file than that of row {other + 1} ({known})", repr(name))
        first = rows_of.setdefault(key, [])
        if first and cohort.cells["image"][first[0]] != name:
            found = f"{name!r} beside {cohort.cells['image'][first[0]]!r} in row {first[0] + 1}: two images of {key}"
            cohort.refuse(row, "image", "one image per patient, breast, view and visit; say visit or exam_date", found)
        first.append(row)
    _refuse_copies(cohort, [rows[0] for rows in rows_of.values()])
    for key, rows in sorted(rows_of.items()):
        yield _image(cohort, key, rows, patients[key.patient_id])


def _refuse_copies(cohort: _Cohort, rows: Iterable[int]) -> None:
    """No two images may be the same file under two names; only files of one size are read."""
    by_size: dict[int, list[tuple[int, FileRef]]] = {}
    for row in rows:
        if ref := cohort.file(row, "image"):
            by_size.setdefault((ref.root / ref.name).stat().st_size, []).append((row, ref))
    for same in (one for one in by_size.values() if len(one) > 1):
        seen: dict[str, int] = {}
        for row, ref in same:
            first = seen.setdefault(content_hash(ref), row)
            if first != row:
                found = f"{ref.name!r}, a copy of {cohort.cells['image'][first]!r}"
                cohort.refuse(row, "image", f"another picture than that of row {first + 1}", found)


def _view(cohort: _Cohort, row: int) -> View:
    """The view with its breast in front: what the row says, else the header of a DICOM image, else CC of no side."""
    side, word = cohort.said(row, "laterality").casefold(), cohort.said(row, "view").upper()
    if side not in _SIDES:
        cohort.refuse(row, "laterality", "L or R", repr(side))
    if word and not is_view(word):
        cohort.refuse(row, "view", "CC, MLO or another view of DICOM", repr(word))
    view = View(word or _view_in(cohort, row) or View.CC)
    breast = Laterality(_SIDES[side]) if _SIDES[side] else view.side or _breast_in(cohort, row)
    if breast and view.side is None:
        view = View(f"{breast}{view}")
    if breast and view.side is not breast:
        cohort.refuse(row, "view", f"a view of breast {breast}", repr(word))
    return view


def _view_in(cohort: _Cohort, row: int) -> str:
    """View a DICOM header names; empty without one that is known."""
    header = cohort.headers.get(cohort.cells["image"][row])
    word = header.view_position.strip().upper() if header else ""
    return word if is_view(word) else ""


def _breast_in(cohort: _Cohort, row: int) -> Laterality | None:
    """Breast a DICOM header names."""
    header = cohort.headers.get(cohort.cells["image"][row])
    return laterality_of(header) if header else None


def _image(cohort: _Cohort, key: ImageKey, rows: list[int], patient: Patient) -> CohortImage:
    drawn = [_drawn(cohort, row, key) for row in rows if cohort.file(row, "mask") or cohort.file(row, "polygons")]
    _refuse_two(cohort, rows)
    bounds = cohort.config.plausible_spacing_mm
    spacings = [cohort.number(rows[0], f"{axis}_spacing_mm", bounds, "mm") for axis in ("row", "col")]
    if (spacings[0] is None) != (spacings[1] is None):
        cohort.refuse(rows[0], "col_spacing_mm", "both spacings or none", "one of them")
    overlay = next((ref for row in rows if (ref := cohort.file(row, "outlines"))), None)
    if overlay is not None and drawn:
        cohort.refuse(rows[0], "outlines", "masks, polygons or an outlined copy", "two of them for one image")
    return CohortImage(
        key=key,
        patient=patient,
        dicom=cohort.file(rows[0], "image"),
        overlay=overlay,
        drawn=tuple(drawn),
        spacing_mm=None if spacings[0] is None or spacings[1] is None else (spacings[0], spacings[1]),
    )


def _lesion_name(cohort: _Cohort, row: int, key: ImageKey) -> str:
    """The id a row gives its lesion; that of its image before it where ids repeat between images."""
    given = cohort.cells["lesion_id"][row] if "lesion_id" in cohort.cells else ""
    return f"{key}_{given}" if given and cohort.ids_repeat else given


def _drawn(cohort: _Cohort, row: int, key: ImageKey) -> DrawnLesion:
    value = cohort.number(row, "mask_value", (1, 2**31), "(a label)")
    return DrawnLesion(
        where=f"{cohort.path.name} row {row + 1}",
        label=_label(cohort, row),
        name=_lesion_name(cohort, row, key),
        mask=cohort.file(row, "mask"),
        mask_value=None if value is None else int(value),
        polygons=cohort.file(row, "polygons"),
    )


def _refuse_two(cohort: _Cohort, rows: list[int]) -> None:
    """Two rows of one lesion must agree, and two rows must not draw the same mask."""
    for columns in (["lesion_id"], ["mask", "mask_value"]):
        held = [column for column in columns if column in cohort.cells]
        seen: dict[tuple[str, ...], int] = {}
        for row in rows if held else ():
            cell = tuple(cohort.cells[column][row] for column in held)
            if cell[0] and cell in seen:
                found = f"{cell[0]!r} as in row {seen[cell] + 1}"
                if cohort.cells.get("label") is not None and _label(cohort, row) is not _label(cohort, seen[cell]):
                    found += f", {_label(cohort, row)} here and {_label(cohort, seen[cell])} there"
                cohort.refuse(row, held[0], "one row per lesion of an image", found)
            seen[cell] = row


def _column_findings(cohort: _Cohort) -> Iterator[Finding]:
    for column, cost in COSTS.items():
        if not cohort.has(column):
            yield Finding.of(AuditCode.COLUMN_ABSENT, f"no {column}: {cost}", file=cohort.path.name)
    silent = [row for row in cohort.cells.index if not cohort.said(row, "view") and not _view_in(cohort, row)]
    if silent:
        rows = f"{len(silent)} of {len(cohort.cells)} rows have no view, nor has the header of the image"
        cost = "they are taken for CC, where the pectoral muscle is not looked for"
        yield Finding.of(AuditCode.COLUMN_ABSENT, f"{rows}: {cost}", file=cohort.path.name)
    if cohort.ids_repeat:
        yield Finding.of(AuditCode.LESION_IDS, file=cohort.path.name)
    strange = [str(name) for name in cohort.cells.columns if name not in KNOWN]
    if strange:
        message = f"columns of no meaning here were not looked at: {', '.join(strange[:5])}"
        yield Finding.of(AuditCode.STRAY_FILES, message, file=cohort.path.name)


def _alone(images: tuple[CohortImage, ...]) -> Iterator[Finding]:
    """One finding that counts the recent images without a prior one."""
    keys = {image.key for image in images}
    alone = [key for key in keys if key.visit is Visit.RECENT and replace(key, visit=Visit.PRIOR) not in keys]
    if alone:
        message = f"{len(alone)} of {sum(key.visit is Visit.RECENT for key in keys)} recent images have no prior exam"
        yield Finding.of(AuditCode.NO_PRIOR_EXAM, f"{message}; no change is measured there")
