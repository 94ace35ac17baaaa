import numpy as np
import pytest

from radiomics_mammo.synthetic.overlays import VIEWERS, Kind, lay, mark_inks, patch_ink, viewer_inks

SHAPE = (832, 676)
WORDS = ("Image size: 3328 x 4096", "WL: 2047 WW: 4096", "R", "RECENT", "Zoom: 41%", "Position: CC")
PX_PER_MM = 832 / 286.72


def inks_of(viewer, shape=SHAPE):
    return viewer_inks(viewer, shape, px_per_mm=PX_PER_MM * shape[0] / 832, words=WORDS)


def one(viewer, kind):
    return [ink for ink in inks_of(viewer) if ink.kind is kind]


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.name)
@pytest.mark.parametrize("shape", [(256, 208), (645, 794), (1664, 1352)])
def test_every_overlay_fits_its_copy_and_is_the_same_each_time(viewer, shape):
    for ink, again in zip(inks_of(viewer, shape), inks_of(viewer, shape), strict=True):
        assert min(ink.place) >= 0
        assert (np.add(ink.place, ink.cover.shape) <= shape).all()
        assert 0 <= ink.cover.min() <= ink.cover.max() <= 1
        assert ink.cover.max() > 0.2
        assert (ink.cover == again.cover).all()
    page = np.full((*shape, 3), 50, dtype=np.uint8)
    assert (lay(page, inks_of(viewer, shape)) != page).any()


def test_a_ruler_is_ten_centimetres_of_the_breast_with_ten_equal_intervals():
    upright, lying = one(VIEWERS[0], Kind.RULER)
    ticks = np.flatnonzero(upright.cover[:, 4] > 0)
    assert np.diff(ticks) == pytest.approx(10 * PX_PER_MM, abs=1)
    assert ticks[-1] - ticks[0] == pytest.approx(100 * PX_PER_MM, abs=1)
    assert lying.cover.sum() == upright.cover.sum()
    long = upright.cover[:, -1] > 0
    assert long.sum() == 3


def test_long_ticks_carry_their_centimetres_in_the_ink_of_the_ruler():
    for viewer in (VIEWERS[4], VIEWERS[5]):
        upright = one(viewer, Kind.RULER)[0]
        numerals = [ink for ink in one(viewer, Kind.TEXT) if ink.detail in {"0", "5", "10"}]
        assert [ink.detail for ink in numerals] == ["0", "5", "10"] * 2
        assert {ink.color for ink in numerals} == {viewer.ruler}
        middle = upright.place[0] + upright.cover.shape[0] / 2
        assert numerals[1].place[0] + numerals[1].cover.shape[0] / 2 == pytest.approx(middle, abs=1.5)
        assert numerals[1].place[1] > upright.place[1] + upright.cover.shape[1]


def test_a_hand_wipes_one_end_and_remains_have_no_line():
    whole, wiped = (one(viewer, Kind.RULER)[0].cover for viewer in VIEWERS[:2])
    assert (whole[:200] == wiped[:200]).all()
    assert 0 < wiped[-8:].max() < 1
    remains = one(VIEWERS[5], Kind.RULER)[0].cover
    assert (remains.any(axis=1)).sum() == 11


def test_a_badge_is_a_plate_with_characters_cut_out_on_the_edge():
    for viewer, axis in ((VIEWERS[2], 0), (VIEWERS[3], 1)):
        (badge,) = one(viewer, Kind.BADGE)
        assert badge.cover.shape == pytest.approx((2.8 * PX_PER_MM, 25.8 * PX_PER_MM), abs=1)
        assert 0.4 < badge.cover.mean() < 0.95
        assert badge.place[axis] == (SHAPE[0] - badge.cover.shape[0] if axis == 0 else 0)


def test_text_has_a_black_shadow():
    page = lay(np.full((*SHAPE, 3), 120, dtype=np.uint8), one(VIEWERS[0], Kind.TEXT))
    assert page.max() > 240
    assert page.min() < 20


def test_marks_lie_on_tissue_away_from_the_pen(rng):
    grey = np.zeros((1664, 1352), dtype=np.uint8)
    grey[300:1300, :900] = 90
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    contour = np.stack([700 + 90 * np.cos(angles), 400 + 90 * np.sin(angles)], axis=1)
    marks = mark_inks(rng, grey, [contour], count=29)
    assert len(marks) == 29
    areas = [mark.cover.sum() for mark in marks]
    assert 1 <= min(areas) < 20 < max(areas) <= 160
    distance = np.array([np.hypot(*(np.add(mark.place, mark.cover.shape[0] // 2) - [700, 400])) for mark in marks])
    assert (np.abs(distance - 90) > 8).all()
    assert (distance < 90).sum() >= 8
    assert all(mark.note("image", grey).on_tissue for mark in marks)
    assert {mark.detail for mark in marks} == {"full", "hollow", "speckled"}
    assert mark_inks(rng, np.zeros_like(grey), [], count=3) == []


def test_a_patch_is_brushed_inside_the_picture(rng):
    patch = patch_ink(rng, SHAPE)
    page = lay(np.full((*SHAPE, 3), 200, dtype=np.uint8), [patch])
    assert 0.002 < (page == 0).mean() < 0.1
    assert not patch.note("image", np.zeros(SHAPE, dtype=np.uint8)).on_tissue
