"""The sibling release of the same authors: calcifications, in the layout of the public one with other class folders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.errors import WorkbookError
from radiomics_mammo.core.identity import patient_id_of
from radiomics_mammo.core.lettering import as_latin
from radiomics_mammo.core.vocabulary import CaseClass
from radiomics_mammo.release.files import FileListing, printable
from radiomics_mammo.release.layout import (
    CaseFolder,
    Layout,
    class_of,
    glued,
    is_litter,
    laid_out,
    patient_folders,
)
from radiomics_mammo.release.sheets import Sheet, class_sheets, find_header
from radiomics_mammo.release.workbook import Workbook, gathered

SUSPICIOUS = "suspicious"
_FOLDER = re.compile(r"suspicious(cases?)?")
_LIKENESS = 0.8


def is_suspicious(folder: str) -> bool:
    """Whether a folder is that of suspicious cases.

    Examples
    --------
    >>> is_suspicious("Suspicious_cases"), is_suspicious("suspicious Cases "), is_suspicious("Malignant_cases")
    (True, True, False)
    """
    return _FOLDER.fullmatch(glued(folder)) is not None


def suspicious_id(folder: str) -> str:
    """Patient id of a folder, or of a row, of the suspicious cases.

    Examples
    --------
    >>> suspicious_id("7"), suspicious_id("A 1")
    ('suspicious-07', 'suspicious-A 1')
    """
    return f"{SUSPICIOUS}-{int(folder):02d}" if folder.isdecimal() else f"{SUSPICIOUS}-{folder}"


def sibling_layout(listing: FileListing) -> Layout:
    """Patients of ``Suspicious_cases/<folder>/`` and ``Normal_cases``; none beside benign or malignant ones."""
    cases: dict[str, CaseFolder] = {}
    for path in sorted(patient_folders(listing)):
        parts = path.split("/")
        if len(parts) < 2 or is_litter(path):
            continue
        name, case_class = printable(parts[-1]).strip(), class_of(parts[-2])
        if is_suspicious(parts[-2]):
            cases[path] = CaseFolder(path, name, suspicious_id(name), None)
        elif case_class is CaseClass.NORMAL:
            cases[path] = CaseFolder(path, name, patient_id_of(case_class, name), case_class)
        elif case_class is not None:
            return laid_out(listing, {}, [])
    suspicious = any(case.case_class is None for case in cases.values())
    return laid_out(listing, cases if suspicious else {}, [])


def read_sibling_workbook(sheets: Iterable[Sheet], *, name: str, config: ReleaseConfig = DEFAULT_RELEASE) -> Workbook:
    """Rows of the sheets of normal and of suspicious cases.

    Raises
    ------
    WorkbookError
        If there is no readable sheet of suspicious cases.
    """
    titled = {sheet.name: sheet for sheet in sheets}
    ours = [title for title in titled if _likeness(title) >= _LIKENESS]
    normal = class_sheets([title for title in titled if title not in ours]).get(CaseClass.NORMAL, ())
    tables = [
        (case_class, titled[title], header)
        for case_class, titles in ((None, ours), (CaseClass.NORMAL, normal))
        for title in titles
        if (header := find_header(titled[title])) is not None
    ]
    if not any(case_class is None for case_class, _, _ in tables):
        found, remedy = "sheets " + ", ".join(titled)[:100], "give the right workbook with --description"
        raise WorkbookError(name, "a readable sheet Suspicious_cases", found, remedy)
    return gathered(tables, [], name=name, config=config, unclassed=suspicious_id)


def _likeness(sheet: str) -> float:
    words = re.findall(r"[a-z]+", as_latin(sheet).casefold().replace("_", " "))
    return max((SequenceMatcher(None, word, SUSPICIOUS).ratio() for word in words), default=0.0)
