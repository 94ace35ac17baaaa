from __future__ import annotations

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence

from radiomics_mammo.release.polarity import (
    Air,
    air_of,
    air_within,
    display_inverts,
    filled_with_air,
    padding_of,
    white_frame,
    without,
)


def breast(rows: int = 120, cols: int = 90, *, air: float = 3.0) -> np.ndarray:
    """Half an ellipse of rising grey on even air, with a little noise."""
    row, col = np.mgrid[:rows, :cols]
    inside = ((row - rows / 2) / (0.4 * rows)) ** 2 + (col / (0.6 * cols)) ** 2 < 1
    noise = np.random.default_rng(4).normal(0, 1, (rows, cols))
    return (np.where(inside, 400 + 4 * (cols - col), air) + noise).astype(np.float32)


def test_air_is_dark_in_a_picture_and_bright_in_its_negative():
    for picture in (breast(), breast()[:, ::-1], breast(700, 500), breast(40, 30)):
        assert air_of(picture) is Air.DARK
        assert air_of(1000 - picture) is Air.BRIGHT
        assert air_of(picture**2) is Air.DARK


@pytest.mark.parametrize("add", [0.0, -500.0, 1e6])
def test_only_the_order_of_the_grey_values_counts(add):
    assert air_of(breast() * 0.25 + np.float32(add)) is Air.DARK


def test_a_picture_without_air_says_nothing():
    rng = np.random.default_rng(1)
    for picture in (rng.normal(size=(60, 50)), np.zeros((30, 20)), np.tile(np.arange(50.0), (60, 1))):
        assert air_of(picture) is Air.UNCLEAR


def test_a_film_on_a_light_box_is_no_negative():
    film = breast()
    film[:3] = film[-3:] = film[:, :3] = film[:, -3:] = 900
    assert air_of(film) is not Air.BRIGHT


def test_what_turns_a_picture_over_on_its_way_to_the_screen():
    plain = Dataset()
    plain.PhotometricInterpretation = "MONOCHROME2"
    assert display_inverts(plain, lut_shape="IDENTITY") == ""
    assert display_inverts(plain, lut_shape="INVERSE") == "PresentationLUTShape INVERSE"
    usual = Dataset()
    usual.PhotometricInterpretation = "MONOCHROME1"
    assert display_inverts(usual, lut_shape="INVERSE") == ""
    plain.WindowWidth = [-400, 300]
    assert "WindowWidth" in display_inverts(plain, lut_shape="")
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [3, 0, 16], [30, 20, 10]
    plain.VOILUTSequence = Sequence([table])
    assert "lookup table" in display_inverts(plain, lut_shape="")
    table.LUTData = [10, 20, 30]
    del plain.WindowWidth
    assert display_inverts(plain, lut_shape="") == ""


def padded(value: int, *, limit: int | None = None, signed: bool = False) -> Dataset:
    dataset = Dataset()
    dataset.PixelRepresentation = int(signed)
    dataset.add_new(0x00280120, "SS" if value < 0 else "US", value)
    if limit is not None:
        dataset.add_new(0x00280121, "SS" if limit < 0 else "US", limit)
    return dataset


def test_padding_reaches_in_from_the_edge():
    stored = np.full((6, 7), 5, np.uint16)
    stored[0] = stored[3, 3] = 4095
    expected = np.zeros((6, 7), bool)
    expected[0] = True
    np.testing.assert_array_equal(padding_of(stored, padded(4095)), expected)
    assert not padding_of(stored, Dataset()).any()


def test_padding_may_be_a_range_either_way_round():
    stored = np.arange(42, dtype=np.uint16).reshape(6, 7)
    for value, limit in ((0, 6), (6, 0)):
        assert padding_of(stored, padded(value, limit=limit)).sum() == 7


def test_padding_is_found_however_its_sign_is_written():
    stored = np.full((4, 5), 9, np.int16)
    stored[:, 0] = -2000
    assert padding_of(stored, padded(63536)).sum() == 4
    assert padding_of(stored, padded(-2000, signed=True)).sum() == 4
    assert padding_of(stored.astype(np.uint16), padded(-2000)).sum() == 4


def test_a_white_frame_is_all_at_the_brightest_value_and_narrow():
    picture = np.arange(600.0).reshape(20, 30)
    assert white_frame(picture).sum() == 0
    picture[:2] = picture[:, -1] = 700
    assert white_frame(picture).sum() == 2 * 30 + 18
    picture[:12] = 700
    assert not white_frame(picture)[5, 3]


def test_padding_becomes_air_and_darker_padding_stays():
    picture = np.array([[9, 4, 6], [1, 4, 6]], np.float32)
    first = np.array([[True, False, False], [True, False, False]])
    assert filled_with_air(picture, first).tolist() == [[4, 4, 6], [1, 4, 6]]
    assert filled_with_air(picture, np.ones((2, 3), bool)).tolist() == picture.tolist()
    assert without(picture, first).tolist() == [[4, 6], [4, 6]]


@pytest.mark.parametrize("radius", [30, 45, 60, 70])
@pytest.mark.parametrize("noise", [0.0, 8.0])
def test_air_is_even_however_much_of_the_picture_the_breast_fills(radius, noise):
    rng = np.random.default_rng(radius)
    rows, cols = np.mgrid[:120, :90]
    tissue = 1200 + 8 * cols + 3 * rows + rng.normal(0, 20, (120, 90))
    picture = np.where(np.hypot(rows - 60, cols) < radius, tissue, 16 + rng.normal(0, noise, (120, 90)))
    assert air_of(picture) is Air.DARK
    assert air_of(4095 - picture) is Air.BRIGHT


def test_bright_tissue_at_the_edge_of_the_picture_is_no_air():
    rows, cols = np.mgrid[:60, :54]
    fills = np.where(np.hypot(rows - 30, cols) < 70, 1200.0 + 8 * cols + 3 * (rows + 30), 16)
    assert air_of(fills) is not Air.BRIGHT


def test_a_frame_of_either_end_hides_no_air():
    rows, cols = np.mgrid[:120, :90]
    picture = np.where(np.hypot(rows - 60, cols) < 50, 1200 + 8 * cols + 3 * rows, 16).astype(np.float32)
    for end, told in ((4095, Air.DARK), (0, Air.DARK)):
        framed = picture.copy()
        framed[:6] = framed[-6:] = framed[:, :6] = framed[:, -6:] = end
        assert air_within(framed) is told
        assert air_within(4095 - framed) is Air.BRIGHT
