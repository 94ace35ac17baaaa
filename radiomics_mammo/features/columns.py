"""Names of the feature columns: which exist for a configuration, in which order, and what their prefixes mean.

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

from collections.abc import Collection
from types import MappingProxyType
from typing import Literal, NamedTuple

from radiomics_mammo.config.features import FeatureConfig, resolve_preset
from radiomics_mammo.features.engine import class_features

LengthUnit = Literal["mm", "px"]
"""Unit of filter widths: pixels only where the spacing of an exam is unknown."""

SHAPE_CLASS = "shape2D"
TEXTURE_CLASSES = ("glcm", "glrlm", "glszm", "gldm", "ngtdm")
PLANE_CLASSES = ("firstorder", *TEXTURE_CLASSES)
"""Classes measured on every image type; shape2D belongs to the contour and is measured once."""

DROPPED = MappingProxyType(
    {
        "firstorder_TotalEnergy": "Energy times the area of a pixel, which is the same for every region of a study",
        "glcm_SumAverage": "twice JointAverage, since the co-occurrence matrix is symmetric",
    }
    | {
        f"lbp-2D_firstorder_{name}": "a pattern is one of ten codes: this is the same number on nearly every region, "
        "or that of another column"
        for name in (
            "10Percentile",
            "90Percentile",
            "InterquartileRange",
            "Maximum",
            "Median",
            "Minimum",
            "Range",
            "RobustMeanAbsoluteDeviation",
        )
    }
)
"""Features of PyRadiomics left out, on every picture or (named) on one, each with its reason: they repeat a column."""

LENGTH_FEATURES = frozenset(
    {
        "MeshSurface",
        "PixelSurface",
        "Perimeter",
        "PerimeterSurfaceRatio",
        "MaximumDiameter",
        "MajorAxisLength",
        "MinorAxisLength",
    }
)
"""Features of shape2D that carry millimetres; empty where the spacing is unknown."""

WAVELET_BANDS = ("LH", "HL", "HH", "LL")
"""Sub-bands in the order of PyRadiomics: first letter along a row (across the picture), second along a column."""

TISSUE_FEATURES = (
    "tissue_area_mm2",
    "tissue_dense_fraction",
    "tissue_dense_mean_fraction",
    *(
        f"tissue_original_{name}"
        for name in (
            "firstorder_10Percentile",
            "firstorder_90Percentile",
            "firstorder_Entropy",
            "firstorder_InterquartileRange",
            "firstorder_Kurtosis",
            "firstorder_Mean",
            "firstorder_Median",
            "firstorder_Skewness",
            "firstorder_Uniformity",
            "firstorder_Variance",
            "glcm_Contrast",
            "glcm_Correlation",
            "glcm_Id",
            "glcm_JointEntropy",
            "glszm_ZonePercentage",
            "ngtdm_Coarseness",
        )
    ),
)
"""Columns of whole-breast tissue, measured at ``tissue_spacing_mm``."""


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


def log_image_type(sigma: float, unit: LengthUnit) -> str:
    """Name of a Laplacian of Gaussian picture.

    Examples
    --------
    >>> log_image_type(1.0, "mm")
    'log-sigma-1-0-mm-2D'
    """
    return f"log-sigma-{float(sigma)!s}-{unit}-2D".replace(".", "-")


def image_types(config: FeatureConfig, *, unit: LengthUnit = "mm") -> tuple[str, ...]:
    """Pictures that are measured for exams of known (``mm``) or unknown (``px``) spacing, in column order.

    Examples
    --------
    >>> image_types(FeatureConfig(preset="quick"))
    ('original',)
    """
    settings = resolve_preset(config)
    parts: dict[str, tuple[str, ...]] = {
        "original": ("original",),
        "wavelet": tuple(f"wavelet-{band}" for band in WAVELET_BANDS),
        "log": tuple(log_image_type(sigma, unit) for sigma in settings.log_sigma_mm or ()),
        "gradient": ("gradient",),
        "lbp": ("lbp-2D",),
    }
    chosen = settings.image_types or ()
    return tuple(name for kind, names in parts.items() if kind in chosen for name in names)


def plane_features(picture: str = "original") -> tuple[str, ...]:
    """``<class>_<Feature>`` of everything measured on one picture, in column order.

    Examples
    --------
    >>> "glcm_Contrast" in plane_features(), "glcm_SumAverage" in plane_features()
    (True, False)
    """
    names = [f"{family}_{feature}" for family in PLANE_CLASSES for feature in class_features(family)]
    return tuple(name for name in names if name not in DROPPED and f"{picture}_{name}" not in DROPPED)


_MM: tuple[LengthUnit, ...] = ("mm",)


def feature_names(config: FeatureConfig, *, units: Collection[LengthUnit] = _MM) -> tuple[str, ...]:
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
    wanted: tuple[LengthUnit, ...] = ("mm", "px")
    pictures = dict.fromkeys(name for unit in wanted if unit in units for name in image_types(config, unit=unit))
    shape = [f"original_{SHAPE_CLASS}_{feature}" for feature in class_features(SHAPE_CLASS)]
    planes = [f"{picture}_{feature}" for picture in pictures for feature in plane_features(picture)]
    ring = [f"ring_original_{feature}" for feature in plane_features()] if config.ring_mm > 0 else []
    return (*shape, *planes, *ring, *TISSUE_FEATURES)
