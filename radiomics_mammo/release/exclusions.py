"""What a reader decided otherwise: lesions rejected, rejected outlines brought back, each bound to what was seen."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from radiomics_mammo.core.errors import InvariantError, TableError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import ImageKey, LesionKey

_COLUMNS = ("lesion_id", "mask_sha256")
_INCLUDED_COLUMNS = ("image_id", "region_sha256")
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
    return parse_exclusions(_text_of(Path(path), "--exclusions"), name=Path(path).name)


def _text_of(file: Path, option: str) -> str:
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise TableError(file.name, "a list of lesions", "a file of another kind", _REMEDY)
        return file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise TableError(file.name, "a readable UTF-8 table", type(error).__name__, f"check {option}") from error


def parse_exclusions(text: str, *, name: str = "exclusions") -> tuple[Exclusion, ...]:
    r"""The list that a text holds; raises as `read_exclusions`.

    Examples
    --------
    >>> parse_exclusions("lesion_id,mask_sha256\nbenign-01_CC_recent_1," + 64 * "0")[0].lesion_id
    'benign-01_CC_recent_1'
    """
    return tuple(sorted({_exclusion(lesion_id, sha256, name) for lesion_id, sha256 in _cells(text, _COLUMNS, name)}))


def _cells(text: str, columns: tuple[str, str], name: str) -> list[tuple[str, str]]:
    """The two columns of every filled row of a CSV (comma, semicolon or tab)."""
    first = text.partition("\n")[0]
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count)))
    except csv.Error as error:
        raise TableError(name, "a CSV table", str(error)[:80], _REMEDY) from error
    header = [cell.strip().casefold() for cell in rows[0]] if rows else []
    if not set(columns) <= set(header):
        raise TableError(name, f"columns {', '.join(columns)}", ", ".join(header)[:80] or "nothing", _REMEDY)
    first_at, second_at = (header.index(column) for column in columns)
    filled = [[*row, "", ""] for row in rows[1:] if any(cell.strip() for cell in row)]
    return [(row[min(first_at, len(row) - 1)].strip(), row[min(second_at, len(row) - 1)].strip()) for row in filled]


def _exclusion(lesion_id: str, sha256: str, name: str) -> Exclusion:
    if not lesion_id:
        raise TableError(name, "lesion ids as in lesions.csv", repr(lesion_id)[:80], _REMEDY)
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
        findings.append(Finding.of(code, lesion_id + state, image_id=_image_of(lesion_id)))
    return frozenset(excluded), tuple(findings)


def _image_of(lesion_id: str) -> str:
    """Image of a numbered lesion; empty for an id that a cohort file gave."""
    try:
        return str(LesionKey.parse(lesion_id).image)
    except InvariantError:
        return ""


@dataclass(frozen=True, order=True)
class Inclusion:
    """One rejected outline that a reader brought back: its image, and the hash of the region the reader saw."""

    image_id: str
    region_sha256: str


def read_inclusions(path: str | Path) -> tuple[Inclusion, ...]:
    """Read a list of rejected outlines that a reader takes for outlines of masses.

    Parameters
    ----------
    path : str or Path
        CSV (comma, semicolon or tab) with the columns image_id and region_sha256, as in ``rejected.csv``; further
        columns are ignored.

    Returns
    -------
    tuple of Inclusion
        Sorted, without repetitions.

    Raises
    ------
    TableError
        If the file cannot be read, lacks a column, or holds an id or hash that is none.
    """
    return parse_inclusions(_text_of(Path(path), "--inclusions"), name=Path(path).name)


def parse_inclusions(text: str, *, name: str = "inclusions") -> tuple[Inclusion, ...]:
    r"""The list that a text holds; raises as `read_inclusions`.

    Examples
    --------
    >>> parse_inclusions("image_id,region_sha256\nbenign-01_CC_recent," + 64 * "0")[0].image_id
    'benign-01_CC_recent'
    """
    cells = _cells(text, _INCLUDED_COLUMNS, name)
    return tuple(sorted({_inclusion(image_id, sha256, name) for image_id, sha256 in cells}))


def _inclusion(image_id: str, sha256: str, name: str) -> Inclusion:
    try:
        ImageKey.parse(image_id)
    except InvariantError as error:
        raise TableError(name, "image ids as in rejected.csv", repr(image_id)[:80], _REMEDY) from error
    if not _SHA256.fullmatch(sha256.casefold()):
        raise TableError(f"{name}: {image_id}", "64 hexadecimal digits", repr(sha256)[:80], _REMEDY)
    return Inclusion(image_id, sha256.casefold())


def stale_inclusions(inclusions: Iterable[Inclusion], applied: Collection[Inclusion]) -> tuple[Finding, ...]:
    """INCLUSION_STALE for every inclusion that fits nothing rejected on its image.

    Parameters
    ----------
    inclusions : iterable of Inclusion
    applied : collection of Inclusion
        Those that were found and brought back.

    Examples
    --------
    >>> [finding.code for finding in stale_inclusions([Inclusion("benign-01_CC_recent", "ab")], ())]
    ['INCLUSION_STALE']
    """
    stale = [one for one in inclusions if one not in applied]
    return tuple(
        Finding.of(AuditCode.INCLUSION_STALE, f"{one.region_sha256} was not rejected here", image_id=one.image_id)
        for one in stale
    )
