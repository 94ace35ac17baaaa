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

GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
"""Turn between neighbouring places of a zone: no two of them ever line up."""


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
class PlaceEvidence:
    """What a search for the map left behind that tells how far from the truth it may be.

    Parameters
    ----------
    similarity, rank_similarity : float
        Correlation of structure and of grey ranks under the best affine candidate, -1..1.
    block_score, agreement : float
        Median correlation of large blocks under it, and the share of them found where it puts them, 0..1.
    dice : float
        Overlap of the two breasts under it, 0..1.
    candidates : tuple of PlanarTransform
        Affine candidates that differ, recent to prior, in the units of the registration.
    weights : tuple of float
        How likely each is the best of them; they sum up to 1.
    unit_mm : tuple of float
        Nominal mm of one (row, col) unit of the prior frame and of the recent frame alike: 1 where lengths are in mm.
    """

    similarity: float
    rank_similarity: float
    block_score: float
    agreement: float
    dice: float
    candidates: tuple[PlanarTransform, ...] = field(repr=False)
    weights: tuple[float, ...] = field(repr=False)
    unit_mm: tuple[float, float] = (1.0, 1.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Registration:
    """How the recent exam of one view maps onto the prior one.

    Lengths named ``_mm`` are None where the spacing of either exam is unknown (the transform is then in pixels).
    `error_mm` is measured on masses outlined in both exams, None where there is none to measure on.
    `told_apart` says that the pair was told from one of two women: nothing is compared where it was not.
    `return_gap` is the distance that places of the recent exam keep after a forward and a backward map found
    independently, in the units of the transform; None where the map was not searched for, and so is `evidence`.
    `expected_error_mm` and `radius90_mm` are the medians over the breast of what `PlaceError` says of a place.
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
    told_apart: bool = False
    findings: tuple[Finding, ...] = ()
    return_gap: DisplacementField | None = field(default=None, repr=False)
    evidence: PlaceEvidence | None = field(default=None, repr=False)
    expected_error_mm: float | None = None
    radius90_mm: float | None = None


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
class PlaceError:
    """How far from the truth carried places may be.

    Parameters
    ----------
    expected_error_mm : ndarray of shape (n,)
        Mean distance to the true place; in nominal mm (of a breast of nominal width) where the spacing is unknown.
    radius90_mm : ndarray of shape (n,)
        Radius of the disc around the carried place that holds the true one nine times in ten.

    Raises
    ------
    InvariantError
        If the two differ in length, or a value is negative or not finite.
    """

    expected_error_mm: NDArray[np.float64]
    radius90_mm: NDArray[np.float64]

    def __post_init__(self) -> None:
        both = self.expected_error_mm, self.radius90_mm
        if both[0].shape != both[1].shape or not all(np.isfinite(one).all() and (one >= 0).all() for one in both):
            raise InvariantError("place error", "finite lengths >= 0, one a place", str(both), "check the registration")
        for name in ("expected_error_mm", "radius90_mm"):
            object.__setattr__(self, name, frozen_array(getattr(self, name)))


@dataclass(frozen=True)
class Zone:
    """The part of the prior image that a carried place may truly be in: a disc in mm, an ellipse in pixels.

    Parameters
    ----------
    centre_px : tuple of float
        (row, col) of the carried place.
    radius_px : tuple of float
        (row, col) half axes, both positive.

    Raises
    ------
    InvariantError
        If a value is not finite or a radius not positive.
    """

    centre_px: tuple[float, float]
    radius_px: tuple[float, float]

    def __post_init__(self) -> None:
        if not np.isfinite((*self.centre_px, *self.radius_px)).all() or min(self.radius_px) <= 0:
            raise InvariantError("zone", "a finite centre and radii > 0", str(self), "check the registration")

    def places_px(self, count: int) -> Points:
        """A fixed set of places that stand for equal shares of the zone, the centre first, shape (count, 2).

        Place k of n lies sqrt(k / n) of the radius out, turned by k golden angles (the sunflower of Vogel 1979).

        Examples
        --------
        >>> Zone((10.0, 20.0), (4.0, 2.0)).places_px(4).round(1).tolist()
        [[10.0, 20.0], [11.4, 19.3], [7.2, 20.1], [12.7, 21.1]]
        """
        steps = np.arange(count)
        out, turn = np.sqrt(steps / count), steps * GOLDEN_ANGLE
        around = np.stack([np.sin(turn), np.cos(turn)], axis=1) * out[:, None]
        return np.asarray(self.centre_px + around * self.radius_px, dtype=np.float64)

    def holds(self, points_px: Points) -> NDArray[np.bool_]:
        """Whether (row, col) pixels, shape (n, 2), lie inside.

        Examples
        --------
        >>> Zone((10.0, 20.0), (4.0, 2.0)).holds(np.array([[13.0, 20.0], [10.0, 23.0]])).tolist()
        [True, False]
        """
        away = (np.asarray(points_px) - self.centre_px) / self.radius_px
        return np.asarray((away**2).sum(axis=1) <= 1)


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
    expected_error_mm, radius90_mm : float or None
        Of the carried place, see `PlaceError`; None where nothing was carried or the spacing is unknown.
    zone : Zone or None
        Where its place may truly be, for regions under ``regional``; the contour is then that of the central window.
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
    expected_error_mm: float | None = None
    radius90_mm: float | None = None
    zone: Zone | None = None

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
