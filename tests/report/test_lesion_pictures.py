import cv2
import numpy as np
import pytest

from radiomics_mammo.config.report import ReportConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, View, Visit
from radiomics_mammo.report.lesion_pictures import contour_svg, grey_window, lesion_picture, lesion_window

KEY = ImageKey("malignant-01", View.CC, Visit.RECENT)
GRID = PixelGrid(70, 90)
SQUARE = np.array([[29.5, 39.5], [29.5, 49.5], [39.5, 49.5], [39.5, 39.5]])
CONFIG = ReportConfig(crop_px=80, crop_margin=0.25)


def decoded(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)


def square_pixels(rows: slice, cols: slice) -> np.ndarray:
    pixels = np.zeros(GRID.shape, np.float32)
    pixels[rows, cols] = 100
    return pixels


def picture_of(placement: OverlayPlacement, rgb: np.ndarray):
    mammogram = Mammogram(KEY, GRID, square_pixels(slice(30, 40), slice(40, 50)))
    lesion = LesionMask(
        LesionKey(KEY, 1), GRID, OutlineColor.RED, boxed=False, label=LesionLabel.MALIGNANT, contour_px=SQUARE
    )
    outlined = OutlinedImage(KEY, GRID, placement, (lesion,))
    return lesion_picture(mammogram, OutlineOverlay(KEY, rgb), outlined, lesion, config=CONFIG)


def edges(picture: np.ndarray) -> list[int]:
    bright = np.nonzero(picture > 127)
    return [int(bright[0].min()), int(bright[0].max()), int(bright[1].min()), int(bright[1].max())]


def test_crop_shows_the_lesion_where_the_contour_lies() -> None:
    made = picture_of(OverlayPlacement(70, 90, 1, 1, 0, 0, 1), np.zeros((70, 90, 3), np.uint8))
    window = lesion_window(SQUARE, margin=0.25, size_px=80)
    corners = window.to_picture(SQUARE)
    drawn = edges(decoded(made.dicom_png))
    expected = [corners[:, 0].min(), corners[:, 0].max() - 1, corners[:, 1].min(), corners[:, 1].max() - 1]
    assert np.abs(np.subtract(drawn, expected)).max() <= 1.0


@pytest.mark.parametrize(
    ("placement", "shape"),
    [
        (OverlayPlacement(70, 90, 1.0, 1.0, 0.0, 0.0, 1.0), (70, 90)),
        (OverlayPlacement(35, 45, 2.0, 2.0, 0.5, 0.5, 1.0), (35, 45)),
        (OverlayPlacement(280, 360, 0.25, 0.25, -0.375, -0.375, 1.0), (280, 360)),
        (OverlayPlacement(75, 95, 1.0, 1.0, -3.0, -2.0, 1.0), (75, 95)),
        (OverlayPlacement(70, 90, 1.0, 1.0, 0.0, 0.0, 1.0, flipped=True), (70, 90)),
    ],
    ids=["same", "half size", "four times", "shifted", "mirrored"],
)
def test_outlined_copy_shows_the_same_place(placement: OverlayPlacement, shape: tuple[int, int]) -> None:
    rows, cols = np.indices(shape)
    points = placement.to_dicom(np.stack([rows.ravel(), cols.ravel()], axis=1).astype(float))
    inside = ((points > (29.5, 39.5)) & (points < (39.5, 49.5))).all(axis=1).reshape(shape)
    made = picture_of(placement, np.repeat((inside * 255).astype(np.uint8)[..., None], 3, axis=2))
    shown = decoded(made.gt_png)
    assert shown.shape == (80, 80, 3)
    assert np.abs(np.subtract(edges(shown[..., 2]), edges(decoded(made.dicom_png)))).max() <= 2


def test_colours_of_the_copy_survive() -> None:
    red = np.zeros((70, 90, 3), np.uint8)
    red[..., 0] = 200
    made = picture_of(OverlayPlacement(70, 90, 1, 1, 0, 0, 1), red)
    assert decoded(made.gt_png)[40, 40].tolist() == [0, 0, 200]


def test_parts_of_two_images_are_refused() -> None:
    other = ImageKey("malignant-02", View.CC, Visit.RECENT)
    mammogram = Mammogram(other, GRID, np.zeros(GRID.shape, np.float32))
    lesion = LesionMask(
        LesionKey(KEY, 1), GRID, OutlineColor.RED, boxed=False, label=LesionLabel.MALIGNANT, contour_px=SQUARE
    )
    outlined = OutlinedImage(KEY, GRID, OverlayPlacement(70, 90, 1, 1, 0, 0, 1), (lesion,))
    with pytest.raises(InvariantError, match="one image"):
        lesion_picture(mammogram, OutlineOverlay(KEY, np.zeros((70, 90, 3), np.uint8)), outlined, lesion)


def test_lesion_at_the_corner_is_shown_with_black_beyond() -> None:
    window = lesion_window(np.array([[0.0, 0.0], [8.0, 0.0], [8.0, 6.0]]), margin=0.5, size_px=60)
    assert window.top_px < 0
    assert window.to_picture(np.array([[-0.5 + window.top_px + 0.0, 0.0]]))[0, 0] == pytest.approx(0.0)


def test_flat_crop_is_black() -> None:
    assert grey_window(np.full((4, 5), 7, np.float32)).max() == 0


def test_contour_is_a_closed_polygon() -> None:
    svg = contour_svg((SQUARE,), lesion_window(SQUARE, margin=0.25, size_px=80)).decode()
    assert svg.count("<polygon") == 1
    assert 'viewBox="0 0 80 80"' in svg


def test_long_contours_are_drawn_with_few_vertices() -> None:
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    ring = np.stack([300 + 200 * np.sin(angle), 400 + 150 * np.cos(angle)], axis=1)
    window = lesion_window(ring, margin=0.4, size_px=220)
    points = [
        pair.split(",") for pair in contour_svg((ring,), window).decode().split('points="')[1].split('"')[0].split()
    ]
    drawn = np.array(points, dtype=float)[:, ::-1] - window.to_picture(np.array([[300.0, 400.0]]))
    radius = np.hypot(drawn[:, 0] / (200 * window.scale), drawn[:, 1] / (150 * window.scale))
    assert len(drawn) < 100
    assert np.abs(radius - 1).max() < 0.01
