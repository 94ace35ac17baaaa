"""A cohort file goes through the commands: what was given is what is measured, with one exam or two."""

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import radiomics_mammo as rm
from radiomics_mammo import pipeline
from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.pipeline.own_tables import as_study, classify_recent, has_changes
from radiomics_mammo.synthetic import synthetic_pair
from radiomics_mammo.tables.own import read_own_table

CONFIG = parse_config("features: quick\nregistration: {null_places: 1}\n")
HEAD = "patient_id,image,laterality,view,visit,mask,label,row_spacing_mm,col_spacing_mm"


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """One woman with two exams, one with one, both with a mask that has a hole; and the results of `features`."""
    folder, rows = tmp_path_factory.mktemp("cohort"), [HEAD]
    for number, label in enumerate(("benign", "malignant")):
        pair = synthetic_pair(np.random.default_rng(number), rows=256, cols=208)
        inside = fill_contour(pair.recent_contours_px[0], pair.recent.shape).on_grid(pair.recent.shape).copy()
        row, col = np.argwhere(inside).mean(axis=0).astype(int)
        inside[row - 1 : row + 1, col - 1 : col + 1] = False
        Image.fromarray(pair.recent.astype(np.uint16)).save(folder / f"recent{number}.png")
        Image.fromarray(pair.prior.astype(np.uint16)).save(folder / f"prior{number}.png")
        Image.fromarray(inside.astype(np.uint8) * 255).save(folder / f"mask{number}.png")
        spacing = f"{pair.recent_frame.spacing_mm},{pair.recent_frame.spacing_mm}"
        rows.append(f"w{number},recent{number}.png,L,CC,recent,mask{number}.png,{label},{spacing}")
        if number == 0:
            rows.append(f"w{number},prior{number}.png,L,CC,prior,,,{spacing}")
    (folder / "cohort.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    result = pipeline.measure_release(folder / "cohort.csv", folder / "out", pipeline.RunOptions(config=CONFIG))
    return folder, result


def test_the_mask_given_is_the_mask_measured_bit_for_bit(measured):
    folder, result = measured
    for number, file in enumerate(result.lesions["mask_file"]):
        written, given = (cv2.imread(str(path), 0) for path in (folder / "out" / file, folder / f"mask{number}.png"))
        np.testing.assert_array_equal(written, given)
    assert result.lesions["label"].tolist() == ["benign", "malignant"]


def test_by_hand_a_lesion_has_the_features_it_has_in_the_study(measured):
    folder, result = measured
    own = result.features[result.features["roi_id"] == "w0_LCC_recent_1-recent"].reset_index(drop=True)
    spacing = float(result.images["row_spacing_mm"].iloc[0])
    files = folder / "recent0.png", folder / "mask0.png"
    row = rm.measure(*files, spacing_mm=spacing, view="LCC", names="w0", config=CONFIG)
    columns = own.columns[8:]  # the first ones say who it is
    pd.testing.assert_frame_equal(row[columns], own[columns])


def test_a_study_without_any_lesion_or_any_readable_mask_ends_with_its_tables(measured, tmp_path):
    folder, _ = measured
    for name, mask in (("none", ""), ("unread", "recent1.png")):
        text = f"patient_id,image,mask\na,recent0.png,{mask}\n"
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        result = pipeline.outline_release(folder / f"{name}.csv", tmp_path / name, pipeline.RunOptions(config=CONFIG))
        assert len(result.lesions) == 0
        assert ("MASK_UNREADABLE" in set(result.audit["code"])) == bool(mask)
        assert (tmp_path / name / "flow.csv").is_file()


def test_one_exam_is_enough_and_is_said_once(measured):
    _, result = measured
    assert result.images["image_id"].tolist() == ["w0_LCC_prior", "w0_LCC_recent", "w1_LCC_recent"]
    assert result.audit["code"].tolist().count("NO_PRIOR_EXAM") == 1
    assert "PAIR_INCOMPLETE" not in set(result.audit["code"])
    alone = result.features.query("patient_id == 'w1' and source == 'outlined'")
    assert alone["original_glcm_Contrast"].notna().all()
    deltas = result.deltas.set_index("patient_id")["delta_original_glcm_Contrast"]
    assert deltas["w0"].notna().all()
    assert deltas["w1"].isna().all()


def test_a_study_of_one_exam_is_classified_from_the_recent_exam_and_says_so():
    rng, ill = np.random.default_rng(3), np.arange(24) % 3 == 0
    columns = {"original_glcm_Contrast": rng.normal(5, 1, 24) + 3 * ill, "size": rng.normal(5, 1, 24)}
    words = {"patient_id": [f"w{i:02d}" for i in range(24)], "label": ill.astype(int)}
    study = as_study(read_own_table(pd.DataFrame({**words, **columns})))
    quick = "modeling: {repeats: 1, outer_folds: 3, inner_folds: 2, bootstrap_draws: 100, permutations: 20, trees: 10}"
    assert not has_changes(study)
    found = classify_recent(study, parse_config(quick), pipeline.Workers())
    assert set(found.metrics["feature_set"]) == {"recent"}
    assert set(found.metrics["role"]) == {"exploratory"}
    assert any("was not asked" in sentence for sentence in found.summary)
    assert not [sentence for sentence in found.summary if "Primary result" in sentence]
