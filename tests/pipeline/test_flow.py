"""Losses add up: what goes out of a reason is what goes into the next."""

from pathlib import Path

import pandas as pd

from radiomics_mammo.core.batch import Dropped
from radiomics_mammo.core.cases import FileRef, ImageRecord, Patient, Release
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import View, Visit
from radiomics_mammo.pipeline.flow import (
    FlowStep,
    counted,
    delta_steps,
    flow_table,
    outline_steps,
    patient_steps,
    reading_steps,
)
from radiomics_mammo.pipeline.pairs import PairRecord
from radiomics_mammo.pipeline.stages import ImageOutcome, OutlinedPair
from radiomics_mammo.tables.flow import FlowRow
from radiomics_mammo.tables.images import ImageRow


def test_reasons_of_a_step_chain():
    rows = FlowStep("read", "image", 10, (("truncated", 2), ("no file", 3))).rows()
    assert [(row.n_in, row.n_out) for row in rows] == [(10, 8), (8, 5)]


def test_step_without_losses_is_one_row_without_reason():
    assert FlowStep("read", "image", 4).rows() == [FlowRow(step="read", unit="image", n_in=4, n_out=4, reason="")]


def test_counted_ignores_empty_reasons():
    assert counted(["b", "", "a", "b"]) == (("a", 1), ("b", 2))


def release_of(*there: str) -> Release:
    """One patient with records of all four mammograms, of which only these have a file."""
    patient = Patient(patient_id="a", case_class=None, folder="1")
    keys = [ImageKey("a", view, visit) for view in View for visit in Visit]
    files = {key: FileRef(Path("r"), str(key)) if str(key) in there else None for key in keys}
    return Release(
        root=Path("r"),
        patients=(patient,),
        images=tuple(ImageRecord(key, patient, file, file) for key, file in files.items()),
    )


def read(release: Release, view: View) -> PairRecord:
    own = [image for image in release.images if image.key.view is view]
    prior, recent = (
        ImageOutcome(
            key=image.key,
            row=ImageRow.of(image.key),
            outlined=None,
            findings=(),
            dropped="" if image.dicom else "MISSING_DICOM: a mammogram of a patient is missing",
        )
        for image in own
    )
    return PairRecord(name=f"a_{view}", inputs_sha256={}, outlined=OutlinedPair(prior, recent))


def test_images_without_a_file_were_never_read():
    release = release_of("a_CC_prior", "a_CC_recent")
    patients, found, outlined = reading_steps(release, [read(release, view) for view in View], [])
    assert (patients.n_in, patients.losses) == (1, ())
    assert (found.n_in, found.losses) == (4, (("MISSING_DICOM: a mammogram of a patient is missing", 2),))
    assert (outlined.n_in, outlined.losses) == (2, ())
    nothing = release_of()
    assert reading_steps(nothing, [read(nothing, view) for view in View], [])[2].n_in == 0


def test_pair_whose_worker_died_loses_the_images_it_had():
    release = release_of("a_CC_prior", "a_CC_recent", "a_MLO_recent")
    steps = reading_steps(release, [read(release, View.CC)], [Dropped("a_MLO", "features", "its worker died")])
    assert (steps[2].n_in, steps[2].losses) == (3, (("features: its worker died", 1),))


def test_unreliable_and_rejected_outlines_are_counted_once():
    lesions = pd.DataFrame({"lesion_id": ["a", "b", "c"], "visit": ["recent", "recent", "prior"],
                            "quality": ["open", "closed", "open"]})  # fmt: skip
    step = outline_steps(lesions, 1, measure_unreliable=False)[0]
    assert (step.n_in, dict(step.losses)) == (3, {"rejected by a reader": 1, "outline open": 1})
    assert outline_steps(lesions, 0, measure_unreliable=True)[0].losses == ()


def test_untrusted_and_unconfirmed_lesions_are_counted_under_the_primary_policy():
    deltas = pd.DataFrame({"prior_policy": ["registered", "registered", "outlined-first"],
                           "prior_roi_id": ["p", "q", "r"], "label": ["benign", "unconfirmed", "benign"]})  # fmt: skip
    rois = pd.DataFrame({"roi_id": ["p", "q", "r"], "trusted": pd.array([True, False, True], dtype="boolean")})
    trusted, known = delta_steps(deltas, rois)
    assert (trusted.n_in, trusted.losses) == (2, (("prior region not trusted", 1),))
    assert (known.n_in, known.losses) == (1, ())


def test_patients_without_lesion_leave_before_classification():
    patients = pd.DataFrame({"patient_id": ["a", "b", "c"]})
    patient_deltas = pd.DataFrame({"patient_id": ["a", "b"], "prior_policy": ["registered"] * 2,
                                   "label": ["benign", "unconfirmed"]})  # fmt: skip
    table = flow_table(patient_steps(patients, patient_deltas))
    assert table[["n_in", "n_out"]].to_numpy().tolist() == [[3, 2], [2, 1]]
