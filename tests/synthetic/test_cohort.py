import hashlib
import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pydicom
import pytest
import yaml
from PIL import Image

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.core.vocabulary import Laterality, View, Visit
from radiomics_mammo.pipeline.workers import Workers
from radiomics_mammo.synthetic import ClassCounts, synthesize_release
from radiomics_mammo.synthetic.cohort import CaseRequest, make_case
from radiomics_mammo.synthetic.plan import MassScenario, PriorDetector, plan_patients
from radiomics_mammo.synthetic.quirks import PatientQuirks, ScanQuirks

TINY = {"patients": ClassCounts(1, 0, 1), "rows": 96, "cols": 78, "seed": 5}
REQUEST = CaseRequest(rows=96, cols=78, seed=1)


def digest(folder):
    names = sorted(path for path in folder.rglob("*") if path.is_file())
    content = b"".join(str(path.relative_to(folder)).encode() + path.read_bytes() for path in names)
    return hashlib.sha256(content).hexdigest()


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def plan():
    planned = plan_patients(np.random.default_rng(1), ClassCounts(0, 0, 1))[0]
    patient = replace(planned.patient, laterality=Laterality.RIGHT)
    scenario = MassScenario(confirmed=1, unconfirmed=1, blue=1, blue_in_prior=True)
    return replace(planned, patient=patient, scenario=scenario, prior_detector=PriorDetector(0.75, 0.75, 1 / 0.75))


@pytest.fixture(scope="module")
def case(plan):
    return make_case(plan, PatientQuirks(), REQUEST)


def dicom(case, name):
    return pydicom.dcmread(io.BytesIO(dict(case.files)[f"release/Malignant_cases/1/{name}"]))


def test_layout_is_the_one_of_the_public_release(plain):
    patients = ["Normal_cases/1", *(f"Benign_cases/{n}" for n in (1, 2)), *(f"Malignant_cases/{n}" for n in (1, 2, 3))]
    pictures = [f"{view}_{visit}{end}" for view in View for visit in Visit for end in (".dcm", "_GT.jpg")]
    assert files(plain.release) == {"Description.xlsx"} | {f"{f}/{name}" for f in patients for name in pictures}


def test_quirky_release_is_nested_with_stray_files_and_all_images(quirky):
    names = files(quirky.release)
    assert {"Description.xlsx", "Dataset_v3/Thumbs.db"} <= names
    assert len([name for name in names if name.rpartition(".")[0].endswith("_GT")]) == 6 * 4
    assert len(names) == 6 * 8 + 4 + 1


def test_same_seed_same_bytes_for_any_number_of_jobs_and_others_for_another_seed(tmp_path):
    for name, jobs in (("one", 1), ("two", 2)):  # quirks draw most; without them nothing else is drawn
        synthesize_release(tmp_path / name, **TINY, quirks=True, run_many=Workers(jobs).run_all)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    synthesize_release(tmp_path / "two", **{**TINY, "seed": 6})
    assert digest(tmp_path / "one") != digest(tmp_path / "two")


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
        there = warp["layers_px"].reshape(len(warp["layers_px"]), -1, 2)[:, here.argmin()]
        gaps = np.hypot(*(there - [prior.centroid_row_px, prior.centroid_col_px]).T)
        assert gaps.min() < here.min() + 1.0


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
    for normals in (2, 1):
        synthesize_release(tmp_path, **{**TINY, "patients": ClassCounts(normals, 0, 0)}, quirks=False)
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


def test_case_holds_the_eight_files_two_warps_and_one_mask_per_outline(case):
    pictures = [f"{view}_{visit}{end}" for view in View for visit in Visit for end in (".dcm", "_GT.jpg")]
    wanted = [f"release/Malignant_cases/1/{name}" for name in pictures]
    wanted += [f"truth/warps/malignant-01_{view}.npz" for view in View]
    assert sorted(name for name, _ in case.files) == sorted(wanted + [f"truth/{row.mask_file}" for row in case.lesions])


def test_prior_matrix_and_spacing_are_its_own(case):
    prior, recent = dicom(case, "CC_prior.dcm"), dicom(case, "CC_recent.dcm")
    assert (prior.Rows, prior.Columns, recent.Rows, recent.Columns) == (72, 58, 96, 78)
    for lesion in case.lesions:
        mask = np.asarray(Image.open(io.BytesIO(dict(case.files)[f"truth/{lesion.mask_file}"])))
        assert mask.shape == ((72, 58) if lesion.visit is Visit.PRIOR else (96, 78))


def test_labels_follow_from_colours_and_boxes(case):
    by_picture = {}
    for lesion in case.lesions:
        by_picture.setdefault((lesion.view, lesion.visit), []).append((lesion.color, lesion.boxed, lesion.label))
    for (_, visit), found in by_picture.items():
        recent = [("red", True, "malignant"), ("red", False, "unconfirmed"), ("blue", False, "benign")]
        assert sorted(found) == sorted(recent if visit is Visit.RECENT else recent[2:])


def test_chest_wall_lies_right_in_right_breasts_unless_mirrored(case, plan):
    mirrored = make_case(plan, PatientQuirks(scan=ScanQuirks(mirrored=True)), REQUEST)
    for made, side in ((case, -1), (mirrored, 0)):
        pixels = dicom(made, "MLO_recent.dcm").pixel_array
        assert pixels[:, side].mean() > 5 * pixels[:, -1 - side].mean() + 5


def test_quirks_of_the_scan_keep_the_picture(case, plan):
    scan = ScanQuirks(bits=12, inverted=True, suffix="", spacing_tag=False, laterality_tag=False)
    dataset = dicom(make_case(plan, PatientQuirks(scan=scan), REQUEST), "CC_recent")
    assert (dataset.PhotometricInterpretation, dataset.BitsStored) == ("MONOCHROME1", 12)
    assert not {"PixelSpacing", "ImagerPixelSpacing", "ImageLaterality"} & set(dataset.dir())
    plain = dicom(case, "CC_recent.dcm").pixel_array
    assert np.abs((4095.0 - dataset.pixel_array) / 4095 * 255 - plain).max() <= 0.54


def test_marker_stands_in_the_air(plan):
    larger = replace(REQUEST, rows=192, cols=156)
    marked, bare = (
        dicom(make_case(plan, PatientQuirks(scan=ScanQuirks(marker=marker)), larger), "CC_recent.dcm").pixel_array
        for marker in (True, False)
    )
    changed = marked != bare
    assert changed.any()
    assert bare[changed].max() < 10
