import numpy as np
import pandas as pd

from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.report.figures_statistics import (
    cluster_figure,
    effects_figure,
    row_names,
    statistics_figures,
    strip_figures,
    volcano_figure,
)


def test_women_are_counted_once_by_stratum(statistics) -> None:
    points = next(table.table for table in statistics if table.name == "strip_points")
    (figure,) = strip_figures(points, "density")
    assert figure.name == "strip-density-tissue"
    assert "a (n = 3), b (n = 2), c (n = 2), d (n = 2)" in figure.caption
    assert strip_figures(points.assign(density=None), "density") == ()


def test_age_bands_run_from_young_to_old(statistics) -> None:
    points = next(table.table for table in statistics if table.name == "strip_points")
    caption = strip_figures(points, "age_band")[0].caption
    assert caption.index("< 50") < caption.index("50-59") < caption.index(">= 70")


def test_volcano_counts_what_the_correction_keeps(statistics) -> None:
    univariate = next(table for table in statistics if table.name == "univariate")
    assert "9 features; 1 have q" in volcano_figure(univariate).alt
    empty = NamedTable("univariate", "None.", univariate.table.assign(p_value=np.nan))
    assert volcano_figure(empty) is None


def test_odds_ratios_stand_on_a_log_axis_with_the_smallest_p_first(statistics) -> None:
    models = next(table for table in statistics if table.name == "models_patient")
    figure = effects_figure(models)
    first = models.table.sort_values("p_value")["feature"].iloc[0]
    last = models.table.sort_values("p_value")["feature"].iloc[-1]
    assert figure.svg.index(first) < figure.svg.index(last)
    assert effects_figure(NamedTable("models_patient", "None.", models.table.assign(ci_low=np.inf))) is None


def test_rows_are_named_by_what_tells_them_apart() -> None:
    table = pd.DataFrame({"family": ["t", "u"], "feature": ["a", "b"], "stratum": ["x", None], "n": [1, 2]})
    assert row_names(table) == ["a · x", "b"]


def test_correlations_are_mirrored_with_ones_on_the_diagonal(statistics) -> None:
    pairs = next(table for table in statistics if table.name == "cluster_correlation")
    assert "between 2 features" in cluster_figure(pairs).alt
    assert cluster_figure(NamedTable("cluster_correlation", "None.", pairs.table.assign(effect=np.nan))) is None


def test_unknown_tables_are_left_alone() -> None:
    assert set(statistics_figures((NamedTable("new", "New.", pd.DataFrame({"n": [1]})),))) == {None}
