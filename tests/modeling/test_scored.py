import numpy as np
import pytest

from radiomics_mammo.modeling.plan import is_reported
from radiomics_mammo.modeling.scored import PRIMARY_SIDE, RECENT_SIDE, all_metric_rows
from radiomics_mammo.modeling.scoring import OperatingPoints, concordance


@pytest.fixture(scope="module")
def rows(plan, scored):
    return all_metric_rows(plan, scored, OperatingPoints((0.9,), (0.9,)))


def test_results_are_found_by_what_they_are(scored):
    result = scored.results[PRIMARY_SIDE]
    expected = np.mean([concordance(row, result.malignant) for row in result.probability])
    assert scored.auc(PRIMARY_SIDE).estimate == pytest.approx(expected)
    assert RECENT_SIDE in scored.figures


def test_only_reported_analyses_have_all_figures(scored):
    assert all((len(f) > 1) == is_reported(a) for a, f in scored.figures.items())


def test_ungrouped_results_carry_true_patients(plan, scored):
    (leaky,) = [r for a, r in scored.results.items() if a.protocol == "ungrouped-kfold"]
    assert set(leaky.patients.tolist()) == set(plan.design("lesion", "recent+delta").patients.tolist())


def test_lesions_are_scored_by_view(rows):
    views = {row["view"] for row in rows if row["unit"] == "lesion" and row["metric"] == "auc"}
    assert views == {"CC", "MLO", "both"}
    assert {row["view"] for row in rows if row["unit"] == "patient"} == {"both"}


def test_area_removed_is_a_metric_of_the_primary_set(rows):
    (row,) = [row for row in rows if row["metric"] == "auc_area_residualised"]
    assert (row["feature_set"], row["role"]) == ("recent+delta", "exploratory")


def test_exactly_two_figures_are_primary(rows):
    primary = [(row["feature_set"], row["metric"]) for row in rows if row["role"] == "primary"]
    assert primary == [("recent", "auc"), ("recent+delta", "auc")]
