"""``curves.csv``: one row per point of a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class CurveRow:
    """One point of a curve."""

    curve: Annotated[str, "roc, pr, calibration, decision, or decision-screening (cancers as rare as in screening)"]
    unit: Annotated[str, "lesion, mass or patient"]
    model: Annotated[str, "candidate model"]
    feature_set: Annotated[str, "named set of features"]
    x: Annotated[float | None, "abscissa"] = None
    y: Annotated[float | None, "ordinate"] = None
    y_low: Annotated[float | None, "lower end of the 95 percent interval"] = None
    y_high: Annotated[float | None, "upper end of the 95 percent interval"] = None


CURVES = Table("curves.csv", CurveRow, "point of a curve")
