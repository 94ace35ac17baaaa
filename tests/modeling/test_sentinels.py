from dataclasses import replace

import numpy as np
import pytest

from radiomics_mammo.modeling.comparisons import Usable
from radiomics_mammo.modeling.evaluation import Evaluation
from radiomics_mammo.modeling.metrics import Interval
from radiomics_mammo.modeling.plan import plan_study, pretend_ungrouped
from radiomics_mammo.modeling.sentinels import (
    check_patients_apart,
    check_permuted,
    check_random_integer,
    check_usable,
    folds_are_even,
    panel_and_verdict,
    radius_alone,
    tell_gap,
    verdict,
)
from radiomics_mammo.modeling.splitting import grouped_folds
from radiomics_mammo.tables.primary import PRIMARY

FOLDS = {"outer_folds": 5, "repeats": 2, "inner_folds": 2, "seed": 3}


@pytest.fixture
def lesions(make_design):
    """Two rows a patient."""
    design = make_design(n_benign=15, n_malignant=20, effect=0.0)
    return replace(
        design,
        patients=np.repeat(design.patients, 2),
        malignant=np.repeat(design.malignant, 2),
        values=np.repeat(design.values, 2, axis=0),
    )


def test_grouped_folds_hide_a_random_integer(lesions):
    folds = grouped_folds(lesions.patient_labels(), **FOLDS)
    assert check_random_integer(lesions, folds, np.random.default_rng(1)).passed


def test_planted_fault_ungrouped_folds_are_caught(lesions):
    rows = pretend_ungrouped(lesions)
    folds = grouped_folds(rows.patient_labels(), **FOLDS)
    names = dict(zip(rows.patients.tolist(), lesions.patients.tolist(), strict=True))

    def patients_of(side):
        return tuple(sorted({names[row] for row in side}))

    leaky = [replace(f, train=patients_of(f.train), test=patients_of(f.test)) for f in folds]
    found = check_random_integer(lesions, leaky, np.random.default_rng(1))
    assert not found.passed
    assert found.found.startswith("mean 1.0") or found.found.startswith("mean 0.9")


def test_planted_fault_a_shared_patient_is_caught(lesions):
    folds = grouped_folds(lesions.patient_labels(), **FOLDS)
    assert check_patients_apart(folds).passed
    shared = replace(folds[0], train=(*folds[0].train, folds[0].test[0]))
    inner = replace(folds[1], inner=(folds[1].inner[0], folds[1].inner[0]))
    assert check_patients_apart([shared, *folds[1:]]).found.startswith("1 of")
    assert not check_patients_apart([inner]).passed


def test_planted_fault_labels_that_leak_under_permutation_are_caught():
    rng = np.random.default_rng(1)
    honest, leaky = rng.normal(0.5, 0.08, 200), rng.normal(0.55, 0.08, 200)
    assert check_permuted(honest, 0.2, even_folds=True).passed
    assert not check_permuted(leaky, 0.2, even_folds=True).passed
    assert not check_permuted(1 - leaky, 0.2, even_folds=True).passed


def test_uneven_folds_are_judged_above_only():
    low = np.random.default_rng(1).normal(0.45, 0.08, 200)
    found = check_permuted(low, 0.2, even_folds=False)
    assert found.passed
    assert "above only" in found.expected
    assert not check_permuted(1 - low, 0.2, even_folds=False).passed


def test_a_gap_is_told_not_judged():
    row = tell_gap("ungrouped-kfold", Interval(0.7, 0.6, 0.8), Interval(0.8, 0.7, 0.9))
    assert row.name == "optimism-gap-ungrouped-kfold"
    assert row.passed is None


def test_even_folds():
    found = [folds_are_even(np.arange(m + b) < m, 5) for m, b in ((50, 15), (49, 15), (50, 14))]
    assert found == [True, False, False]


def test_all_checks_are_on_and_pass_on_honest_tables(classification):
    table = classification.sentinels.set_index("name")
    assert table.index.tolist() == [
        "permuted-labels",
        "random-integer-per-patient",
        "random-columns",
        "single-column",
        "patients-apart",
        "patients-distinct",
        "usable-priors",
        "missing-change",
        "optimism-gap-selection-outside",
        "optimism-gap-ungrouped-kfold",
    ]
    judged = ~table.index.str.startswith("optimism-gap")
    assert table.index[judged & (table["passed"] != True)].tolist() == ["single-column"]  # noqa: E712 - may be missing
    assert "1 columns (logratio_" in table.loc["single-column", "found"]  # a planted effect that no real feature has
    assert table.loc[~judged, "passed"].isna().all()


@pytest.mark.parametrize("protocol", ["selection-outside", "ungrouped-kfold"])
def test_what_would_have_been_claimed_stands_in_the_metrics(classification, protocol):
    rows = classification.metrics[classification.metrics["protocol"] == protocol]
    assert rows["metric"].tolist() == ["auc"]
    assert (
        f"AUC {rows['estimate'].item():.2f}"
        in classification.sentinels.set_index("name").loc[f"optimism-gap-{protocol}", "found"]
    )


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (Interval(0.1, -0.02, 0.2), "not told apart from shortcut (AUC 0.75, difference +0.10, -0.02 to +0.20)"),
        (Interval(0.1, 0.02, 0.2), "lies above shortcut (AUC 0.75"),
        (Interval(-0.1, -0.2, -0.02), "lies below shortcut (AUC 0.75"),
    ],
)
def test_verdict_says_what_the_interval_of_the_difference_says(gap, words):
    assert words in verdict(Interval(0.85, 0.75, 0.95), {"shortcut": (Interval(0.75, 0.6, 0.9), gap)})


def test_panel_holds_models_beside_dull_explanations(evaluation):
    panel, words = panel_and_verdict(evaluation)
    named = set(zip(panel.table["analysis"], panel.table["model"], strict=True))
    assert ("shortcut", "random-forest") in named
    assert ("recent+delta, area removed", "logistic-regression") in named
    assert ("recent+delta, prior outlined-first", "logistic-regression") in named
    assert "shortcut" in words
    assert "clinical" in words


def test_panel_keeps_its_columns_where_only_the_primary_model_was_run(evaluation):
    alone = replace(evaluation, results={PRIMARY: evaluation.results[PRIMARY]})
    panel, words = panel_and_verdict(alone)
    assert panel.table.columns.tolist() == ["analysis", "model", "auc", "ci_low", "ci_high"]
    assert panel.table["analysis"].tolist() == ["recent+delta", "radius of the zone alone"]
    assert words == ""


def test_the_size_of_the_zone_has_an_auc_of_its_own(make_study, config, quick):
    def told_by_the_zone(rois):
        malignant = rois["label"] == "malignant"
        return rois.assign(radius90_mm=rois["radius90_mm"].where(~malignant, 20.0))

    study = make_study()
    told = replace(study, rois=told_by_the_zone(study.rois))
    plan = plan_study(told, config=config, seed=5, extra=quick)
    weights = {"patient": np.ones((3, len(plan.design("patient", "recent").patients)))}
    (row,) = radius_alone(Evaluation(plan, {}, weights, {}))
    assert (row["analysis"], row["auc"]) == ("radius of the zone alone", 1.0)
    nothing = replace(study, rois=study.rois.assign(radius90_mm=np.nan))
    plan = plan_study(nothing, config=config, seed=5, extra=quick)
    assert radius_alone(Evaluation(plan, {}, weights, {})) == []


def test_priors_that_are_too_few_fail_a_check():
    found = check_usable(Usable((12, 7), (12, 9), 8))
    assert found.passed is False
    assert found.found == "19 of 21 patients have a usable prior (7 of 9 benign, 12 of 12 malignant)"
    assert check_usable(Usable((12, 8), (12, 9), 8)).passed
