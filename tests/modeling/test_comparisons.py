import pytest

from radiomics_mammo.core.tables_modeling import COMPARISONS
from radiomics_mammo.modeling.comparing import Comparison
from radiomics_mammo.modeling.comparisons import comparison_rows, declared_pairs
from radiomics_mammo.modeling.intervals import Interval
from radiomics_mammo.modeling.scored import PRIMARY_SIDE, RECENT_SIDE

PRIMARY = Comparison(Interval(0.1, 0.0, 0.2), 0.04)


@pytest.fixture(scope="module")
def table(scored, config):
    return COMPARISONS.from_rows(comparison_rows(scored, PRIMARY, config=config, seed=5))


def test_the_primary_comparison_is_first_and_alone(table):
    assert table["role"].tolist().count("primary") == 1
    first = table.iloc[0]
    assert (first["a"], first["b"], first["role"]) == ("recent+delta", "recent", "primary")
    assert first["q_value"] == first["p_value"] == 0.04
    assert (first["unit"], first["protocol"], first["prior_policy"]) == ("patient", "grouped-kfold", "registered")


def test_delong_is_called_approximate_and_has_no_q(table):
    row = table.iloc[1]
    assert "approximate" in row["metric"]
    assert table["q_value"].isna().sum() == 1
    assert row["role"] == "exploratory"


def test_families_are_declared(scored):
    pairs = declared_pairs(scored)
    assert {pair.family for pair in pairs} == {"feature sets, patient", "models, patient", "prior policy"}
    assert all((pair.a, pair.b) != (PRIMARY_SIDE, RECENT_SIDE) for pair in pairs)
    assert len(set(pairs)) == len(pairs)


def test_q_is_holm_within_the_family(table):
    explored = table.iloc[2:]
    assert (explored["q_value"] >= explored["p_value"]).all()
    policy = explored[explored["a"] == "recent+delta (outlined-first)"].iloc[0]
    assert policy["b"] == "recent+delta (registered)"
    assert policy["q_value"] == policy["p_value"], "a family of one"
    models = explored[explored["b"] == "logistic-regression: recent+delta"]
    assert len(models) == 2
    assert models["q_value"].min() == pytest.approx(min(1, 2 * models["p_value"].min()))


def test_the_primary_p_is_a_permutation_p(classification):
    row = classification.comparisons.iloc[0]
    assert any(row["p_value"] == pytest.approx(min(1, 2 * k / 21)) for k in range(1, 12))
    assert row["ci_low"] <= row["difference"] <= row["ci_high"]
