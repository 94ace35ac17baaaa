"""What is measured, and on which picture."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED

ImageType = Literal["original", "wavelet", "log", "gradient", "lbp"]
"""Pictures features are measured on: as it is, wavelet sub-bands, Laplacian of Gaussian, gradient, local patterns."""


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class FeatureConfig:
    """Intensity scale, resampling, grey levels, image types, deltas and robustness.

    Notes
    -----
    `image_types` and `log_sigma_mm` are empty (None) by default: the preset gives them, see `resolve_preset`.
    """

    preset: Literal["quick", "standard", "full"] = Field(
        default="standard", description="named set of image types and Laplacian of Gaussian widths"
    )
    image_types: tuple[ImageType, ...] | None = Field(
        default=None, min_length=1, description="image types to measure; empty: those of the preset"
    )
    log_sigma_mm: tuple[Annotated[float, Field(gt=0, le=20)], ...] | None = Field(
        default=None,
        max_length=12,
        description="widths of the 2-D Laplacian of Gaussian, mm; where the spacing of an exam is unknown the same "
        "numbers are pixels and the columns say so; empty: those of the preset",
    )
    wavelet: Literal["coif1", "haar", "db2", "db4", "sym4", "bior2.2"] = Field(
        default="coif1", description="wavelet of the four sub-bands (names of PyWavelets)"
    )
    intensity_scale: Literal["breast-percentile", "breast-zscore", "native"] = Field(
        default="breast-percentile", description="how grey values of an exam are scaled, inside the breast only"
    )
    scale_percentiles: tuple[Annotated[float, Field(ge=0, lt=50)], Annotated[float, Field(gt=50, le=100)]] = Field(
        default=(1.0, 99.0), description="percentiles of the breast that become 0 and 1000 (breast-percentile)"
    )
    spacing_mm: float = Field(default=0.1, ge=0.03, le=1, description="study spacing both exams are resampled to, mm")
    bin_count: int = Field(default=32, ge=4, le=256, description="grey levels of texture matrices (fixed bin number)")
    bin_width: float | None = Field(
        default=None, gt=0, description="width of one grey level (fixed bin width); empty: fixed bin number"
    )
    min_region_px: int = Field(
        default=16, ge=1, le=10_000, description="pixels on the study grid below which no texture is measured"
    )
    ring_mm: float = Field(
        default=0.0, ge=0, le=20, description="width of an optional rim around each lesion, mm; 0 is off"
    )
    tissue_spacing_mm: float = Field(
        default=0.5, ge=0.1, le=4, description="spacing at which whole-breast tissue is measured, mm"
    )
    measure_on: Literal["native", "warped"] = Field(
        default="native", description="measure the prior on its own grid, or warped onto the recent one"
    )
    zone_windows: int = Field(
        default=25, ge=5, le=25, description="lesion-shaped windows measured all over the zone of a lesion in the prior"
    )
    min_null_places: int = Field(
        default=10, ge=3, le=10_000, description="lesion-free places needed to standardise a change (z_ columns)"
    )
    patient_aggregations: tuple[Literal["mean", "largest", "extreme"], ...] = Field(
        default=("mean", "largest", "extreme"),
        min_length=1,
        description="how the masses of a patient become one row of patient_deltas.csv",
    )
    robustness: Literal["off", "original", "all"] = Field(
        default="original", description="features whose stability against another contour is measured"
    )
    perturb_shift_mm: float = Field(default=0.5, ge=0, le=5, description="shift of a perturbed contour, mm")
    perturb_rotation_deg: float = Field(default=5.0, ge=0, le=45, description="rotation of a perturbed contour, deg")
    perturb_offset_mm: float = Field(
        default=0.3, ge=0, le=5, description="erosion and dilation of a perturbed contour (about half a pen line), mm"
    )


@cache
def preset_settings(name: str) -> dict[str, Any]:
    """Image types and filter widths of a shipped preset, read from its YAML file.

    Examples
    --------
    >>> preset_settings("quick")["image_types"]
    ['original']
    """
    file = resources.files("radiomics_mammo.config") / "defaults" / f"preset-{name}.yaml"
    tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings: dict[str, Any] = tree["features"]
    return settings


def resolve_preset(config: FeatureConfig) -> FeatureConfig:
    """The same settings with everything that was left to the preset filled in.

    Examples
    --------
    >>> resolve_preset(FeatureConfig(preset="quick")).image_types
    ('original',)
    >>> resolve_preset(FeatureConfig(preset="quick", image_types=("original", "wavelet"))).image_types
    ('original', 'wavelet')
    """
    settings = preset_settings(config.preset)
    types = config.image_types if config.image_types is not None else tuple(settings["image_types"])
    sigmas = config.log_sigma_mm if config.log_sigma_mm is not None else tuple(settings["log_sigma_mm"])
    return replace(config, image_types=types, log_sigma_mm=sigmas)
