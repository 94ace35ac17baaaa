"""Perturbed copies move as far as they say, the same way every time."""

from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.contours import contour_area_px, contour_centroid_px
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.lesions import LesionMask, PenEdge
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, StrokePolicy
from radiomics_mammo.features.perturbation import UNPERTURBED, measure_perturbed, moved_outline, perturbed_rois

CONFIG = FeatureConfig(preset="quick", perturb_shift_mm=0.5, perturb_rotation_deg=10, perturb_offset_mm=0.3)


def copies_of(roi, **options):
    return dict(perturbed_rois(roi, config=CONFIG, **options))


def test_copies_have_names_and_the_first_is_the_region_itself(make_exam, make_roi):
    roi = make_roi(make_exam())
    copies = copies_of(roi)
    assert list(copies) == [
        UNPERTURBED, "shift-up", "shift-down", "shift-left", "shift-right",
        "turn-left", "turn-right", "erode", "dilate",
    ]  # fmt: skip
    np.testing.assert_array_equal(copies[UNPERTURBED].contour_px, roi.contour_px)
    assert len({copy.roi_id for copy in copies.values()}) == len(copies)


def test_shifts_are_millimetres_on_any_spacing(make_exam, make_roi):
    roi = make_roi(make_exam(spacing=(0.1, 0.05)))
    start = np.array(contour_centroid_px(roi.contour_px))
    down, right = (
        np.array(contour_centroid_px(copies_of(roi)[n].contour_px)) - start for n in ("shift-down", "shift-right")
    )
    np.testing.assert_allclose(down, [5, 0], atol=1e-9)
    np.testing.assert_allclose(right, [0, 10], atol=1e-9)


def test_rotation_keeps_area_and_centroid(make_exam, make_roi):
    roi = make_roi(make_exam(spacing=(0.1, 0.05)))
    turned = copies_of(roi)["turn-left"].contour_px
    assert contour_area_px(turned) == pytest.approx(contour_area_px(roi.contour_px))
    np.testing.assert_allclose(contour_centroid_px(turned), contour_centroid_px(roi.contour_px), atol=1e-9)
    assert np.abs(turned - roi.contour_px).max() > 1


@pytest.mark.parametrize(("name", "sign"), [("erode", -1), ("dilate", 1)])
def test_offsets_move_the_line_by_their_length(make_exam, make_roi, name, sign):
    roi = make_roi(make_exam(), radii=(20, 20))
    area = contour_area_px(copies_of(roi)[name].contour_px)
    assert area == pytest.approx(np.pi * (20 + sign * 3) ** 2, rel=0.05)


def test_an_erosion_that_leaves_nothing_is_the_region_itself():
    tiny = np.array([[5.0, 5.0], [5.0, 7.0], [7.0, 7.0], [7.0, 5.0]])
    np.testing.assert_array_equal(moved_outline(tiny, -4.0), tiny)


def test_drawn_contours_take_the_place_of_offsets(make_exam, make_roi):
    roi = make_roi(make_exam())
    copies = copies_of(roi, drawn={"inner": roi.contour_px * 1.0, "outer": roi.contour_px + 1.0})
    assert {"inner", "outer"} <= set(copies)
    assert "erode" not in copies


def test_measured_copies_are_rows_of_original_features(make_exam, make_roi):
    exam = make_exam()
    rows = list(measure_perturbed(exam, [make_roi(exam, name="a")], config=replace(CONFIG, preset="standard")))
    assert {row["roi_id"] for row in rows} == {"a"}
    assert len(rows) == 9
    assert all(name.startswith("original_") for name in rows[0] if name not in ("roi_id", "view", "copy"))


def test_robustness_can_be_off(make_exam, make_roi):
    exam = make_exam()
    assert list(measure_perturbed(exam, [make_roi(exam)], config=replace(CONFIG, robustness="off"))) == []


def test_edges_of_the_pen_line_are_two_more_readers(make_exam, make_roi):
    exam = make_exam()
    roi = make_roi(exam, radii=(20, 20))
    edges = {
        StrokePolicy.INNER: moved_outline(roi.contour_px, -2),
        StrokePolicy.OUTER: moved_outline(roi.contour_px, 2),
    }
    lesion = LesionMask(
        LesionKey(exam.mammogram.key, 1), roi.grid, OutlineColor.RED, False, LesionLabel.MALIGNANT, roi.contour_px,
        other_edges=tuple(PenEdge(policy, contour) for policy, contour in edges.items()),
    )  # fmt: skip
    rows = list(measure_perturbed(replace(exam, lesions=(lesion,)), [roi], config=CONFIG))
    names = [row["copy"] for row in rows]
    assert len(names) == 9
    assert names[-2:] == ["stroke-inner", "stroke-outer"]
    inner, drawn, outer = (
        next(row["original_firstorder_Energy"] for row in rows if row["copy"] == name)
        for name in ("stroke-inner", UNPERTURBED, "stroke-outer")
    )
    assert inner < drawn < outer
