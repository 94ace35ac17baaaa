import pandas as pd

from radiomics_mammo.report.figures_cohort import (
    cohort_figure,
    error_figure,
    outline_quality_figure,
    robustness_figure,
    similarity_figure,
)


def test_unknown_ages_are_counted_in_the_caption(study) -> None:
    assert "Age is unknown for 1, density for 0" in cohort_figure(study.patients).caption
    nothing = study.patients.assign(age_years=float("nan"), density=None)
    assert "Age is unknown for 9, density for 9" in cohort_figure(nothing).caption


def test_qualities_are_counted(study) -> None:
    assert "closed 4, gap-closed 4" in outline_quality_figure(study.lesions).alt


def test_gain_and_error_are_said(study) -> None:
    assert "18 pairs" in similarity_figure(study.registration).alt
    assert "median 2 mm, 90th percentile 2.8 mm" in error_figure(pd.Series([1.0, 2.0, 3.0])).alt


def test_features_without_family_are_drawn_too(study) -> None:
    assert "good" not in robustness_figure(study.robustness, pd.Series(dtype=object)).svg
    share = (study.robustness["icc"] >= 0.75).mean()
    assert f"{share:.0%} of features" in robustness_figure(study.robustness, pd.Series(dtype=object)).alt
