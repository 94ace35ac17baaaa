"""What was drawn on the copies and is no outline: greyed, with class and reason, to be brought back by a click."""

from __future__ import annotations

from radiomics_mammo.report.blocks import RejectedCard, RejectedSheet
from radiomics_mammo.report.pictures import Pictures, compress_pictures, rejected_name
from radiomics_mammo.tables.rejected import RejectedRow


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
