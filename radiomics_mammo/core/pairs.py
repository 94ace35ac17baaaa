"""Aligned exam pairs: the registration, the regions to measure, and the links between outlines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.contours import Region, fill_contour
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.findings import Finding
from radiomics_mammo.core.geometry import DisplacementField, PixelGrid, PlanarTransform, Points, frozen_array
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import BreastRegion, Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.vocabulary import LinkRelation, OutlineColor, PriorPolicy, RegistrationMethod, RoiSource, View


@dataclass(frozen=True, eq=False)
class Exam:
    """One decoded mammogram with the breast found in it and the lesions outlined on it."""

    mammogram: Mammogram
    breast: BreastRegion
    lesions: tuple[LesionMask, ...] = ()

    def __post_init__(self) -> None:
        keys = {self.mammogram.key, self.breast.key, *(lesion.key.image for lesion in self.lesions)}
        if len(keys) != 1:
            raise InvariantError("exam", "parts of one image", str(sorted(map(str, keys))), "combine one image only")


@dataclass(frozen=True, eq=False, kw_only=True)
class Registration:
    """How the recent exam of one view maps onto the prior one.

    Lengths named ``_mm`` are None where the spacing of either exam is unknown (the transform is then in pixels).
    `error_mm` is measured on masses outlined in both exams, None where there is none to measure on.
    `return_gap` is the distance that places of the recent exam keep after a forward and a backward map found
    independently, in the units of the transform; None where the map was not searched for.
    """

    patient_id: str
    view: View
    recent_to_prior: PlanarTransform
    prior_to_recent: PlanarTransform
    method: RegistrationMethod
    trusted: bool
    similarity_before: float
    similarity_affine: float
    similarity_after: float
    negative_jacobian_fraction: float
    inverse_consistency_mm: float | None
    breast_dice: float
    error_mm: float | None = None
    findings: tuple[Finding, ...] = ()
    return_gap: DisplacementField | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class AlignedPair:
    """Prior and recent exam of one view with the registration between them."""

    prior: Exam
    recent: Exam
    registration: Registration

    @property
    def in_mm(self) -> bool:
        """Whether the maps of the registration are in mm; else they are in pixels of either image."""
        return self.prior.mammogram.grid.spacing_known and self.recent.mammogram.grid.spacing_known

    def prior_px(self, recent_px: Points) -> Points:
        """Where (row, col) pixels of the recent image, shape (n, 2), lie in the prior one."""
        return self._carry(recent_px, (self.recent, self.prior), self.registration.recent_to_prior)

    def recent_px(self, prior_px: Points) -> Points:
        """Where (row, col) pixels of the prior image, shape (n, 2), lie in the recent one."""
        return self._carry(prior_px, (self.prior, self.recent), self.registration.prior_to_recent)

    def _carry(self, points_px: Points, exams: tuple[Exam, Exam], transform: PlanarTransform) -> Points:
        if not self.in_mm:
            return transform.apply(points_px)
        source, target = (exam.mammogram.grid for exam in exams)
        if transform.is_identity and source == target:
            return np.array(points_px, dtype=np.float64)
        return target.to_pixels(transform.apply(source.to_units(points_px)))


@dataclass(frozen=True, eq=False, kw_only=True)
class Roi:
    """One region to measure on one image.

    Parameters
    ----------
    roi_id : str
        Unique, usable as a file name.
    image : ImageKey
    grid : PixelGrid
        Grid of the image.
    source : RoiSource
    contour_px : ndarray of shape (n, 2)
        (row, col) pixels of the image.
    recent_lesion_id, prior_lesion_id : str
        The lesions it stands for; empty where none.
    prior_policy : PriorPolicy or None
        None for regions of the recent exam.
    trusted : bool
    label : str
        Label of the recent lesion; empty for tissue and null places.
    search_score : float or None
        Score of the regional search, -1..1.
    search_shift_mm : float or None
        How far the search moved the transformed position.
    """

    roi_id: str
    image: ImageKey
    grid: PixelGrid
    source: RoiSource
    contour_px: NDArray[np.float64] = field(repr=False)
    recent_lesion_id: str = ""
    prior_lesion_id: str = ""
    prior_policy: PriorPolicy | None = None
    trusted: bool = True
    label: str = ""
    search_score: float | None = None
    search_shift_mm: float | None = None

    def __post_init__(self) -> None:
        contour = np.array(self.contour_px, dtype=np.float64)
        if contour.ndim != 2 or contour.shape[0] < 3 or contour.shape[1] != 2 or not np.isfinite(contour).all():
            raise InvariantError(self.roi_id, "finite contour (n >= 3, 2)", str(contour.shape), "trace it again")
        object.__setattr__(self, "contour_px", frozen_array(contour))

    @property
    def region(self) -> Region:
        """Pixels inside, at the resolution of the image."""
        return fill_contour(self.contour_px, self.grid.shape)


@dataclass(frozen=True)
class RoiPair:
    """The recent region of a lesion (or null place) and its prior region under one policy."""

    recent: Roi
    prior: Roi

    def __post_init__(self) -> None:
        if self.recent.recent_lesion_id != self.prior.recent_lesion_id:
            found = f"{self.recent.roi_id}, {self.prior.roi_id}"
            raise InvariantError("roi pair", "regions of one lesion", found, "pair by recent_lesion_id")


@dataclass(frozen=True, kw_only=True)
class LesionPlace:
    """Where one lesion lies in anatomical terms, for linking the two views of one exam.

    Lengths are in mm, or in breast widths where `in_mm` is False.
    """

    lesion_id: str
    view: View
    color: OutlineColor
    area: float
    nipple_distance: float
    skin_distance: float
    in_mm: bool


@dataclass(frozen=True, order=True, kw_only=True)
class LesionLink:
    """Two outlines of one mass; one row of ``links.csv``."""

    lesion_id_a: Annotated[str, "first outline"]
    lesion_id_b: Annotated[str, "second outline"]
    relation: Annotated[LinkRelation, "same-mass-other-view or same-mass-prior"]
    distance_mm: Annotated[float | None, "distance between the two after mapping, mm"]
    confidence: Annotated[float, "0 to 1"]
