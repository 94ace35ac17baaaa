"""The data dictionary of the feature columns, generated from PyRadiomics and a table of IBSI codes."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.tables_features import DICTIONARY
from radiomics_mammo.features.columns import FeatureName, LengthUnit, feature_names
from radiomics_mammo.features.ibsi import ibsi_codes

_MM: tuple[LengthUnit, ...] = ("mm",)
_MEANS = {
    "firstorder": "PyRadiomics first order, radiomics.firstorder",
    "shape2D": "PyRadiomics 2-D shape, radiomics.shape2D",
    "glcm": "Haralick 1973; PyRadiomics radiomics.glcm",
    "glrlm": "Galloway 1975; PyRadiomics radiomics.glrlm",
    "glszm": "Thibault 2009; PyRadiomics radiomics.glszm",
    "gldm": "Sun and Wee 1983; PyRadiomics radiomics.gldm",
    "ngtdm": "Amadasun and King 1989; PyRadiomics radiomics.ngtdm",
    "tissue": "radiomics_mammo.features.tissue",
}
_SHAPE_UNITS = {
    "MeshSurface": "mm2",
    "PixelSurface": "mm2",
    "Perimeter": "mm",
    "MaximumDiameter": "mm",
    "MajorAxisLength": "mm",
    "MinorAxisLength": "mm",
    "PerimeterSurfaceRatio": "1/mm",
}
_GREY, _GREY2 = "grey value", "grey value squared"
_FIRST_ORDER_UNITS = {
    "Energy": _GREY2,
    "Variance": _GREY2,
    "Entropy": "bit",
    "Kurtosis": "1",
    "Skewness": "1",
    "Uniformity": "1",
}


def feature_dictionary(config: FeatureConfig, *, units: Collection[LengthUnit] = _MM) -> pd.DataFrame:
    """Table ``dictionary.csv``: name, unit, family, image type, IBSI code and reference of every feature column.

    Parameters
    ----------
    config : FeatureConfig
    units : collection of {"mm", "px"}
        As for `feature_names`.

    Examples
    --------
    >>> table = feature_dictionary(FeatureConfig(preset="quick")).set_index("name")
    >>> table.loc["original_glcm_Contrast", "ibsi_code"]
    'ACUI'
    """
    return DICTIONARY.from_rows([_row(name) for name in feature_names(config, units=units)])


def possible_dictionaries(config: FeatureConfig) -> tuple[pd.DataFrame, ...]:
    """Dictionaries that the settings may end with, the likeliest first: widths of filters in millimetres.

    Which unit a width has is known when the last image was read: pixels where an image tells no spacing.

    Examples
    --------
    >>> [len(table) for table in possible_dictionaries(FeatureConfig(preset="quick"))][0] > 90
    True
    """
    units: tuple[tuple[LengthUnit, ...], ...] = (("mm",), ("px",), ("mm", "px"))
    return tuple(feature_dictionary(config, units=each) for each in units)


def _row(name: str) -> dict[str, object]:
    parts = FeatureName.parse(name)
    code = ibsi_codes().get(f"{parts.family}_{parts.feature}", "")
    picture = f"{parts.region} {parts.image_type}".strip()
    return {
        "name": name,
        "unit": _unit(parts),
        "family": parts.family,
        "image_type": picture,
        "ibsi_code": code,
        "reference": _MEANS[parts.family],
    }


def _unit(parts: FeatureName) -> str:
    if parts.family == "shape2D":
        return _SHAPE_UNITS.get(parts.feature, "1")
    if parts.family == "firstorder":
        return _FIRST_ORDER_UNITS.get(parts.feature, _GREY)
    if parts.feature.endswith("_mm2"):
        return "mm2"
    return "bit" if parts.feature.endswith("Entropy") else "1"
