import hashlib

import numpy as np
import pandas as pd
import pydicom
import pytest
import yaml
from PIL import Image

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.pipeline.batch import Workers
from radiomics_mammo.synthetic import ClassCounts, synthesize_release

TINY = {"patients": ClassCounts(1, 0, 1), "rows": 96, "cols": 78, "seed": 5}


def digest(folder):
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    content = b"".join(str(path.relative_to(folder)).encode() + path.read_bytes() for path in names)
    return hashlib.sha256(content).hexdigest()


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_layout_is_the_one_of_the_public_release(plain):
    expected = {"Description.xlsx"}
    patients = ["Normal_cases/1", *(f"Benign_cases/{n}" for n in (1, 2)), *(f"Malignant_cases/{n}" for n in (1, 2, 3))]
    for folder in patients:
        for stem in ("CC_prior", "CC_recent", "MLO_prior", "MLO_recent"):
            expected |= {f"{folder}/{stem}.dcm", f"{folder}/{stem}_GT.jpg"}
    assert files(plain.release) == expected


def test_quirky_release_is_nested_with_stray_files_and_all_images(quirky):
    names = files(quirky.release)
    assert {"Description.xlsx", "Dataset_v3/Thumbs.db"} <= names
    assert len([name for name in names if name.rpartition(".")[0].endswith("_GT")]) == 6 * 4
    assert len(names) == 6 * 8 + 4 + 1


@pytest.mark.parametrize("quirks", [False, True])
def test_same_seed_same_bytes_for_any_number_of_jobs(tmp_path, quirks):
    for name, jobs in (("one", 1), ("two", 2)):
        synthesize_release(tmp_path / name, **TINY, quirks=quirks, run_many=Workers(jobs).run_all)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_another_seed_gives_other_pictures(tmp_path):
    for name, seed in (("a", 1), ("b", 2)):
        synthesize_release(tmp_path / name, **{**TINY, "seed": seed}, quirks=False)
    assert digest(tmp_path / "a") != digest(tmp_path / "b")


def test_masks_lie_on_the_grid_of_their_image_and_agree_with_the_table(quirky):
    table = pd.read_csv(quirky.truth / "lesions.csv")
    assert len(table) == len(quirky.lesions) > 0
    for row in table.itertuples():
        mask = np.asarray(Image.open(quirky.truth / row.mask_file))
        assert set(np.unique(mask)) == {0, 255}
        assert (mask > 0).sum() == row.area_px
        assert np.argwhere(mask).mean(axis=0) == pytest.approx([row.centroid_row_px, row.centroid_col_px], abs=1e-5)


def test_warp_files_tell_where_outlined_masses_were(plain):
    table = pd.read_csv(plain.truth / "lesions.csv")
    both = table.groupby(["mass", "view"]).filter(lambda group: len(group) == 2)
    assert len(both) > 0
    for (_, view), group in both.groupby(["mass", "view"]):
        prior, recent = group.sort_values("visit").itertuples()
        warp = np.load(plain.truth / "warps" / f"{recent.patient_id}_{view}.npz")
        here = np.hypot(*(warp["recent_px"] - [recent.centroid_row_px, recent.centroid_col_px]).transpose(2, 0, 1))
        there = warp["prior_px"].reshape(-1, 2)[here.argmin()]
        assert np.hypot(*(there - [prior.centroid_row_px, prior.centroid_col_px])) < here.min() + 1.0


def test_every_file_of_a_normal_patient_is_without_colour(plain):
    for path in (plain.release / "Normal_cases" / "1").glob("*_GT.jpg"):
        rgb = np.asarray(Image.open(path)).astype(int)
        assert np.ptp(rgb, axis=2).max() <= 2


def test_quirks_change_no_anatomy_but_where_a_mass_is_moved(plain, quirky):
    planted = quirky.quirk_table()
    moved = set(planted.patient_id[planted.quirk.isin(["edge-open", "edge-along", "mirrored"])])
    columns = ["lesion_id", "mass", "color", "area_px", "centroid_row_px", "centroid_col_px"]
    tables = [truth.lesion_table() for truth in (plain, quirky)]
    a, b = (table[~table.patient_id.isin(moved)][columns].reset_index(drop=True) for table in tables)
    assert len(a) > 0
    pd.testing.assert_frame_equal(a, b)


def test_all_dicom_files_of_a_quirky_release_decode(quirky):
    paths = [path for path in quirky.release.rglob("*") if path.is_file() and path.stem in {"CC_prior", "MLO_recent"}]
    decoded = [pydicom.dcmread(path).pixel_array for path in paths if path.suffix not in {".jpg", ".JPG", ".jpeg"}]
    assert len(decoded) == 12
    assert all(pixels.max() > pixels.min() for pixels in decoded)


def test_tables_and_effects_are_written(quirky):
    patients = pd.read_csv(quirky.truth / "patients.csv")
    assert list(patients.patient_id) == [patient.patient_id for patient in quirky.patients]
    assert (patients.interval_years % 1 == 0).all()
    effects = yaml.safe_load((quirky.truth / "effects.yaml").read_text())
    assert effects["settings"]["class_effect"] == SyntheticConfig().class_effect
    assert set(effects["patients"]) == set(patients.patient_id)


def test_an_earlier_release_is_replaced_whole(tmp_path):
    synthesize_release(tmp_path, **{**TINY, "patients": ClassCounts(2, 0, 0)}, quirks=False)
    synthesize_release(tmp_path, **{**TINY, "patients": ClassCounts(1, 0, 0)}, quirks=False)
    assert [path.name for path in (tmp_path / "release" / "Normal_cases").iterdir()] == ["1"]


def test_folders_of_others_are_never_touched(tmp_path):
    (tmp_path / "release").mkdir()
    (tmp_path / "release" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="other files"):
        synthesize_release(tmp_path, **TINY)
    assert (tmp_path / "release" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(("counts", "rounded"), [(ClassCounts(0, 0, 1), False), (ClassCounts(0, 1, 1), True)])
def test_intervals_are_rounded_only_where_precisions_differ(tmp_path, counts, rounded):
    truth = synthesize_release(tmp_path, **{**TINY, "patients": counts}, quirks=True)
    assert ("INTERVAL_ROUNDED" in {quirk.code for quirk in truth.quirks}) == rounded
    assert all((patient.interval_years % 1 == 0) == rounded for patient in truth.patients)


@pytest.mark.parametrize("options", [{"patients": 0}, {"rows": 8}, {"seed": -1}])
def test_impossible_releases_are_refused(tmp_path, options):
    with pytest.raises(UsageError):
        synthesize_release(tmp_path, **options)
