"""What was drawn on the copies and is no outline: greyed, with class and reason, to be brought back by a click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.report.blocks import Picture
from radiomics_mammo.report.pictures import Pictures, compress_pictures, rejected_name
from radiomics_mammo.tables.rejected import RejectedRow


@dataclass(frozen=True, kw_only=True)
class RejectedCard:
    """One rejected region of an outlined copy."""

    region: RejectedRow
    outlined: Picture

    @property
    def words(self) -> str:
        """Its class in words and what was measured."""
        return f"{self.region.code.lower().replace('_', ' ')}: {self.region.reason}"


@dataclass(frozen=True)
class RejectedSheet:
    """Rejected regions that have pictures.

    Parameters
    ----------
    cards : tuple of RejectedCard
    total : int
        Rows of ``rejected.csv``.
    study : str
        Stands for the images of the study; a browser keeps what was brought back under it.
    """

    kind: ClassVar[str] = "rejected-sheet"
    cards: tuple[RejectedCard, ...]
    total: int
    study: str = ""

    @property
    def classes(self) -> tuple[tuple[str, str], ...]:
        """The codes that occur and their meanings."""
        codes = sorted({card.region.code for card in self.cards})
        return tuple((code, AuditCode[code].meaning) for code in codes)


def rejected_sheet(
    regions: tuple[RejectedRow, ...], pictures: Pictures, *, study: str, budget_bytes: float
) -> RejectedSheet:
    """Cards of the rejected regions that have pictures, in the order of the table.

    Parameters
    ----------
    regions : tuple of RejectedRow
        Rows of ``rejected.csv``.
    pictures : Pictures
    study : str
    budget_bytes : float
        Size of all pictures on the page, as text, at most.
    """
    known = {picture.name: picture for picture in pictures.rejected}
    shown = {rejected_name(row.image_id, row.region_sha256): row for row in regions if row.region_sha256}
    kept = [(row, known[name]) for name, row in shown.items() if name in known]
    embedded = compress_pictures([picture.copy_png for _, picture in kept], budget_bytes=budget_bytes)
    cards = tuple(RejectedCard(region=row, outlined=one) for (row, _), one in zip(kept, embedded, strict=True))
    return RejectedSheet(cards, len(regions), study)
