"""Pictures of tissue: as files, read back from their folder, and compressed until the page is small enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.report.blocks import Picture

_WINDOW_PERCENTILES = (0.5, 99.5)
"""Grey values shown from black to white, as percentiles of the crop, so that single bright pixels do not darken it."""
_QUALITIES = (88, 75, 60, 45, 30)
"""JPEG qualities tried in turn."""
_BASE64 = 4 / 3
"""Growth of bytes written as text."""
_LESION_FILES = {"dicom_png": "dicom.png", "contour_svg": "contour.svg", "gt_png": "gt.png"}
_PAIR_FILES = {
    f"{name}_png": f"pair-{name}.png" for name in ("recent", "prior", "unaligned", "displacement", "jacobian")
}
_ZONE_FILES = {f"{name}_png": f"zone-{name}.png" for name in ("recent", "prior")}
"""How the file of each picture ends, by attribute."""


@dataclass(frozen=True)
class PictureFile:
    """A picture as a file below ``figures/``."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class LesionPicture:
    """One lesion in pictures of one size.

    Parameters
    ----------
    lesion_id : str
    dicom_png : bytes
        Grey crop of the mammogram, no contour.
    contour_svg : bytes
        The recovered contour on the same crop, to lie over it.
    gt_png : bytes
        Colour crop of the outlined copy at the same place and scale.
    """

    lesion_id: str
    dicom_png: bytes = field(repr=False)
    contour_svg: bytes = field(repr=False)
    gt_png: bytes = field(repr=False)

    @property
    def files(self) -> tuple[PictureFile, ...]:
        """The pictures under the names `read_pictures` knows."""
        return tuple(PictureFile(f"{self.lesion_id}_{end}", getattr(self, one)) for one, end in _LESION_FILES.items())


@dataclass(frozen=True)
class ZonePicture:
    """A recent lesion and its zone in the prior exam, two pictures of one scale and size."""

    lesion_id: str
    recent_png: bytes = field(repr=False)
    prior_png: bytes = field(repr=False)

    @property
    def files(self) -> tuple[PictureFile, ...]:
        """The pictures under the names `read_pictures` knows."""
        return tuple(PictureFile(f"{self.lesion_id}_{end}", getattr(self, one)) for one, end in _ZONE_FILES.items())


@dataclass(frozen=True, kw_only=True)
class RegistrationPicture:
    """One exam pair in pictures.

    Parameters
    ----------
    patient_id, view : str
    recent_png, prior_png, unaligned_png : bytes
        The recent exam, and the prior one at the same places after and before alignment; recent outlines drawn in all.
    displacement_png : bytes
        How far each place moved; brightest at `pair_pictures.SHOWN_SHIFT` of the picture's height.
    jacobian_png : bytes
        Local change of area: white where there is none, red where the prior is larger, blue where it is smaller.
    """

    patient_id: str
    view: str
    recent_png: bytes = field(repr=False)
    prior_png: bytes = field(repr=False)
    unaligned_png: bytes = field(repr=False)
    displacement_png: bytes = field(repr=False)
    jacobian_png: bytes = field(repr=False)

    @property
    def pngs(self) -> tuple[bytes, ...]:
        """The five pictures in the order of the gallery."""
        return self.recent_png, self.prior_png, self.unaligned_png, self.displacement_png, self.jacobian_png

    @property
    def files(self) -> tuple[PictureFile, ...]:
        """The pictures under the names `read_pictures` knows."""
        stem = f"{self.patient_id}_{self.view}"
        return tuple(PictureFile(f"{stem}_{end}", getattr(self, one)) for one, end in _PAIR_FILES.items())


@dataclass(frozen=True)
class Pictures:
    """Every picture of tissue of a study."""

    lesions: tuple[LesionPicture, ...] = field(default=(), repr=False)
    registrations: tuple[RegistrationPicture, ...] = field(default=(), repr=False)
    zones: tuple[ZonePicture, ...] = field(default=(), repr=False)

    @property
    def by_lesion(self) -> dict[str, LesionPicture]:
        """Lesion pictures by lesion id."""
        return {picture.lesion_id: picture for picture in self.lesions}

    @property
    def by_pair(self) -> dict[tuple[str, str], RegistrationPicture]:
        """Registration pictures by patient id and view."""
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
    lesions = (LesionPicture(stem, **found) for stem, found in _complete(folder, _LESION_FILES))
    pairs = ((stem.rpartition("_"), found) for stem, found in _complete(folder, _PAIR_FILES))
    registrations = (RegistrationPicture(patient_id=name[0], view=name[2], **found) for name, found in pairs)
    zones = (ZonePicture(stem, **found) for stem, found in _complete(folder, _ZONE_FILES))
    return Pictures(tuple(lesions), tuple(registrations), tuple(zones))


def _complete(folder: Path, endings: Mapping[str, str]) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Stems, and contents by attribute, where the file of every ending exists."""
    last = list(endings.values())[-1]
    for path in sorted(folder.glob(f"*_{last}")):
        stem = path.name.removesuffix(f"_{last}")
        files = {one: folder / f"{stem}_{end}" for one, end in endings.items()}
        if all(file.is_file() for file in files.values()):
            yield stem, {one: file.read_bytes() for one, file in files.items()}


def grey_window(crop: NDArray[np.generic], *, reference: NDArray[np.generic] | None = None) -> NDArray[np.uint8]:
    """Grey values to 0..255 between two percentiles of the reference (the crop itself by default); flat ones are black.

    Examples
    --------
    >>> grey_window(np.array([[0.0, 50.0, 100.0]], dtype=np.float32))
    array([[  0, 127, 255]], dtype=uint8)
    """
    values = np.asarray(crop if reference is None or reference.size == 0 else reference, dtype=np.float64)
    low, high = np.percentile(values, _WINDOW_PERCENTILES)
    if not high > low:
        return np.zeros(crop.shape, dtype=np.uint8)
    return np.asarray(np.clip((np.asarray(crop, dtype=np.float64) - low) / (high - low), 0, 1) * 255, dtype=np.uint8)


def encode_png(picture: NDArray[np.uint8]) -> bytes:
    """A grey (rows, cols) or blue-green-red (rows, cols, 3) picture as a PNG file."""
    done, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise InvariantError("picture", "one that PNG can hold", str(picture.shape), "check its shape and type")
    return bytes(data)


def compress_pictures(pngs: Sequence[bytes], *, budget_bytes: float) -> tuple[Picture, ...]:
    """Pictures for the page: JPEG at the best quality at which all together, as text, stay below a budget.

    Where even the lowest quality is too large, the lowest is used.
    """
    decoded = [cv2.imdecode(np.frombuffer(png, dtype=np.uint8), cv2.IMREAD_UNCHANGED) for png in pngs]
    encoded: list[bytes] = []
    for quality in _QUALITIES:
        encoded = [bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]) for picture in decoded]
        if sum(map(len, encoded)) * _BASE64 <= budget_bytes:
            break
    return tuple(Picture("image/jpeg", data) for data in encoded)
