from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.report.blocks import Figure, TableBlock
from radiomics_mammo.report.statistics import (
    answer_sentence,
    change_figure,
    cluster_figure,
    effects_figure,
    plain_name,
    row_names,
    statistics_figures,
    statistics_section,
    strip_figures,
    volcano_figure,
)
from radiomics_mammo.report.titles import title_of
from radiomics_mammo.tables.study import NamedTable


@pytest.fixture(scope="module")
def named(statistics) -> dict[str, NamedTable]:
    return {table.name: table for table in statistics}


def test_every_table_has_its_place(material) -> None:
    section = statistics_section(material)
    shown = [block.title for part in section.sections for block in part.blocks if isinstance(block, TableBlock)]
    titles = [part.title for part in section.sections]
    assert titles == [
        "Does it differ by class?",
        "Does it differ with density?",
        "Does it differ with age?",
        "Could something dull explain it, and what could n show?",
        "Of tomorrow",
        "Further tables",
    ]
    names = ("univariate", "models_patient", "density_descriptive", "age_tests", "power", "novelties")
    assert shown == [title_of(name) for name in names]


def test_no_statistics_says_how_to_get_them(material) -> None:
    assert "radiomics-mammo statistics" in statistics_section(replace(material, statistics=())).blocks[0].text


def test_women_are_counted_once_by_stratum(named) -> None:
    points = named["strip_points"].table
    (figure,) = strip_figures(points, "density")
    assert figure.name == "strip-density-tissue"
    assert "a (n = 3), b (n = 2), c (n = 2), d (n = 2)" in figure.caption
    assert strip_figures(points.assign(density=None), "density") == ()


def test_age_bands_run_from_young_to_old(named) -> None:
    caption = strip_figures(named["strip_points"].table, "age_band")[0].caption
    assert caption.index("< 50") < caption.index("50-59") < caption.index(">= 70")


def test_volcano_counts_what_the_correction_keeps(named) -> None:
    assert "9 features; 1 have q" in volcano_figure(named["univariate"]).alt
    empty = named["univariate"].table.assign(p_value=np.nan)
    assert volcano_figure(replace(named["univariate"], table=empty)) is None


def test_odds_ratios_stand_on_a_log_axis_with_the_smallest_p_first(named) -> None:
    models = named["models_patient"]
    svg = effects_figure(models).svg
    ordered = models.table.sort_values("p_value")["feature"].map(plain_name)
    assert svg.index(ordered.iloc[0]) < svg.index(ordered.iloc[-1])
    assert effects_figure(replace(models, table=models.table.assign(ci_low=np.inf))) is None


def test_rows_are_named_by_what_tells_them_apart() -> None:
    table = pd.DataFrame({"family": ["t", "u"], "feature": ["a", "b"], "stratum": ["x", None], "n": [1, 2]})
    assert row_names(table) == ["a · x", "b"]


def test_correlations_are_mirrored_with_ones_on_the_diagonal(named) -> None:
    pairs = named["cluster_correlation"]
    assert "between 2 features" in cluster_figure(pairs).alt
    assert cluster_figure(replace(pairs, table=pairs.table.assign(effect=np.nan))) is None


def test_unknown_tables_are_left_alone() -> None:
    assert statistics_figures((NamedTable(name="new", caption="New.", table=pd.DataFrame({"n": [1]})),)) == ()


def test_question_is_answered_with_n_and_interval(named) -> None:
    table = named["univariate"].table
    text = answer_sentence(table, "comparisons", rate=0.05)
    clearest = table.sort_values("p_value").iloc[0]
    assert text.startswith("Yes, in 1 of 9 comparisons (q at most 0.05); the clearest: ")
    assert clearest["feature"] in text
    assert "n = 5" in text
    assert " to " in text
    assert answer_sentence(table, "comparisons", rate=0.001).startswith("Not shown: none of 9 comparisons")


def test_what_was_not_tested_says_so_and_why(named) -> None:
    table = named["univariate"].table.assign(p_value=np.nan, note="too few to test")
    assert answer_sentence(table, "comparisons", rate=0.05) == "Not tested: too few to test (9 of 9 rows)."


def test_first_picture_of_a_question_is_open_and_its_tables_are_folded(material, figures) -> None:
    section = statistics_section(replace(material, figures=figures)).sections[0]
    pictures = [block for block in section.blocks if isinstance(block, Figure)]
    assert [picture.folded for picture in pictures] == [False, True]
    assert all(block.folded for block in section.blocks if isinstance(block, TableBlock))


def test_change_is_drawn_on_one_scale(named) -> None:
    table = pd.concat([named["univariate"].table.assign(case_class=name) for name in ("benign", "malignant")])
    table = table.assign(rank_biserial=np.linspace(-1, 1, len(table)))
    figure = change_figure(replace(named["univariate"], name="paired_change", table=table))
    assert "all fell" in figure.svg
    assert figure.svg.index("benign (n up to 5)") < figure.svg.index("malignant (n up to 5)")
    assert change_figure(named["univariate"]) is None


def test_the_clearest_of_those_that_hold_is_named_not_the_smallest_p() -> None:
    rows = [
        {"feature": "holds", "p_value": 0.02, "q_value": 0.03},
        {"feature": "does not", "p_value": 0.01, "q_value": 0.5},
    ]
    common = {"n": 9, "effect_name": "AUC", "effect": 0.8, "ci_low": 0.7, "ci_high": 0.9}
    said = answer_sentence(pd.DataFrame([row | common for row in rows]), "tests", rate=0.05)
    assert "the clearest: holds" in said


def test_what_was_not_tested_says_why_in_one_sentence() -> None:
    table = pd.DataFrame({"p_value": [np.nan] * 3, "note": ["too few to test", "too few to test", "constant feature"]})
    assert answer_sentence(table, "tests", rate=0.05) == "Not tested: too few to test (2 of 3 rows)."


def test_odds_of_separated_classes_are_said_to_be_beyond_not_in_powers_of_ten() -> None:
    row = {"feature": "f", "n": 9, "effect_name": "odds ratio", "effect": 1e-11, "ci_low": 1e-56, "ci_high": 0.0044}
    said = answer_sentence(pd.DataFrame([row | {"p_value": 0.01, "q_value": 0.01}]), "tests", rate=0.05)
    assert "odds ratio < 0.001 (< 0.001 to 0.0044)" in said
