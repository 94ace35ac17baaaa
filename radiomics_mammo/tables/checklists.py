"""``checklists.csv``: one row per item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class ChecklistRow:
    """One item."""

    checklist: Annotated[str, "CLEAR, METRICS or TRIPOD+AI"]
    item: Annotated[str, "item"] = ""
    status: Annotated[str, "done by the software, to be filled by the author, or not possible with this study"] = ""
    where: Annotated[str, "table or section that shows it"] = ""


CHECKLISTS = Table("checklists.csv", ChecklistRow, "item")
