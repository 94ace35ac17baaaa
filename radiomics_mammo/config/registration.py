"""How prior and recent exams are aligned and prior regions found."""

from __future__ import annotations

from pydantic import Field
from pydantic.dataclasses import dataclass

from radiomics_mammo.config.section import CLOSED


@dataclass(frozen=True, kw_only=True, config=CLOSED)
class RegistrationConfig:
    """Breast region, alignment, gate, regional search, null places.

    Where the spacing is unknown the breast is taken to be `nominal_breast_width_mm` wide, so that every length
    here is then a share of the breast width.
    """

    # grids
    working_spacing_mm: float = Field(default=0.8, ge=0.2, le=4, description="pixel spacing of the alignment grid, mm")
    nominal_breast_width_mm: float = Field(
        default=80.0, ge=20, le=300, description="width given to a breast whose pixel spacing is unknown, mm"
    )
    # breast region
    background_fraction: float = Field(
        default=0.05, gt=0, le=0.5, description="share of the grey range above the background that is still background"
    )
    min_breast_fraction: float = Field(
        default=0.03, gt=0, le=0.5, description="share of the picture below which nothing is taken for a breast"
    )
    max_breast_fraction: float = Field(
        default=0.95,
        ge=0.5,
        le=1,
        description="share of the picture above which the breast is not told from background",
    )
    max_saturated_fraction: float = Field(
        default=0.5, gt=0, le=1, description="share of the breast at one grey level above which an exam is refused"
    )
    min_pectoral_step: float = Field(
        default=0.7,
        ge=0,
        le=5,
        description="mean grey step across a pectoral edge, in standard deviations of the breast, that makes it one",
    )
    # alignment
    deformable: bool = Field(default=True, description="try a regularised deformable step after the affine one")
    block_mm: float = Field(default=19.0, ge=4, le=60, description="side of the matched blocks, mm")
    block_stride_mm: float = Field(default=6.4, ge=1, le=40, description="distance between matched blocks, mm")
    block_search_mm: float = Field(default=16.0, ge=2, le=60, description="reach of the first matching, mm")
    min_block_score: float = Field(
        default=0.25, ge=-1, le=1, description="correlation below which a matched square is not used"
    )
    inlier_mm: float = Field(
        default=3.0, gt=0, le=20, description="distance within which a matched square agrees with the fitted map, mm"
    )
    stiffness: float = Field(
        default=30.0, ge=0, le=1e6, description="weight of the bending energy of the deformable step; larger is stiffer"
    )
    # gate
    min_gain: float = Field(
        default=0.005, ge=0, le=1, description="similarity gain that a more complex alignment must show to be kept"
    )
    max_dice_loss: float = Field(
        default=0.01, ge=0, le=1, description="fall of breast overlap that a more complex alignment may cost"
    )
    max_negative_jacobian: float = Field(
        default=0.001, ge=0, le=1, description="share of folded places that a deformable step may have"
    )
    max_inverse_mm: float = Field(
        default=2.5,
        gt=0,
        le=50,
        description="median inverse consistency (distance after mapping forward and backward) that is accepted, mm",
    )
    max_radius90_mm: float = Field(
        default=16.0,
        gt=0,
        le=100,
        description="radius that holds the true place nine times in ten, up to which a carried place is trusted, mm",
    )
    min_zone_mm: float = Field(
        default=3.0, gt=0, le=50, description="smallest radius of the zone that a lesion is compared with, mm"
    )
    max_zone_mm: float = Field(
        default=20.0, gt=0, le=100, description="largest radius of the zone that a lesion is compared with, mm"
    )
    min_dice: float = Field(
        default=0.75, ge=0, le=1, description="overlap of the two breasts below which a pair is not trusted"
    )
    # regional search
    search_margin_mm: float = Field(
        default=10.0, gt=0, le=50, description="ring of tissue around a lesion that is looked for in the prior, mm"
    )
    min_search_mm: float = Field(default=2.0, ge=0, le=50, description="smallest search radius, mm")
    max_search_mm: float = Field(default=8.0, ge=0, le=50, description="largest search radius, mm")
    min_search_gain: float = Field(
        default=0.1, ge=0, le=1, description="gain in correlation that the search must show to move a region"
    )
    min_move_score: float = Field(
        default=0.5, ge=-1, le=1, description="correlation that the search must reach to move a region"
    )
    lesion_guard_mm: float = Field(
        default=2.0, ge=0, le=20, description="rim around a lesion that is kept out of the alignment as well, mm"
    )
    # matching and null places
    max_match_mm: float = Field(
        default=15.0, gt=0, le=100, description="largest distance between a mapped lesion and its prior outline, mm"
    )
    max_view_gap_mm: float = Field(
        default=20.0, gt=0, le=100, description="largest difference of nipple distance between views of one mass, mm"
    )
    null_places: int = Field(default=4, ge=0, le=100, description="lesion-free places measured in each pair")
    null_radius_mm: float = Field(
        default=6.0, gt=0, le=40, description="radius of a null place where no lesion is outlined, mm"
    )
