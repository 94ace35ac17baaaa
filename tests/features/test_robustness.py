"""Perturbed copies move as far as they say, always the same way; ICC(2,1) against published figures and its laws."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.contours import contour_area_px, contour_centroid_px
from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.identity import LesionKey
from radiomics_mammo.core.lesions import LesionMask, PenEdge
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, StrokePolicy, View
from radiomics_mammo.features.robustness import (
    UNPERTURBED,
    PerturbedFeatures,
    icc_agreement,
    icc_table,
    measure_perturbed,
    moved_outline,
    perturbed_rois,
)
from radiomics_mammo.tables.robustness import ROBUSTNESS

JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float)
"""Shrout and Fleiss 1979, table 2: six targets, four judges; ICC(2,1) is .29 in their table 4."""

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


def test_offsets_move_the_line_by_their_length(make_exam, make_roi):
    copies = copies_of(make_roi(make_exam(), radii=(20, 20)))
    for name, sign in (("erode", -1), ("dilate", 1)):
        assert contour_area_px(copies[name].contour_px) == pytest.approx(np.pi * (20 + sign * 3) ** 2, rel=0.05)


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
    assert {(row.roi_id, row.view) for row in rows} == {("a", View.CC)}
    assert len(rows) == 9
    assert all(name.startswith("original_") for name in rows[0].values)


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
        key=LesionKey(exam.mammogram.key, 1), grid=roi.grid, color=OutlineColor.RED, boxed=False,
        label=LesionLabel.MALIGNANT, contour_px=roi.contour_px,
        other_edges=tuple(PenEdge(policy, contour) for policy, contour in edges.items()),
    )  # fmt: skip
    rows = list(measure_perturbed(replace(exam, lesions=(lesion,)), [roi], config=CONFIG))
    names = [row.copy for row in rows]
    assert len(names) == 9
    assert names[-2:] == ["stroke-inner", "stroke-outer"]
    inner, drawn, outer = (
        next(row.values["original_firstorder_Energy"] for row in rows if row.copy == name)
        for name in ("stroke-inner", UNPERTURBED, "stroke-outer")
    )
    assert inner < drawn < outer


def test_the_published_example_is_reproduced():
    found = icc_agreement(JUDGES)
    assert found.icc == pytest.approx(0.2898, abs=5e-5)
    # interval of case 2A by the psych package of R, function ICC, on the same table
    assert (round(found.ci_low, 2), round(found.ci_high, 2), found.n) == (0.02, 0.76, 6)


def test_perfect_agreement_is_one_and_constant_values_are_none():
    subjects = np.arange(5.0)[:, None]
    assert icc_agreement(np.repeat(subjects, 4, axis=1))[:3] == (1.0, 1.0, 1.0)
    assert np.isnan(icc_agreement(np.full((5, 4), 3.0)).icc)


def test_an_offset_of_one_rater_lowers_agreement():
    rng = np.random.default_rng(0)
    ratings = rng.normal(size=(30, 1)) + rng.normal(size=(30, 4)) * 0.1
    shifted = ratings + np.array([0.0, 0.0, 0.0, 3.0])
    assert icc_agreement(shifted).icc < icc_agreement(ratings).icc - 0.3


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**16), st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_agreement_does_not_depend_on_unit_or_zero(seed, gain, offset):
    ratings = np.random.default_rng(seed).normal(size=(8, 3)) + np.arange(8)[:, None]
    np.testing.assert_allclose(icc_agreement(ratings * gain + offset)[:3], icc_agreement(ratings)[:3], rtol=1e-6)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    truth = 4.0 / (4.0 + 0.25 + 1.0)
    held = 0
    for _ in range(200):
        ratings = 2 * rng.normal(size=(20, 1)) + 0.5 * rng.normal(size=(1, 6)) + rng.normal(size=(20, 6))
        found = icc_agreement(ratings)
        held += found.ci_low <= truth <= found.ci_high
    assert 180 <= held <= 199


def test_subjects_with_a_missing_rating_are_left_out():
    holed = np.vstack([JUDGES, [np.nan, 1, 2, 3]])
    assert icc_agreement(holed) == icc_agreement(JUDGES)
    assert np.isnan(icc_agreement(JUDGES[:2]).icc)


def copies_measured(values, view=View.CC, **more):
    return [
        PerturbedFeatures(f"r{i}", view, f"c{j}", {"f": value} | more)
        for i, row in enumerate(values)
        for j, value in enumerate(row)
    ]


def test_the_table_has_a_row_per_feature_and_view():
    mlo = copies_measured(JUDGES[::-1] ** 2, View.MLO, g=1.0)
    table = icc_table([*mlo, *copies_measured(JUDGES, g=1.0)])
    assert list(table.columns) == ROBUSTNESS.names
    names = [*zip(table["view"], table["feature"], strict=True)]
    assert names == [("CC", "f"), ("CC", "g"), ("MLO", "f"), ("MLO", "g")]
    assert table.loc[0, "icc"] == pytest.approx(0.2898, abs=5e-5)
    pd.testing.assert_frame_equal(icc_table([]), ROBUSTNESS.empty())


def test_a_copy_that_is_missing_or_twice_is_an_error():
    whole = copies_measured(JUDGES)
    for broken in (whole[1:], [*whole, whole[0]]):
        with pytest.raises(TableError, match="every copy"):
            icc_table(broken)


SAME = np.array([[4.0, 4.5, 4.2, 4.1]] * 3)


@pytest.mark.parametrize("ratings", [SAME, np.full((3, 4), 7.0), SAME[:, :1].repeat(4, axis=1)])
def test_regions_that_are_all_the_same_have_no_coefficient(ratings):
    found = icc_agreement(ratings)
    assert found.n == 3
    assert np.isnan([found.icc, found.ci_low, found.ci_high]).all()


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0, 2.0, 1e-12, 1e9]), min_size=3, max_size=3), min_size=3, max_size=5))
def test_any_ratings_give_a_coefficient_or_none(ratings):
    found = icc_agreement(np.array(ratings))
    assert np.isnan(found.icc) or found.icc <= 1 + 1e-9
    assert np.isnan(found.ci_low) == np.isnan(found.ci_high)
