"""Losses add up: what goes out of a reason is what goes into the next."""

from pathlib import Path

import pandas as pd
import pytest

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.batch import Dropped
from radiomics_mammo.core.cases import FileRef, ImageRecord, Patient, Release
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import View, Visit
from radiomics_mammo.pipeline.flow import (
    FlowStep,
    delta_steps,
    flow_table,
    lost_table,
    outline_steps,
    patient_steps,
    reading_steps,
)
from radiomics_mammo.pipeline.pairs import PairRecord
from radiomics_mammo.pipeline.stages import ImageOutcome, OutlinedPair
from radiomics_mammo.tables.flow import FlowRow
from radiomics_mammo.tables.images import ImageRow
from radiomics_mammo.tables.lost import LostRow
from radiomics_mammo.tables.primary import PRIMARY_POLICY


def gone(*reasons: str) -> tuple[LostRow, ...]:
    return tuple(
        LostRow(unit="image", patient_id="a", image_id=f"a_{place}", step="read", reason=reason)
        for place, reason in enumerate(reasons)
    )


def test_reasons_of_a_step_chain():
    rows = FlowStep("read", "image", 10, gone("truncated", "truncated", "no file", "no file", "no file")).rows()
    assert [(row.n_in, row.n_out) for row in rows] == [(10, 8), (8, 5)]


def test_step_without_losses_is_one_row_without_reason():
    assert FlowStep("read", "image", 4).rows() == [FlowRow(step="read", unit="image", n_in=4, n_out=4, reason="")]


def test_every_counted_loss_is_named():
    steps = [FlowStep("read", "image", 9, gone("truncated", "no file", "truncated")), FlowStep("found", "image", 9)]
    flow, named = flow_table(steps), lost_table(steps)
    assert (flow["n_in"] - flow["n_out"]).sum() == len(named) == 3
    assert named["image_id"].tolist() == ["a_0", "a_1", "a_2"]


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
    assert [row.image_id for row in found.lost] == ["a_MLO_prior", "a_MLO_recent"]
    assert (outlined.n_in, outlined.losses) == (2, ())
    nothing = release_of()
    assert reading_steps(nothing, [read(nothing, view) for view in View], [])[2].n_in == 0


def test_pair_whose_worker_died_loses_the_images_it_had():
    release = release_of("a_CC_prior", "a_CC_recent", "a_MLO_recent")
    steps = reading_steps(release, [read(release, View.CC)], [Dropped("a_MLO", "features", "its worker died")])
    assert (steps[2].n_in, steps[2].losses) == (3, (("features: its worker died", 1),))


def lesions(*rows: tuple[str, str, str]) -> pd.DataFrame:
    names = [f"{patient}_CC_{visit}_1" for patient, visit, _ in rows]
    table = pd.DataFrame(rows, columns=["patient_id", "visit", "quality"])
    return table.assign(lesion_id=names, confidence=0.9)


def test_unreliable_and_rejected_outlines_are_counted_and_named_once():
    outlined = lesions(("a", "recent", "open"), ("b", "recent", "closed"), ("c", "prior", "open"))
    by_reader = lesions(("d", "recent", "closed"), ("e", "prior", "closed"))
    (step,) = outline_steps(outlined, by_reader, masks=MaskConfig())
    assert (step.n_in, dict(step.losses)) == (3, {"rejected by a reader": 1, "outline open": 1})
    assert [row.lesion_id for row in step.lost] == ["d_CC_recent_1", "a_CC_recent_1"]
    assert outline_steps(outlined, by_reader.head(0), masks=MaskConfig(measure_unreliable=True))[0].losses == ()
    outlined = outlined.assign(confidence=[0.9, 0.4, 0.9])
    (doubted,) = outline_steps(outlined, by_reader.head(0), masks=MaskConfig(min_confidence=0.5))
    assert dict(doubted.losses) == {"outline open": 1, "confidence too low": 1}
    assert {row.lesion_id: row.reason for row in doubted.lost} == {
        "a_CC_recent_1": "outline open",
        "b_CC_recent_1": "confidence too low",
    }


def test_untrusted_and_unconfirmed_lesions_are_counted_under_the_primary_policy():
    policies = ["regional", "regional", "registered", "registered", "outlined-first"]
    labels = ["benign", "unconfirmed", "benign", "unconfirmed", "benign"]
    names = {"recent_lesion_id": ["x_1", "y_1", "x_1", "y_1", "z_1"], "patient_id": list("xyxyz")}
    deltas = pd.DataFrame({"prior_policy": policies, "prior_roi_id": list("pqrst"), "label": labels, **names})
    trust = pd.array([True, False, False, False, True], dtype="boolean")
    rois = pd.DataFrame({"roi_id": list("pqrst"), "trusted": trust})
    point, trusted, known = delta_steps(deltas, rois)
    assert (point.n_in, point.losses) == (2, (("registered place not trusted", 2),))
    assert [row.lesion_id for row in point.lost] == ["x_1", "y_1"]
    assert (trusted.n_in, trusted.losses) == (2, (("prior region not trusted", 1),))
    assert [row.lesion_id for row in trusted.lost] == ["y_1"]
    assert (known.n_in, known.losses) == (1, ())


def patient_tables(*classes: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    patients = pd.DataFrame({"patient_id": list("abc")[: len(classes)], "case_class": classes})
    deltas = pd.DataFrame({"patient_id": ["a", "b"], "prior_policy": [str(PRIMARY_POLICY)] * 2,
                           "label": ["benign", "unconfirmed"]})  # fmt: skip
    return patients, deltas


def test_patients_without_lesion_leave_before_classification():
    patients, deltas = patient_tables("benign", "malignant", "malignant")
    steps = patient_steps(patients, deltas, lesions(("a", "recent", "closed")))
    assert flow_table(steps)[["n_in", "n_out"]].to_numpy().tolist() == [[3, 2], [2, 1]]
    assert lost_table(steps)["patient_id"].tolist() == ["c", "b"]


@pytest.mark.parametrize("word", ["normal", None])
def test_normal_women_are_no_loss(word):
    patients, deltas = patient_tables("benign", "malignant", word)
    steps = patient_steps(patients, deltas, lesions(("a", "recent", "closed"), ("b", "recent", "closed")))
    assert [(step.n_in, step.losses) for step in steps] == [(1, ()), (2, ()), (2, (("label unconfirmed", 1),))]
