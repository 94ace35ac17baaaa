"""Pictures of outlined lesions: the DICOM crop, the recovered contour over it, the same place of the outlined copy."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.report import ReportConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import Points
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement

CONTOUR_COLOR = "#ffd60a"
"""Yellow: none of the pens, and clear on grey."""
_TOLERANCE = 0.15
"""Largest distance, in picture pixels, between the contour and the polygon drawn for it."""
_WINDOW_PERCENTILES = (0.5, 99.5)
"""Grey values shown from black to white, as percentiles of the crop, so that single bright pixels do not darken it."""


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
        return (
            PictureFile(f"{self.lesion_id}_dicom.png", self.dicom_png),
            PictureFile(f"{self.lesion_id}_contour.svg", self.contour_svg),
            PictureFile(f"{self.lesion_id}_gt.png", self.gt_png),
        )


@dataclass(frozen=True)
class Window:
    """A square of the DICOM grid shown as a picture of `size_px` pixels a side.

    `top_px` and `left_px` are the outer edge of the first pixel shown, so a pixel centre at row r lies at
    (r + 0.5 - top_px) * scale in picture lengths.
    """

    top_px: float
    left_px: float
    side_px: float
    size_px: int

    @property
    def scale(self) -> float:
        """Picture pixels per DICOM pixel."""
        return self.size_px / self.side_px

    def to_picture(self, points_px: Points) -> Points:
        """(row, col) DICOM points, shape (n, 2), to (row, col) lengths from the top left corner of the picture.

        Examples
        --------
        >>> Window(10.0, 20.0, 50.0, 100).to_picture(np.array([[9.5, 44.5]]))
        array([[ 0., 50.]])
        """
        points: Points = (np.asarray(points_px, dtype=np.float64) + 0.5 - (self.top_px, self.left_px)) * self.scale
        return points


def lesion_picture(
    mammogram: Mammogram,
    overlay: OutlineOverlay,
    outlined: OutlinedImage,
    lesion: LesionMask,
    *,
    config: ReportConfig | None = None,
) -> LesionPicture:
    """Crop one lesion from the mammogram and from its outlined copy.

    Parameters
    ----------
    mammogram, overlay : Mammogram, OutlineOverlay
        The two pictures of one image.
    outlined : OutlinedImage
        Its placement carries DICOM places to the outlined copy.
    lesion : LesionMask
    config : ReportConfig, optional
        `crop_px` and `crop_margin`.

    Raises
    ------
    InvariantError
        If the four do not belong to one image.
    """
    keys = {mammogram.key, overlay.key, outlined.key, lesion.key.image}
    if len(keys) != 1:
        raise InvariantError("lesion picture", "parts of one image", str(sorted(map(str, keys))), "pass one image")
    settings = config or ReportConfig()
    window = lesion_window(lesion.contour_px, margin=settings.crop_margin, size_px=settings.crop_px)
    crop = _crop(mammogram.pixels, window, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    copy = _crop(overlay.rgb, window, _dicom_to_copy(outlined.placement))
    return LesionPicture(
        str(lesion.key),
        encode_png(grey_window(crop)),
        contour_svg((lesion.contour_px,), window),
        encode_png(cv2.cvtColor(copy, cv2.COLOR_RGB2BGR)),
    )


def lesion_window(contour_px: Points, *, margin: float, size_px: int) -> Window:
    """The square around a contour, with tissue around it.

    Examples
    --------
    >>> lesion_window(np.array([[10.0, 20.0], [30.0, 20.0], [30.0, 30.0]]), margin=0.5, size_px=100).side_px
    42.0
    """
    low, high = np.min(contour_px, axis=0), np.max(contour_px, axis=0)
    side = float(max(high - low) + 1) * (1 + 2 * margin)
    centre = (low + high + 1) / 2
    return Window(float(centre[0] - side / 2), float(centre[1] - side / 2), side, size_px)


def contour_svg(contours_px: tuple[Points, ...], window: Window) -> bytes:
    """Closed contours as an SVG picture of the window's size, transparent but for the line.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [0.0, 9.0], [9.0, 9.0], [9.0, 0.0]])
    >>> contour_svg((square,), Window(0.0, 0.0, 10.0, 20)).count(b"<polygon")
    1
    """
    paths = []
    for contour_px in contours_px:
        vertices = cv2.approxPolyDP(window.to_picture(contour_px).astype(np.float32), _TOLERANCE, closed=True)
        points = " ".join(f"{col:.1f},{row:.1f}" for row, col in vertices[:, 0])
        paths.append(f"<polygon points={quoteattr(points)}/>")
    size = window.size_px
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}" '
        f'fill="none" stroke="{CONTOUR_COLOR}" stroke-width="1.6" stroke-linejoin="round">{"".join(paths)}</svg>'
    ).encode("ascii")


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
    """A grey (rows, cols) or blue-green-red (rows, cols, 3) picture as a PNG file.

    Examples
    --------
    >>> encode_png(np.zeros((2, 3), dtype=np.uint8))[1:4]
    b'PNG'
    """
    done, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise InvariantError("picture", "one that PNG can hold", str(picture.shape), "check its shape and type")
    return bytes(data)


def _crop(pixels: NDArray[np.generic], window: Window, to_source: NDArray[np.float64]) -> NDArray[np.generic]:
    """Sample a window from a picture that `to_source` (2x3, on (row, col, 1)) carries DICOM pixels to.

    Where the source is finer than the picture, it is sampled densely and averaged.
    """
    dense = max(1, int(np.ceil(np.abs(to_source[:, :2]).max() / window.scale)))
    size, step = window.size_px * dense, 1 / (window.scale * dense)
    sample = np.array(
        [[step, 0, window.top_px - 0.5 + step / 2], [0, step, window.left_px - 0.5 + step / 2], [0, 0, 1]]
    )
    row_of, col_of = to_source @ sample
    backward = np.array([[col_of[1], col_of[0], col_of[2]], [row_of[1], row_of[0], row_of[2]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    sampled = cv2.warpAffine(np.ascontiguousarray(pixels), backward, (size, size), flags=flags)
    return np.asarray(cv2.resize(sampled, (window.size_px, window.size_px), interpolation=cv2.INTER_AREA))


def _dicom_to_copy(placement: OverlayPlacement) -> NDArray[np.float64]:
    """Inverse of the placement as a 2x3 matrix on (row, col, 1)."""
    row = [1 / placement.scale_row, 0.0, -placement.offset_row_px / placement.scale_row]
    col = [0.0, 1 / placement.scale_col, -placement.offset_col_px / placement.scale_col]
    if placement.flipped:
        col = [0.0, -col[1], placement.gt_cols - 1 - col[2]]
    return np.array([row, col])
