from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.report.blocks import TableBlock
from radiomics_mammo.report.statistics import (
    cluster_figure,
    effects_figure,
    row_names,
    statistics_figures,
    statistics_section,
    strip_figures,
    volcano_figure,
)
from radiomics_mammo.tables.study import NamedTable


@pytest.fixture(scope="module")
def named(statistics) -> dict[str, NamedTable]:
    return {table.name: table for table in statistics}


def test_every_table_has_its_place(material) -> None:
    section = statistics_section(material)
    shown = [block.title for part in section.sections for block in part.blocks if isinstance(block, TableBlock)]
    titles = [part.title for part in section.sections]
    assert titles == [
        "By breast density",
        "By age",
        "Benign against malignant",
        "Confounders and power",
        "Of tomorrow",
        "Further tables",
    ]
    assert shown == ["Density descriptive", "Age tests", "Univariate", "Models patient", "Power", "Novelties"]


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
    ordered = models.table.sort_values("p_value")["feature"]
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
