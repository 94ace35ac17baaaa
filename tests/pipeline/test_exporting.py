"""Masks leave in other formats and come back the same."""

from dataclasses import replace

import cv2
import nrrd
import numpy as np
import pandas as pd
import pytest
from radiomics.featureextractor import RadiomicsFeatureExtractor

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.core.vocabulary import ExportFormat, Visit
from radiomics_mammo.export import MeasuredWindow, write_measured_batch
from radiomics_mammo.features import FeatureExtractor
from radiomics_mammo.masks import mask_contour
from radiomics_mammo.pipeline import exporting
from radiomics_mammo.pipeline.exporting import export_study
from radiomics_mammo.pipeline.inputs import exam_of, image_key, lesion_of, mammogram_of
from radiomics_mammo.registration import recent_roi


def test_every_mask_leaves_as_nrrd_and_is_the_same(small_study, tmp_path):
    written = export_study(small_study.out, ExportFormat.NRRD, out=tmp_path / "nrrd")
    lesions = small_study.result.lesions
    assert written == len(lesions)
    row = lesions.iloc[0]
    mask, _ = nrrd.read(str(tmp_path / "nrrd" / f"{row['lesion_id']}.nrrd"))
    picture = cv2.imread(str(small_study.out / row["mask_file"]), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(mask.squeeze().T, picture // 255)


def test_one_segmentation_per_image(small_study, tmp_path):
    written = export_study(small_study.out, ExportFormat.SEG, out=tmp_path / "seg")
    assert written == small_study.result.lesions["image_id"].nunique()


def test_batch_names_files_that_are_there(small_study, tmp_path):
    export_study(small_study.out, ExportFormat.PYRADIOMICS, out=tmp_path / "batch")
    batch = pd.read_csv(next((tmp_path / "batch").glob("*.csv")))
    assert len(batch) == len(small_study.result.lesions)
    assert all((tmp_path / "batch" / name).is_file() for name in [*batch["Image"], *batch["Mask"]])
    recent = small_study.result.features.query("visit == 'recent' and source == 'outlined'")
    assert set(recent["roi_id"]) <= set(batch["roi_id"])


def test_mask_that_is_not_the_one_of_its_table_is_refused(small_study, tmp_path):
    out = small_study.copy_to(tmp_path / "out")
    table = pd.read_csv(out / "lesions.csv")
    table["mask_sha256"] = "0" * 64
    table.to_csv(out / "lesions.csv", index=False)
    with pytest.raises(ExportError, match=r"lesions\.csv.*another making"):
        export_study(out, ExportFormat.NRRD, out=tmp_path / "nrrd")
    assert not (tmp_path / "nrrd").exists()


def test_folder_without_a_study_is_refused(small_study, tmp_path):
    with pytest.raises(ExportError, match="a study with its masks"):
        export_study(tmp_path / "nowhere", ExportFormat.SEG, out=tmp_path / "seg")
    out = small_study.copy_to(tmp_path / "out")
    (out / "study.json").unlink()
    with pytest.raises(ExportError, match=r"study\.json"):
        export_study(out, ExportFormat.SEG, out=tmp_path / "seg")


def test_one_odd_source_is_named_and_costs_no_other_image_its_segmentation(small_study, tmp_path, monkeypatch):
    images = small_study.result.lesions["image_id"].unique()
    odd, lost = images[0], images[1]
    real = exporting.read_source

    def read(content, grid, *, name):
        if name == f"{lost}.dcm":
            raise ExportError(name, "a DICOM source image", "none", "check the source file")
        source = real(content, grid, name=name)
        return replace(source, repaired=("StudyDate",)) if name == f"{odd}.dcm" else source

    monkeypatch.setattr(exporting, "read_source", read)
    said = []
    written = export_study(small_study.out, ExportFormat.SEG, out=tmp_path / "seg", notice=said.append)
    assert written == len(images) - 1
    assert [(finding.code, finding.image_id) for finding in said] == [("SOURCE_REPAIRED", odd), ("EXPORT_FAILED", lost)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the library that reads the stock parameter file
def test_the_batch_holds_what_was_measured_so_that_stock_pyradiomics_gives_the_same(tmp_path):
    config, rng = StudyConfig(features=FeatureConfig(preset="quick")), np.random.default_rng(8)
    rows, cols = np.mgrid[:150, :120]
    grey = np.where(np.hypot(rows - 75, cols) < 70, 900 + 4 * rows + rng.normal(0, 60, rows.shape), 0)
    key = image_key("w", "CC", Visit.RECENT)
    mammogram = mammogram_of(grey, key=key, spacing_mm=(0.14, 0.13), config=config)
    exam = exam_of(mammogram, None, config=config)
    lesion = lesion_of(mask_contour(np.hypot(rows - 75, cols - 30) < 14), mammogram)
    extractor, roi = FeatureExtractor(config.features), recent_roi(lesion)
    [own] = extractor.measure(exam, [roi])
    crop = extractor.window(exam, roi)
    names = {"roi_id": roi.roi_id, "patient_id": "w", "image_id": str(key), "label": ""}
    window = MeasuredWindow(image=np.asarray(crop.image), inside=crop.inside, spacing=crop.study.spacing, **names)
    batch = write_measured_batch([window], tmp_path, bin_count=config.features.bin_count)
    row = pd.read_csv(batch).iloc[0]
    assert row["roi_id"] == roi.roi_id
    stock = RadiomicsFeatureExtractor(str(tmp_path / "parameters.yaml"))
    found = stock.execute(str(tmp_path / row["Image"]), str(tmp_path / row["Mask"]))
    compared = {name: value for name, value in own.values.items() if name.startswith("original_") and name in found}
    assert len(compared) > 90
    for name, value in compared.items():
        assert float(found[name]) == pytest.approx(value, rel=1e-9, abs=1e-9), name
