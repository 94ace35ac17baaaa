from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.strata import age_band_names, read_density, stratifications, stratify, stratum_numbers

CONFIG = StatisticsConfig()


@pytest.mark.parametrize(
    ("cell", "letter"),
    [("a", "a"), ("D", "d"), (" C ", "c"), (2, "b"), (3.0, "c"), ("4", "d"), ("BI-RADS b", "b"), ("ACR: C", "c"),
     ("e", ""), ("5", ""), ("0", ""), (2.5, ""), ("b/c", ""), ("", ""), (None, ""), (np.nan, "")],
)  # fmt: skip
def test_density_cells(cell, letter):
    assert read_density(cell) == letter


@pytest.mark.parametrize(
    ("age", "band", "half"),
    [(49.9, "< 50", "< 60"), (50, "50-59", "< 60"), (60, "60-69", ">= 60"), (70, ">= 70", ">= 60"), (17, "", ""),
     (999, "", ""), (np.nan, "", "")],
)  # fmt: skip
def test_bands_hold_their_lower_edge_and_implausible_ages_are_missing(study, age, band, half):
    table = study.patients.copy()
    table["age_years"] = float(age)
    found = stratify(dataclasses.replace(study, patients=table), CONFIG).iloc[0]
    assert (found["age_band"], found["age_half"]) == (band, half)


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
    assert age_band_names((55.5,)) == ("< 55.5", ">= 55.5")
    assert age_band_names((45.0, 52.5)) == ("< 45", "45 to < 52.5", ">= 52.5")
    by_age = stratifications(StatisticsConfig(age_edges_years=(65.0,), age_cut_years=50))[1]
    assert (by_age.names, by_age.half_names) == (("< 65", ">= 65"), ("< 50", ">= 50"))


def test_numbers_follow_the_order_of_the_strata():
    assert stratum_numbers(pd.Series(["d", "", "a", "x"]), ("a", "b", "c", "d")).tolist() == [3, -1, 0, -1]
