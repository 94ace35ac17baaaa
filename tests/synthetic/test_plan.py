from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.core.vocabulary import CaseClass, Density
from radiomics_mammo.synthetic.plan import ClassCounts, PriorDetector, gland_share, plan_patients


@pytest.fixture(scope="module")
def full():
    return plan_patients(np.random.default_rng(1), ClassCounts.split(100))


def test_hundred_patients_are_the_public_release(full):
    assert Counter(plan.patient.case_class for plan in full) == {"normal": 35, "benign": 15, "malignant": 50}
    assert len({plan.patient.patient_id for plan in full}) == 100


@settings(max_examples=40, deadline=None)
@given(patients=st.integers(16, 1500))
def test_split_adds_up_and_keeps_eight_of_each(patients):
    counts = ClassCounts.split(patients)
    assert counts.normal + counts.benign + counts.malignant == patients
    assert min(counts.benign, counts.malignant) >= 8
    assert counts.normal >= 0


def test_fewer_patients_than_can_be_classified_become_the_fewest():
    assert {ClassCounts.split(patients) for patients in (1, 6, 15)} == {ClassCounts(0, 8, 8)}
    with pytest.raises(UsageError, match="at least 1"):
        ClassCounts.split(0)


@pytest.mark.parametrize("numbers", [(0, 0, 0), (-1, 1, 1)])
def test_impossible_counts_are_refused(numbers):
    with pytest.raises(UsageError):
        ClassCounts(*numbers)


def test_ages_densities_and_intervals_are_plausible(full):
    ages = np.array([plan.patient.age_years for plan in full])
    intervals = np.array([plan.patient.interval_years for plan in full])
    assert 40 <= ages.min() < 47
    assert 70 < ages.max() <= 81
    assert intervals.mean() == pytest.approx(2.4, abs=0.2)
    assert len({plan.patient.density for plan in full}) == 4
    assert not any(round(years * 10) % 10 == 5 for years in intervals)


def test_interval_and_detector_do_not_tell_the_class():
    plans = plan_patients(np.random.default_rng(2), ClassCounts(0, 300, 300))
    benign, malignant = ([plan for plan in plans if plan.patient.case_class is kind] for kind in list(CaseClass)[1:])
    means = [np.mean([plan.patient.interval_years for plan in group]) for group in (benign, malignant)]
    assert means[0] == pytest.approx(means[1], abs=0.15)
    others = [sum(plan.prior_detector != PriorDetector() for plan in group) for group in (benign, malignant)]
    assert others == [30, 30]


def test_dates_agree_with_the_interval(full):
    for plan in full:
        prior, recent = plan.patient.prior_date, plan.patient.recent_date
        assert prior < recent
        exact = plan.patient.case_class is CaseClass.MALIGNANT
        assert len(recent) == (10 if exact else 4)
        years = int(recent[:4]) - int(prior[:4])
        assert abs(years - plan.patient.interval_years) <= 1


def test_scenarios_hold_what_the_study_needs(full):
    malignant = [plan.scenario for plan in full if plan.patient.case_class is CaseClass.MALIGNANT]
    benign = [plan.scenario for plan in full if plan.patient.case_class is CaseClass.BENIGN]
    assert all(scenario.confirmed == 1 for scenario in malignant)
    assert sum(scenario.unconfirmed > 0 for scenario in malignant) == 10
    assert sum(scenario.blue > 0 for scenario in malignant) == 10
    assert 0 < sum(scenario.precursor for scenario in malignant) < 20
    assert all(scenario.blue >= 1 and scenario.confirmed == 0 for scenario in benign)
    assert 0.5 < np.mean([scenario.blue_in_prior for scenario in benign]) < 0.8
    assert sum(plan.strong_warp for plan in full) == 20


def test_gland_share_follows_density_and_age():
    woman, config = (
        Patient(patient_id="normal-01", case_class=CaseClass.NORMAL, folder="1", age_years=58.0, density=Density.A),
        SyntheticConfig(),
    )
    shares = [gland_share(replace(woman, density=density), config) for density in Density]
    assert tuple(shares) == config.gland_share_by_density
    assert gland_share(replace(woman, density=Density.C, age_years=78.0), config) == pytest.approx(shares[2] - 0.10)
