import numpy as np
import pytest

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.modeling.candidates import built_in_candidates
from radiomics_mammo.modeling.explaining import (
    coefficient_table,
    correlation_clusters,
    importance_table,
    selection_rows,
    selection_stability,
    stability_table,
)
from radiomics_mammo.modeling.nested_cv import Work, cross_validate, tune
from radiomics_mammo.modeling.splitting import deal_patients

LOGISTIC = built_in_candidates(ModelingConfig())["logistic-regression"]


def test_selection_is_counted(make_result):
    result = make_result([0.1, 0.9], [False, True], used=[[1, 0, 1], [1, 0, 0]])
    found = {row.feature: row.frequency for row in selection_rows(result)}
    assert found == {"recent_f0": 1.0, "recent_f2": 0.5}


def test_stability_by_hand():
    """Equation 4 of Nogueira 2018 for two fits that share one of two columns out of four."""
    chosen = np.array([[1, 1, 0, 0], [1, 0, 1, 0]], dtype=bool)
    share = chosen.mean(axis=0)
    expected = 1 - np.mean(2 * share * (1 - share)) / (0.5 * 0.5)
    assert selection_stability(chosen) == pytest.approx(expected)
    assert np.isnan(selection_stability(np.ones((3, 2), dtype=bool)))


def test_random_selection_has_no_stability():
    rng = np.random.default_rng(1)
    chosen = np.array([rng.permutation(np.arange(40) < 8) for _ in range(300)])
    assert abs(selection_stability(chosen)) < 0.02


def test_stability_table_counts_events(make_result):
    result = make_result([0.1, 0.2, 0.9], [False, True, True], used=[[1, 1], [1, 0]])
    row = stability_table((result,)).table.iloc[0]
    assert row["events_per_column"] == pytest.approx(1 / 1.5)
    assert row["n_fits"] == 2


def test_clusters_join_correlated_columns_whatever_their_labels(make_design):
    design = make_design(columns=4, effect=0.0)
    copy = design.with_column("recent_copy", -(design.values[:, 2] ** 3))
    clusters = correlation_clusters(copy)
    assert clusters[2] == clusters[4]
    assert len(set(clusters.tolist())) == 4
    assert (correlation_clusters(copy.relabelled(~copy.malignant)) == clusters).all()
    assert correlation_clusters(design.only_columns(np.arange(4) == 0)).tolist() == [1]


def test_importance_finds_what_matters(make_design, job_of):
    design = make_design(columns=4, effect=0.0)
    design = design.with_column("recent_signal", design.malignant * 2.0 + design.values[:, 0])
    design = design.with_column("recent_echo", design.values[:, 4] * 3 + 0.1 * design.values[:, 1])
    clusters = correlation_clusters(design)
    (result,) = cross_validate([job_of(design, clusters=clusters)], seed=1, work=Work())
    table = importance_table(result, clusters, np.ones((3, len(design.patients)))).table
    assert table.loc[0, "most_used_feature"] in ("recent_signal", "recent_echo", "recent_f0")
    assert table.loc[0, "n_columns"] >= 2
    assert table.loc[0, "auc_loss"] > 0.2
    assert table["auc_loss"].is_monotonic_decreasing


def test_coefficients_have_the_sign_of_the_effect(make_design):
    design = make_design(columns=3, effect=2.0)
    inner = deal_patients(design.patient_labels(), 2, np.random.default_rng(1))
    table = coefficient_table(tune(LOGISTIC, design, inner, seed=1), design.columns).table
    assert set(table["feature"].head(2)) == {"recent_f0", "recent_f1"}
    assert (table["coefficient"].head(2) > 0).all()
