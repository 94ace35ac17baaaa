import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.splitting import (
    Splits,
    check_folds,
    deal_patients,
    grouped_folds,
    leave_one_out_folds,
    read_splits,
    smaller_class,
    write_splits,
)


def cohort(malignant, benign):
    return {f"p{index:02d}": index < malignant for index in range(malignant + benign)}


@settings(max_examples=25, deadline=None)
@given(malignant=st.integers(3, 20), benign=st.integers(3, 20), outer=st.integers(2, 7), seed=st.integers(0, 99))
def test_patients_are_whole_stratified_and_predicted_once_a_repeat(malignant, benign, outer, seed):
    labels = cohort(malignant, benign)
    folds = grouped_folds(labels, outer_folds=outer, repeats=2, inner_folds=4, seed=seed)
    check_folds(folds, labels)
    smaller = min(malignant, benign)
    number = 3 if smaller == 3 else min(outer, smaller)
    assert len(folds) == 2 * number
    for wanted, size in ((True, malignant), (False, benign)):
        counts = [sum(labels[p] == wanted for p in fold.test) for fold in folds]
        assert set(counts) <= {size // number, -(-size // number)}


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(12)))
def test_order_of_patients_never_changes_a_fold(order):
    labels = cohort(6, 6)
    shuffled = {list(labels)[place]: list(labels.values())[place] for place in order}
    wanted = {"outer_folds": 3, "repeats": 1, "inner_folds": 2, "seed": 4}
    assert grouped_folds(shuffled, **wanted) == grouped_folds(labels, **wanted)


def test_shares_of_malignant_patients_are_as_alike_as_they_can_be():
    labels = cohort(8, 8)
    sides = deal_patients(labels, 5, np.random.default_rng(1))
    assert all(sum(labels[patient] for patient in side) * 2 == len(side) for side in sides)


def test_repeats_and_seeds_differ():
    labels = cohort(8, 8)
    folds = grouped_folds(labels, outer_folds=2, repeats=2, inner_folds=2, seed=1)
    assert folds[0].test != folds[2].test
    assert folds != grouped_folds(labels, outer_folds=2, repeats=2, inner_folds=2, seed=2)


def test_leave_one_out_tests_every_patient_alone():
    labels = cohort(4, 3)
    folds = leave_one_out_folds(labels, inner_folds=4, seed=1)
    assert [fold.test for fold in folds] == [(patient,) for patient in sorted(labels)]
    assert {len(fold.inner) for fold in folds} == {2, 3}
    check_folds(folds, labels)


@pytest.mark.parametrize("labels", [cohort(9, 0), cohort(2, 9), {}])
def test_too_small_a_class_is_refused_in_words(labels):
    with pytest.raises(ModelingError, match="at least 3 benign and 3 malignant"):
        smaller_class(labels)


def test_splits_survive_writing_and_reading():
    labels = cohort(5, 6)
    folds = {
        ("patient", "grouped-kfold"): grouped_folds(labels, outer_folds=2, repeats=2, inner_folds=2, seed=1),
        ("patient", "leave-one-patient-out"): leave_one_out_folds(labels, inner_folds=2, seed=1),
    }
    splits = Splits(1, "words", folds)
    assert read_splits(write_splits(splits)) == splits
    assert json.loads(write_splits(splits))["seed"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"splits": []}',
        '{"seed": 1, "scheme": "", "splits": 3}',
        '{"seed": 1, "scheme": "", "splits": [{"unit": "patient"}]}',
        '{"seed": Infinity, "scheme": "", "splits": []}',
    ],
)
def test_damaged_splits_are_refused(text):
    with pytest.raises(ModelingError, match=r"splits\.json"):
        read_splits(text)


def test_splits_of_another_profile_are_refused():
    made = grouped_folds(cohort(5, 6), outer_folds=2, repeats=1, inner_folds=2, seed=1)
    splits = Splits(1, "words", {("patient", "grouped-kfold"): made})
    assert splits.of("patient", "grouped-kfold") == made
    with pytest.raises(ModelingError, match=r"folds of unit mass \(grouped-kfold\).*only patient.*modeling\.profile"):
        splits.of("mass", "grouped-kfold")


def leaky(folds):
    return [replace(folds[0], train=(*folds[0].train, folds[0].test[0])), *folds[1:]]


def inner_leak(folds):
    first = folds[0].inner
    return [replace(folds[0], inner=(first[0], (*first[1], first[0][0]))), *folds[1:]]


def one_class(folds):
    kept = tuple(patient for patient in folds[0].train if patient < "p05")
    return [replace(folds[0], train=kept, inner=(kept[:2], kept[2:])), *folds[1:]]


def untested(folds):
    return [replace(folds[0], test=folds[0].test[1:], train=folds[0].train), *folds[1:]]


def numbered_from(first):
    return lambda folds: [replace(fold, repeat=first) for fold in folds]


def same_fold_number(folds):
    return [replace(fold, fold=1) for fold in folds]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (leaky, "shared patient"),
        (inner_leak, "shared patient"),
        (one_class, "one-class training side"),
        (untested, "twice or never"),
        (lambda folds: folds[1:], "twice or never"),
        (numbered_from(3), "other numbers"),
        (numbered_from(0), "other numbers"),
        (same_fold_number, "other numbers"),
        (lambda folds: [], "11 not in the splits"),
    ],
)
def test_every_fault_of_given_folds_is_refused(fault, words):
    labels = cohort(5, 6)
    folds = grouped_folds(labels, outer_folds=3, repeats=1, inner_folds=2, seed=1)
    check_folds(folds, labels)
    with pytest.raises(ModelingError, match=f"splits.*{words}"):
        check_folds(fault(list(folds)), labels)


def test_folds_of_other_patients_are_named():
    folds = grouped_folds(cohort(5, 6), outer_folds=3, repeats=1, inner_folds=2, seed=1)
    with pytest.raises(ModelingError, match=r"1 not in the tables \(p10\)"):
        check_folds(folds, cohort(5, 5))
    with pytest.raises(ModelingError, match=r"1 not in the splits \(p11\)"):
        check_folds(folds, cohort(5, 7))
