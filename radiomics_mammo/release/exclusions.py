"""Lesions that a reader rejected, bound to the mask the reader saw."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from radiomics_mammo.core.errors import InvariantError, TableError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import LesionKey

_COLUMNS = ("lesion_id", "mask_sha256")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REMEDY = "export the list from the report again"
_MAX_BYTES = 10_000_000
"""No list of lesions is larger; anything beyond is another file given by mistake."""


@dataclass(frozen=True, order=True)
class Exclusion:
    """One rejected lesion and the hash of the mask that was rejected."""

    lesion_id: str
    mask_sha256: str


def read_exclusions(path: str | Path) -> tuple[Exclusion, ...]:
    """Read a list of rejected lesions.

    Parameters
    ----------
    path : str or Path
        CSV (comma, semicolon or tab) with the columns lesion_id and mask_sha256; further columns are ignored.

    Returns
    -------
    tuple of Exclusion
        Sorted, without repetitions.

    Raises
    ------
    TableError
        If the file cannot be read, lacks a column, or holds an id or hash that is none.
    """
    file = Path(path)
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise TableError(file.name, "a list of lesions", "a file of another kind", _REMEDY)
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise TableError(file.name, "a readable UTF-8 table", type(error).__name__, "check --exclusions") from error
    return parse_exclusions(text, name=file.name)


def parse_exclusions(text: str, *, name: str = "exclusions") -> tuple[Exclusion, ...]:
    r"""The list that a text holds; raises as `read_exclusions`.

    Examples
    --------
    >>> parse_exclusions("lesion_id,mask_sha256\nbenign-01_CC_recent_1," + 64 * "0")[0].lesion_id
    'benign-01_CC_recent_1'
    """
    first = text.partition("\n")[0]
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count)))
    except csv.Error as error:
        raise TableError(name, "a CSV table", str(error)[:80], _REMEDY) from error
    header = [cell.strip().casefold() for cell in rows[0]] if rows else []
    if not set(_COLUMNS) <= set(header):
        raise TableError(name, f"columns {', '.join(_COLUMNS)}", ", ".join(header)[:80] or "nothing", _REMEDY)
    places = [header.index(column) for column in _COLUMNS]
    filled = [[*row, "", ""] for row in rows[1:] if any(cell.strip() for cell in row)]
    cells = ([row[min(place, len(row) - 1)].strip() for place in places] for row in filled)
    return tuple(sorted({_exclusion(lesion_id, sha256, name) for lesion_id, sha256 in cells}))


def _exclusion(lesion_id: str, sha256: str, name: str) -> Exclusion:
    try:
        LesionKey.parse(lesion_id)
    except InvariantError as error:
        raise TableError(name, "lesion ids as in lesions.csv", repr(lesion_id)[:80], _REMEDY) from error
    if not _SHA256.fullmatch(sha256.casefold()):
        raise TableError(f"{name}: {lesion_id}", "64 hexadecimal digits", repr(sha256)[:80], _REMEDY)
    return Exclusion(lesion_id, sha256.casefold())


def match_exclusions(
    exclusions: Iterable[Exclusion], mask_sha256: Mapping[str, str]
) -> tuple[frozenset[str], tuple[Finding, ...]]:
    """Lesions to leave out, and exclusions that fit none.

    Parameters
    ----------
    exclusions : iterable of Exclusion
    mask_sha256 : mapping of str to str
        Mask hash by lesion id, of every lesion found.

    Returns
    -------
    excluded : frozenset of str
        Lesion ids whose mask is the rejected one.
    findings : tuple of Finding
        EXCLUSION_APPLIED for these; EXCLUSION_STALE for a lesion that is not there or has another mask now, which
        is kept.

    Examples
    --------
    >>> match_exclusions([Exclusion("benign-01_CC_recent_1", "ab")], {"benign-01_CC_recent_1": "cd"})[0]
    frozenset()
    """
    excluded: set[str] = set()
    findings: list[Finding] = []
    for exclusion in exclusions:
        lesion_id, known = exclusion.lesion_id, mask_sha256.get(exclusion.lesion_id)
        code, state = AuditCode.EXCLUSION_STALE, " has another mask than the one rejected; it is kept"
        if known is None:
            state = " is not there"
        elif known == exclusion.mask_sha256:
            code, state = AuditCode.EXCLUSION_APPLIED, ""
            excluded.add(lesion_id)
        findings.append(Finding.of(code, lesion_id + state, image_id=str(LesionKey.parse(lesion_id).image)))
    return frozenset(excluded), tuple(findings)
