"""Copies of a region as another reader might have drawn it: shifted, turned, drawn inside or outside the line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage
from skimage.measure import find_contours

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.contours import contour_centroid_px, fill_contour
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.pairs import Exam, Roi
from radiomics_mammo.features.measurement import FeatureExtractor

UNPERTURBED = "as-drawn"
"""Name of the copy that is the region itself."""

PX_PER_MM = 10.0
"""Where the spacing is unknown ten pixels stand for one mm (mammograms have 0.05 to 0.1 mm pixels)."""

_SHIFTS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
_PAD_PX = 2


def perturbed_rois(
    roi: Roi, *, config: FeatureConfig, drawn: Mapping[str, Points] | None = None
) -> tuple[tuple[str, Roi], ...]:
    """A region and its perturbed copies, by name, always the same ones.

    Parameters
    ----------
    roi : Roi
    config : FeatureConfig
        Size of shift, rotation and offset.
    drawn : mapping of str to ndarray of shape (n, 2), optional
        Contours by other rules, for instance the three edges of the pen line, pixels of the image; they take the
        place of erosion and dilation by `perturb_offset_mm`.

    Returns
    -------
    tuple of (str, Roi)
        ``as-drawn``, four shifts, two rotations, then erosion and dilation or `drawn`. A copy that an erosion leaves
        nothing of is the region itself.
    """
    per_mm = 1 / np.asarray(roi.grid.unit_spacing) if roi.grid.spacing_known else np.full(2, PX_PER_MM)
    contours = {UNPERTURBED: roi.contour_px}
    contours |= {
        f"shift-{name}": roi.contour_px + np.array(way) * config.perturb_shift_mm * per_mm
        for name, way in _SHIFTS.items()
    }
    for sign, name in ((1, "left"), (-1, "right")):
        contours[f"turn-{name}"] = _turned(roi.contour_px, sign * np.deg2rad(config.perturb_rotation_deg), per_mm)
    offset_px = config.perturb_offset_mm * float(per_mm.mean())
    if drawn is None:
        contours |= {
            "erode": moved_outline(roi.contour_px, -offset_px),
            "dilate": moved_outline(roi.contour_px, offset_px),
        }
    else:
        contours |= dict(drawn)
    return tuple((name, replace(roi, roi_id=f"{roi.roi_id}~{name}", contour_px=one)) for name, one in contours.items())


def moved_outline(contour_px: Points, offset_px: float) -> Points:
    """A contour moved outwards (inwards where negative), to a quarter of a pixel; unchanged where nothing is left.

    Parameters
    ----------
    contour_px : ndarray of shape (n, 2)
    offset_px : float

    Returns
    -------
    ndarray of shape (m, 2)

    Examples
    --------
    >>> square = np.array([[0.5, 0.5], [0.5, 20.5], [20.5, 20.5], [20.5, 0.5]])
    >>> float(moved_outline(square, -2.0).min())
    2.5
    """
    pad = int(np.ceil(abs(offset_px))) + _PAD_PX
    origin = np.floor(contour_px.min(axis=0)) - pad
    extent = np.ceil(contour_px.max(axis=0)) - origin + pad + 1
    inside = fill_contour(contour_px - origin, (int(extent[0]), int(extent[1]))).on_grid(
        (int(extent[0]), int(extent[1]))
    )
    outwards, inwards = ndimage.distance_transform_edt(~inside), ndimage.distance_transform_edt(inside)
    signed = np.where(inside, 0.5 - inwards, outwards - 0.5)
    found = find_contours(signed, offset_px)
    if not found:
        return contour_px
    longest = max(found, key=len)
    return np.asarray(longest[:-1] + origin, dtype=np.float64) if len(longest) > 3 else contour_px


def measure_perturbed(exam: Exam, rois: Sequence[Roi], *, config: FeatureConfig) -> Iterator[dict[str, object]]:
    """Features of every copy of the regions of one exam: rows for `icc_table`.

    Parameters
    ----------
    exam : Exam
    rois : sequence of Roi
    config : FeatureConfig
        ``robustness`` says which features: ``off`` (no rows), ``original`` (that picture only) or ``all``.

    Notes
    -----
    An outlined lesion is also measured by the stroke policies that it was not outlined by (``stroke-inner``,
    ``stroke-centre``, ``stroke-outer``): the edges of the pen line are three readers of one outline.

    Yields
    ------
    dict
        roi_id (of the region itself), view, copy, and the features.
    """
    if config.robustness == "off":
        return
    chosen = replace(config, image_types=("original",), log_sigma_mm=()) if config.robustness == "original" else config
    extractor = FeatureExtractor(replace(chosen, ring_mm=0.0))
    edges = {
        str(lesion.key): {f"stroke-{e.policy}": e.contour_px for e in lesion.other_edges} for lesion in exam.lesions
    }
    for roi in rois:
        drawn = edges.get(roi.recent_lesion_id) or None
        names, copies = zip(*perturbed_rois(roi, config=config, drawn=drawn), strict=True)
        for name, measured in zip(names, extractor.measure(exam, copies), strict=True):
            values = {key: value for key, value in measured.values.items() if not key.startswith("tissue_")}
            yield {"roi_id": roi.roi_id, "view": str(roi.image.view), "copy": name, **values}


def _turned(contour_px: Points, angle: float, per_mm: Points) -> Points:
    """Rotation about the centroid in true lengths, whatever the pixel spacing."""
    centre = np.array(contour_centroid_px(contour_px))
    cosine, sine = np.cos(angle), np.sin(angle)
    away = (contour_px - centre) / per_mm
    return np.asarray(away @ np.array([[cosine, sine], [-sine, cosine]]) * per_mm + centre)
