from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.analysis import REPRESENTATIVES, StatisticsConfig
from radiomics_mammo.core.vocabulary import PriorPolicy
from radiomics_mammo.stats.measurements import (
    Measurements,
    feature_class,
    lay_out,
    lesion_measurements,
    representatives,
    tissue_measurements,
)

CONFIG = StatisticsConfig()
FIRST = "original_firstorder_F000"
TISSUE_FIRST = f"tissue_{FIRST}"


def test_lesion_values_are_the_configured_aggregate_of_the_policy(study):
    found = lesion_measurements(study, "delta", config=CONFIG, policy=PriorPolicy.OUTLINED_FIRST)
    rows = study.patient_deltas.query("prior_policy == 'outlined-first'").set_index("patient_id")
    pd.testing.assert_series_equal(found.values[FIRST], rows[f"mean_delta_{FIRST}"].astype(float), check_names=False)
    assert lesion_measurements(study, "delta", config=StatisticsConfig(aggregation="largest")).values.shape[1] == 0


def test_similarity_keeps_its_name(study):
    assert list(lesion_measurements(study, "similarity", config=CONFIG).values) == ["similarity_ncc"]


def test_tissue_change_is_within_views_then_averaged(study):
    rows = study.features.query("source == 'tissue' and patient_id == 'normal-03'").set_index(["view", "visit"])[
        TISSUE_FIRST
    ]
    expected = np.mean([rows[view, "recent"] - rows[view, "prior"] for view in ("CC", "MLO")])
    assert tissue_measurements(study, "delta").values.loc["normal-03", TISSUE_FIRST] == pytest.approx(expected)


def test_tissue_change_needs_both_exams_of_a_view(study):
    gone = study.features["roi_id"].isin(
        study.features.query("source == 'tissue' and patient_id == 'normal-03' and visit == 'prior' and view == 'CC'")[
            "roi_id"
        ]
    )
    halved = dataclasses.replace(study, features=study.features[~gone])
    rows = study.features.query("source == 'tissue' and patient_id == 'normal-03' and view == 'MLO'").set_index("visit")
    change = tissue_measurements(halved, "delta").values.loc["normal-03", TISSUE_FIRST]
    assert change == pytest.approx(rows.loc["recent", TISSUE_FIRST] - rows.loc["prior", TISSUE_FIRST])
    assert len(tissue_measurements(halved, "recent").values) == 100


def test_infinite_values_are_missing(study):
    damaged = study.patient_deltas.copy()
    damaged[f"mean_recent_{FIRST}"] = np.inf
    found = lesion_measurements(dataclasses.replace(study, patient_deltas=damaged), "recent", config=CONFIG)
    assert found.values[FIRST].isna().all()


def test_families_are_table_and_class():
    measured = Measurements("tissue", "recent", pd.DataFrame())
    rows = measured.rows(
        pd.DataFrame({"effect": [1.0]}, index=["log-sigma-1-0-mm-2D_glszm_ZonePercentage"]), family="by age, "
    )
    assert rows["family"].tolist() == ["by age, glszm"]
    assert rows[["source", "quantity", "feature_class"]].iloc[0].tolist() == ["tissue", "recent", "glszm"]
    assert feature_class("original_shape2D_Sphericity") == "shape2D"
    assert feature_class("tissue_dense_mean_fraction") == "tissue"
    assert feature_class("area") == "other"


def test_representatives_prefer_declared_then_original_then_name():
    names = pd.Index(
        ["wavelet-LL_glcm_A", "original_glcm_Z", "original_glcm_Contrast", "wavelet-HH_gldm_B", "wavelet-HH_gldm_A"]
    )
    assert representatives(names, declared=REPRESENTATIVES) == ("original_glcm_Contrast", "wavelet-HH_gldm_A")
    assert representatives(pd.Index([]), declared=REPRESENTATIVES) == ()
    tissue = pd.Index(
        ["tissue_area_mm2", "tissue_dense_fraction", "tissue_original_glcm_Contrast", "tissue_original_glcm_A"]
    )
    assert representatives(tissue, declared=REPRESENTATIVES) == (
        "tissue_original_glcm_Contrast",
        "tissue_dense_fraction",
        "tissue_area_mm2",
    )


def test_tissue_and_lesion_columns_do_not_mix(study):
    assert all(name.startswith("tissue_") for name in tissue_measurements(study, "recent").values)
    assert not any("tissue_" in name for name in lesion_measurements(study, "recent", config=CONFIG).values)


def test_layout_uses_the_primary_prior_policy(study):
    damaged = study.patient_deltas.copy()
    other = damaged["prior_policy"] == "outlined-first"
    damaged.loc[other, [name for name in damaged if name.startswith("mean_")]] = 1e6
    analysis = lay_out(dataclasses.replace(study, patient_deltas=damaged), CONFIG)
    assert float(analysis.lesion["prior"].values.abs().max().max()) < 1e3


def test_the_whole_breast_changes_by_year_where_the_years_are_known(study):
    years = study.patients.set_index("patient_id")["interval_years"].copy()
    years.loc["normal-04"] = np.nan
    part = dataclasses.replace(study, patients=study.patients.assign(interval_years=years.to_numpy()))
    change, rate = (tissue_measurements(part, quantity).values[TISSUE_FIRST] for quantity in ("delta", "rate"))
    assert rate["normal-03"] == pytest.approx(change["normal-03"] / years["normal-03"])
    assert np.isnan(rate["normal-04"])
    assert np.isfinite(change["normal-04"])
