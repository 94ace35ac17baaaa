import io
from dataclasses import replace

import numpy as np
import pydicom
import pytest

from radiomics_mammo.core.vocabulary import Laterality, View, Visit
from radiomics_mammo.synthetic.case import CaseRequest, make_case
from radiomics_mammo.synthetic.plan import ClassCounts, MassScenario, PriorDetector, plan_patients
from radiomics_mammo.synthetic.quirks import PatientQuirks, ScanQuirks

REQUEST = CaseRequest(rows=96, cols=78, seed=1)


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
    return pydicom.dcmread(io.BytesIO(dict(case.files)[f"Malignant_cases/1/{name}.dcm"]))


def test_case_holds_the_eight_files_and_one_mask_per_outline(case):
    assert sorted(name.rpartition("/")[2] for name, _ in case.files) == sorted(
        f"{view}_{visit}{end}" for view in View for visit in Visit for end in (".dcm", "_GT.jpg")
    )
    assert [name for name, _ in case.masks] == [lesion.mask_file for lesion in case.lesions]
    assert not case.without_files().files


def test_prior_matrix_and_spacing_are_its_own(case):
    prior, recent = dicom(case, "CC_prior"), dicom(case, "CC_recent")
    assert (prior.Rows, prior.Columns, recent.Rows, recent.Columns) == (72, 58, 96, 78)
    for lesion, mask in zip(case.lesions, case.masks, strict=True):
        assert mask[1].shape == ((72, 58) if lesion.visit is Visit.PRIOR else (96, 78))


def test_labels_follow_from_colours_and_boxes(case):
    by_visit = {(lesion.view, lesion.visit): [] for lesion in case.lesions}
    for lesion in case.lesions:
        by_visit[lesion.view, lesion.visit].append((lesion.color, lesion.boxed, lesion.label))
    for (_, visit), found in by_visit.items():
        recent = [("red", True, "malignant"), ("red", False, "unconfirmed"), ("blue", False, "benign")]
        assert sorted(found) == sorted(recent if visit is Visit.RECENT else recent[2:])


def test_chest_wall_lies_right_in_right_breasts_unless_mirrored(case, plan):
    mirrored = make_case(plan, PatientQuirks(scan=ScanQuirks(mirrored=True)), REQUEST)
    for made, side in ((case, -1), (mirrored, 0)):
        pixels = dicom(made, "MLO_recent").pixel_array
        assert pixels[:, side].mean() > 5 * pixels[:, -1 - side].mean() + 5


def test_quirks_of_the_scan_keep_the_picture(case, plan):
    scan = ScanQuirks(bits=12, inverted=True, suffix="", spacing_tag=False, laterality_tag=False)
    odd = dict(make_case(plan, PatientQuirks(scan=scan), REQUEST).files)["Malignant_cases/1/CC_recent"]
    dataset = pydicom.dcmread(io.BytesIO(odd))
    assert (dataset.PhotometricInterpretation, dataset.BitsStored) == ("MONOCHROME1", 12)
    assert "ImageLaterality" not in dataset
    assert not {"PixelSpacing", "ImagerPixelSpacing"} & set(dataset.dir())
    plain = dicom(case, "CC_recent").pixel_array
    assert np.abs((4095.0 - dataset.pixel_array) / 4095 * 255 - plain).max() <= 0.54


def test_marker_stands_in_the_air(case, plan):
    marked = make_case(plan, PatientQuirks(scan=ScanQuirks(marker=True)), replace(REQUEST, rows=192, cols=156))
    bare = make_case(plan, PatientQuirks(), replace(REQUEST, rows=192, cols=156))
    changed = dicom(marked, "CC_recent").pixel_array != dicom(bare, "CC_recent").pixel_array
    assert changed.any()
    assert dicom(bare, "CC_recent").pixel_array[changed].max() < 10
