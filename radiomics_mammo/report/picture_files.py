"""Pictures of tissue on disk and in the page: found by their names, compressed until the page is small enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from radiomics_mammo.report.alignment_pictures import RegistrationPicture
from radiomics_mammo.report.blocks import Picture
from radiomics_mammo.report.lesion_pictures import LesionPicture

_QUALITIES = (88, 75, 60, 45, 30)
"""JPEG qualities tried in turn."""
_BASE64 = 4 / 3
"""Growth of bytes written as text."""


@dataclass(frozen=True)
class Pictures:
    """Every picture of tissue of a study."""

    lesions: tuple[LesionPicture, ...] = field(default=(), repr=False)
    registrations: tuple[RegistrationPicture, ...] = field(default=(), repr=False)

    @property
    def by_lesion(self) -> dict[str, LesionPicture]:
        """Lesion pictures by lesion id.

        Examples
        --------
        >>> Pictures((LesionPicture("a_1", b"", b"", b""),)).by_lesion.keys()
        dict_keys(['a_1'])
        """
        return {picture.lesion_id: picture for picture in self.lesions}

    @property
    def by_pair(self) -> dict[tuple[str, str], RegistrationPicture]:
        """Registration pictures by patient id and view.

        Examples
        --------
        >>> Pictures().by_pair
        {}
        """
        return {(picture.patient_id, picture.view): picture for picture in self.registrations}


def read_pictures(folder: Path) -> Pictures:
    """Find the pictures that `LesionPicture.files` and `RegistrationPicture.files` name in a folder.

    Parameters
    ----------
    folder : Path
        ``figures/`` of a study; may be missing. A lesion or pair lacking one of its files is left out.

    Examples
    --------
    >>> read_pictures(Path("no such folder")).lesions
    ()
    """
    lesions = []
    for gt in sorted(folder.glob("*_gt.png")):
        stem = gt.name.removesuffix("_gt.png")
        paths = (folder / f"{stem}_dicom.png", folder / f"{stem}_contour.svg", gt)
        if all(path.is_file() for path in paths):
            lesions.append(LesionPicture(stem, *(path.read_bytes() for path in paths)))
    pairs = []
    for after in sorted(folder.glob("*_after.png")):
        stem = after.name.removesuffix("_after.png")
        four = [folder / f"{stem}_{word}.png" for word in ("before", "after", "displacement", "jacobian")]
        patient_id, _, view = stem.rpartition("_")
        if patient_id and all(path.is_file() for path in four):
            pairs.append(RegistrationPicture(patient_id, view, *(path.read_bytes() for path in four)))
    return Pictures(tuple(lesions), tuple(pairs))


def compress_pictures(pngs: Sequence[bytes], *, budget_bytes: float) -> tuple[Picture, ...]:
    """Pictures for the page: JPEG at the best quality at which all together, as text, stay below a budget.

    Parameters
    ----------
    pngs : sequence of bytes
        PNG files.
    budget_bytes : float
        For all of them, after base64. Where even the lowest quality is too large, the lowest is used.

    Examples
    --------
    >>> compress_pictures([], budget_bytes=1e6)
    ()
    """
    decoded = [cv2.imdecode(np.frombuffer(png, dtype=np.uint8), cv2.IMREAD_UNCHANGED) for png in pngs]
    encoded: list[bytes] = []
    for quality in _QUALITIES:
        encoded = [bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]) for picture in decoded]
        if sum(map(len, encoded)) * _BASE64 <= budget_bytes:
            break
    return tuple(Picture("image/jpeg", data) for data in encoded)
