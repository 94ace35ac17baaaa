from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.modeling.evaluation import evaluate
from radiomics_mammo.modeling.nested_cv import Work, cross_validate
from radiomics_mammo.modeling.plan import plan_study
from radiomics_mammo.modeling.sensitivity import (
    CHOICES,
    choices_sentences,
    learning_curve,
    thin,
)
from radiomics_mammo.modeling.splitting import grouped_folds
from radiomics_mammo.tables.study import NamedTable


def named(classification, name) -> NamedTable:
    return next(table for table in classification.tables if table.name == name)


def test_the_primary_analysis_is_one_of_the_choices_and_the_others_stand_beside_it(classification):
    table = named(classification, "specification_curve").table
    primary = table[table["primary"]]
    row = classification.comparisons.iloc[0]
    assert primary[["difference", "ci_low", "ci_high"]].to_numpy().tolist() == [
        row[["difference", "ci_low", "ci_high"]].tolist()
    ]
    known = table["difference"].dropna()
    assert known.is_monotonic_increasing
    # three models under one policy, two further policies; the study's own settings are not made again
    assert table["choice"].str.contains("prior").sum() == 5
    assert "selection: anova" not in set(table["choice"])
    assert len(table) == 5 + len(CHOICES) - 3


def test_a_choice_that_cannot_be_made_is_told(classification):
    """The simulated tables hold means alone."""
    table = named(classification, "specification_curve").table.set_index("choice")
    assert table.loc["aggregation: largest", "note"].startswith("left out: ")
    assert np.isnan(table.loc["aggregation: largest", "difference"])
    (said,) = choices_sentences(named(classification, "specification_curve"))
    assert f"Of {int(table['difference'].notna().sum())} choices" in said


def test_no_choice_no_sentence():
    empty = pd.DataFrame({"difference": [np.nan]})
    assert choices_sentences(NamedTable(name="specification_curve", caption="", table=empty)) == ()


def test_the_learning_curve_ends_at_the_analysis_and_begins_with_fewer_patients(classification):
    table = named(classification, "learning_curve").table
    own = table[table["feature_set"] == "recent+delta"].set_index("share")
    assert own.index.tolist() == [0.75, 1.0]  # half of 6 benign women cannot be split again
    assert own.loc[0.75, "patients"] < own.loc[1.0, "patients"] == pytest.approx(14)
    metrics = classification.metrics.query("role == 'primary' and feature_set == 'recent+delta'")
    assert own.loc[1.0, "auc"] == metrics["estimate"].item()


def test_more_patients_help_where_there_is_much_to_learn(make_study, config, quick):
    study = make_study(benign=24, malignant=24, recent_effect=0.6, change_effect=0.6, features=9, informative=8)
    plan = plan_study(study, config=replace(config, repeats=2), seed=3, extra=quick)
    wanted = [job for job in plan.jobs if job.analysis.is_primary]
    found = evaluate(replace(plan, jobs=tuple(wanted)), cross_validate(wanted, seed=3, work=Work()))
    table = learning_curve(found, Work()).table
    own = table[table["feature_set"] == "recent+delta"].set_index("share")
    assert own.index.tolist() == [0.5, 0.75, 1.0]
    assert own["auc"].iloc[0] < own["auc"].iloc[-1]


def test_a_thinned_fold_keeps_its_test_side_and_splits_what_is_left():
    labels = {f"p{number:02d}": number < 12 for number in range(30)}
    (fold, *_) = grouped_folds(labels, outer_folds=3, repeats=1, inner_folds=4, seed=1)
    smaller = thin(fold, 0.5, labels, seed=1)
    assert smaller.test == fold.test
    assert set(smaller.train) < set(fold.train)
    assert [sum(labels[name] == wanted for name in smaller.train) for wanted in (True, False)] == [4, 6]
    assert sorted(name for side in smaller.inner for name in side) == list(smaller.train)
