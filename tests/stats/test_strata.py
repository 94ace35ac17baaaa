from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.strata import stratifications, stratify, stratum_numbers
from radiomics_mammo.tables.strata import age_band_names

CONFIG = StatisticsConfig()


BANDS = {49.9: ("< 50", "< 60"), 50: ("50-59", "< 60"), 60: ("60-69", ">= 60"), 70: (">= 70", ">= 60")}
IMPLAUSIBLE = (17, 999, np.nan)


def test_bands_hold_their_lower_edge_and_implausible_ages_are_missing(study):
    ages = [*BANDS, *IMPLAUSIBLE]
    patients = study.patients.iloc[: len(ages)].assign(age_years=np.array(ages, dtype=float))
    found = stratify(dataclasses.replace(study, patients=patients), CONFIG)
    assert list(zip(found["age_band"], found["age_half"], strict=True)) == [*BANDS.values(), *[("", "")] * 3]


def test_labels_are_those_of_lesions_and_normal_women_have_none(study):
    found = stratify(study, CONFIG)
    assert (found.loc[found["case_class"] == "normal", "label"] == "").all()
    assert (found.loc[found["case_class"] == "benign", "label"] == "benign").all()
    assert len(found) == 100


def test_intervals_must_be_positive(study):
    table = study.patients.copy()
    table["interval_years"] = 0.0
    assert stratify(dataclasses.replace(study, patients=table), CONFIG)["interval_years"].isna().all()


def test_configured_edges_name_the_bands():
    assert age_band_names((45.0, 52.5)) == ("< 45", "45 to < 52.5", ">= 52.5")
    by_age = stratifications(StatisticsConfig(age_edges_years=(65.0,), age_cut_years=50))[1]
    assert (by_age.names, by_age.half_names) == (("< 65", ">= 65"), ("< 50", ">= 50"))


def test_numbers_follow_the_order_of_the_strata():
    assert stratum_numbers(pd.Series(["d", "", "a", "x"]), ("a", "b", "c", "d")).tolist() == [3, -1, 0, -1]
