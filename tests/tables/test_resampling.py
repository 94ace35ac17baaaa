"""Whole patients are drawn, within their class."""

from __future__ import annotations

import numpy as np

from radiomics_mammo.tables.resampling import patient_weights


def test_patients_stay_whole_and_classes_keep_their_size():
    patients = np.array(["a", "a", "b", "c", "d", "d"])
    malignant = np.array([True, False, True, False, False, False])
    weights = patient_weights(patients, malignant, draws=50, rng=np.random.default_rng(3))
    assert weights[0].tolist() == [1.0] * 6
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 4] == weights[:, 5]).all()
    assert (weights[:, [0, 2]].sum(axis=1) == 2).all(), "a is malignant by one of her rows"
    assert (weights[:, [3, 4]].sum(axis=1) == 2).all()
    assert len({tuple(row) for row in weights.tolist()}) > 3
