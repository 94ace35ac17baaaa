"""Which masses are outlined on a picture, in which order, and what each outline is known to be."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from radiomics_mammo.core.contours import Region, contour_area_px, fill_contour
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, Visit
from radiomics_mammo.synthetic.breasts import PlannedMass
from radiomics_mammo.synthetic.frames import PictureFrame
from radiomics_mammo.synthetic.warps import SmoothWarp

_LEAST_VISIBLE = 0.5
"""An outline is drawn where at least this share of the mass lies on the picture."""


@dataclass(frozen=True)
class DrawnMass:
    """One outlined mass on one picture; `label` follows from colours and boxes alone, by the rules for readers."""

    mass: PlannedMass
    contour_px: Points = field(repr=False)
    region: Region = field(repr=False)
    boxed: bool
    label: LesionLabel


def outlined_masses(
    key: ImageKey, masses: tuple[PlannedMass, ...], frame: PictureFrame, *, warp: SmoothWarp, boxless: bool = False
) -> tuple[DrawnMass, ...]:
    """Outlines on one picture, in the order of their lesion numbers (top to bottom, then left to right).

    Parameters
    ----------
    key : ImageKey
    masses : tuple of PlannedMass
    frame : PictureFrame
    warp : SmoothWarp
        From this exam to the recent one.
    boxless : bool
        Whether the green box was forgotten here.

    Examples
    --------
    >>> from radiomics_mammo.core.vocabulary import View
    >>> key = ImageKey("normal-01", View.CC, Visit.RECENT)
    >>> outlined_masses(key, (), PictureFrame(9, 7, 1.0), warp=SmoothWarp.identity())
    ()
    """
    recent = key.visit is Visit.RECENT
    found = []
    for mass in masses:
        if key.view in mass.forms and (recent or mass.prior_outlined):
            outline_mm = mass.forms[key.view].outline_mm(size=1.0 if recent else mass.prior_size)
            contour = frame.to_px(warp.to_prior(outline_mm))
            region = fill_contour(contour, frame.shape)
            if region.area_px >= _LEAST_VISIBLE * contour_area_px(contour):
                found.append((mass, contour, region))
    reds = sum(mass.color is OutlineColor.RED for mass, _, _ in found)
    drawn = []
    for mass, contour, region in sorted(found, key=lambda item: item[2].centroid_px):
        boxed = reds > 1 and mass.confirmed and not boxless
        drawn.append(DrawnMass(mass, contour, region, boxed, _label(mass, boxed=boxed, reds=reds)))
    return tuple(drawn)


def _label(mass: PlannedMass, *, boxed: bool, reds: int) -> LesionLabel:
    if mass.color is OutlineColor.BLUE:
        return LesionLabel.BENIGN
    return LesionLabel.MALIGNANT if boxed or reds == 1 else LesionLabel.UNCONFIRMED


def pen_course(contour_px: Points, frame: PictureFrame, *, along_edge: bool) -> Points:
    """Where the pen goes: the contour itself, or along the edge of the picture where the contour leaves it.

    Examples
    --------
    >>> triangle = np.array([[1.0, -2.0], [3.0, 4.0], [5.0, -2.0]])
    >>> pen_course(triangle, PictureFrame(9, 7, 1.0), along_edge=True)[0]
    array([1., 0.])
    """
    return np.clip(contour_px, 0, np.subtract(frame.shape, 1)) if along_edge else contour_px
