"""Single cells of the workbook become ages, letters, sides and numbers; what cannot be read says so."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Generic, TypeVar

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import Density, Laterality
from radiomics_mammo.release.cells import Cell, Mark

T_co = TypeVar("T_co", covariant=True)

_MISSING = {"", "-", "--", "?", ".", "/", "na", "n/a", "nan", "none", "null", "missing", "unknown", "not available"}
_MISSING |= {"not applicable", "not known", "not given", "not reported", "n.a.", "n.a"}
_NUMBER = re.compile(
    r"[<>~]?\s*([+-]?\d{1,9}(?:[.,]\d{1,9})?)\s*(?:years?|yrs?|y|yo|y\.o\.?|years? old)?\.?", re.IGNORECASE
)
_DENSITIES = {"1": "a", "2": "b", "3": "c", "4": "d", "i": "a", "ii": "b", "iii": "c", "iv": "d"}
_DENSITY_WORDS = re.compile(
    r"\b(acr|bi ?rads|birads|category|categories|density|breast|type|class|grade|composition)\b"
)
_BIRADS = re.compile(r"\b([0-6])\s*[abc]?\b")
_MAX_DECIMALS = 6
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class Reading(Generic[T_co]):
    """What a cell says: a value, nothing (neither value nor problem), or why it cannot be read and the code of that."""

    value: T_co | None = None
    problem: str = ""
    code: AuditCode = AuditCode.CELL_UNREADABLE


def cell_text(cell: Cell) -> str:
    r"""Text of a cell without odd spaces; whole numbers without ``.0``; empty where it says "not available".

    Examples
    --------
    >>> cell_text(7.0), cell_text(" NOT\u00a0AVAILABLE "), cell_text("  DCIS ")
    ('7', '', 'DCIS')
    """
    if cell is None or isinstance(cell, Mark):
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = " ".join(unicodedata.normalize("NFKC", str(cell)).split())
    return "" if text.casefold() in _MISSING else text


def shown(cell: Cell) -> str:
    """A cell as a message quotes it: short, on one line.

    Examples
    --------
    >>> shown("about fifty"), shown(Mark.FORMULA)
    ("'about fifty'", 'a formula without a stored result')
    """
    if isinstance(cell, Mark):
        return cell.value
    text = cell_text(cell)
    return repr(text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "...")


def folder_key(cell: Cell) -> str:
    """Folder name that a cell or folder stands for, comparable whether typed as number or text.

    Examples
    --------
    >>> folder_key(7.0), folder_key(" 07 "), folder_key("7a")
    ('7', '7', '7a')
    """
    text = cell_text(cell)
    return (text.lstrip("0") or "0") if text.isascii() and text.isdecimal() else text.casefold()


def read_number(cell: Cell) -> Reading[Decimal]:
    """A number, also as text with a decimal comma or followed by "years".

    Examples
    --------
    >>> read_number("2,4 years").value, read_number(56).value
    (Decimal('2.4'), Decimal('56'))
    """
    if isinstance(cell, Mark | bool | datetime):
        return Reading(problem=f"no number: {shown(cell)}")
    text = cell_text(cell)
    if not text or (isinstance(cell, float) and cell != cell):
        return Reading()
    match = _NUMBER.fullmatch(repr(round(cell, _MAX_DECIMALS)) if isinstance(cell, float) else text)
    if match is None or text[0] in "<>~":
        return Reading(problem=f"no number: {shown(cell)}")
    number = Decimal(match[1].replace(",", "."))
    return Reading(number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize())


def read_density(cell: Cell) -> Reading[Density]:
    """BI-RADS density as letter a-d in any case, or as numeral 1-4 or I-IV of the earlier edition.

    Examples
    --------
    >>> read_density("ACR B").value, read_density(3.0).value, read_density("b/c").problem
    (<Density.B: 'b'>, <Density.C: 'c'>, "no density letter: 'b/c'")
    """
    text = cell_text(cell)
    if isinstance(cell, Mark | bool | datetime):
        return Reading(problem=f"no density letter: {shown(cell)}")
    if not text:
        return Reading()
    words = re.sub(r"[\s()\[\].:_-]+", " ", text.casefold())
    letter = " ".join(_DENSITY_WORDS.sub(" ", words).split())
    letter = _DENSITIES.get(letter, letter)
    if letter in set(Density):
        return Reading(Density(letter))
    return Reading(problem=f"no density letter: {shown(cell)}")


def read_laterality(cell: Cell) -> Reading[Laterality]:
    """Breast side: right, left, R, L in any case, with or without the word breast.

    Examples
    --------
    >>> read_laterality("Right breast").value, read_laterality("L ").value
    (<Laterality.RIGHT: 'R'>, <Laterality.LEFT: 'L'>)
    """
    text = cell_text(cell).casefold()
    if not text and not isinstance(cell, Mark):
        return Reading()
    word = re.sub(r"[^a-z]|breast|side", "", text)
    sides = {"r": Laterality.RIGHT, "right": Laterality.RIGHT, "l": Laterality.LEFT, "left": Laterality.LEFT}
    return Reading(sides[word]) if word in sides else Reading(problem=f"no breast side: {shown(cell)}")


def read_text(cell: Cell) -> Reading[str]:
    """Text of a cell as printed; nothing where it says "not available".

    Examples
    --------
    >>> read_text(2.0).value, read_text("NOT AVAILABLE").value
    ('2', None)
    """
    if isinstance(cell, Mark):
        return Reading(problem=cell.value)
    return Reading(cell_text(cell) or None)


def birads_number(text: str) -> int | None:
    """BI-RADS class in a printed text, None where there is none or more than one.

    Examples
    --------
    >>> birads_number("4a"), birads_number("BI-RADS 6"), birads_number("4-5")
    (4, 6, None)
    """
    found = {int(digit) for digit in _BIRADS.findall(text.casefold())}
    return found.pop() if len(found) == 1 else None


def decimals_shown(values: Sequence[Decimal]) -> int:
    """Precision of a column of numbers: most decimals that at least half of its values show.

    A column typed to one decimal holds a whole number in about one row of ten, and a column of whole years may hold
    a stray half: the half-of-the-values rule reads both for what they are.

    Examples
    --------
    >>> decimals_shown([Decimal("2.4"), Decimal("2"), Decimal("1.9")])
    1
    """
    places = sorted(_places(value) for value in values)
    return places[len(places) // 2] if places else 0


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def round_to(value: Decimal, places: int) -> float:
    """Number rounded to so many decimals, halves up.

    Examples
    --------
    >>> round_to(Decimal("2.5"), 0), round_to(Decimal("2.44"), 1)
    (3.0, 2.4)
    """
    return float(value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))
