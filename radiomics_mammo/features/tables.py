"""Measured regions as tables: features.csv and the occupied grey levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.core.tables_features import FEATURES
from radiomics_mammo.features.columns import LengthUnit, feature_names
from radiomics_mammo.features.measurement import GREY_LEVEL_BOUNDS, LOCAL_PATTERNS, RoiFeatures

_UNITS: tuple[LengthUnit, ...] = ("mm", "px")


def feature_row(measured: RoiFeatures, roi: Roi) -> dict[str, object]:
    """One row of ``features.csv``.

    Raises
    ------
    InvariantError
        If the measurement is of another region.
    """
    if measured.roi_id != roi.roi_id:
        raise InvariantError("features", f"a measurement of {roi.roi_id}", measured.roi_id, "pair them by roi_id")
    head = {
        "roi_id": roi.roi_id,
        "recent_lesion_id": roi.recent_lesion_id or None,
        "patient_id": roi.image.patient_id,
        "view": str(roi.image.view),
        "visit": str(roi.image.visit),
        "source": str(roi.source),
        "prior_policy": None if roi.prior_policy is None else str(roi.prior_policy),
        "label": roi.label or None,
    }
    return head | dict(measured.values)


def feature_table(rows: Sequence[Mapping[str, object]], *, config: FeatureConfig) -> pd.DataFrame:
    """Table ``features.csv``: one row a region, a fixed set of columns, empty where there is no value.

    Parameters
    ----------
    rows : sequence of mapping
        As `feature_row` makes them.
    config : FeatureConfig

    Returns
    -------
    DataFrame
        Columns in the order of `feature_names`, with widths in mm, in pixels, or both in a mixed study.
    """
    names = feature_names(config, units=units_of({name for row in rows for name in row}))
    values = pd.DataFrame({name: [row.get(name) for row in rows] for name in names}, dtype="float64")
    heads = FEATURES.from_rows([{name: row.get(name) for name in FEATURES.names} for row in rows])
    return pd.concat([heads, values], axis=1)


def units_of(names: Iterable[str]) -> tuple[LengthUnit, ...]:
    """Units of filter widths that occur among feature columns; mm where no name tells.

    Examples
    --------
    >>> units_of(["original_glcm_Contrast", "log-sigma-1-0-px-2D_glcm_Contrast"])
    ('px',)
    """
    found = {unit for name in names for unit in _UNITS if f"-{unit}-2D_" in name}
    return tuple(unit for unit in _UNITS if unit in found) or _UNITS[:1]


def grey_level_rows(measured: Sequence[RoiFeatures]) -> tuple[dict[str, object], ...]:
    """Rows of ``grey_levels.csv``: how many grey levels occur in every region and picture.

    Examples
    --------
    >>> grey_level_rows([RoiFeatures("a", "mm", {}, {"original": 12})])[0]["within_bounds"]
    False
    """
    low, high = GREY_LEVEL_BOUNDS
    return tuple(
        {
            "roi_id": one.roi_id,
            "image_type": picture,
            "occupied": count,
            "within_bounds": None if picture == LOCAL_PATTERNS else low <= count <= high,
        }
        for one in measured
        for picture, count in one.grey_levels.items()
    )
