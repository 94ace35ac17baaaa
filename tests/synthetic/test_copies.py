import io

import numpy as np
import pytest
from PIL import Image

from radiomics_mammo.core.vocabulary import OutlineColor
from radiomics_mammo.synthetic.copies import CopyFrame, PenLine, draw_copy, draw_gaps
from radiomics_mammo.synthetic.quirks import PALETTES, CopyQuirks

GREY = np.tile(np.linspace(20, 200, 160).astype(np.uint8), (200, 1))


def ring(radius=25.0, centre=(100.0, 70.0)):
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    return np.stack([centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)], axis=1)


def copied(lines, quirks, *, flipped=False, seed=0):
    made = draw_copy(np.random.default_rng(seed), GREY, lines, quirks=quirks, flipped=flipped)
    return made, np.asarray(Image.open(io.BytesIO(made.jpeg))).astype(int)


def ink_centre(rgb):
    chroma = np.ptp(rgb, axis=2) > 80
    return np.argwhere(chroma).mean(axis=0)


def test_plain_copy_is_the_mammogram():
    made, rgb = copied([], CopyQuirks())
    assert (made.rows, made.cols) == GREY.shape
    assert np.abs(rgb.mean(axis=2) - GREY).mean() < 2
    assert made.widths_px == made.gap_fractions == ()


@pytest.mark.parametrize(
    ("quirks", "flipped"),
    [
        (CopyQuirks(shrink=1.7), False),
        (CopyQuirks(shrink=1.3, stretch=1.1), False),
        (CopyQuirks(border=0.1), False),
        (CopyQuirks(shrink=1.2), True),
    ],
)
def test_outline_lies_where_the_frame_places_it(quirks, flipped):
    made, rgb = copied([PenLine(ring(), OutlineColor.RED, False)], quirks, flipped=flipped)
    frame = CopyFrame.of(GREY.shape, quirks, flipped=flipped)
    assert rgb.shape[:2] == (made.rows, made.cols) == (frame.rows, frame.cols)
    assert ink_centre(rgb) == pytest.approx(frame.place(np.array([[100.0, 70.0]]))[0], abs=0.6)


def test_reduced_picture_and_placed_points_agree():
    grey = np.zeros((200, 160), dtype=np.uint8)
    grey[60:68, 40:48] = 255
    for quirks, flipped in ((CopyQuirks(shrink=2.0), False), (CopyQuirks(shrink=2.0, border=0.1), True)):
        frame = CopyFrame.of(grey.shape, quirks, flipped=flipped)
        small = frame.reduce(grey)
        rows, cols = np.nonzero(small > 127)
        assert frame.place(np.array([[63.5, 43.5]]))[0] == pytest.approx([rows.mean(), cols.mean()])


def test_box_goes_around_its_mass_alone():
    lines = [
        PenLine(ring(14.0, (70.0, 60.0)), OutlineColor.RED, True),
        PenLine(ring(14.0, (105.0, 60.0)), OutlineColor.RED, False),
    ]
    _, rgb = copied(lines, CopyQuirks())
    green = np.argwhere((rgb[..., 1] > rgb[..., 0] + 60) & (rgb[..., 1] > rgb[..., 2] + 60))
    assert green[:, 0].min() < 56 < 84 < green[:, 0].max() < 91
    assert green[:, 1].min() < 46 < 74 < green[:, 1].max()


def test_tint_and_palette_colour_the_picture():
    quirks = CopyQuirks(tint=(1.0, 0.9, 0.7), palette=2)
    _, rgb = copied([PenLine(ring(), OutlineColor.BLUE, False)], quirks)
    assert rgb[190, 150, 0] > rgb[190, 150, 2] + 30
    strongest = rgb.reshape(-1, 3)[(rgb[..., 2] - rgb[..., 0]).argmax()]
    assert strongest == pytest.approx(PALETTES[2][OutlineColor.BLUE], abs=40)


def test_speck_is_small_and_apart_from_the_outline():
    line = PenLine(ring(), OutlineColor.RED, False)
    _, bare = copied([line], CopyQuirks())
    _, specked = copied([line], CopyQuirks(speck=True))
    changed = np.argwhere(np.ptp(specked, axis=2) > np.ptp(bare, axis=2) + 60)
    assert 0 < len(changed) < 60
    assert np.hypot(*(changed - [100, 70]).T).min() > 35


def test_gaps_are_measured_and_limited(rng):
    assert draw_gaps(rng, "closed", perimeter_px=100.0, width_px=2.0) == ()
    for _ in range(30):
        broken = draw_gaps(rng, "broken", perimeter_px=100.0, width_px=2.0)
        assert 1 <= len(broken) <= 3
        assert 0.03 < sum(stop - start for start, stop in broken) <= 0.2 + 1e-9
        assert all(0 < start < stop < 1 for start, stop in broken)
    dots = draw_gaps(rng, "dotted", perimeter_px=300.0, width_px=2.0)
    assert len(dots) == 30
    assert sum(stop - start for start, stop in dots) == pytest.approx(0.4)
