import numpy as np
import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.modeling.design import Analysis, Design


def test_shapes_and_infinite_values_are_refused(make_design):
    design = make_design()
    with pytest.raises(InvariantError, match="shapes"):
        design.relabelled(design.malignant[:-1])
    with pytest.raises(InvariantError, match="infinite"):
        design.with_column("x", np.full(len(design.patients), np.inf))


def test_arrays_cannot_be_changed(make_design):
    with pytest.raises(ValueError, match="read-only"):
        make_design().values[0, 0] = 1.0


def test_a_patient_is_malignant_if_any_row_is():
    ids, labels = np.array(["b", "a", "a"]), np.array([False, False, True])
    design = Design(ids, labels, np.zeros((3, 1)), ("recent_f",), np.full(1, np.nan))
    assert design.patient_labels() == {"a": True, "b": False}
    assert design.rows_of(("a",)).tolist() == [1, 2]


def test_columns_come_and_go_together_with_their_names(make_design):
    wider = make_design(columns=3).with_column("noise", np.zeros(27))
    assert wider.columns[-1] == "noise"
    kept = wider.only_columns(np.array([True, False, False, True]))
    assert kept.columns == ("recent_f0", "noise")
    assert kept.values.shape == (27, 2)
    assert kept.reliability.shape == (2,)


@pytest.mark.parametrize(
    ("change", "primary"),
    [
        ({}, True),
        ({"feature_set": "recent"}, True),
        ({"feature_set": "all"}, False),
        ({"unit": "lesion"}, False),
        ({"model": "lda"}, False),
        ({"prior_policy": "outlined-first"}, False),
        ({"protocol": "leave-one-patient-out"}, False),
    ],
)
def test_there_is_one_primary_hypothesis(change, primary):
    named = {"unit": "patient", "model": "logistic-regression", "feature_set": "recent+delta", **change}
    assert Analysis(**named).is_primary == primary
