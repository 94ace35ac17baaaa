"""Where the header of a sheet is and which column means what, by the words in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from radiomics_mammo.core.vocabulary import CaseClass
from radiomics_mammo.release.cells import Cell, Sheet

HEADER_ROWS = 20
"""Rows, from the top, among which a header is looked for."""
_MIN_FIELDS = 3
_SHEET_LIKENESS = 0.8
"""Likeness (0..1) of a sheet name and a class name that forgives one or two mistyped letters."""


class Field(StrEnum):
    """What a column of the workbook says of a patient."""

    FOLDER = "folder number"
    LATERALITY = "breast"
    AGE = "age"
    DENSITY = "breast density"
    BIRADS = "BI-RADS classification"
    DATES = "exam dates"
    PRIOR_DATE = "prior exam date"
    RECENT_DATE = "recent exam date"
    INTERVAL = "years between screenings"
    BIOPSY = "biopsy result"


@dataclass(frozen=True)
class Header:
    """Where the patients of a sheet start and which columns hold which field, leftmost first."""

    first_row: int
    columns: dict[Field, tuple[int, ...]]


def plain(text: object) -> str:
    r"""Lower-case words separated by single blanks, without punctuation and odd spaces.

    Examples
    --------
    >>> plain(" BI-RADS\u00a0categories for\nbreast density ")
    'bi rads categories for breast density'
    """
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    return " ".join(re.sub(r"[^\w#]|_", " ", folded).split())


_WORDS: tuple[tuple[Field, str], ...] = (
    (Field.DENSITY, r"\b(density|densities|breast composition)\b"),
    (Field.BIRADS, r"\bbi ?rads\b|\bclassification\b|\bassessment\b"),
    (Field.AGE, r"\bages?\b"),
    (Field.INTERVAL, r"\bbetween\b|\binterval\b"),
    (Field.BIOPSY, r"biops|histo|patholog"),
    (Field.DATES, r"\b(dates?|years?)\b|\bavailable mammograms?\b"),
    (Field.LATERALITY, r"\blaterality\b|\bside\b|\bbreasts?\b|\bright left\b|\bleft right\b"),
    (Field.FOLDER, r"\bfolders?\b|\bpatients?\b|\bcases?\b|^(no|nr|id|number|#)$"),
)
"""The first pattern that matches names the column; the order settles headers that hold words of several."""
_NOT_OF_EXAM = re.compile(r"\b(birth|biops\w*|surgery|diagnos\w*)\b")
_OTHER_UNIT = re.compile(r"\b(months?|weeks?|days?)\b")
_OF_RECENT_EXAM = (Field.AGE, Field.DENSITY, Field.BIRADS)


def field_of(header: str) -> Field | None:
    """Field that a header text means.

    Examples
    --------
    >>> field_of("Age (at the time of the recent mammogram) "), field_of("Years between screenings")
    (<Field.AGE: 'age'>, <Field.INTERVAL: 'years between screenings'>)
    >>> field_of("Date of birth") is None
    True
    """
    text = plain(header)
    found = next((field for field, words in _WORDS if re.search(words, text)), None)
    dated = re.search(r"\b(dates?|years?)\b", text) is not None and found in (Field.DATES, Field.BIOPSY)
    if (dated and _NOT_OF_EXAM.search(text)) or (found is Field.INTERVAL and _OTHER_UNIT.search(text)):
        return None
    older = re.search(r"\b(prior|previous|first|former)\b", text) is not None
    newer = re.search(r"\b(recent|current|latest|second|last)\b", text) is not None
    if found in _OF_RECENT_EXAM and older and not newer:
        return None
    if found is not Field.DATES or older == newer:
        return found
    return Field.PRIOR_DATE if older else Field.RECENT_DATE


def find_header(sheet: Sheet) -> Header | None:
    """Header of a sheet: the row (or two rows) near the top that names most fields; None where none does.

    Returns
    -------
    Header or None
        None unless the folder number and two more fields are named.
    """
    best: tuple[int, Header] | None = None
    for top in range(min(HEADER_ROWS, len(sheet.rows))):
        for depth in (1, 2):
            block = sheet.rows[top : top + depth]
            if len(block) < depth or (depth > 1 and not _continues(block[0], block[1])):
                continue
            columns = _name_columns(block)
            score = len(columns)
            if Field.FOLDER in columns and score >= _MIN_FIELDS and (best is None or score > best[0]):
                best = score, Header(top + depth, columns)
    return best[1] if best else None


def _continues(header: tuple[Cell, ...], below: tuple[Cell, ...]) -> bool:
    """Whether the row below a header says more of the columns, rather than holding a first patient."""
    named = [number for number, cell in enumerate(header) if field_of(str(cell or "")) is Field.FOLDER]
    return all(below[number] in (None, header[number]) for number in named)


def _name_columns(block: Iterable[tuple[Cell, ...]]) -> dict[Field, tuple[int, ...]]:
    """Columns of every field; one that says "folder" leaves patient and running numbers aside."""
    found: dict[Field, list[int]] = {}
    folders: list[int] = []
    for number, cells in enumerate(zip(*block, strict=True)):
        texts = [cell for cell in cells if isinstance(cell, str)]
        if len(texts) < sum(cell is not None for cell in cells):
            continue
        field = field_of(" ".join(dict.fromkeys(texts)))
        if field is not None:
            found.setdefault(field, []).append(number)
        if field is Field.FOLDER and re.search(r"\bfolders?\b", plain(" ".join(texts))):
            folders.append(number)
    return {field: tuple(numbers) for field, numbers in found.items()} | (
        {Field.FOLDER: tuple(folders)} if folders else {}
    )


def missing_fields(header: Header, case_class: CaseClass | None) -> tuple[Field, ...]:
    """Fields that the sheet of a class must have and this header lacks, in reading order."""
    needed = [Field.LATERALITY, Field.AGE, Field.DENSITY, Field.BIRADS, Field.INTERVAL]
    if case_class is CaseClass.MALIGNANT:
        needed.append(Field.BIOPSY)
    dated = Field.DATES in header.columns or {Field.PRIOR_DATE, Field.RECENT_DATE} <= header.columns.keys()
    lacking = [field for field in needed if field not in header.columns]
    return tuple(lacking if dated else [*lacking, Field.DATES])


def class_sheets(names: Iterable[str]) -> dict[CaseClass, tuple[str, ...]]:
    """Sheets of every class by name, whatever the case, spaces and small misspellings; several that are equally like.

    Examples
    --------
    >>> sorted(class_sheets(["General_Info", "malignant cases ", "Bening_cases"]).items())
    [(<CaseClass.BENIGN: 'benign'>, ('Bening_cases',)), (<CaseClass.MALIGNANT: 'malignant'>, ('malignant cases ',))]
    """
    likeness = {name: max((_likeness(name, case_class), case_class) for case_class in CaseClass) for name in names}
    found: dict[CaseClass, tuple[str, ...]] = {}
    for case_class in CaseClass:
        scores = {name: score for name, (score, likest) in likeness.items() if likest is case_class}
        best = max(scores.values(), default=(0.0, 0.0))
        if best[0] >= _SHEET_LIKENESS:
            found[case_class] = tuple(name for name, score in scores.items() if score == best)
    return found


def _likeness(sheet: str, case_class: CaseClass) -> tuple[float, float]:
    """Likeness of the likest word of a sheet name, and of all its words together: one that says more is less like."""
    words = [word for word in plain(sheet).split() if not re.fullmatch(r"abnormal|cases?|patients?|\d+", word)]
    glued = re.sub(r"(cases?|patients?)$", "", "".join(words))
    ratios = [SequenceMatcher(None, word, case_class).ratio() for word in [*words, glued]]
    return max(ratios), ratios[-1]
