"""Names of the feature columns: which exist for a configuration, in which order, what their prefixes and units mean.

One column is ``<image type>_<class>_<Feature>``, exactly as PyRadiomics writes it: ``original_glcm_Contrast``,
``wavelet-LH_glrlm_RunEntropy``, ``log-sigma-1-0-mm-2D_firstorder_Mean``, ``gradient_...``, ``lbp-2D_...``.

==================================  ==================================================================================
prefix                              meaning
==================================  ==================================================================================
``original_`` ...                   the lesion (or null place) itself
``ring_original_`` ...              rim of ``ring_mm`` around it, where configured
``tissue_`` ...                     whole breast tissue; filled only in rows whose source is ``tissue``
``delta_<feature>``                 deltas.csv: recent minus prior
``relative_<feature>``              deltas.csv: delta / abs(prior); empty where the prior is 0
``logratio_<feature>``              deltas.csv: ln(recent / prior); empty unless both are positive
``rate_<feature>``                  deltas.csv: delta per year between the screenings
``z_<feature>``                     deltas.csv: delta against lesion-free places
``similarity_<name>``               deltas.csv: ncc, mi, ssim, histogram, texture
``<aggregation>_recent_<feature>``  patient_deltas.csv; aggregation is ``mean``, ``largest`` or ``extreme``
``<aggregation>_prior_<feature>``   the same of the prior region
``<aggregation>_delta_<feature>``   the same of the change; and ``relative``, ``logratio``, ``rate``, ``z``
``<aggregation>_similarity_<name>`` the same of the similarity
==================================  ==================================================================================

Where the spacing of an exam is unknown the widths of the Laplacian of Gaussian are pixels and the columns say so
(``log-sigma-1-0-px-2D_``). The columns of a table follow from the configuration and from which of the two units its
exams have: with known spacing throughout there are ``mm`` columns only, in a mixed study both stand side by side and
every row fills its own. Nothing measured in pixels can be mistaken for millimetres.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

import pandas as pd

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.features.engine import PLANE_CLASSES, SHAPE_CLASS, class_features
from radiomics_mammo.features.filters import FILTERS, LengthUnit, image_types
from radiomics_mammo.tables.dictionary import DICTIONARY, DictionaryRow

DROPPED = MappingProxyType(
    {
        "firstorder_TotalEnergy": "Energy times the area of a pixel, which is the same for every region of a study",
        "glcm_SumAverage": "twice JointAverage, since the co-occurrence matrix is symmetric",
    }
    | {
        f"{picture}_{feature}": reason
        for each in FILTERS
        for picture in each.names(FeatureConfig(), "mm")
        for feature, reason in each.repeats.items()
    }
)
"""Features of PyRadiomics left out, on every picture or (named) on one, each with its reason: they repeat a column."""

TISSUE_FEATURES = (
    "tissue_area_mm2", "tissue_dense_fraction", "tissue_dense_mean_fraction",
    *(
        f"tissue_original_{name}"
        for name in (
            "firstorder_10Percentile", "firstorder_90Percentile", "firstorder_Entropy",
            "firstorder_InterquartileRange", "firstorder_Kurtosis", "firstorder_Mean", "firstorder_Median",
            "firstorder_Skewness", "firstorder_Uniformity", "firstorder_Variance", "glcm_Contrast", "glcm_Correlation",
            "glcm_Id", "glcm_JointEntropy", "glszm_ZonePercentage", "ngtdm_Coarseness",
        )
    ),
)  # fmt: skip
"""Columns of whole-breast tissue, measured at ``tissue_spacing_mm``."""

SHAPE_UNITS = MappingProxyType(
    {
        "MeshSurface": "mm2",
        "PixelSurface": "mm2",
        "Perimeter": "mm",
        "MaximumDiameter": "mm",
        "MajorAxisLength": "mm",
        "MinorAxisLength": "mm",
        "PerimeterSurfaceRatio": "1/mm",
    }
)
"""Features of shape2D that carry millimetres, with their unit; empty where the spacing is unknown."""

_GREY, _GREY2 = "grey value", "grey value squared"
_FIRST_ORDER_UNITS = {"Energy": _GREY2, "Variance": _GREY2, "Entropy": "bit", "Kurtosis": "1", "Skewness": "1",
                      "Uniformity": "1"}  # fmt: skip
_REFERENCES = {
    "firstorder": "PyRadiomics first order, radiomics.firstorder",
    "shape2D": "PyRadiomics 2-D shape, radiomics.shape2D",
    "glcm": "Haralick 1973; PyRadiomics radiomics.glcm",
    "glrlm": "Galloway 1975; PyRadiomics radiomics.glrlm",
    "glszm": "Thibault 2009; PyRadiomics radiomics.glszm",
    "gldm": "Sun and Wee 1983; PyRadiomics radiomics.gldm",
    "ngtdm": "Amadasun and King 1989; PyRadiomics radiomics.ngtdm",
    "tissue": "radiomics_mammo.features.tissue",
}
_UNITS: tuple[LengthUnit, ...] = ("mm", "px")


class FeatureName(NamedTuple):
    """A feature column taken apart.

    Examples
    --------
    >>> FeatureName.parse("wavelet-LH_glcm_Contrast")
    FeatureName(region='', image_type='wavelet-LH', family='glcm', feature='Contrast')
    >>> FeatureName.parse("tissue_dense_fraction").region
    'tissue'
    """

    region: str
    image_type: str
    family: str
    feature: str

    @classmethod
    def parse(cls, name: str) -> FeatureName:
        """Take a column name apart; what PyRadiomics does not know is of family ``tissue``."""
        region, _, rest = name.partition("_")
        if region not in ("ring", "tissue"):
            region, rest = "", name
        parts = rest.split("_")
        if len(parts) == 3 and parts[1] in (*PLANE_CLASSES, SHAPE_CLASS):
            return cls(region, *parts)
        return cls(region, "original", "tissue", rest)


def plane_features(picture: str = "original") -> tuple[str, ...]:
    """``<class>_<Feature>`` of everything measured on one picture, in column order.

    Examples
    --------
    >>> "glcm_Contrast" in plane_features(), "glcm_SumAverage" in plane_features()
    (True, False)
    """
    names = [f"{family}_{feature}" for family in PLANE_CLASSES for feature in class_features(family)]
    return tuple(name for name in names if name not in DROPPED and f"{picture}_{name}" not in DROPPED)


def feature_names(config: FeatureConfig, *, units: Collection[LengthUnit] = _UNITS[:1]) -> tuple[str, ...]:
    """Columns of ``features.csv`` after its named ones, in file order.

    Parameters
    ----------
    config : FeatureConfig
    units : collection of {"mm", "px"}
        Units that occur in the study: ``px`` where the spacing of an exam is unknown.

    Examples
    --------
    >>> names = feature_names(FeatureConfig(preset="quick"))
    >>> names[0], len([name for name in names if not name.startswith("tissue_")])
    ('original_shape2D_Elongation', 100)
    """
    pictures = dict.fromkeys(name for unit in _UNITS if unit in units for name in image_types(config, unit=unit))
    shape = [f"original_{SHAPE_CLASS}_{feature}" for feature in class_features(SHAPE_CLASS)]
    planes = [f"{picture}_{feature}" for picture in pictures for feature in plane_features(picture)]
    ring = [f"ring_original_{feature}" for feature in plane_features()] if config.ring_mm > 0 else []
    return (*shape, *planes, *ring, *TISSUE_FEATURES)


def units_of(names: Iterable[str]) -> tuple[LengthUnit, ...]:
    """Units of filter widths that occur among feature columns; mm where no name tells.

    Examples
    --------
    >>> units_of(["original_glcm_Contrast", "log-sigma-1-0-px-2D_glcm_Contrast"])
    ('px',)
    """
    found = {unit for name in names for unit in _UNITS if f"-{unit}-2D_" in name}
    return tuple(unit for unit in _UNITS if unit in found) or _UNITS[:1]


def feature_dictionary(config: FeatureConfig, *, units: Collection[LengthUnit] = _UNITS[:1]) -> pd.DataFrame:
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
    return DICTIONARY.of(_row(name) for name in feature_names(config, units=units))


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


def _row(name: str) -> DictionaryRow:
    parts = FeatureName.parse(name)
    return DictionaryRow(
        name=name,
        unit=_unit(parts),
        family=parts.family,
        image_type=f"{parts.region} {parts.image_type}".strip(),
        ibsi_code=ibsi_codes().get(f"{parts.family}_{parts.feature}", ""),
        reference=_REFERENCES[parts.family],
    )


def _unit(parts: FeatureName) -> str:
    if parts.family == SHAPE_CLASS:
        return SHAPE_UNITS.get(parts.feature, "1")
    if parts.family == "firstorder":
        return _FIRST_ORDER_UNITS.get(parts.feature, _GREY)
    if parts.feature.endswith("_mm2"):
        return "mm2"
    return "bit" if parts.feature.endswith("Entropy") else "1"


class IbsiReference(NamedTuple):
    """One feature of the IBSI-1 digital phantom: its IBSI code and consensus value (three significant digits)."""

    feature: str
    ibsi_code: str
    value: float


@cache
def ibsi_references() -> tuple[IbsiReference, ...]:
    """Reference values of the digital phantom for every feature with a two-dimensional meaning.

    Examples
    --------
    >>> [one for one in ibsi_references() if one.feature == "glcm_Contrast"]
    [IbsiReference(feature='glcm_Contrast', ibsi_code='ACUI', value=5.28)]
    """
    with (resources.files("radiomics_mammo.features") / "ibsi_reference.csv").open(encoding="utf-8") as stream:
        table = pd.read_csv(stream, comment="#", dtype="str")
    return tuple(IbsiReference(feature, code, float(value)) for feature, code, value in table.to_numpy())


@cache
def ibsi_codes() -> dict[str, str]:
    """IBSI code by ``<class>_<Feature>``.

    Examples
    --------
    >>> ibsi_codes()["ngtdm_Coarseness"]
    'QCDE'
    """
    return {one.feature: one.ibsi_code for one in ibsi_references()}
