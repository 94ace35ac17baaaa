from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling import classify
from radiomics_mammo.modeling.comparisons import (
    Comparison,
    auc_difference,
    comparison_rows,
    declared_pairs,
    delong,
    detectable_gain,
    mean_scores,
)
from radiomics_mammo.modeling.metrics import Interval, concordance
from radiomics_mammo.modeling.permutation import swap_p_value
from radiomics_mammo.tables.comparisons import COMPARISONS
from radiomics_mammo.tables.primary import PRIMARY, REFERENCE
from radiomics_mammo.tables.resampling import patient_weights

FOUND = Comparison(Interval(0.1, 0.0, 0.2), 0.04)

LABELS = np.arange(40) >= 15


def scores(effect, seed):
    return np.random.default_rng(seed).normal(size=(2, 40)) + effect * LABELS


def test_difference_of_a_thing_with_itself_is_zero(make_result):
    result = make_result(scores(1, 1), LABELS)
    weights = patient_weights(result.patients, LABELS, draws=50, rng=np.random.default_rng(1))
    interval = auc_difference(result, result, weights)
    assert (interval.low, interval.estimate, interval.high) == (0, 0, 0)
    assert swap_p_value(result, result, draws=50, rng=np.random.default_rng(1)) == 1


def test_differences_change_their_sign_with_the_sides(make_result):
    a, b = make_result(scores(2, 1), LABELS), make_result(scores(0, 2), LABELS)
    weights = patient_weights(a.patients, LABELS, draws=200, rng=np.random.default_rng(1))
    there, back = auc_difference(a, b, weights), auc_difference(b, a, weights)
    assert there.estimate == -back.estimate
    assert there.low == pytest.approx(-back.high)
    assert there.low > 0


def test_other_rows_cannot_be_compared(make_result):
    a, b = make_result(scores(1, 1), LABELS), make_result(scores(1, 1)[:, 1:], LABELS[1:])
    with pytest.raises(ModelingError, match="same rows"):
        auc_difference(a, b, np.ones((2, 40)))


def test_delong_agrees_with_a_written_out_variance():
    a, b = scores(1.5, 1)[0], scores(0.5, 2)[0]
    found = delong(a, b, LABELS)
    placements = []
    for x in (a, b):
        above = (x[LABELS][:, None] > x[~LABELS][None, :]).astype(float)
        placements.append((above.mean(axis=1), above.mean(axis=0)))
    s10 = np.cov([p[0] for p in placements])
    s01 = np.cov([p[1] for p in placements])
    total = s10 / 25 + s01 / 15
    error = np.sqrt(total[0, 0] + total[1, 1] - 2 * total[0, 1])
    difference = concordance(a, LABELS) - concordance(b, LABELS)
    assert found.difference.estimate == pytest.approx(difference)
    assert found.p_value == pytest.approx(2 * norm.sf(abs(difference) / error))
    assert found.difference.high - difference == pytest.approx(1.959964 * error, rel=1e-5)


def test_scores_of_a_patient_are_averaged(make_result):
    result = make_result([[0.1, 0.3, 0.9]], [False, True, False], patients=["a", "a", "b"])
    means, malignant = mean_scores(result)
    assert means.tolist() == pytest.approx([0.2, 0.9])
    assert malignant.tolist() == [True, False]


@pytest.fixture(scope="module")
def table(evaluation):
    return COMPARISONS.of(comparison_rows(evaluation, FOUND))


def test_the_primary_comparison_is_first_and_alone(table):
    assert table["role"].tolist().count("primary") == 1
    first = table.iloc[0]
    assert (first["a"], first["b"], first["role"]) == ("recent+delta", "recent", "primary")
    assert first["q_value"] == first["p_value"] == 0.04
    assert (first["unit"], first["protocol"], first["prior_policy"]) == ("patient", "grouped-kfold", "regional")


def test_delong_is_called_approximate_and_has_no_q(table):
    row = table.iloc[1]
    assert "approximate" in row["metric"]
    assert table["q_value"].isna().sum() == 1
    assert row["role"] == "exploratory"


def test_families_are_declared(evaluation):
    pairs = declared_pairs(evaluation)
    assert {pair.family for pair in pairs} == {"feature sets, patient", "models, patient", "prior policy"}
    assert all((pair.a, pair.b) != (PRIMARY, REFERENCE) for pair in pairs)
    assert len(set(pairs)) == len(pairs)


def test_q_is_holm_within_the_family(table):
    explored = table.iloc[2:]
    assert (explored["q_value"] >= explored["p_value"]).all()
    policy = explored[explored["a"] == "recent+delta (outlined-first)"].iloc[0]
    assert policy["b"] == "recent+delta (regional)"
    others = explored[explored["a"].isin(["recent+delta (registered)", "recent+delta (outlined-first)"])]
    assert others["q_value"].min() == pytest.approx(min(1, 2 * others["p_value"].min())), "a family of two"
    models = explored[explored["b"] == "logistic-regression: recent+delta"]
    assert len(models) == 2
    assert models["q_value"].min() == pytest.approx(min(1, 2 * models["p_value"].min()))


def test_the_primary_p_is_a_permutation_p(classification):
    row = classification.comparisons.iloc[0]
    assert any(row["p_value"] == pytest.approx(min(1, 2 * k / 21)) for k in range(1, 12))
    assert row["ci_low"] <= row["difference"] <= row["ci_high"]


def without_prior(study, keep=()):
    """The study as it is where only the patients of `keep` have a usable prior."""
    lost = ~study.patient_deltas["patient_id"].isin(keep)
    wide = [c for c in study.patient_deltas.columns if any(f"_{k}_" in c for k in ("delta", "logratio", "similarity"))]
    patients = study.patient_deltas.copy()
    patients.loc[lost, wide] = np.nan
    rois = study.rois.assign(trusted=study.rois["trusted"] & study.rois["patient_id"].isin(keep))
    return replace(study, patient_deltas=patients, rois=rois)


@pytest.mark.parametrize("usable", [0, 7])
def test_nothing_is_said_where_nothing_was_compared(study, config, quick, usable):
    ids = sorted(study.patients["patient_id"])
    keep = [name for name in ids if name.startswith("malignant")] if usable else []
    keep += [name for name in ids if name.startswith("benign")][:usable]
    found = classify(without_prior(study, keep), config=config, seed=5, candidates=quick)
    row = found.comparisons[found.comparisons["role"] == "primary"].iloc[0]
    assert row[["difference", "ci_low", "ci_high", "p_value", "q_value"]].isna().all()
    assert (row["n_usable"], row["n_patients"]) == (len(keep), 21)
    counts = f"{len(keep)} of 21 patients have a usable prior ({usable} of 9 benign, {len(keep) - usable} of 12"
    assert row["note"].startswith(f"not tested: {counts} malignant)")
    assert found.summary[0].startswith(f"Primary result: not tested: {counts}")
    assert not any("no gain from" in words or "helped" in words for words in found.summary)
    against_recent = found.comparisons[found.comparisons["b"].str.fullmatch("recent|logistic-regression: recent")]
    uses = against_recent["a"].str.contains("delta")
    assert against_recent.loc[uses, "p_value"].isna().all()
    assert against_recent.loc[~uses, "p_value"].notna().all()
    check = found.sentinels.set_index("name").loc["usable-priors"]
    assert check["passed"] == False  # noqa: E712 - a cell of a nullable column


def test_every_comparison_says_how_many_changes_it_rests_on(classification):
    assert (classification.comparisons["n_usable"] == 21).all()
    assert classification.comparisons["note"].isna().all()
    assert "Changes behind it: 21 of 21 patients have a usable prior" in " ".join(classification.summary)


def test_the_detectable_gain_is_that_of_a_z_test_of_known_spread():
    """Power of a one-sample z test at that gain: 80 % beyond the quantile of the test, both spreads alike."""
    rng = np.random.default_rng(4)
    null = rng.normal(0, 0.05, 4000)
    gain = detectable_gain(null, Interval(0.0, -1.959964 * 0.05, 1.959964 * 0.05))
    drawn = rng.normal(gain, 0.05, 20000)
    assert (drawn > 1.959964 * 0.05).mean() == pytest.approx(0.8, abs=0.02)
