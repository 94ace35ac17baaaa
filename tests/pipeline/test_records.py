"""Values written as records come back equal, to the last bit."""

import numpy as np
import pytest

from radiomics_mammo.core.errors import StoreError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import DisplacementField, PixelGrid, PlanarTransform
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement, PenEdge
from radiomics_mammo.core.pairs import Registration
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, RegistrationMethod, StrokePolicy, View
from radiomics_mammo.pipeline.pair_records import ImageOutcome, MeasuredRegions, OutlinedPair
from radiomics_mammo.pipeline.records import from_record, to_record

KEY = ImageKey.parse("malignant-07_CC_recent")


def outcome():
    rng = np.random.default_rng(1)
    contour = rng.normal(size=(5, 2)) * 100 / 3
    lesion = LesionMask(
        LesionKey(KEY, 1), PixelGrid(7, 9, 0.1, 0.07), OutlineColor.RED, True, LesionLabel.MALIGNANT, contour,
        other_edges=(PenEdge(StrokePolicy.INNER, contour / 7), PenEdge(StrokePolicy.OUTER, contour * 1.1)),
    )  # fmt: skip
    placement = OverlayPlacement(7, 9, 1.1, 1 / 3, 0.0, -0.5, 0.99)
    outlined = OutlinedImage(KEY, lesion.grid, placement, (lesion,), (Finding.of(AuditCode.GT_SCALED),))
    return ImageOutcome(KEY, {"image_id": str(KEY), "rows": 7, "spacing_mm": None}, outlined, ())


def test_outlined_pair_comes_back_with_exact_contours():
    pair = OutlinedPair(outcome(), ImageOutcome(KEY, {}, None, (), "truncated"), ("a_CC_recent_1",))
    back = from_record(OutlinedPair, to_record(pair))
    before, after = pair.prior.outlined.lesions[0], back.prior.outlined.lesions[0]
    np.testing.assert_array_equal(after.contour_px, before.contour_px)
    for edge, stored in zip(after.other_edges, before.other_edges, strict=True):
        assert edge.policy is stored.policy
        np.testing.assert_array_equal(edge.contour_px, stored.contour_px)
    assert (after.key, after.color, after.label, after.boxed) == (before.key, before.color, before.label, before.boxed)
    assert back.prior.outlined.placement == pair.prior.outlined.placement
    assert back.prior.outlined.findings == pair.prior.outlined.findings
    assert back.recent == pair.recent
    assert back.excluded == pair.excluded


def test_registration_comes_back_with_its_displacement():
    field = DisplacementField((0.0, 1.0), (2.0, 3.0), np.random.default_rng(2).normal(size=(3, 4, 2)))
    bent = PlanarTransform(np.array([[1, 0.01, 3], [0, 1, 4], [0, 0, 1.0]]), field)
    registration = Registration(
        "a", View.CC, bent, PlanarTransform.identity(), RegistrationMethod.DEFORMABLE, True,
        0.1, 0.2, 0.3, 0.0, None, 0.9,
    )  # fmt: skip
    back = from_record(Registration, to_record(registration))
    points = np.random.default_rng(3).uniform(0, 9, size=(6, 2))
    np.testing.assert_array_equal(back.recent_to_prior.apply(points), bent.apply(points))
    assert back.prior_to_recent.is_identity
    assert back.inverse_consistency_mm is None


def test_missing_values_of_rows_stay_missing():
    back = from_record(MeasuredRegions, to_record(MeasuredRegions(features=({"roi_id": "a", "x": float("nan")},))))
    assert np.isnan(back.features[0]["x"])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nothing": 1}', '{"key": 3}'])
def test_damaged_record_is_named(text):
    with pytest.raises(StoreError, match="--fresh"):
        from_record(ImageOutcome, text)
