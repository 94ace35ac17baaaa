"""Pictures of an aligned exam pair, made where its pixels are: both exams whole, maps of the mapping, and each zone."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.pairs import AlignedPair, Exam, RoiPair, Zone
from radiomics_mammo.report.pictures import RegistrationPicture, ZonePicture, encode_png, grey_window

SHOWN_SHIFT = 0.1
"""Displacement shown as the brightest colour, as a share of the picture's height."""
SHOWN_AREA_CHANGE = 0.5
"""Change of area shown as the fullest colour: 0.5 is half or one and a half times the area."""
_CONTOUR_BGR = (10, 214, 255)
_ZONE_BGR = (240, 220, 60)
_CANDIDATE_BGR = (200, 60, 255)
_CROSS_PX = 9
"""Side of the cross that marks where one candidate puts the place."""
_AROUND = 1.25
"""Side of the picture of a zone over its diameter, or over that of the lesion where that is larger."""
_MAP_SHARE = 0.5
"""Side of the two maps as a share of the side of the pictures of the exams."""


def registration_picture(pair: AlignedPair, *, config: ReportConfig | None = None) -> RegistrationPicture:
    """Show one aligned pair on the breast of its recent exam, each exam whole, so that one can be laid over the other.

    Parameters
    ----------
    pair : AlignedPair
        The prior is sampled through ``registration.recent_to_prior``.
    config : ReportConfig, optional
        `alignment_px`.

    Notes
    -----
    Before alignment, places are compared at equal distances from the corner of the picture in mm (in pixels where a
    spacing is unknown). The recent outlines are drawn on all three.
    """
    exam, key = pair.recent, pair.recent.mammogram.key
    places_px, pitch_px = _lattice(exam, (config or ReportConfig()).alignment_px)
    to_prior = pair.prior.mammogram.grid.to_pixels if pair.in_mm else np.asarray
    start = exam.mammogram.grid.to_units(places_px) if pair.in_mm else places_px
    mapped = pair.registration.recent_to_prior.apply(start.reshape(-1, 2)).reshape(start.shape)
    outlines = [(np.asarray(lesion.contour_px) - places_px[0, 0]) / pitch_px for lesion in exam.lesions]
    shown = (
        _shown(exam, places_px, pitch_px),
        *(_shown(pair.prior, to_prior(places), pitch_px) for places in (mapped, start)),
    )
    recent, prior, unaligned = (encode_png(_outlined(picture, outlines)) for picture in shown)
    displacement, jacobian = _maps(start, mapped, outside=~_in_breast(exam, places_px))
    return RegistrationPicture(
        patient_id=key.patient_id,
        view=str(key.view),
        recent_png=recent,
        prior_png=prior,
        unaligned_png=unaligned,
        displacement_png=displacement,
        jacobian_png=jacobian,
    )


def zone_picture(pair: AlignedPair, one: RoiPair, *, config: ReportConfig | None = None) -> ZonePicture:
    """A recent lesion beside its zone in the prior exam, each around its centre, both at one scale.

    Parameters
    ----------
    pair : AlignedPair
    one : RoiPair
        Whose prior region has a zone.
    config : ReportConfig, optional
        `crop_px`.

    Notes
    -----
    The prior is shown as it is, not warped: this is what the windows of the zone are measured on. Yellow is the
    outline, in the prior the central window; cyan is the zone; a violet cross is the place to which one affine
    candidate carries the lesion, at the edge of the picture where that place lies beyond it.

    Raises
    ------
    InvariantError
        If the prior region has no zone.
    """
    zone, side = one.prior.zone, (config or ReportConfig()).crop_px
    if zone is None:
        raise InvariantError(one.prior.roi_id, "a region with a zone", "none", "show regions of the regional policy")
    outline = one.prior.contour_px - zone.centre_px
    reach_px = np.array(zone.radius_px) * max(1.0, float((np.abs(outline) / zone.radius_px).max())) * _AROUND
    there = _view(zone.centre_px, reach_px, side)
    prior_grid, recent_grid = pair.prior.mammogram.grid, pair.recent.mammogram.grid
    scale = np.divide(prior_grid.unit_spacing, recent_grid.unit_spacing) if pair.in_mm else np.ones(2)
    here = _view(contour_centroid_px(one.recent.contour_px), reach_px * scale, side)
    pictures = []
    for exam, places, contours in (
        (pair.recent, here, [(one.recent.contour_px, _CONTOUR_BGR)]),
        (pair.prior, there, [(one.prior.contour_px, _CONTOUR_BGR), (_ellipse(zone), _ZONE_BGR)]),
    ):
        pitch = (places[-1, -1] - places[0, 0]) / (side - 1)
        picture = cv2.cvtColor(_shown(exam, places, float(pitch.max())), cv2.COLOR_GRAY2BGR)
        for contour, color in contours:
            vertices = np.round((contour - places[0, 0]) / pitch)[:, ::-1].astype(np.int32)
            cv2.polylines(picture, [vertices], isClosed=True, color=color, thickness=1, lineType=cv2.LINE_AA)
        if exam is pair.prior:
            places_px = np.round((candidate_places_px(pair, one) - places[0, 0]) / pitch).astype(int)
            for row, col in places_px.clip(_CROSS_PX // 2, side - 1 - _CROSS_PX // 2):
                cv2.drawMarker(picture, (int(col), int(row)), _CANDIDATE_BGR, cv2.MARKER_TILTED_CROSS, _CROSS_PX)
        pictures.append(encode_png(np.asarray(picture, dtype=np.uint8)))
    return ZonePicture(one.recent.recent_lesion_id, *pictures)


def candidate_places_px(pair: AlignedPair, one: RoiPair) -> Points:
    """Where each affine candidate puts the centre of a recent lesion, (row, col) pixels of the prior, shape (n, 2)."""
    evidence = pair.registration.evidence
    candidates = () if evidence is None else evidence.candidates
    registrations = (replace(pair.registration, recent_to_prior=each) for each in candidates)
    centre_px = np.array([contour_centroid_px(one.recent.contour_px)])
    found = [replace(pair, registration=each).prior_px(centre_px) for each in registrations]
    return np.concatenate(found) if found else np.empty((0, 2))


def _view(centre_px: tuple[float, float], reach_px: Points, side: int) -> Points:
    """Places of the pixels of a square picture around a centre, shape (side, side, 2), in pixels of the exam."""
    steps = np.linspace(-1, 1, side)
    rows, cols = np.meshgrid(steps * reach_px[0], steps * reach_px[1], indexing="ij")
    return np.stack([rows + centre_px[0], cols + centre_px[1]], axis=-1)


def _ellipse(zone: Zone) -> Points:
    angles = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    return np.asarray(zone.centre_px + np.stack([np.sin(angles), np.cos(angles)], axis=1) * zone.radius_px)


def _lattice(exam: Exam, longer_px: int) -> tuple[Points, float]:
    """Places of the pixels of a picture, (rows, cols, 2), and the distance between them, in pixels of the exam.

    The picture has `longer_px` along the longer side of the box around the breast (around all where there is none).
    """
    region, step = exam.breast, exam.breast.step_px
    breast = region.breast if region.breast.any() else np.ones_like(region.breast)
    rows, cols = np.nonzero(breast.any(axis=1))[0] * step, np.nonzero(breast.any(axis=0))[0] * step
    height, width = rows[-1] - rows[0] + step, cols[-1] - cols[0] + step
    pitch = max(height, width) / longer_px
    down = rows[0] - 0.5 + pitch * (np.arange(max(1, round(height / pitch))) + 0.5)
    across = cols[0] - 0.5 + pitch * (np.arange(max(1, round(width / pitch))) + 0.5)
    return np.stack(np.meshgrid(down, across, indexing="ij"), axis=-1), pitch


def _shown(exam: Exam, places_px: Points, pitch_px: float) -> NDArray[np.uint8]:
    """Grey picture of an exam at the given places; averaged over the pitch between them, scaled in the breast."""
    shrink = max(1, int(pitch_px))
    small = cv2.resize(exam.mammogram.pixels, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    factor = np.asarray(small.shape) / exam.mammogram.pixels.shape
    rows, cols = np.moveaxis(((places_px + 0.5) * factor - 0.5).astype(np.float32), -1, 0)
    sampled = cv2.remap(small, np.ascontiguousarray(cols), np.ascontiguousarray(rows), cv2.INTER_LINEAR)
    inside = cv2.resize(exam.breast.breast.astype(np.uint8), small.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return grey_window(sampled, reference=small[inside])


def _outlined(grey: NDArray[np.uint8], outlines: list[Points]) -> NDArray[np.uint8]:
    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    vertices = [np.round(outline[:, ::-1]).astype(np.int32) for outline in outlines]
    cv2.polylines(picture, vertices, isClosed=True, color=_CONTOUR_BGR, thickness=1, lineType=cv2.LINE_AA)
    return np.asarray(picture, dtype=np.uint8)


def _in_breast(exam: Exam, places_px: Points) -> NDArray[np.bool_]:
    reduced = exam.breast.breast
    rows, cols = np.moveaxis((places_px / exam.breast.step_px).astype(int), -1, 0)
    return np.asarray(reduced[rows.clip(0, reduced.shape[0] - 1), cols.clip(0, reduced.shape[1] - 1)])


def _maps(place: Points, target: Points, *, outside: NDArray[np.bool_]) -> tuple[bytes, ...]:
    """Displacement and Jacobian determinant of the mapping as two small colour pictures; black outside the breast."""
    height = max(float(np.ptp(place[..., 0])), 1e-9)
    shift = np.linalg.norm(target - place, axis=2) / height
    down, across = np.asarray(np.gradient(target, axis=0)), np.asarray(np.gradient(target, axis=1))
    cell = np.asarray(np.gradient(place[..., 0], axis=0)) * np.asarray(np.gradient(place[..., 1], axis=1))
    area = (down[..., 0] * across[..., 1] - down[..., 1] * across[..., 0]) / cell
    bright = np.clip(shift / SHOWN_SHIFT, 0, 1)
    moved = cv2.applyColorMap((bright * 255).astype(np.uint8), cv2.COLORMAP_VIRIDIS)
    pictures = (np.where(outside[..., None], 0, colors).astype(np.uint8) for colors in (moved, _area_colors(area)))
    return tuple(
        encode_png(cv2.resize(picture, None, fx=_MAP_SHARE, fy=_MAP_SHARE, interpolation=cv2.INTER_AREA))
        for picture in pictures
    )


def _area_colors(area: NDArray[np.float64]) -> NDArray[np.uint8]:
    """White for 1, to red above and to blue below, black where the mapping folds."""
    change = np.clip((area - 1) / SHOWN_AREA_CHANGE, -1, 1)[..., None]
    white, red, blue = np.array([245.0, 245, 245]), np.array([43.0, 24, 178]), np.array([172.0, 102, 33])
    colors = white + np.abs(change) * (np.where(change > 0, red, blue) - white)
    colors[area <= 0] = 0
    return np.asarray(np.round(colors), dtype=np.uint8)
