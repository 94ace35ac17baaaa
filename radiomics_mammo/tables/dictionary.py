"""``dictionary.csv``: one row per feature column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class DictionaryRow:
    """One feature column."""

    name: Annotated[str, "column name"]
    unit: Annotated[str, "unit"]
    family: Annotated[str, "feature family"] = ""
    image_type: Annotated[str, "image the feature is measured on"] = ""
    ibsi_code: Annotated[str, "IBSI code where one exists"] = ""
    reference: Annotated[str, "where the formula is defined"] = ""


DICTIONARY = Table("dictionary.csv", DictionaryRow, "feature column")
