from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.core.errors import InvariantError, ModelingError


def test_shapes_and_infinite_values_are_refused(make_design):
    design = make_design()
    with pytest.raises(InvariantError, match="shapes"):
        design.relabelled(design.malignant[:-1])
    with pytest.raises(InvariantError, match="infinite"):
        design.with_column("x", np.full(len(design.patients), np.inf))


def test_arrays_cannot_be_changed(make_design):
    with pytest.raises(ValueError, match="read-only"):
        make_design().values[0, 0] = 1.0


def test_a_patient_is_malignant_if_any_row_is(make_design):
    design = replace(make_design(n_benign=2, n_malignant=1), patients=np.array(["b", "a", "a"]))
    assert design.patient_labels() == {"a": True, "b": False}
    assert design.rows_of(("a",)).tolist() == [1, 2]
    assert design.only_rows(design.rows_of(("a",))).malignant.tolist() == [False, True]


def test_columns_come_and_go_together_with_their_names(make_design):
    wider = make_design(columns=3).with_column("noise", np.zeros(27))
    assert wider.columns[-1] == "noise"
    kept = wider.only_columns(np.array([True, False, False, True]))
    assert kept.columns == ("recent_f0", "noise")
    assert kept.values.shape == (27, 2)
    assert kept.reliability.shape == (2,)


def test_a_missing_prediction_is_refused(make_result):
    with pytest.raises(ModelingError, match="a probability for every row"):
        make_result([0.1, np.nan], [False, True])


def test_a_view_is_a_subset_of_rows(make_result):
    part = make_result([[0.1, 0.9, 0.4]], [False, True, True]).subset(np.array([True, False, True]))
    assert part.probability.tolist() == [[0.1, 0.4]]
    assert part.called.tolist() == [[False, False]]


def test_rows_of_one_patient_count_once(make_result):
    result = make_result([0.1, 0.2, 0.9, 0.8], [False, False, True, False], ["a", "a", "b", "b"], used=[[1, 0], [1, 1]])
    assert result.n_by_class == (1, 1)
    assert (result.mean_columns_used, result.events_per_column) == (1.5, 1 / 1.5)
