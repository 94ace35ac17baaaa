import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.splitting import (
    deal_patients,
    grouped_folds,
    leave_one_out_folds,
    smaller_class,
    stream,
    whole_seed,
)


def cohort(malignant, benign):
    return {f"p{index:02d}": index < malignant for index in range(malignant + benign)}


def assert_fit_for(folds, labels):
    """Every patient is predicted once a repeat, no side shares one, and every training side has both classes."""
    repeats = {fold.repeat for fold in folds}
    assert repeats == set(range(1, len(repeats) + 1))
    for repeat in repeats:
        of_repeat = [fold for fold in folds if fold.repeat == repeat]
        assert [fold.fold for fold in of_repeat] == list(range(1, len(of_repeat) + 1))
        assert sorted(patient for fold in of_repeat for patient in fold.test) == sorted(labels)
    for fold in folds:
        assert sorted(fold.train + fold.test) == sorted(labels)
        assert sorted(patient for side in fold.inner for patient in side) == sorted(fold.train)
        assert len(fold.inner) >= 2
        for left_out in ((), *fold.inner):
            assert len({labels[patient] for patient in fold.train if patient not in left_out}) == 2


@settings(max_examples=25, deadline=None)
@given(malignant=st.integers(3, 20), benign=st.integers(3, 20), outer=st.integers(2, 7), seed=st.integers(0, 99))
def test_patients_are_whole_stratified_and_predicted_once_a_repeat(malignant, benign, outer, seed):
    labels = cohort(malignant, benign)
    folds = grouped_folds(labels, outer_folds=outer, repeats=2, inner_folds=4, seed=seed)
    assert_fit_for(folds, labels)
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
    assert_fit_for(folds, labels)


def test_too_small_a_class_is_refused_in_words():
    for labels in (cohort(9, 0), cohort(2, 9), {}):
        with pytest.raises(ModelingError, match="at least 3 benign and 3 malignant"):
            smaller_class(labels)


def test_a_stream_depends_on_its_names_only():
    first = stream(7, "folds", "patient", 3).random(4)
    assert (stream(7, "folds", "patient", 3).random(4) == first).all()
    others = [stream(8, "folds", "patient", 3), stream(7, "folds", "lesion", 3), stream(7, "folds", "patient", 4)]
    assert all((other.random(4) != first).any() for other in others)


def test_whole_seeds_fit_32_bit_libraries():
    seeds = {whole_seed(1, "fit", number) for number in range(50)}
    assert len(seeds) == 50
    assert all(0 <= seed < 2**31 for seed in seeds)
