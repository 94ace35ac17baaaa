from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from radiomics_mammo.stats.clusters import CLUSTER_CORRELATION, FEATURE_CLUSTERS, rank_correlation, rho_interval
from radiomics_mammo.stats.measurements import Measurements


@pytest.fixture(scope="module")
def values():
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 50))
    table = {"original_glcm_A": one, "original_glcm_B": -one + 0.05 * rng.normal(size=50), "original_gldm_A": two}
    return pd.DataFrame({**table, "original_gldm_B": np.exp(two), "original_ngtdm_A": rng.normal(size=50)})


def tables_of(analysis, values):
    shown = dataclasses.replace(analysis, lesion={"recent": Measurements("lesion", "recent", values)})
    table = FEATURE_CLUSTERS.of(shown)
    return table, CLUSTER_CORRELATION.of(dataclasses.replace(shown, made={"feature_clusters": table}))


def test_correlation_agrees_with_scipy(values):
    np.testing.assert_allclose(rank_correlation(values.to_numpy()), spearmanr(values).statistic)


def test_alike_features_share_a_cluster_whatever_their_sign_or_scale(analysis, values):
    table, _ = tables_of(analysis, values)
    cluster = table.set_index("feature")["cluster"]
    assert cluster["original_glcm_A"] == cluster["original_glcm_B"]
    assert cluster["original_gldm_A"] == cluster["original_gldm_B"]
    assert cluster.nunique() == 3
    assert table.groupby("cluster")["medoid"].sum().tolist() == [1, 1, 1]
    assert sorted(table["position"]) == [0, 1, 2, 3, 4]


def test_heat_map_is_square_symmetric_and_of_medoids(analysis, values):
    table, heat = tables_of(analysis, values)
    square = heat.pivot_table(index="position_a", columns="position_b", values="effect").to_numpy()
    assert square.shape == (3, 3)
    np.testing.assert_allclose(square, square.T)
    np.testing.assert_allclose(np.diag(square), 1)
    assert set(heat["feature_a"]) == set(table.loc[table["medoid"] == 1, "feature"])


def test_constant_and_missing_features_are_listed_with_words(analysis, values):
    damaged = values.assign(original_glcm_C=1.0, original_glcm_D=np.nan)
    table, _ = tables_of(analysis, damaged)
    notes = table.set_index("feature")["note"]
    assert notes["original_glcm_C"] == "constant feature"
    assert notes["original_glcm_D"] == "measured in too few patients"


@pytest.mark.parametrize("rows", [0, 3])
def test_too_few_patients(analysis, values, rows):
    table, heat = tables_of(analysis, values.iloc[:rows])
    assert len(table) == 5
    assert table["effect"].isna().all()
    assert heat.empty


def test_single_feature_is_its_own_cluster(analysis, values):
    table, heat = tables_of(analysis, values[["original_glcm_A"]])
    assert (len(table), len(heat), table["medoid"].item()) == (1, 1, 1)


def test_interval_narrows_with_n_and_stays_inside():
    low, high = rho_interval(np.array([0.5, -0.5]), n=20, confidence=0.95)
    wide = high - low
    low, high = rho_interval(np.array([0.5, -0.5]), n=200, confidence=0.95)
    assert ((high - low) < wide).all()
    assert (np.abs(low) < 1).all()
