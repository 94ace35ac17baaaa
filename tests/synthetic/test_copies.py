import io
from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import OutlineColor, View, Visit
from radiomics_mammo.synthetic import draw_outline, save_jpeg_like
from radiomics_mammo.synthetic.copies import CopyFrame, PenLine, draw_copy, draw_gaps, outlined_masses
from radiomics_mammo.synthetic.exposure import PictureFrame
from radiomics_mammo.synthetic.masses import MassLook, PlannedMass, draw_form
from radiomics_mammo.synthetic.overlays import VIEWERS
from radiomics_mammo.synthetic.quirks import PALETTES, CopyQuirks, PatientQuirks, Ring
from radiomics_mammo.synthetic.warps import SmoothWarp

PAGE = np.full((90, 120, 3), 80, dtype=np.uint8)
GREY = np.tile(np.linspace(20, 200, 160).astype(np.uint8), (200, 1))
KEY = ImageKey("malignant-01", View.CC, Visit.RECENT)
FRAME = PictureFrame(rows=200, cols=150, spacing_mm=1.0)
LOOK = MassLook(radius_mm=7.0, aspect=0.8, irregularity=0.05, edge_mm=0.8, contrast=0.5, heterogeneity=0.1)


def ring(radius=25.0, centre=(45.0, 60.0), points=180):
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return np.stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)], axis=1)


def ink_on(page):
    return page[..., 0].astype(float) - 80


def red_line(radius=25.0, centre=(100.0, 70.0), *, boxed=False):
    return PenLine(ring(radius, centre), OutlineColor.RED, boxed)


def copied(lines, quirks):
    made = draw_copy(np.random.default_rng(0), GREY, lines, quirks=quirks, key=KEY, spacing_mm=1.0)
    return made, np.asarray(Image.open(io.BytesIO(made.jpeg))).astype(int)


def mass(number, centre, color=OutlineColor.RED, *, confirmed=False, in_prior=False):
    form = draw_form(np.random.default_rng(number), LOOK, centre)
    return PlannedMass(
        number=number,
        color=color,
        confirmed=confirmed,
        forms={View.CC: form},
        prior_strength=0.9 * in_prior,
        prior_size=0.9,
        prior_outlined=in_prior,
    )


def drawn(*masses, visit=Visit.RECENT, **quirks):
    return outlined_masses(
        replace(KEY, visit=visit), masses, FRAME, warp=SmoothWarp.identity(), quirks=PatientQuirks(**quirks)
    )


@pytest.mark.parametrize("width", [1.0, 3.0, 8.0])
def test_ink_covers_the_area_of_the_line(width):
    covered = ink_on(draw_outline(PAGE, ring(), color_rgb=(255, 80, 80), width_px=width)).sum() / 175
    assert covered == pytest.approx(2 * np.pi * 25 * width, rel=0.12)


def test_line_lies_where_the_contour_is():
    weight = ink_on(draw_outline(PAGE, ring(centre=(44.3, 61.7)), width_px=4.0))
    rows, cols = np.indices(weight.shape)
    assert (rows * weight).sum() / weight.sum() == pytest.approx(44.3, abs=0.1)
    assert (cols * weight).sum() / weight.sum() == pytest.approx(61.7, abs=0.1)
    assert (np.hypot(rows - 44.3, cols - 61.7) * weight).sum() / weight.sum() == pytest.approx(25.0, abs=0.15)


def test_gaps_leave_out_their_share_of_the_perimeter_and_separate_the_strokes():
    whole = ink_on(draw_outline(PAGE, ring(), width_px=3.0))
    broken = ink_on(draw_outline(PAGE, ring(), width_px=3.0, gaps=((0.1, 0.2), (0.5, 0.65))))
    assert broken.sum() / whole.sum() == pytest.approx(0.75, abs=0.06)
    assert cv2.connectedComponents((broken > 40).astype(np.uint8))[0] - 1 == 2


def test_input_is_left_alone_and_contours_may_leave_the_picture():
    before = PAGE.copy()
    assert (draw_outline(PAGE, ring(40.0, centre=(5.0, 60.0))) != PAGE).any()
    assert (before == PAGE).all()
    assert (draw_outline(PAGE, ring(4.0, centre=(-50.0, 60.0))) == PAGE).all()


def test_opacity_blends_the_ink():
    faint = draw_outline(PAGE, ring(), color_rgb=(255, 0, 0), width_px=6.0, opacity=0.5)
    assert faint[45 + 25, 60].tolist() == pytest.approx([168, 40, 40], abs=1)


@pytest.mark.parametrize(("picture", "width"), [(PAGE[..., 0], 3.0), (PAGE.astype(float), 3.0), (PAGE, 0.0)])
def test_wrong_pictures_and_pens_are_refused(picture, width):
    with pytest.raises(InvariantError):
        draw_outline(picture, ring(9.0), width_px=width)


def test_jpeg_has_the_subsampling_asked_for_and_looks_alike():
    page = draw_outline(PAGE, ring(), width_px=5.0)
    for subsampling, sizes in (("4:4:4", (1, 1)), ("4:2:0", (2, 2))):
        picture = Image.open(io.BytesIO(save_jpeg_like(page, 90, subsampling)))
        assert picture.layer[0][1:3] == sizes
        assert np.abs(np.asarray(picture).astype(int) - page).mean() < 3


def test_a_pencil_inks_pixels_whole_or_not_at_all():
    ink = draw_outline(PAGE, ring(), color_rgb=(255, 80, 80), width_px=5.0, hard=True)[..., 0]
    assert set(np.unique(ink)) == {80, 255}
    assert (ink == 255).sum() == pytest.approx(2 * np.pi * 25 * 5, rel=0.05)


def test_an_edited_copy_is_progressive_with_metadata_and_the_same_bytes_each_time():
    page = draw_outline(PAGE, ring(), width_px=5.0)
    data = save_jpeg_like(page, 95, "4:4:4", edited=True)
    picture = Image.open(io.BytesIO(data))
    assert {"progressive", "exif", "icc_profile", "xmp"} <= set(picture.info)
    assert data == save_jpeg_like(page, 95, "4:4:4", edited=True)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_reader_that_obeys_exif_sees_a_turned_copy_upright(orientation):
    page = draw_outline(PAGE, ring(), width_px=5.0)
    picture = Image.open(io.BytesIO(save_jpeg_like(page, 95, "4:4:4", orientation=orientation)))
    assert (picture.size == (120, 90)) == (orientation in (1, 3))
    assert np.abs(np.asarray(ImageOps.exif_transpose(picture)).astype(int) - page).mean() < 3


def test_plain_copy_is_the_mammogram():
    made, rgb = copied([], CopyQuirks())
    assert rgb.shape[:2] == GREY.shape
    assert np.abs(rgb.mean(axis=2) - GREY).mean() < 2
    assert made.gap_fractions == made.burned_in == ()


@pytest.mark.parametrize(
    "quirks",
    [
        CopyQuirks(shrink=1.7),
        CopyQuirks(shrink=1.3, stretch=1.1),
        CopyQuirks(border=0.1),
        CopyQuirks(shrink=1.2, flipped=True),
    ],
)
def test_outline_lies_where_the_frame_places_it(quirks):
    made, rgb = copied([red_line()], quirks)
    assert made.frame == CopyFrame.of(GREY.shape, quirks)
    assert rgb.shape[:2] == (made.frame.rows, made.frame.cols)
    centre = np.argwhere(np.ptp(rgb, axis=2) > 80).mean(axis=0)
    assert centre == pytest.approx(made.frame.place(np.array([[100.0, 70.0]]))[0], abs=0.6)


def test_reduced_picture_and_placed_points_agree():
    grey = np.zeros((200, 160), dtype=np.uint8)
    grey[60:68, 40:48] = 255
    for quirks in (CopyQuirks(shrink=2.0), CopyQuirks(shrink=2.0, border=0.1, flipped=True)):
        frame = CopyFrame.of(grey.shape, quirks)
        rows, cols = np.nonzero(frame.reduce(grey) > 127)
        assert frame.place(np.array([[63.5, 43.5]]))[0] == pytest.approx([rows.mean(), cols.mean()])


def test_box_goes_around_its_mass_alone():
    _, rgb = copied([red_line(14.0, (70.0, 60.0), boxed=True), red_line(14.0, (105.0, 60.0))], CopyQuirks())
    green = np.argwhere((rgb[..., 1] > rgb[..., 0] + 60) & (rgb[..., 1] > rgb[..., 2] + 60))
    assert green[:, 0].min() < 56 < 84 < green[:, 0].max() < 91
    assert green[:, 1].min() < 46 < 74 < green[:, 1].max()


def test_tint_and_palette_colour_the_picture():
    quirks = CopyQuirks(tint=(1.0, 0.9, 0.7), palette=2)
    _, rgb = copied([PenLine(red_line().contour_px, OutlineColor.BLUE)], quirks)
    assert rgb[190, 150, 0] > rgb[190, 150, 2] + 30
    strongest = rgb.reshape(-1, 3)[(rgb[..., 2] - rgb[..., 0]).argmax()]
    assert strongest == pytest.approx(PALETTES[2][OutlineColor.BLUE], abs=40)


def test_speck_is_small_and_apart_from_the_outline():
    (_, bare), (_, specked) = (copied([red_line()], CopyQuirks(speck=speck)) for speck in (False, True))
    changed = np.argwhere(np.ptp(specked, axis=2) > np.ptp(bare, axis=2) + 60)
    assert 0 < len(changed) < 60
    assert np.hypot(*(changed - [100, 70]).T).min() > 35


def test_overlays_are_noted_and_leave_the_outline_where_it_was():
    grey = np.full((840, 700), 60, dtype=np.uint8)
    quirks = CopyQuirks(viewer=VIEWERS[0], marks=6, patch=True)
    options = {"key": KEY, "spacing_mm": 0.34}
    lines = [PenLine(ring(60.0, (400.0, 300.0)), OutlineColor.BLUE)]
    bare, full = (
        draw_copy(np.random.default_rng(2), grey, lines, quirks=some, **options) for some in (CopyQuirks(), quirks)
    )
    kinds = Counter(note.kind for note in full.burned_in)
    corners, numerals = 7, 2 * 3
    assert kinds == {"overlay-text": corners + numerals, "overlay-ruler": 2, "filled-mark": 6, "black-patch": 1}
    assert {note.image_id for note in full.burned_in} == {str(KEY)}
    changed = np.zeros(grey.shape, dtype=bool)
    for note in full.burned_in:
        changed[note.top_px - 3 : note.bottom_px + 5, note.left_px - 3 : note.right_px + 5] = True
    pictures = [np.asarray(Image.open(io.BytesIO(copy.jpeg))).astype(int) for copy in (bare, full)]
    assert np.abs(pictures[1] - pictures[0]).max(axis=2)[~changed].max() < 40


def test_gaps_are_measured_and_limited(rng):
    assert draw_gaps(rng, Ring.CLOSED, perimeter_px=100.0, width_px=2.0) == ()
    for _ in range(30):
        broken = draw_gaps(rng, Ring.BROKEN, perimeter_px=100.0, width_px=2.0)
        assert 1 <= len(broken) <= 3
        assert 0.03 < sum(stop - start for start, stop in broken) <= 0.2 + 1e-9
        assert all(0 < start < stop < 1 for start, stop in broken)
    dots = draw_gaps(rng, Ring.DOTTED, perimeter_px=300.0, width_px=2.0)
    assert len(dots) == 30
    assert sum(stop - start for start, stop in dots) == pytest.approx(0.4)


def test_numbers_go_top_to_bottom():
    found = drawn(mass(1, (120.0, 40.0)), mass(2, (50.0, 80.0)), mass(3, (80.0, 20.0)))
    assert [one.mass.number for one in found] == [2, 3, 1]


@pytest.mark.parametrize(
    ("reds", "boxless", "labels"),
    [
        ([True], None, ["malignant"]),
        ([False], None, ["malignant"]),
        ([True, False], View.MLO, ["malignant", "unconfirmed"]),
        ([True, False, False], View.CC, ["unconfirmed"] * 3),
    ],
)
def test_labels_are_those_a_reader_may_conclude(reds, boxless, labels):
    masses = [mass(n, (40.0 * n, 60.0), confirmed=confirmed) for n, confirmed in enumerate(reds, start=1)]
    found = drawn(*masses, boxless_view=boxless)
    assert [one.label for one in found] == labels
    assert sum(one.line.boxed for one in found) == (len(reds) > 1 and boxless is not View.CC)


def test_blue_is_benign_and_only_outlined_priors_are_drawn():
    masses = mass(1, (60.0, 50.0), confirmed=True), mass(2, (120.0, 50.0), OutlineColor.BLUE, in_prior=True)
    assert [one.label for one in drawn(*masses)] == ["malignant", "benign"]
    (prior,) = drawn(*masses, visit=Visit.PRIOR)
    assert prior.mass.number == 2
    assert prior.region.area_px < drawn(*masses)[1].region.area_px


def test_a_mass_mostly_outside_the_picture_is_not_outlined():
    assert drawn(mass(1, (60.0, -4.0))) == ()
    (cut,) = drawn(mass(1, (60.0, 3.0)))
    assert cut.region.left_px == 0


def test_pen_leaves_the_picture_or_runs_along_its_edge():
    (out,), (along,) = (drawn(mass(1, (60.0, 3.0)), edge=edge) for edge in ("open", "along"))
    assert out.line.contour_px[:, 1].min() < 0
    assert (along.line.contour_px == np.maximum(out.line.contour_px, 0)).all()
