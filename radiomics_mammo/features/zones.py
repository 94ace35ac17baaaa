"""A recent lesion against a whole zone of the prior exam: windows measured all over it, and its best match in it.

The place of a lesion two years ago is known to some millimetres at best; a difference from one point would mostly tell
how one patch of tissue differs from the next. Under the policy ``regional`` the windows of one zone, each the shape of
the recent lesion, are measured by the one extractor. The *median* of the windows stands for the prior; their robust
spread (1.4826 times the median absolute deviation) is what a change is measured in by ``z_``.

========================  ============================================================================================
``similarity_best``       highest normalised correlation of the recent lesion and its rim anywhere in the zone, -1..1
``similarity_margin``     that minus the median correlation over the zone
``similarity_rank``       share of equal zones elsewhere in the prior breast whose best match is lower, 0..1, half for
                          equal ones: what was there already ranks highest
========================  ============================================================================================

The other similarities (`features.similarity`) are those of the place of the best match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.contours import contour_centroid_px, fill_contour
from radiomics_mammo.core.errors import ExtractionError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.pairs import AlignedPair, Exam, RoiPair, Zone
from radiomics_mammo.features.deltas import robust_location_scale
from radiomics_mammo.features.measurement import FeatureExtractor, RoiFeatures
from radiomics_mammo.features.preprocessing import intensity_scale
from radiomics_mammo.features.similarity import RoiSimilarity, measure_similarity
from radiomics_mammo.tables.features import FeatureRow

MIN_WINDOWS = 5
"""Windows below which a zone has no spread."""
MIN_ELSEWHERE = 5
"""Equal zones elsewhere below which a best match has no rank."""
MAX_ELSEWHERE = 60
"""Equal zones elsewhere that are looked at; evenly picked where the breast has room for more."""
MATCH_SPACING_MM = 0.5
"""Pixel spacing at which the best match is looked for."""
MATCH_STEP_PX = 6
"""Image pixels per pixel of that picture where the spacing is unknown."""
MATCH_RIM_MM = 2.0
"""Tissue around the outline that is matched with it: the contrast of a mass lies at its border."""
MIN_TEMPLATE_PX = 12
"""Pixels of a template below which nothing is matched."""
_FLAT = 1e-9
_HALF = 0.5


@dataclass(frozen=True, eq=False)
class ZoneFeatures:
    """What was measured all over the zone of one recent lesion.

    Parameters
    ----------
    features : RoiFeatures
        Median of the windows, as the features of the prior region.
    spread : mapping of str to float
        Robust standard deviation of the windows by feature; NaN where there are fewer than `MIN_WINDOWS` or none
        differs.
    windows : int
        Windows that were measured.
    similarity : RoiSimilarity
    """

    features: RoiFeatures
    spread: Mapping[str, float] = field(default_factory=dict, repr=False)
    windows: int = 0
    similarity: RoiSimilarity | None = None


def measure_zones(
    pair: AlignedPair, regions: Sequence[RoiPair], *, extractor: FeatureExtractor
) -> tuple[ZoneFeatures, ...]:
    """Features all over the zones of a pair, in the order of `regions`.

    Parameters
    ----------
    pair : AlignedPair
    regions : sequence of RoiPair
        Whose prior region has a zone; others are passed over.
    extractor : FeatureExtractor

    Notes
    -----
    The windows lie at the fixed places of `Zone.places_px`, as many as ``zone_windows``; one whose centre is not in the
    breast is left out. The prior is measured on its own grid, whatever ``measure_on`` says: a zone has no one place to
    warp to.
    """
    zones = [(one, one.prior.zone) for one in regions if one.prior.zone is not None]
    pictures = _match_pictures(pair, extractor.config) if zones else None
    return tuple(_measure_zone(pair, one, zone, extractor=extractor, pictures=pictures) for one, zone in zones)


def _measure_zone(
    pair: AlignedPair, one: RoiPair, zone: Zone, *, extractor: FeatureExtractor, pictures: _MatchPictures | None
) -> ZoneFeatures:
    prior = one.prior
    places = zone.places_px(extractor.config.zone_windows)
    places = places[in_breast(pair.prior, places)]
    windows = [replace(prior, contour_px=prior.contour_px + (place - zone.centre_px)) for place in places]
    measured = extractor.measure_windows(pair.prior, windows)
    found = place_in_zone(pair, one, zone, pictures) if pictures else None
    similarity = None
    if found is not None:
        there = replace(prior, contour_px=prior.contour_px + (found.place_px - zone.centre_px))
        (at_best,) = measure_similarity(pair, [replace(one, prior=there)], config=extractor.config)
        similarity = replace(
            at_best, similarity_best=found.best, similarity_margin=found.margin, similarity_rank=found.rank
        )
    names = extractor.columns(pair.prior)
    values = np.array([[one_window.get(name, np.nan) for name in names] for one_window in measured])
    values = values.reshape(len(measured), len(names))
    location, _ = robust_location_scale(values, least=1)
    _, spread = robust_location_scale(values, least=MIN_WINDOWS)
    findings: tuple[Finding, ...] = ()
    if not measured:
        words = f"{prior.roi_id}: no window of the zone lies in the breast"
        findings = (Finding.of(AuditCode.REGION_OUTSIDE, words, image_id=str(prior.image)),)
    features = RoiFeatures(row=FeatureRow.of(prior), values=_named(names, location), findings=findings)
    return ZoneFeatures(features, _named(names, spread), len(measured), similarity)


def _named(names: Sequence[str], values: NDArray[np.float64]) -> dict[str, float]:
    return dict(zip(names, values.tolist(), strict=True))


def in_breast(exam: Exam, places_px: Points) -> NDArray[np.bool_]:
    """Whether (row, col) pixels, shape (n, 2), lie in the breast of an exam."""
    cells = np.floor((np.asarray(places_px) + _HALF) / exam.breast.step_px).astype(int)
    inside = ((cells >= 0) & (cells < exam.breast.breast.shape)).all(axis=1)
    found = np.zeros(len(cells), dtype=np.bool_)
    found[inside] = exam.breast.breast[tuple(cells[inside].T)]
    return found


@dataclass(frozen=True, eq=False, kw_only=True)
class _MatchPictures:
    """Both exams at the spacing of the matching, scaled alike; `factors` are its (row, col) pixels per image pixel."""

    recent: NDArray[np.float64]
    prior: NDArray[np.float64]
    recent_factors: NDArray[np.float64]
    prior_factors: NDArray[np.float64]
    prior_breast: NDArray[np.bool_]


def _match_pictures(pair: AlignedPair, config: FeatureConfig) -> _MatchPictures | None:
    """The pictures to match in; None where one exam has no grey values or just one spacing is known."""
    if len({exam.mammogram.grid.spacing_known for exam in (pair.recent, pair.prior)}) > 1:
        return None
    try:
        made = [_reduced(exam, config) for exam in (pair.recent, pair.prior)]
    except ExtractionError:
        return None
    (recent, here), (prior, there) = made
    if not (np.isfinite(recent).all() and np.isfinite(prior).all()):
        return None
    rows, cols = prior.shape
    breast = cv2.resize(pair.prior.breast.breast.astype(np.uint8), (cols, rows), interpolation=cv2.INTER_NEAREST) > 0
    return _MatchPictures(
        recent=recent, prior=prior, recent_factors=here, prior_factors=there, prior_breast=np.asarray(breast)
    )


def _reduced(exam: Exam, config: FeatureConfig) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Area average of an exam near the spacing of the matching, and its pixels per image pixel."""
    grid, pixels = exam.mammogram.grid, exam.mammogram.pixels
    steps = np.divide(MATCH_SPACING_MM, grid.unit_spacing) if grid.spacing_known else np.full(2, float(MATCH_STEP_PX))
    rows, cols = (max(1, round(size / max(step, 1.0))) for size, step in zip(pixels.shape, steps, strict=True))
    small = cv2.resize(pixels, (cols, rows), interpolation=cv2.INTER_AREA)
    scaled = intensity_scale(exam, config=config).apply(small)
    return scaled, np.array([rows / pixels.shape[0], cols / pixels.shape[1]])


@dataclass(frozen=True, eq=False, kw_only=True)
class Match:
    """Where in a zone a recent lesion matches best: (row, col) pixel of the prior image, and how well."""

    place_px: NDArray[np.float64]
    best: float
    margin: float
    rank: float


def place_in_zone(pair: AlignedPair, one: RoiPair, zone: Zone, pictures: _MatchPictures) -> Match | None:
    """The best match of a recent lesion in its zone; None where there is too little to match."""
    rim = MATCH_RIM_MM / MATCH_SPACING_MM
    template, keep = _template(pictures.recent, _reduce_points(one.recent.contour_px, pictures.recent_factors), rim)
    if int(keep.sum()) < MIN_TEMPLATE_PX:
        return None
    scores = masked_correlation(pictures.prior, template, keep)
    scores[~pictures.prior_breast] = np.nan
    factors = pictures.prior_factors
    row, col = _reduce_points(np.array([zone.centre_px]), factors)[0]
    small = Zone((float(row), float(col)), (zone.radius_px[0] * factors[0], zone.radius_px[1] * factors[1]))
    inside = scores_in(scores, small)
    if not np.isfinite(inside[:, 2]).any():
        return None
    row, col, best = inside[int(np.nanargmax(inside[:, 2]))]
    place = (np.array([row, col]) + _HALF) / factors - _HALF
    elsewhere = best_elsewhere(scores, small)
    rank = float("nan")
    if len(elsewhere) >= MIN_ELSEWHERE:
        rank = float(np.mean(elsewhere < best) + np.mean(elsewhere == best) / 2)
    return Match(place_px=place, best=float(best), margin=float(best - np.nanmedian(inside[:, 2])), rank=rank)


def _reduce_points(points_px: Points, factors: NDArray[np.float64]) -> Points:
    return np.asarray((np.asarray(points_px) + _HALF) * factors - _HALF)


def _template(
    picture: NDArray[np.float64], contour: Points, rim: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Window of odd sides around the centroid of a contour, and the pixels of it inside the contour or its rim."""
    centre = np.round(contour_centroid_px(contour)).astype(int)
    reach = np.ceil(np.abs(contour - centre).max(axis=0) + rim).astype(int)
    padded = np.pad(picture, [(size, size) for size in reach], mode="edge")
    top, left = np.clip(centre, 0, np.subtract(picture.shape, 1))
    window = padded[top : top + 2 * reach[0] + 1, left : left + 2 * reach[1] + 1]
    drawn = fill_contour(contour - centre + reach, window.shape).on_grid(window.shape)
    distance = cv2.distanceTransform((~drawn).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return window, np.asarray(distance <= rim)


def masked_correlation(
    picture: NDArray[np.float64], template: NDArray[np.float64], keep: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Normalised correlation of a masked template centred on every pixel of a picture, -1..1, same shape as it.

    Parameters
    ----------
    picture : ndarray of shape (rows, cols)
    template, keep : ndarray of odd sides
        Pixels of the template that count.

    Notes
    -----
    By Fourier transforms (masked normalised cross-correlation with a fixed mask, Padfield 2012): with the template t
    less its mean over the mask m of n pixels, ``sum(t f) / sqrt(sum(t^2) (sum(m f^2) - sum(m f)^2 / n))``. NaN where
    the template is flat or would leave the picture, 0 where the picture is flat.

    Examples
    --------
    >>> ramp = np.arange(35.0).reshape(5, 7) ** 2
    >>> masked_correlation(ramp, 3 * ramp[1:4, 2:5] + 1, np.ones((3, 3), dtype=bool))[2, 3].round(6)
    np.float64(1.0)
    """
    count = int(keep.sum())
    mean_free = np.where(keep, template - template[keep].mean(), 0.0)
    energy = float((mean_free**2).sum())
    shifted = picture - picture.mean()
    mask = keep.astype(np.float64)
    flipped = [part[::-1, ::-1] for part in (mean_free, mask)]
    crossed, total = (fftconvolve(shifted, part, mode="same") for part in flipped)
    variation = fftconvolve(shifted**2, flipped[1], mode="same") - total**2 / count
    scale = float((shifted**2).mean()) * count
    if energy <= _FLAT * max(float((template[keep] ** 2).sum()), 1.0):
        return np.full(picture.shape, np.nan)
    known = variation > _FLAT * max(scale, np.finfo(float).tiny)
    scores = np.where(known, crossed / np.sqrt(energy * np.where(known, variation, 1.0)), 0.0)
    scores = np.clip(scores, -1.0, 1.0)
    rows, cols = (size // 2 for size in template.shape)
    outside = np.ones(picture.shape, dtype=np.bool_)
    outside[rows : picture.shape[0] - rows, cols : picture.shape[1] - cols] = False
    scores[outside] = np.nan
    return np.asarray(scores)


def scores_in(scores: NDArray[np.float64], zone: Zone) -> NDArray[np.float64]:
    """Row, column and score of every pixel of a zone, shape (n, 3); the nearest pixel where it holds none."""
    low = np.maximum(np.floor(np.subtract(zone.centre_px, zone.radius_px)).astype(int), 0)
    high = np.ceil(np.add(zone.centre_px, zone.radius_px)).astype(int) + 1
    window = scores[low[0] : max(high[0], 0), low[1] : max(high[1], 0)]
    places = np.argwhere(np.ones(window.shape, dtype=np.bool_)) + low
    held = places[zone.holds(places.astype(np.float64))]
    return np.column_stack([held, scores[tuple(held.T)]]) if len(held) else np.empty((0, 3))


def best_elsewhere(scores: NDArray[np.float64], zone: Zone) -> NDArray[np.float64]:
    """Best match in zones of equal size elsewhere, clear of this one; ascending places, at most `MAX_ELSEWHERE`.

    They lie on a square lattice one radius apart, with their centre and at least half of their pixels where there is a
    score.
    """
    steps = [max(1, round(radius)) for radius in zone.radius_px]
    rows, cols = (np.arange(size % step // 2, size, step) for size, step in zip(scores.shape, steps, strict=True))
    centres = np.stack(np.meshgrid(rows, cols, indexing="ij"), axis=-1).reshape(-1, 2)
    centres = centres[np.isfinite(scores[tuple(centres.T)])]
    clear = ~Zone(zone.centre_px, (2 * zone.radius_px[0], 2 * zone.radius_px[1])).holds(centres.astype(np.float64))
    centres = centres[clear]
    if len(centres) > MAX_ELSEWHERE:
        centres = centres[np.linspace(0, len(centres) - 1, MAX_ELSEWHERE).round().astype(int)]
    best = []
    for row, col in centres.astype(float):
        there = scores_in(scores, Zone((float(row), float(col)), zone.radius_px))[:, 2]
        known = there[np.isfinite(there)]
        if 2 * len(known) >= len(there):
            best.append(known.max())
    return np.array(best, dtype=np.float64)
