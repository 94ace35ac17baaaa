"""Regions to measure: recent lesions with their prior regions under every policy, control regions, breast tissue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.measure import approximate_polygon

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_centroid_px, trace_contour
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import AlignedPair, Exam, Roi, RoiPair, Zone
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource
from radiomics_mammo.registration.matching import match_lesions
from radiomics_mammo.registration.preprocessing import full_from_reduced, reduced_from_full
from radiomics_mammo.registration.propagation import SearchGround, propagate_contour, search_ground
from radiomics_mammo.registration.quality import place_error

TISSUE_TOLERANCE = 0.3
"""Largest distance, in reduced pixels, by which the outline of the tissue is simplified."""

CIRCLE_POINTS = 64
"""Vertices of the contour of a control region where no lesion is outlined."""


def recent_roi(lesion: LesionMask) -> Roi:
    """The outlined lesion itself as a region to measure."""
    name = str(lesion.key)
    return Roi(
        roi_id=f"{name}-recent",
        image=lesion.key.image,
        grid=lesion.grid,
        source=RoiSource.OUTLINED,
        contour_px=lesion.contour_px,
        recent_lesion_id=name,
        label=lesion.label,
    )


def prior_regions(pair: AlignedPair, *, config: RegistrationConfig | None = None) -> tuple[RoiPair, ...]:
    """Every recent lesion with its prior region, once under each policy.

    Under ``regional`` it is a zone, not a point: the disc of ``radius90_mm`` around the carried centroid, at least
    `min_zone_mm` and at most `max_zone_mm`; the contour is that of the lesion, moved there as it is, the central one of
    the windows that are measured. It may be used unless the pair was not told from one of two women.
    Under ``registered`` the recent contour is propagated by the same code for every lesion, whoever drew what in
    the prior. Under ``outlined-first`` a matched, readable prior outline takes its place where the alignment is
    trusted; otherwise the region is the registered one.

    Parameters
    ----------
    pair : AlignedPair
    config : RegistrationConfig, optional

    Returns
    -------
    tuple of RoiPair
        In the order of the recent lesions; ``regional``, ``registered``, ``outlined-first``.
    """
    if not pair.recent.lesions:
        return ()
    ground = search_ground(pair, config)
    outlines = _matched_outlines(pair, config)
    source = RoiSource.REGISTERED
    pairs = []
    for lesion in pair.recent.lesions:
        recent = recent_roi(lesion)
        registered = _registered(pair, ground, recent, source)
        registered = replace(registered, roi_id=f"{lesion.key}-prior-{PriorPolicy.REGISTERED}")
        pairs.append(RoiPair(recent, _regional(pair, ground, recent, source)))
        pairs.append(RoiPair(recent, registered))
        pairs.append(RoiPair(recent, _outlined_first(registered, outlines.get(str(lesion.key)))))
    return tuple(pairs)


def _regional(pair: AlignedPair, ground: SearchGround, recent: Roi, source: RoiSource) -> Roi:
    """The zone of a recent region, and the lesion as it is, in mm, at the middle of it."""
    config, prior, scale = ground.config, pair.prior.mammogram, ground.scale
    centre = np.array([contour_centroid_px(recent.contour_px)])
    error, there = place_error(pair, centre), pair.prior_px(centre)
    radius_mm = float(np.clip(error.radius90_mm[0], config.min_zone_mm, config.max_zone_mm))
    row_px, col_px = (radius_mm / own for own in scale.prior_mm)
    stretch = np.divide(scale.recent_mm, scale.prior_mm)
    return replace(
        recent,
        roi_id=f"{recent.recent_lesion_id}-prior-{PriorPolicy.REGIONAL}",
        image=prior.key,
        grid=prior.grid,
        source=source,
        contour_px=there + (recent.contour_px - centre) * stretch,
        prior_policy=PriorPolicy.REGIONAL,
        trusted=pair.registration.told_apart,
        expected_error_mm=float(error.expected_error_mm[0]) if scale.in_mm else None,
        radius90_mm=float(error.radius90_mm[0]) if scale.in_mm else None,
        zone=Zone((float(there[0, 0]), float(there[0, 1])), (row_px, col_px)),
    )


def _registered(pair: AlignedPair, ground: SearchGround, recent: Roi, source: RoiSource) -> Roi:
    """The prior region of a recent one: its contour propagated by map and regional search."""
    place = propagate_contour(pair, ground, recent.contour_px)
    return replace(
        recent,
        roi_id=f"{recent.roi_id.removesuffix('-recent')}-prior",
        image=pair.prior.mammogram.key,
        grid=pair.prior.mammogram.grid,
        source=source,
        contour_px=place.contour_px,
        prior_policy=PriorPolicy.REGISTERED,
        trusted=place.trusted,
        search_score=place.search_score,
        search_shift_mm=place.search_shift_mm,
        expected_error_mm=float(place.error.expected_error_mm[0]) if pair.in_mm else None,
        radius90_mm=float(place.error.radius90_mm[0]) if pair.in_mm else None,
    )


def _matched_outlines(pair: AlignedPair, config: RegistrationConfig | None) -> Mapping[str, LesionMask]:
    """Readable prior outlines by the id of the recent lesion they were matched to; none on an untrusted alignment."""
    if not pair.registration.trusted:
        return {}
    readable = {str(lesion.key): lesion for lesion in pair.prior.lesions if lesion.quality.measurable}
    links = match_lesions(pair, config=config)
    return {link.lesion_id_a: readable[link.lesion_id_b] for link in links if link.lesion_id_b in readable}


def _outlined_first(registered: Roi, outline: LesionMask | None) -> Roi:
    policy = PriorPolicy.OUTLINED_FIRST
    roi_id = f"{registered.recent_lesion_id}-prior-{policy}"
    if outline is None:
        return replace(registered, roi_id=roi_id, prior_policy=policy)
    return Roi(
        roi_id=roi_id,
        image=registered.image,
        grid=outline.grid,
        source=RoiSource.OUTLINED,
        contour_px=outline.contour_px,
        recent_lesion_id=registered.recent_lesion_id,
        prior_lesion_id=str(outline.key),
        prior_policy=policy,
        label=registered.label,
    )


def doubtful_regions(regions: Sequence[RoiPair]) -> tuple[Finding, ...]:
    """One finding for every registered prior region that is not trusted: off the picture, or not convincing."""
    findings = []
    for prior in (region.prior for region in regions):
        if prior.trusted or prior.prior_policy is not PriorPolicy.REGISTERED:
            continue
        centre = np.asarray(contour_centroid_px(prior.contour_px))
        outside = bool((centre < 0).any() or (centre > np.subtract(prior.grid.shape, 1)).any())
        code = AuditCode.REGION_OUTSIDE if outside else AuditCode.REGISTRATION_UNTRUSTED
        score = "none" if prior.search_score is None else f"{prior.search_score:.2f}"
        words = f"{prior.recent_lesion_id}: {code.meaning}; source {prior.source}, search score {score}"
        findings.append(Finding.of(code, words, image_id=str(prior.image)))
    return tuple(findings)


def null_places(
    pair: AlignedPair, *, rng: np.random.Generator, config: RegistrationConfig | None = None
) -> tuple[RoiPair, ...]:
    """Control regions: lesion-sized, lesion-free places with their prior regions, which say how much tissue changes.

    Each has the contour of one of the recent lesions, or a circle of `null_radius_mm` where there is none. It lies
    in the breast tissue, off every outline of either exam and off the other places, and is propagated like a lesion.

    Parameters
    ----------
    pair : AlignedPair
    rng : numpy.random.Generator
    config : RegistrationConfig, optional

    Returns
    -------
    tuple of RoiPair
        At most `null_places`, fewer where the breast has no more room; source ``null``, no lesion, no label.
    """
    config, recent = config or RegistrationConfig(), pair.recent
    if config.null_places == 0:
        return ()
    ground = search_ground(pair, config)
    spacing = np.asarray(ground.scale.recent_mm)
    shapes_px = _shapes_px(pair, spacing, config)
    free = _free_tissue(pair)
    step_px, step_mm = recent.breast.step_px, float(recent.breast.step_px * spacing.max())
    found: list[RoiPair] = []
    for _ in range(config.null_places):
        shape_px = shapes_px[int(rng.integers(len(shapes_px)))]
        radius_mm = float(np.linalg.norm(shape_px * spacing, axis=1).max()) + config.lesion_guard_mm
        places = np.argwhere(ndimage.distance_transform_edt(np.pad(free, 1))[1:-1, 1:-1] * step_mm > radius_mm)
        if not len(places):
            continue
        place = places[int(rng.integers(len(places)))].astype(np.float64)
        contour_px = shape_px + full_from_reduced(place[None], step_px)
        here = _roi_of(recent, f"null-{len(found) + 1}-recent", RoiSource.NULL, contour_px)
        found.append(RoiPair(here, _registered(pair, ground, here, RoiSource.NULL)))
        gaps = np.hypot(*(np.indices(free.shape) - place[:, None, None])) * step_mm
        free = free & (gaps > radius_mm)
    return tuple(found)


def _shapes_px(pair: AlignedPair, spacing: NDArray[np.float64], config: RegistrationConfig) -> list[Points]:
    """Contours around (0, 0) in recent pixels."""
    if pair.recent.lesions:
        return [lesion.contour_px - contour_centroid_px(lesion.contour_px) for lesion in pair.recent.lesions]
    angles = np.linspace(0, 2 * np.pi, CIRCLE_POINTS, endpoint=False)
    return [config.null_radius_mm * np.stack([np.sin(angles), np.cos(angles)], axis=1) / spacing]


def _free_tissue(pair: AlignedPair) -> NDArray[np.bool_]:
    """Tissue of the recent exam, reduced, without the outlines of either exam."""
    region = pair.recent.breast
    taken = np.zeros(region.breast.shape, dtype=np.uint8)
    contours = [lesion.contour_px for lesion in pair.recent.lesions]
    contours += [pair.recent_px(lesion.contour_px) for lesion in pair.prior.lesions]
    for contour in contours:
        corners = np.round(reduced_from_full(contour, region.step_px)[:, ::-1]).astype(np.int32)
        cv2.fillPoly(taken, [corners], 1)
    free: NDArray[np.bool_] = region.tissue & (taken == 0)
    return free


def tissue_roi(exam: Exam) -> Roi:
    """The breast without pectoral muscle as a region to measure, bounded by its longest outer contour.

    Raises
    ------
    RegistrationError
        If nothing of the breast is left.
    """
    tissue, key = exam.breast.tissue, exam.mammogram.key
    if not tissue.any():
        raise RegistrationError(str(key), "breast tissue beside the muscle", "none", "look at the picture")
    outline = approximate_polygon(trace_contour(tissue), TISSUE_TOLERANCE)
    contour_px = full_from_reduced(outline, exam.breast.step_px)
    return _roi_of(exam, "tissue", RoiSource.TISSUE, contour_px)


def _roi_of(exam: Exam, name: str, source: RoiSource, contour_px: Points) -> Roi:
    key, grid = exam.mammogram.key, exam.mammogram.grid
    return Roi(roi_id=f"{key}-{name}", image=key, grid=grid, source=source, contour_px=contour_px)
