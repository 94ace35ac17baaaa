from dataclasses import replace

import cv2
import numpy as np
import pytest

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.report.pair_pictures import candidate_places_px, registration_picture, zone_picture
from radiomics_mammo.report.pictures import read_pictures
from tests.report.conftest import with_zone

CONFIG = ReportConfig(alignment_px=120)


def decoded(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED).astype(int)


def with_transform(pair, matrix: np.ndarray):
    return replace(pair, registration=replace(pair.registration, recent_to_prior=PlanarTransform(matrix)))


def test_identity_changes_nothing(aligned_pair) -> None:
    picture = registration_picture(with_transform(aligned_pair, np.eye(3)), config=CONFIG)
    assert picture.unaligned_png == picture.prior_png
    assert (picture.patient_id, picture.view) == ("malignant-01", "CC")


def test_longer_side_is_as_configured(aligned_pair) -> None:
    shape = decoded(registration_picture(aligned_pair, config=CONFIG).recent_png).shape
    assert max(shape[:2]) == 120
    assert shape[2] == 3


def test_true_transform_lays_the_prior_on_the_recent_exam(aligned_pair) -> None:
    """The prior is the recent exam moved; the right transform must fit better than none."""
    prior = aligned_pair.prior.mammogram
    moved = np.roll(prior.pixels, (12, 0), axis=(0, 1))
    exam = replace(aligned_pair.prior, mammogram=replace(prior, pixels=moved))
    shift = np.array([[1.0, 0.0, 12 * 0.1], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    picture = registration_picture(with_transform(replace(aligned_pair, prior=exam), shift), config=CONFIG)
    truth = decoded(picture.recent_png)
    wrong = np.abs(decoded(picture.unaligned_png) - truth).mean()
    right = np.abs(decoded(picture.prior_png) - truth).mean()
    assert right < 0.1 * wrong


def test_maps_show_shift_and_growth(aligned_pair) -> None:
    grown = np.diag([1.3, 1.3, 1.0])
    maps = registration_picture(with_transform(aligned_pair, grown), config=CONFIG)
    still = registration_picture(with_transform(aligned_pair, np.eye(3)), config=CONFIG)
    middle = tuple(size // 2 for size in decoded(maps.jacobian_png).shape[:2])
    blue, _, red = decoded(maps.jacobian_png)[middle]
    assert red > blue + 50
    assert np.ptp(decoded(still.jacobian_png)[middle]) == 0
    assert decoded(maps.displacement_png)[middle].sum() > decoded(still.displacement_png)[middle].sum()


def test_outside_the_breast_the_maps_are_black(aligned_pair) -> None:
    shown = decoded(registration_picture(aligned_pair, config=CONFIG).displacement_png)
    assert shown[0, -1].tolist() == [0, 0, 0]


def test_unknown_spacing_is_shown_in_pixels(aligned_pair) -> None:
    grid = replace(aligned_pair.prior.mammogram.grid, row_spacing_mm=None, col_spacing_mm=None)
    prior = replace(aligned_pair.prior, mammogram=replace(aligned_pair.prior.mammogram, grid=grid))
    picture = registration_picture(with_transform(replace(aligned_pair, prior=prior), np.eye(3)), config=CONFIG)
    assert picture.unaligned_png == picture.prior_png


def test_zone_is_drawn_in_the_prior_alone_at_the_scale_of_the_recent_lesion(aligned_pair) -> None:
    one = with_zone(aligned_pair)
    picture = zone_picture(aligned_pair, one, config=replace(CONFIG, crop_px=120))
    recent, prior = decoded(picture.recent_png), decoded(picture.prior_png)
    assert recent.shape == prior.shape == (120, 120, 3)

    def colored(shown, channel_high, channel_low):
        return (shown[..., channel_high].astype(int) - shown[..., channel_low] > 120).nonzero()

    assert len(colored(recent, 0, 2)[0]) == 0
    rows, cols = colored(prior, 0, 2)
    zone = one.prior.zone
    reach = max(1.0, (np.abs(one.prior.contour_px - zone.centre_px) / zone.radius_px).max())
    expected = 119 / (1.25 * reach)
    assert np.ptp(rows) == pytest.approx(expected, abs=3)
    assert np.ptp(cols) == pytest.approx(expected, abs=3)
    heights = [np.ptp(colored(shown, 2, 0)[0]) for shown in (recent, prior)]
    assert heights[0] == pytest.approx(heights[1], abs=3)
    with pytest.raises(InvariantError):
        zone_picture(aligned_pair, replace(one, prior=replace(one.prior, zone=None)))


def test_zone_pictures_are_read_back(tmp_path, aligned_pair) -> None:
    drawn = zone_picture(aligned_pair, with_zone(aligned_pair))
    for file in drawn.files:
        (tmp_path / file.name).write_bytes(file.data)
    assert read_pictures(tmp_path).zones == (drawn,)


def test_candidates_that_disagree_are_marked_in_the_prior(aligned_pair) -> None:
    one = with_zone(aligned_pair)
    places_px = candidate_places_px(aligned_pair, one)
    apart_mm = np.diff(places_px, axis=0)[0] * aligned_pair.prior.mammogram.grid.unit_spacing
    first, second = (each.matrix[:2, 2] for each in aligned_pair.registration.evidence.candidates)
    assert apart_mm == pytest.approx(second - first)
    picture = zone_picture(aligned_pair, one, config=replace(CONFIG, crop_px=120))

    def violet(png):
        blue, green, red = np.moveaxis(decoded(png), -1, 0)
        return (red - green > 120) & (blue - green > 80)

    assert not violet(picture.recent_png).any()
    assert cv2.connectedComponents(violet(picture.prior_png).astype(np.uint8))[0] - 1 == len(places_px)
    bare = replace(aligned_pair, registration=replace(aligned_pair.registration, evidence=None))
    assert candidate_places_px(bare, one).shape == (0, 2)
