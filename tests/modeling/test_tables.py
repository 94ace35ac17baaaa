from dataclasses import replace

import pytest

from radiomics_mammo.modeling.crossval import Work, cross_validate
from radiomics_mammo.modeling.plan import plan_study
from radiomics_mammo.modeling.scored import score_study
from radiomics_mammo.modeling.tables import authors_tables, panel_and_verdict


def test_panel_holds_models_beside_dull_explanations(scored):
    panel, words = panel_and_verdict(scored)
    named = set(zip(panel.table["analysis"], panel.table["model"], strict=True))
    assert ("shortcut", "random-forest") in named
    assert ("recent+delta, area removed", "logistic-regression") in named
    assert ("recent+delta, prior outlined-first", "logistic-regression") in named
    assert "shortcut" in words
    assert "clinical" in words


def test_no_authors_table_without_their_protocol(plan, scored, config):
    assert authors_tables(plan, scored, config=config, seed=5, work=Work()) == ()


@pytest.mark.nightly
def test_authors_table_has_three_analyses_and_a_permuted_mean(study, config):
    plan = plan_study(study, config=replace(config, profile="full"), seed=5)
    wanted = [j for j in plan.jobs if j.analysis.protocol == "leave-one-patient-out" or j.analysis.is_primary]
    plan = replace(plan, jobs=tuple(wanted))
    scored = score_study(plan, cross_validate(plan.jobs, seed=5, work=Work()), config=config, seed=5)
    (named,) = authors_tables(plan, scored, config=config, seed=5, work=Work())
    assert set(named.table["feature_set"]) == {"recent", "recent+prior", "delta"}
    assert set(named.table["model"]) == {"logistic-regression", "linear-svm"}
    assert named.table["auc_with_permuted_labels"].between(0.1, 0.6).all()
    assert named.table["published"].str.len().min() > 0
