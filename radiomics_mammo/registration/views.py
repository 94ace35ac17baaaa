"""Link the outlines of one mass in the two views of an exam."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import optimize

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.contours import contour_area_px, contour_centroid_px
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import Exam, LesionLink, LesionPlace
from radiomics_mammo.core.vocabulary import View
from radiomics_mammo.registration.landmarks import nipple_px, skin_distance_px
from radiomics_mammo.registration.working import breast_width_px

SAME_MASS_OTHER_VIEW = "same-mass-other-view"
"""Relation of ``links.csv`` between the CC outline (a) and the MLO outline (b) of one mass."""

AREA_FACTOR = 4.0
"""One mass seen from two sides has areas within this factor of each other (twice the diameter)."""

SKIN_SHARE = 0.25
"""Weight of the depth under the skin beside the distance to the nipple: compression changes it most."""


def place_lesions(exam: Exam) -> tuple[LesionPlace, ...]:
    """Where each lesion of an exam lies in anatomical terms: distance from nipple and skin, and its size.

    Lengths are in mm, or in breast widths (areas in squared ones) where the spacing is unknown.
    """
    if not exam.lesions:
        return ()
    nipple = np.asarray(nipple_px(exam.breast))
    return tuple(_place(exam, lesion, nipple) for lesion in exam.lesions)


def _place(exam: Exam, lesion: LesionMask, nipple: np.ndarray) -> LesionPlace:
    grid = exam.mammogram.grid
    unit = np.asarray(grid.unit_spacing) if grid.spacing_known else np.full(2, 1 / breast_width_px(exam.breast))
    centre = np.array([contour_centroid_px(lesion.contour_px)])
    skin = float(skin_distance_px(exam.breast, centre)[0] * unit.mean())
    return LesionPlace(
        str(lesion.key),
        lesion.key.image.view,
        lesion.color,
        area=contour_area_px(lesion.contour_px) * float(unit.prod()),
        nipple_distance=float(np.linalg.norm((centre[0] - nipple) * unit)),
        skin_distance=skin,
        in_mm=grid.spacing_known,
    )


def link_views(places: Sequence[LesionPlace], *, config: RegistrationConfig | None = None) -> tuple[LesionLink, ...]:
    """Outlines of one mass in CC and MLO, one to one.

    A mass keeps its distance from the nipple in both views to about a centimetre. Candidates have one colour,
    nipple distances that differ by at most `max_view_gap_mm`, and areas within a factor of four; the assignment of
    largest total confidence is taken.

    Parameters
    ----------
    places : sequence of LesionPlace
        Of one patient and visit, both views.
    config : RegistrationConfig, optional

    Returns
    -------
    tuple of LesionLink
        `lesion_id_a` is the CC outline; `distance_mm` the difference of nipple distances, None in breast widths.

    Examples
    --------
    >>> from radiomics_mammo.core.vocabulary import OutlineColor
    >>> seen = [(View.CC, 42.0), (View.MLO, 47.0)]
    >>> places = [LesionPlace(f"p_{v}_recent_1", v, OutlineColor.RED, 90.0, d, 20.0, True) for v, d in seen]
    >>> link_views(places)[0].distance_mm
    5.0
    """
    config = config or RegistrationConfig()
    above = [place for place in places if place.view is View.CC]
    aside = [place for place in places if place.view is View.MLO]
    if not above or not aside:
        return ()
    confidence = np.array([[_confidence(one, other, config) for other in aside] for one in above])
    rows, cols = optimize.linear_sum_assignment(confidence, maximize=True)
    return tuple(
        LesionLink(
            above[row].lesion_id,
            aside[col].lesion_id,
            SAME_MASS_OTHER_VIEW,
            _gap(above[row], aside[col]) if above[row].in_mm and aside[col].in_mm else None,
            round(float(confidence[row, col]), 4),
        )
        for row, col in zip(rows, cols, strict=True)
        if confidence[row, col] > 0
    )


def _gap(one: LesionPlace, other: LesionPlace) -> float:
    return abs(one.nipple_distance - other.nipple_distance)


def _confidence(one: LesionPlace, other: LesionPlace, config: RegistrationConfig) -> float:
    """0..1: one minus the mismatch of nipple distance and (less) depth, times the ratio of diameters."""
    if one.color is not other.color or one.in_mm is not other.in_mm:
        return 0.0
    bound = config.max_view_gap_mm / (1.0 if one.in_mm else config.nominal_breast_width_mm)
    depth = (
        abs(one.skin_distance - other.skin_distance)
        if np.isfinite([one.skin_distance, other.skin_distance]).all()
        else 0.0
    )
    mismatch = (_gap(one, other) + SKIN_SHARE * depth) / ((1 + SKIN_SHARE) * bound)
    ratio = min(one.area, other.area) / max(one.area, other.area)
    if _gap(one, other) > bound or ratio < 1 / AREA_FACTOR:
        return 0.0
    return max(0.0, 1 - mismatch) * float(np.sqrt(ratio))
