"""Losses add up: what goes out of a reason is what goes into the next."""

import pandas as pd

from radiomics_mammo.pipeline.flow import FlowStep, counted, delta_steps, flow_table, outline_steps, patient_steps


def test_reasons_of_a_step_chain():
    rows = FlowStep("read", "image", 10, (("truncated", 2), ("no file", 3))).rows()
    assert [(row["n_in"], row["n_out"]) for row in rows] == [(10, 8), (8, 5)]


def test_step_without_losses_is_one_row_without_reason():
    assert FlowStep("read", "image", 4).rows() == [
        {"step": "read", "unit": "image", "n_in": 4, "n_out": 4, "reason": ""}
    ]


def test_counted_ignores_empty_reasons():
    assert counted(["b", "", "a", "b"]) == (("a", 1), ("b", 2))


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
