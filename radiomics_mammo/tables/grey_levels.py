"""``grey_levels.csv``: one row per lesion region and image it is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class GreyLevelRow:
    """One lesion region and image it is measured on."""

    roi_id: Annotated[str, "region id"]
    image_type: Annotated[str, "image the grey levels are counted on"] = ""
    occupied: Annotated[int | None, "grey levels that occur in the region after discretisation"] = None
    within_bounds: Annotated[
        bool | None,
        "whether they number 16 to 128; empty for local binary patterns (10 at most)",
    ] = None
    saturated_fraction: Annotated[
        float | None,
        "share of the region's own pixels at the brightest value of the picture, 0 to 1; with the original image only",
    ] = None


GREY_LEVELS = Table("grey_levels.csv", GreyLevelRow, "lesion region and image it is measured on")
