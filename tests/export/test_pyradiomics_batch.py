"""The batch that the stock PyRadiomics command reads."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from radiomics_mammo.core.errors import ExportError
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.core.vocabulary import RoiSource
from radiomics_mammo.export import write_pyradiomics_batch


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_region_has_image_and_mask_in_one_place(mammogram, lesions, tmp_path):
    batch = write_pyradiomics_batch([(mammogram, lesions)], tmp_path / "out", margin_px=5)
    rows = rows_of(batch)
    assert [row["roi_id"] for row in rows] == [str(lesion.key) for lesion in lesions]
    for row, lesion in zip(rows, lesions, strict=True):
        image, mask = (sitk.ReadImage(str(batch.parent / row[name])) for name in ("Image", "Mask"))
        assert image.GetSize() == mask.GetSize()
        assert image.GetOrigin() == mask.GetOrigin()
        inside = sitk.GetArrayFromImage(mask)[0].astype(bool)
        assert inside.sum() == lesion.region.area_px
        values = sitk.GetArrayFromImage(image)[0][inside]
        np.testing.assert_array_equal(np.sort(values), np.sort(mammogram.pixels[lesion.inside].astype(float)))


def test_stock_command_measures_the_batch(mammogram, lesions, tmp_path):
    write_pyradiomics_batch([(mammogram, lesions[:1])], tmp_path)
    command = Path(sys.executable).with_name("pyradiomics")
    if not command.exists():
        pytest.skip("the pyradiomics command is not beside this Python")
    arguments = ["batch.csv", "--param", "parameters.yaml", "--out", "features.csv", "--format", "csv"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([command, *arguments], cwd=tmp_path, check=True, capture_output=True, env=environment)
    (row,) = rows_of(tmp_path / "features.csv")
    inside = mammogram.pixels[lesions[0].inside].astype(float)
    assert float(row["original_firstorder_Mean"]) == pytest.approx(inside.mean(), rel=1e-9)
    assert float(row["original_shape2D_PixelSurface"]) == pytest.approx(inside.size * 0.007)
    assert row["roi_id"] == str(lesions[0].key)


def test_registered_regions_are_exported_by_their_own_name(mammogram, lesions, tmp_path):
    roi = Roi(
        roi_id="malignant-07_CC_prior_r1",
        image=mammogram.key,
        grid=mammogram.grid,
        source=RoiSource.OUTLINED,
        contour_px=lesions[0].contour_px,
    )
    rows = rows_of(write_pyradiomics_batch([(mammogram, [roi])], tmp_path))
    assert [row["Mask"] for row in rows] == ["malignant-07_CC_prior_r1_mask.nrrd"]


def test_region_of_another_image_is_refused(mammogram, lesions, tmp_path):
    other = Mammogram(ImageKey.parse("malignant-07_MLO_recent"), mammogram.grid, mammogram.pixels)
    with pytest.raises(ExportError, match="malignant-07_MLO_recent"):
        write_pyradiomics_batch([(other, lesions)], tmp_path)


def test_rim_that_would_cut_the_region_is_refused(mammogram, lesions, tmp_path):
    with pytest.raises(ExportError, match="margin"):
        write_pyradiomics_batch([(mammogram, lesions)], tmp_path / "out", margin_px=-1)
    assert not (tmp_path / "out").exists()
