"""How far a feature depends on who drew the outline: perturbed copies of a region, ICC(2,1) over them, robustness.csv.

A copy is the region as another reader might have drawn it: shifted, turned, drawn inside or outside the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import f as f_distribution
from skimage.measure import find_contours

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.contours import contour_centroid_px, fill_contour
from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.pairs import Exam, Roi
from radiomics_mammo.core.vocabulary import View
from radiomics_mammo.features.measurement import FeatureExtractor
from radiomics_mammo.tables.robustness import ROBUSTNESS, RobustnessRow

UNPERTURBED = "as-drawn"
"""Name of the copy that is the region itself."""

PX_PER_MM = 10.0
"""Where the spacing is unknown ten pixels stand for one mm (mammograms have 0.05 to 0.1 mm pixels)."""

_SHIFTS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
_PAD_PX = 2

_MIN_REGIONS = 3
"""Regions below which no coefficient is given."""

_ALPHA = 0.05


def perturbed_rois(
    roi: Roi, *, config: FeatureConfig, drawn: Mapping[str, Points] | None = None
) -> tuple[tuple[str, Roi], ...]:
    """Contour perturbation: a region and its moved copies, by name, always the same ones.

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
    """Level of the signed distance map: a contour moved outwards (inwards if negative), to a quarter of a pixel.

    It is unchanged where nothing is left.

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
    rows, cols = (np.ceil(contour_px.max(axis=0)) - origin + pad + 1).astype(int).tolist()
    inside = fill_contour(contour_px - origin, (rows, cols)).on_grid((rows, cols))
    outwards, inwards = ndimage.distance_transform_edt(~inside), ndimage.distance_transform_edt(inside)
    signed = np.where(inside, 0.5 - inwards, outwards - 0.5)
    found = find_contours(signed, offset_px)
    if not found:
        return contour_px
    longest = max(found, key=len)
    return np.asarray(longest[:-1] + origin, dtype=np.float64) if len(longest) > 3 else contour_px


def _turned(contour_px: Points, angle: float, per_mm: Points) -> Points:
    """Rotation about the centroid in true lengths, whatever the pixel spacing."""
    centre = np.array(contour_centroid_px(contour_px))
    cosine, sine = np.cos(angle), np.sin(angle)
    away = (contour_px - centre) / per_mm
    return np.asarray(away @ np.array([[cosine, sine], [-sine, cosine]]) * per_mm + centre)


@dataclass(frozen=True)
class PerturbedFeatures:
    """Features of one perturbed copy of a region; `roi_id` is that of the region itself."""

    roi_id: str
    view: View
    copy: str
    values: Mapping[str, float] = field(repr=False)


def measure_perturbed(exam: Exam, rois: Sequence[Roi], *, config: FeatureConfig) -> Iterator[PerturbedFeatures]:
    """Features of every copy of the regions of one exam, for `icc_table`.

    ``config.robustness`` says which features: ``off`` (no rows), ``original`` (that picture only) or ``all``.

    Notes
    -----
    An outlined lesion is also measured by the stroke policies that it was not outlined by (``stroke-inner``,
    ``stroke-centre``, ``stroke-outer``): the edges of the pen line are three readers of one outline.
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
            yield PerturbedFeatures(roi.roi_id, roi.image.view, name, values)


class Agreement(NamedTuple):
    """Intraclass correlation with its 95 percent interval and the number of subjects."""

    icc: float
    ci_low: float
    ci_high: float
    n: int


def icc_table(measurements: Sequence[PerturbedFeatures]) -> pd.DataFrame:
    """Table ``robustness.csv``: ICC(2,1) of every feature in every view.

    Parameters
    ----------
    measurements : sequence of PerturbedFeatures
        Every region of a view has the same copies.

    Returns
    -------
    DataFrame
        In the order of views and features; a region counts for a feature when all its copies have a value.

    Raises
    ------
    TableError
        If a region has not every copy exactly once.
    """
    features = list(dict.fromkeys(name for one in measurements for name in one.values))
    rows = []
    for view in sorted({one.view for one in measurements}):
        ratings = _ratings([one for one in measurements if one.view == view], features)
        for feature, each in zip(features, np.moveaxis(ratings, 2, 0), strict=True):
            rows.append(RobustnessRow(feature=feature, view=view, **icc_agreement(each)._asdict()))
    return ROBUSTNESS.of(rows)


def _ratings(part: Sequence[PerturbedFeatures], features: Sequence[str]) -> NDArray[np.float64]:
    """Values of shape (regions, copies, features)."""
    values = {(one.roi_id, one.copy): [one.values.get(name, np.nan) for name in features] for one in part}
    regions, copies = (list(dict.fromkeys(names)) for names in zip(*values, strict=True))
    if not len(part) == len(values) == len(regions) * len(copies):
        found = f"{len(part)} rows for {len(regions)} regions and {len(copies)} copies"
        raise TableError("perturbed measurements", "every copy of every region once", found, "measure them again")
    return np.array([[values[region, copy] for copy in copies] for region in regions], dtype=np.float64)


def icc_agreement(ratings: NDArray[np.float64]) -> Agreement:
    """ICC(2,1): two-way random effects, absolute agreement, one rating.

    Parameters
    ----------
    ratings : ndarray of shape (n_subjects, n_raters)
        Subjects with a missing rating are left out.

    Returns
    -------
    Agreement
        NaN with fewer than three subjects, or where the subjects do not differ: among regions that are all the same
        there is nothing to tell apart, and the interval is missing where its formula has no value.

    Notes
    -----
    Shrout and Fleiss 1979, Psychological Bulletin 86:420; the interval is that of McGraw and Wong 1996,
    Psychological Methods 1:30, case 2A, ICC(A,1).

    Examples
    --------
    >>> judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> round(icc_agreement(np.array(judges, dtype=float)).icc, 2)
    0.29
    """
    complete = ratings[np.isfinite(ratings).all(axis=1)]
    n, k = complete.shape
    nothing = Agreement(float("nan"), float("nan"), float("nan"), n)
    if n < _MIN_REGIONS or k < 2:
        return nothing
    rows, columns, error = _mean_squares(complete)
    total = rows + (k - 1) * error + k * (columns - error) / n
    noise = np.finfo(np.float64).eps ** 2 * float((complete**2).mean()) * n * k
    if not (total > noise and rows > noise):
        return nothing
    icc = (rows - error) / total
    if max(columns, error) <= noise or icc >= 1:
        return Agreement(1.0, 1.0, 1.0, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = _interval(np.float64(icc), np.float64(rows), np.float64(columns), np.float64(error), shape=(n, k))
    known = np.isfinite([low, high]).all()
    return Agreement(icc, low, high, n) if known else Agreement(icc, float("nan"), float("nan"), n)


def _mean_squares(ratings: NDArray[np.float64]) -> tuple[float, float, float]:
    n, k = ratings.shape
    centred = ratings - ratings.mean()
    subjects, raters = centred.mean(axis=1), centred.mean(axis=0)
    left = centred - subjects[:, None] - raters[None, :]
    rows = k * float((subjects**2).sum()) / (n - 1)
    columns = n * float((raters**2).sum()) / (k - 1)
    return rows, columns, float((left**2).sum()) / ((n - 1) * (k - 1))


def _interval(
    icc: np.float64, rows: np.float64, columns: np.float64, error: np.float64, *, shape: tuple[int, int]
) -> tuple[float, float]:
    n, k = shape
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    spread = (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    degrees = (a * columns + b * error) ** 2 / spread
    f_low = float(f_distribution.ppf(1 - _ALPHA / 2, n - 1, degrees))
    f_high = float(f_distribution.ppf(1 - _ALPHA / 2, degrees, n - 1))
    shared = k * columns + (k * n - k - n) * error
    low = n * (rows - f_low * error) / (f_low * shared + n * rows)
    high = n * (f_high * rows - error) / (shared + n * f_high * rows)
    return float(low), float(high)
