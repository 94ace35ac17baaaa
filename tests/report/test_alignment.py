from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.core.pairs import Roi, RoiPair, Zone
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource
from radiomics_mammo.report.alignment import (
    alignment_gallery,
    alignment_section,
    error_figure,
    registration_picture,
    similarity_figure,
    zone_picture,
)
from radiomics_mammo.report.blocks import TableBlock, TextBlock
from radiomics_mammo.report.pictures import read_pictures
from radiomics_mammo.tables.rois import ROIS

CONFIG = ReportConfig(alignment_px=120)


def decoded(png: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED).astype(int)


def with_transform(pair, matrix: np.ndarray):
    return replace(pair, registration=replace(pair.registration, recent_to_prior=PlanarTransform(matrix)))


def test_identity_changes_nothing(aligned_pair) -> None:
    picture = registration_picture(with_transform(aligned_pair, np.eye(3)), config=CONFIG)
    assert picture.before_png == picture.after_png
    assert (picture.patient_id, picture.view) == ("malignant-01", "CC")


def test_longer_side_is_as_configured(aligned_pair) -> None:
    shape = decoded(registration_picture(aligned_pair, config=CONFIG).before_png).shape
    assert max(shape[:2]) == 120
    assert shape[2] == 3


def test_true_transform_makes_the_checkerboard_smooth(aligned_pair) -> None:
    """The prior is the recent exam moved; the right transform must fit better than none."""
    prior = aligned_pair.prior.mammogram
    moved = np.roll(prior.pixels, (12, 0), axis=(0, 1))
    exam = replace(aligned_pair.prior, mammogram=replace(prior, pixels=moved))
    shift = np.array([[1.0, 0.0, 12 * 0.1], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    picture = registration_picture(with_transform(replace(aligned_pair, prior=exam), shift), config=CONFIG)
    still = registration_picture(with_transform(aligned_pair, np.eye(3)), config=CONFIG)
    truth = decoded(still.before_png)
    wrong = np.abs(decoded(picture.before_png) - truth).mean()
    right = np.abs(decoded(picture.after_png) - truth).mean()
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
    assert picture.before_png == picture.after_png


def texts(material) -> list[str]:
    return [block.text for block in alignment_section(material).blocks if isinstance(block, TextBlock)]


def test_untrusted_pairs_come_first(material) -> None:
    cards = alignment_gallery(material).cards
    assert [card.pair.trusted for card in cards[:3]] == [False, False, True]
    assert cards[0].pair.patient_id == "benign-02"
    assert len(cards) == len(material.study.registration)


def test_the_slider_of_the_alignment_is_explained_beside_it(material) -> None:
    assert any("slider" in text and "before" in text for text in texts(material))


def test_error_table_has_median_p90_and_unmatched(material, study) -> None:
    ids = {"lesion_id_a": "benign-01_CC_recent_1", "lesion_id_b": "benign-01_CC_prior_1"}
    linked = pd.DataFrame([ids | {"relation": "same-mass-prior"}])
    section = alignment_section(replace(material, study=replace(study, links=linked)))
    table = next(block for block in section.blocks if isinstance(block, TableBlock))
    errors = study.registration["error_mm"].dropna()
    assert table.rows[0][:3] == ("4", f"{errors.median():.3g}", f"{errors.quantile(0.9):.3g}")
    assert table.rows[0][4] == "9"


def test_unmeasured_error_says_why(material, study) -> None:
    bare = replace(study, registration=study.registration.assign(error_mm=float("nan")))
    assert any("error is not measured" in text for text in texts(replace(material, study=bare)))


def test_gain_and_error_are_said(study) -> None:
    assert "18 pairs" in similarity_figure(study.registration).alt
    assert "median 2 mm, 90th percentile 2.8 mm" in error_figure(pd.Series([1.0, 2.0, 3.0])).alt


def with_zone(pair, radius_mm=6.0):
    """The lesion of the drawn pair with a zone where the registration carries it."""
    lesion = pair.recent.lesions[0]
    grid = pair.prior.mammogram.grid
    centre = pair.prior_px(np.array([contour_centroid_px(lesion.contour_px)]))[0]
    recent = Roi(
        roi_id="recent",
        image=pair.recent.mammogram.key,
        grid=pair.recent.mammogram.grid,
        source=RoiSource.OUTLINED,
        contour_px=lesion.contour_px,
        recent_lesion_id=str(lesion.key),
    )
    radii = tuple(radius_mm / spacing for spacing in grid.unit_spacing)
    prior = replace(
        recent,
        roi_id="prior",
        image=pair.prior.mammogram.key,
        grid=grid,
        contour_px=pair.prior_px(lesion.contour_px),
        prior_policy=PriorPolicy.REGIONAL,
        zone=Zone(tuple(centre), radii),
    )
    return RoiPair(recent, prior)


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


def test_zones_stand_under_their_pair_and_the_least_certain_pair_first(material, study, aligned_pair) -> None:
    drawn = zone_picture(aligned_pair, with_zone(aligned_pair))
    recent = study.lesions[study.lesions["visit"] == "recent"]
    pairs = study.registration.assign(trusted=True)
    radii = {row.lesion_id: 5.0 + number for number, row in enumerate(recent.itertuples())}
    rows = [
        {"roi_id": f"{row.lesion_id}-prior-regional", "patient_id": row.patient_id, "view": row.view, "visit": "prior",
         "recent_lesion_id": row.lesion_id, "source": "registered", "prior_policy": "regional", "trusted": True,
         "radius90_mm": radii[row.lesion_id]}
        for row in recent.itertuples()
    ]  # fmt: skip
    zones = tuple(replace(drawn, lesion_id=row.lesion_id) for row in recent.itertuples())
    full = replace(
        material,
        study=replace(study, registration=pairs, rois=ROIS.conform(pd.DataFrame(rows))),
        pictures=replace(material.pictures, zones=zones),
    )
    cards = alignment_gallery(full).cards
    shown = [zone.radius90_mm for card in cards for zone in card.zones]
    assert sorted(shown) == sorted(radii.values())
    widest = [max((zone.radius90_mm for zone in card.zones), default=0.0) for card in cards]
    assert widest == sorted(widest, reverse=True)
    for card in cards:
        own = f"{card.pair.patient_id}_{card.pair.view}"
        assert all(zone.lesion_id.startswith(own) for zone in card.zones)
    assert any("Cyan is the zone" in text for text in texts(full))
    table = next(block for block in alignment_section(full).blocks if isinstance(block, TableBlock))
    assert table.rows[0][:3] == ("regional", str(len(recent)), str(len(recent)))


def test_zone_pictures_are_read_back(tmp_path, aligned_pair) -> None:
    drawn = zone_picture(aligned_pair, with_zone(aligned_pair))
    for file in drawn.files:
        (tmp_path / file.name).write_bytes(file.data)
    assert read_pictures(tmp_path).zones == (drawn,)
