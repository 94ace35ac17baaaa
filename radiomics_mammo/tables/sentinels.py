"""``sentinels.csv``: one row per check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class SentinelRow:
    """One check."""

    name: Annotated[str, "check"]
    expected: Annotated[str, "what an honest analysis shows"] = ""
    found: Annotated[str, "what was found"] = ""
    passed: Annotated[bool | None, "whether it passed"] = None


SENTINELS = Table("sentinels.csv", SentinelRow, "check")
