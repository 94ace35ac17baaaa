"""Decisions of readers on outlines, alignments and prior regions: read, joined, compared between two readers."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.vocabulary import Decision, PriorPolicy, is_view
from radiomics_mammo.release.exclusions import Exclusion
from radiomics_mammo.tables.review import ReviewRow

_SHA256 = re.compile(r"[0-9a-f]{64}")
_REMEDY = "download the review from the report again"
_MAX_BYTES = 20_000_000
"""No review is larger; anything beyond is another file given by mistake."""


def read_review(path: str | Path) -> tuple[ReviewRow, ...]:
    """Read a review as the report downloads it.

    Parameters
    ----------
    path : str or Path
        CSV (comma, semicolon or tab) with the columns id and mask_sha256, and decision, note, reader, date where
        there are any. Without a column decision every row is a rejection, as in a list of exclusions (lesion_id,
        mask_sha256); further columns are ignored.

    Returns
    -------
    tuple of ReviewRow
        One an id and hash, the latest where there are several; sorted.

    Raises
    ------
    TableError
        If the file cannot be read, lacks a column, or holds a hash or decision that is none.
    """
    file = Path(path)
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise TableError(file.name, "a review", "a file of another kind", _REMEDY)
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise TableError(file.name, "a readable UTF-8 table", type(error).__name__, "check --review") from error
    return parse_review(text, name=file.name)


def parse_review(text: str, *, name: str = "review") -> tuple[ReviewRow, ...]:
    r"""The decisions that a text holds; raises as `read_review`.

    Examples
    --------
    >>> parse_review("id,mask_sha256,decision\nbenign-01_CC," + 64 * "0" + ",right")[0].decision
    <Decision.RIGHT: 'right'>
    """
    first = text.partition("\n")[0]
    try:
        lines = list(csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count)))
    except csv.Error as error:
        raise TableError(name, "a CSV table", str(error)[:80], _REMEDY) from error
    header = [cell.strip().casefold() for cell in lines[0]] if lines else []
    header = ["id" if cell == "lesion_id" and "id" not in header else cell for cell in header]
    if not {"id", "mask_sha256"} <= set(header):
        raise TableError(name, "columns id, mask_sha256", ", ".join(header)[:80] or "nothing", _REMEDY)
    rows = [
        _row(dict(zip(header, (cell.strip() for cell in line), strict=False)), name, judged="decision" in header)
        for line in lines[1:]
        if any(cell.strip() for cell in line)
    ]
    return joined(rows)


def _row(cells: Mapping[str, str], name: str, *, judged: bool) -> ReviewRow:
    subject, sha256 = cells.get("id", ""), cells.get("mask_sha256", "").casefold()
    if not subject or not _SHA256.fullmatch(sha256):
        raise TableError(f"{name}: {subject[:80]}", "an id and 64 hexadecimal digits", repr(sha256)[:80], _REMEDY)
    word = cells.get("decision", "").casefold() if judged else str(Decision.WRONG)
    if word not in list(Decision):
        raise TableError(f"{name}: {subject[:80]}", f"one of {', '.join(Decision)}", repr(word)[:80], _REMEDY)
    return ReviewRow(
        id=subject,
        mask_sha256=sha256,
        decision=Decision(word),
        note=cells.get("note", ""),
        reader=cells.get("reader", ""),
        date=cells.get("date", ""),
    )


def joined(rows: Iterable[ReviewRow]) -> tuple[ReviewRow, ...]:
    """One decision an id and hash: the latest by date, the later row where the dates are equal; sorted by id.

    Examples
    --------
    >>> old, new = (ReviewRow(id="a", mask_sha256="0", date=date) for date in ("2026-01-01", "2026-02-01"))
    >>> joined([new, old]) == (new,)
    True
    """
    latest: dict[tuple[str, str], ReviewRow] = {}
    for row in rows:
        known = latest.get((row.id, row.mask_sha256))
        if known is None or row.date >= known.date:
            latest[row.id, row.mask_sha256] = row
    return tuple(latest[key] for key in sorted(latest))


def rejected_lesions(rows: Iterable[ReviewRow]) -> tuple[Exclusion, ...]:
    """The outlines among what was called wrong.

    Examples
    --------
    >>> rejected_lesions([ReviewRow(id=name, mask_sha256="ab") for name in ("benign-01_CC_recent_1", "benign-01_CC")])
    (Exclusion(lesion_id='benign-01_CC_recent_1', mask_sha256='ab'),)
    """
    wrong = [row for row in rows if row.decision is Decision.WRONG]
    return tuple(sorted(Exclusion(row.id, row.mask_sha256) for row in wrong if _is_lesion(row.id)))


def _is_lesion(name: str) -> bool:
    """Whether an id is neither that of an alignment nor of a prior region."""
    region = any(name.endswith(f"-prior-{policy}") for policy in PriorPolicy)
    return not region and not is_view(name.rpartition("_")[2])


def match_rejections(rows: Iterable[ReviewRow], known: Mapping[str, str]) -> tuple[frozenset[str], tuple[Finding, ...]]:
    """Alignments and prior regions not to be used, and rejections that fit none.

    Parameters
    ----------
    rows : iterable of ReviewRow
    known : mapping of str to str
        Hash by id of every alignment and every prior region.

    Returns
    -------
    rejected : frozenset of str
        Ids whose hash is the rejected one.
    findings : tuple of Finding
        PRIOR_REJECTED for these; EXCLUSION_STALE for what is not there or is another one now, which is kept.

    Examples
    --------
    >>> match_rejections([ReviewRow(id="benign-01_CC", mask_sha256="ab")], {"benign-01_CC": "ab"})[0]
    frozenset({'benign-01_CC'})
    """
    rejected: set[str] = set()
    findings: list[Finding] = []
    for row in rows:
        if row.decision is not Decision.WRONG or _is_lesion(row.id):
            continue
        code, state = AuditCode.EXCLUSION_STALE, " is another one than was rejected; it is kept"
        if row.id not in known:
            state = " is not there"
        elif known[row.id] == row.mask_sha256:
            code, state = AuditCode.PRIOR_REJECTED, ""
            rejected.add(row.id)
        findings.append(Finding.of(code, row.id + state, patient_id=row.id.split("_")[0]))
    return frozenset(rejected), tuple(findings)


@dataclass(frozen=True, kw_only=True)
class ReaderAgreement:
    """How far two readers agree on what both judged.

    Parameters
    ----------
    n : int
        Items that both judged, with the same hash.
    observed : float
        Share of them with the same decision.
    kappa : float or None
        Cohen's kappa; None where chance alone explains full agreement (both always said the same one word) or n is 0.
    conflicts : tuple of (ReviewRow, ReviewRow)
        The two decisions where they differ.
    """

    n: int
    observed: float
    kappa: float | None
    conflicts: tuple[tuple[ReviewRow, ReviewRow], ...] = ()


def reader_agreement(first: Sequence[ReviewRow], second: Sequence[ReviewRow]) -> ReaderAgreement:
    """Cohen's kappa of two readers (Cohen, Educ Psychol Meas 1960;20:37), and where they differ.

    Parameters
    ----------
    first, second : sequence of ReviewRow

    Examples
    --------
    >>> rows = [ReviewRow(id=name, mask_sha256="0") for name in "ab"]
    >>> reader_agreement(rows, rows).observed
    1.0
    """
    others = {(row.id, row.mask_sha256): row for row in second}
    both = [(row, others[key]) for row in first if (key := (row.id, row.mask_sha256)) in others]
    n = len(both)
    if n == 0:
        return ReaderAgreement(n=0, observed=0.0, kappa=None)
    conflicts = tuple((a, b) for a, b in both if a.decision is not b.decision)
    observed = 1 - len(conflicts) / n
    wrong = [sum(pair[reader].decision is Decision.WRONG for pair in both) / n for reader in (0, 1)]
    chance = wrong[0] * wrong[1] + (1 - wrong[0]) * (1 - wrong[1])
    kappa = None if chance == 1 else (observed - chance) / (1 - chance)
    return ReaderAgreement(n=n, observed=observed, kappa=kappa, conflicts=conflicts)
