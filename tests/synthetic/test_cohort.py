import hashlib

import numpy as np
import pandas as pd
import pydicom
import pytest
from PIL import Image

from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.synthetic import ClassCounts, synthesize_release


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    out = tmp_path_factory.mktemp("release")
    return synthesize_release(out, patients=ClassCounts(1, 1, 2), rows=128, cols=104, seed=3, quirks=False)


def digest(folder):
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    content = b"".join(str(path.relative_to(folder)).encode() + path.read_bytes() for path in names)
    return hashlib.sha256(content).hexdigest()


def test_layout_is_the_one_of_the_public_release(truth):
    files = {str(path.relative_to(truth.release)) for path in truth.release.rglob("*") if path.is_file()}
    expected = {"Description.xlsx"}
    for folder in ("Normal_cases/1", "Benign_cases/1", "Malignant_cases/1", "Malignant_cases/2"):
        for stem in ("CC_prior", "CC_recent", "MLO_prior", "MLO_recent"):
            expected |= {f"{folder}/{stem}.dcm", f"{folder}/{stem}_GT.jpg"}
    assert files == expected


def test_same_seed_same_bytes_for_any_number_of_jobs(truth, tmp_path):
    synthesize_release(tmp_path, patients=ClassCounts(1, 1, 2), rows=128, cols=104, seed=3, quirks=False, jobs=2)
    assert digest(tmp_path) == digest(truth.release.parent)


def test_masks_lie_on_the_grid_of_their_image_and_agree_with_the_table(truth):
    table = pd.read_csv(truth.truth / "lesions.csv")
    assert len(table) == len(truth.lesions) > 0
    for row in table.itertuples():
        mask = np.asarray(Image.open(truth.truth / row.mask_file))
        assert set(np.unique(mask)) == {0, 255}
        assert (mask > 0).sum() == row.area_px
        assert np.argwhere(mask).mean(axis=0) == pytest.approx([row.centroid_row_px, row.centroid_col_px], abs=1e-5)


def test_dicom_is_a_mammogram_with_plausible_header(truth):
    dataset = pydicom.dcmread(truth.release / "Malignant_cases" / "1" / "MLO_recent.dcm")
    assert (dataset.Modality, dataset.ViewPosition, dataset.BitsStored) == ("MG", "MLO", 8)
    assert dataset.pixel_array.shape == (128, 104)
    imager = float(dataset.get("ImagerPixelSpacing", [0])[0])
    factor = float(dataset.get("EstimatedRadiographicMagnificationFactor", 1))
    spacing = float(dataset.get("PixelSpacing", [imager / factor])[0])
    assert spacing == pytest.approx(286.72 / 128)


def test_warps_hold_the_true_place_of_the_masses(truth):
    warp = np.load(truth.truth / "warps" / "benign-01_CC.npz")
    assert warp["recent_px"].shape == warp["prior_px"].shape
    assert np.abs(warp["prior_px"] - warp["recent_px"]).max() > 1


def test_normal_patients_have_no_outline(truth):
    assert not [lesion for lesion in truth.lesions if lesion.patient_id.startswith("normal")]


@pytest.mark.parametrize("options", [{"patients": 15}, {"rows": 8}, {"jobs": 0}])
def test_impossible_releases_are_refused(tmp_path, options):
    with pytest.raises(UsageError):
        synthesize_release(tmp_path, **options)
