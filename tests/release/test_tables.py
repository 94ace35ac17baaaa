from __future__ import annotations

import numpy as np
import pandas as pd

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Acquisition, Mammogram
from radiomics_mammo.core.lesions import OverlayPlacement
from radiomics_mammo.core.tables_cohort import IMAGES, PATIENTS
from radiomics_mammo.core.vocabulary import SpacingSource
from radiomics_mammo.release.index import open_release
from radiomics_mammo.release.tables import image_row, patients_table

KEY = ImageKey.parse("malignant-07_CC_recent")


def test_patients_follow_their_schema(tiny_release, tmp_path):
    tiny = tiny_release()
    tiny.sheets["Malignant_cases"][3][2:4] = [None, "?"]
    table = patients_table(open_release(tiny.write(tmp_path)))
    assert list(table.columns) == PATIENTS.names
    assert table["patient_id"].tolist() == ["benign-01", "malignant-01", "malignant-02"]
    row = table.set_index("patient_id").loc["malignant-02"]
    assert (row["case_class"], row["laterality"], row["density"], row["age_years"]) == ("malignant", "L", "b", 51.0)
    empty = table.set_index("patient_id").loc["malignant-01"]
    assert pd.isna(empty["age_years"])
    assert pd.isna(empty["density"])


def test_an_image_row_fills_every_column():
    pixels = np.zeros((4, 6), np.float32)
    acquisition = Acquisition(12, "MONOCHROME2", SpacingSource.IMAGER, "Acme")
    mammogram = Mammogram(KEY, PixelGrid(4, 6, 0.1, 0.07), pixels, acquisition)
    placement = OverlayPlacement(2, 3, 2.0, 2.0, 0.5, 0.5, 0.99)
    row = image_row(KEY, mammogram=mammogram, placement=placement)
    assert list(row) == IMAGES.names
    table = IMAGES.from_rows([row])
    assert table.notna().all(axis=None)
    assert table.loc[0, ["rows", "cols", "spacing_source", "gt_rows"]].tolist() == [4, 6, "ImagerPixelSpacing", 2]


def test_an_image_that_cannot_be_read_keeps_its_row():
    table = IMAGES.from_rows([image_row(KEY)])
    assert table["image_id"].tolist() == ["malignant-07_CC_recent"]
    assert table.drop(columns=["image_id", "patient_id", "view", "visit"]).isna().all(axis=None)
