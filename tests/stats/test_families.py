from __future__ import annotations

import re
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats import key_findings, statistics_tables
from radiomics_mammo.stats.families import across_questions, follow_up, question_values
from radiomics_mammo.stats.measurements import lay_out
from radiomics_mammo.stats.statistical_table import QUESTIONS, StatisticalTable
from radiomics_mammo.stats.study_tables import TABLES
from radiomics_mammo.tables.multiplicity import adjust_tree
from radiomics_mammo.tables.study import NamedTable

CLAIM = re.compile(r": \d+ of \d+ comparisons")
"""How a key sentence goes on that claims something; "none of" claims nothing."""
QUICK = StatisticsConfig(permutations=1000, bootstrap_draws=100, simulations=100)


def table(name, question, *, asks=True, counted=lambda rows: rows):
    return StatisticalTable(
        name=name, chapter="", caption="", keys=("family",), make=lambda _: [], question=question, asks=asks,
        counted=counted,
    )  # fmt: skip


def rows(p_values, family="glcm"):
    frame = pd.DataFrame({"p_value": p_values, "family": family, "q_value": np.nan})
    return frame.assign(q_value=adjust_tree(frame["p_value"].to_numpy(), [frame["family"].tolist()]))


def test_two_tables_of_a_question_share_it_and_the_others_weigh_on_it():
    first, second, other = table("a", "class"), table("b", "class"), table("c", "age")
    made = {"a": rows([0.001, 0.9]), "b": rows([0.8, 0.7]), "c": rows([0.5])}
    found, questions = across_questions([first, second, other], made)
    assert questions == pytest.approx({"class": 0.008, "age": 0.5})  # 0.001 of four, one question of two
    assert found["a"].loc[0, "q_value"] == pytest.approx(0.008)
    assert (found["b"]["q_value"] > 0.5).all()


def test_rows_that_do_not_count_and_tables_that_follow_wait_for_the_question():
    asks = table("a", "class", counted=lambda frame: frame[frame["family"] == "glcm"])
    made = rows([0.2, 1e-9]).assign(family=["glcm", "glrlm"])
    found, questions = across_questions([asks], {"a": made})
    assert found["a"]["q_value"].tolist() == pytest.approx([0.2, 0.2])
    later = follow_up(table("b", "class", asks=False), rows([1e-9, 0.6]), questions)
    assert later["q_value"].tolist() == pytest.approx([0.2, 0.6])


def test_a_question_without_any_test_is_never_found():
    found, questions = across_questions([table("a", "class")], {"a": rows([np.nan])})
    assert questions == {}
    assert follow_up(table("b", "class", asks=False), rows([1e-9]), questions)["q_value"].tolist() == [1.0]
    assert question_values(found["a"].assign(question="class")) == {}


def test_families_are_few_and_every_table_with_a_sentence_belongs_to_one_or_warns():
    for one in TABLES:
        assert one.question in (*QUESTIONS, ""), one.name
        assert one.question or not one.asks, one.name
        assert one.question or not one.subject or one.name == "confounders", one.name
    assert {one.question for one in TABLES if one.asks} == set(QUESTIONS)


def claims(make_study, make_predictions, seeds):
    """Whether any table of a study finds something, and whether any key sentence claims something."""
    found = []
    for seed in seeds:
        study = make_study(features=24, seed=seed)
        scores = make_predictions(study, seed=seed, strength=0.0)
        tables = statistics_tables(study, predictions=scores, config=QUICK, seed=seed)
        asked = {one.name for one in TABLES if one.question} | {"density_pairs", "age_pairs"}
        small = [one.name for one in tables if one.name in asked and (one.table["q_value"] <= 0.05).any()]
        said = [text for text in key_findings(tables) if CLAIM.search(text)]
        found.append((bool(small), bool(said)))
    return np.array(found)


def smallest_q(make_study, make_predictions, seed, **planted):
    """Smallest q of any question: no table finds anything below it (intervals of Firth decide nothing: left out)."""
    study = make_study(features=24, seed=seed, **planted)
    laid = lay_out(study, QUICK, predictions=make_predictions(study, seed=seed, strength=0.0), seed=seed)
    with patch("radiomics_mammo.stats.regression._bound", return_value=np.nan):
        made = {one.name: one.of(laid) for one in TABLES if one.asks}
    return min(across_questions(TABLES, made)[1].values())


def test_a_sentence_that_claims_something_is_told_from_one_that_does_not():
    row = {"source": "lesion", "feature": "f", "effect_name": "AUC", "effect": 0.9, "ci_low": 0.8, "ci_high": 0.95}
    found = pd.DataFrame([{**row, "p_value": 0.001, "q_value": 0.002, "n": 65}])
    for q_value, claimed in ((0.002, True), (0.2, False)):
        table = NamedTable(name="univariate", caption="", table=found.assign(q_value=q_value))
        assert bool(CLAIM.search(key_findings([table])[0])) == claimed


def test_a_study_without_an_effect_claims_nothing_that_no_table_finds(make_study, make_predictions):
    (small, said), = claims(make_study, make_predictions, [0])  # fmt: skip
    assert not said or small


def test_a_large_change_of_one_class_is_found_through_the_tree(make_study, make_predictions):
    assert smallest_q(make_study, make_predictions, 0, class_effect=2.5) <= 0.05


@pytest.mark.nightly
def test_of_500_studies_without_an_effect_at_most_seven_percent_find_anything(make_study, make_predictions):
    found = [smallest_q(make_study, make_predictions, seed) <= 0.05 for seed in range(500)]
    assert np.mean(found) <= 0.07


@pytest.mark.nightly
def test_of_20_studies_without_an_effect_at_most_three_claim_anything_in_their_key_sentences(
    make_study, make_predictions
):
    # 4 or more of 20 have probability 0.016 at 5 %
    small, said = claims(make_study, make_predictions, range(20)).T
    assert said.sum() <= 3
    assert (small >= said).all()
