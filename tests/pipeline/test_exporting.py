"""Masks leave in other formats and come back the same."""

import cv2
import nrrd
import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.core.vocabulary import ExportFormat
from radiomics_mammo.pipeline.exporting import export_study


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
