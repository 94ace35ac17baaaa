from dataclasses import replace

import pytest

from radiomics_mammo.modeling.authors import PUBLISHED, authors_table, authors_tables
from radiomics_mammo.modeling.evaluation import Evaluation, evaluate
from radiomics_mammo.modeling.metrics import Interval
from radiomics_mammo.modeling.nested_cv import Work, cross_validate
from radiomics_mammo.modeling.plan import plan_study


def test_published_figures_stand_last_beside_ours(plan, make_result):
    analysis = {"feature_set": "recent+prior", "protocol": "leave-one-patient-out"}
    result = make_result([0.2, 0.8, 0.9], [False, True, True], **analysis)
    figures = {name: Interval(0.7, 0.6, 0.8) for name in ("accuracy", "no_information_rate", "auc")}
    found = Evaluation(plan, {result.analysis: result}, {}, {result.analysis: figures})
    table = authors_table(found, {"recent+prior": 0.41}).table
    assert table.columns[-1] == "published"
    row = table.iloc[0]
    assert row["n_patients"] == 3
    assert row["auc_with_permuted_labels"] == pytest.approx(0.41)
    assert "85.7 %" in row["published"]


def test_every_published_figure_has_a_source():
    assert set(PUBLISHED) == {"recent", "recent+prior", "delta"}
    assert all("doi" in found.source or "zenodo" in found.source for found in PUBLISHED.values())


def test_no_authors_table_without_their_protocol(evaluation):
    assert authors_tables(evaluation, Work()) == ()


@pytest.mark.nightly
def test_authors_table_has_three_analyses_and_a_permuted_mean(study, config):
    plan = plan_study(study, config=replace(config, profile="full"), seed=5)
    wanted = [j for j in plan.jobs if j.analysis.protocol == "leave-one-patient-out" or j.analysis.is_primary]
    plan = replace(plan, jobs=tuple(wanted))
    (named,) = authors_tables(evaluate(plan, cross_validate(plan.jobs, seed=5, work=Work())), Work())
    assert set(named.table["feature_set"]) == {"recent", "recent+prior", "delta"}
    assert set(named.table["model"]) == {"logistic-regression", "linear-svm"}
    assert named.table["auc_with_permuted_labels"].between(0.1, 0.6).all()
    assert named.table["published"].str.len().min() > 0
