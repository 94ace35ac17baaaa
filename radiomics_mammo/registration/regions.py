"""The regions to measure: every recent lesion with its prior region under both policies, and the breast tissue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from skimage.measure import approximate_polygon

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_centroid_px, trace_contour
from radiomics_mammo.core.errors import RegistrationError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import AlignedPair, Exam, Roi, RoiPair
from radiomics_mammo.core.vocabulary import PriorPolicy, RegistrationMethod, RoiSource
from radiomics_mammo.registration.carrying import carry_contour
from radiomics_mammo.registration.matching import match_lesions
from radiomics_mammo.registration.reduction import full_from_reduced
from radiomics_mammo.registration.search import SearchGround, search_ground
from radiomics_mammo.registration.working import fitted_settings

TISSUE_TOLERANCE = 0.3
"""Largest distance, in reduced pixels, by which the outline of the tissue is simplified."""


def prior_regions(pair: AlignedPair, *, config: RegistrationConfig | None = None) -> tuple[RoiPair, ...]:
    """Every recent lesion with its prior region, once under each policy.

    Under ``registered`` the recent contour is carried over by the same code for every lesion, whoever drew what in
    the prior. Under ``outlined-first`` a matched, readable prior outline takes its place where the alignment is
    trusted; otherwise the region is the registered one.

    Parameters
    ----------
    pair : AlignedPair
    config : RegistrationConfig, optional

    Returns
    -------
    tuple of RoiPair
        In the order of the recent lesions, ``registered`` before ``outlined-first``.
    """
    config = fitted_settings(config or RegistrationConfig(), pair.prior.breast, pair.recent.breast)
    if not pair.recent.lesions:
        return ()
    ground = search_ground(pair, config)
    outlines = _matched_outlines(pair, config)
    pairs = []
    for lesion in pair.recent.lesions:
        recent = recent_roi(lesion)
        registered = registered_roi(pair, ground, lesion, config=config)
        pairs.append(RoiPair(recent, registered))
        pairs.append(RoiPair(recent, _outlined_first(pair, registered, outlines)))
    return tuple(pairs)


def recent_roi(lesion: LesionMask) -> Roi:
    """The outlined lesion itself as a region to measure."""
    name = str(lesion.key)
    return Roi(
        f"{name}-recent",
        lesion.key.image,
        lesion.grid,
        RoiSource.OUTLINED,
        lesion.contour_px,
        recent_lesion_id=name,
        label=lesion.label,
    )


def registered_roi(pair: AlignedPair, ground: SearchGround, lesion: LesionMask, *, config: RegistrationConfig) -> Roi:
    """The contour of a recent lesion carried over to the prior exam; its source is ``fallback`` where coordinates
    were anatomical.
    """  # noqa: D205
    carried = carry_contour(pair, ground, lesion.contour_px, config=config)
    resort = pair.registration.method is RegistrationMethod.ANATOMICAL
    return Roi(
        f"{lesion.key}-prior-{PriorPolicy.REGISTERED}",
        pair.prior.mammogram.key,
        pair.prior.mammogram.grid,
        RoiSource.FALLBACK if resort else RoiSource.REGISTERED,
        carried.contour_px,
        recent_lesion_id=str(lesion.key),
        prior_policy=PriorPolicy.REGISTERED,
        trusted=carried.trusted,
        label=lesion.label,
        search_score=carried.search_score,
        search_shift_mm=carried.search_shift_mm,
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


def tissue_roi(exam: Exam) -> Roi:
    """The breast without pectoral muscle as a region to measure, bounded by its longest outer contour.

    Raises
    ------
    RegistrationError
        If nothing of the breast is left.
    """
    tissue = exam.breast.tissue
    key = exam.mammogram.key
    if not tissue.any():
        raise RegistrationError(str(key), "breast tissue beside the muscle", "none", "look at the picture")
    outline = approximate_polygon(trace_contour(tissue), TISSUE_TOLERANCE)
    contour_px = full_from_reduced(outline, exam.breast.step_px)
    return Roi(f"{key}-tissue", key, exam.mammogram.grid, RoiSource.TISSUE, contour_px)


def _matched_outlines(pair: AlignedPair, config: RegistrationConfig) -> Mapping[str, LesionMask]:
    """Readable prior outlines by the id of the recent lesion they were matched to; none on an untrusted alignment."""
    if not pair.registration.trusted:
        return {}
    readable = {str(lesion.key): lesion for lesion in pair.prior.lesions if lesion.quality.measurable}
    links = match_lesions(pair, config=config)
    return {link.lesion_id_a: readable[link.lesion_id_b] for link in links if link.lesion_id_b in readable}


def _outlined_first(pair: AlignedPair, registered: Roi, outlines: Mapping[str, LesionMask]) -> Roi:
    name = registered.recent_lesion_id
    roi_id = f"{name}-prior-{PriorPolicy.OUTLINED_FIRST}"
    outline = outlines.get(name)
    if outline is None:
        return replace(registered, roi_id=roi_id, prior_policy=PriorPolicy.OUTLINED_FIRST)
    return Roi(
        roi_id,
        pair.prior.mammogram.key,
        outline.grid,
        RoiSource.OUTLINED,
        outline.contour_px,
        recent_lesion_id=name,
        prior_lesion_id=str(outline.key),
        prior_policy=PriorPolicy.OUTLINED_FIRST,
        label=registered.label,
    )
