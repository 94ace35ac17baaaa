"""A table of one's own goes through the guarded analysis; what it does not hold is not asked."""

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.analysis import ModelingConfig
from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.features import changes
from radiomics_mammo.modeling import classify_own, default_sets, named_sets
from radiomics_mammo.modeling.own_tables import plan_own
from radiomics_mammo.tables.own import read_own_table

QUICK = ModelingConfig(repeats=1, outer_folds=3, inner_folds=2, bootstrap_draws=100, permutations=20, trees=10)


def frame(prior=True, n=24):
    rng, ill = np.random.default_rng(3), np.arange(n) % 3 == 0
    columns = {"contrast": rng.normal(5, 1, n) + 3 * ill, "size": rng.normal(5, 1, n)}
    if prior:
        columns |= {"prior_contrast": rng.normal(5, 1, n), "prior_size": rng.normal(-1, 3, n)}
    return pd.DataFrame({"patient_id": [f"w{i:02d}" for i in range(n)], "label": ill.astype(int), **columns})


@pytest.fixture(scope="module")
def found():
    own = read_own_table(frame())
    return classify_own(own, default_sets(own, changes(own.features, own.prior)), config=QUICK, seed=1)


def test_sets_are_recent_and_change_by_the_rule_of_the_study():
    own = read_own_table(frame().assign(age_years=60.0))
    sets = default_sets(own, changes(own.features, own.prior))
    assert {name: list(part.columns) for name, part in sets.items()} == {
        "recent": ["recent_contrast", "recent_size"],
        "recent+delta": ["recent_contrast", "recent_size", "logratio_contrast", "delta_size"],
        "clinical": ["clinical_age_years"],
    }


def test_metrics_have_intervals_and_the_change_is_the_primary_hypothesis(found):
    auc = found.metrics[found.metrics["metric"] == "auc"]
    assert set(auc["feature_set"]) == {"recent", "recent+delta"}
    assert ((auc["ci_low"] <= auc["estimate"]) & (auc["estimate"] <= auc["ci_high"])).all()
    assert auc["estimate"].max() > 0.8
    assert found.comparisons[["a", "b", "role"]].to_numpy().tolist() == [["recent+delta", "recent", "primary"]]
    assert found.metrics["prior_policy"].isna().all()
    assert found.predictions.groupby(["model", "feature_set"]).size().tolist() == [24] * 6
    assert "AUC" in found._repr_html_()


def test_every_check_is_there_and_a_leaked_label_is_told(found):
    names = {"permuted-labels", "random-integer-per-patient", "random-columns", "patients-apart", "patients-distinct"}
    assert set(found.sentinels["name"]) == names | {"single-column"}
    leaked = read_own_table(frame(prior=False, n=36).assign(score=frame(n=36)["label"] * 2.0))
    rows = classify_own(leaked, default_sets(leaked, pd.DataFrame()), config=QUICK, seed=1).sentinels.set_index("name")
    assert not rows.loc["single-column", "passed"]
    assert "recent_score (AUC 1.00)" in rows.loc["single-column", "found"]


def test_without_a_prior_nothing_is_primary_and_nothing_is_compared():
    own = read_own_table(frame(prior=False))
    found = classify_own(own, default_sets(own, pd.DataFrame()), config=QUICK, seed=1)
    assert set(found.metrics["role"]) == {"exploratory"}
    assert found.comparisons.empty
    assert any("No prior_ columns" in words for words in found.summary)


def test_rows_of_one_woman_are_never_split():
    twice = pd.concat([frame(), frame().assign(contrast=lambda rows: rows["contrast"] + 0.1)])
    own = read_own_table(twice)
    study = plan_own(own, {"recent": own.features}, config=QUICK, seed=1)
    assert len(study.designs["recent"].patients) == 24
    assert len(study.rows.patients) == 48
    assert all(not set(fold.train) & set(fold.test) for fold in study.folds)


def test_sets_of_ones_own_name_columns_of_numbers():
    sets = named_sets(frame(), {"two": ["contrast", "size"]})
    assert list(sets["two"].columns) == ["contrast", "size"]
    with pytest.raises(ModelingError, match="patient_id"):
        named_sets(frame(), {"two": ["patient_id"]})
    own = read_own_table(frame(n=4))
    with pytest.raises(ModelingError):
        plan_own(own, {"recent": own.features}, config=QUICK, seed=1)
