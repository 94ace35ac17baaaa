import numpy as np
import pytest

from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.modeling.candidates import built_in_candidates
from radiomics_mammo.modeling.intervals import Interval
from radiomics_mammo.modeling.shortcuts import AREA_COLUMN, area_candidate, area_design, shortcut_panel, verdict

LOGISTIC = built_in_candidates(ModelingConfig())["logistic-regression"]


def test_a_model_of_area_knows_nothing_once_area_is_removed(make_design):
    design = make_design(columns=1, effect=0.0)
    area = design.malignant * 2.0 + np.random.default_rng(1).normal(size=27)
    primary = design.with_column("recent_big", 3 * area + 1).only_columns(np.array([False, True]))
    adjusted = area_design(design.with_column(AREA_COLUMN, area), primary)
    assert adjusted.columns == (AREA_COLUMN, "recent_big")
    fitted = area_candidate(LOGISTIC).pipeline.fit(adjusted.values, adjusted.malignant)
    assert np.ptp(fitted.predict_proba(adjusted.values)[:, 1]) < 1e-6


def test_unknown_area_means_no_adjustment(make_design):
    design = make_design()
    assert area_design(design.with_column(AREA_COLUMN, np.full(27, np.nan)), design) is None


@pytest.mark.parametrize(
    ("dull", "words"),
    [
        (Interval(0.75, 0.6, 0.9), "not told apart from shortcut (AUC 0.75)"),
        (Interval(0.5, 0.4, 0.6), "lies above shortcut (AUC 0.50)"),
        (Interval(0.99, 0.96, 1.0), "lies below shortcut (AUC 0.99)"),
    ],
)
def test_verdict_says_what_the_intervals_say(dull, words):
    assert words in verdict(Interval(0.85, 0.75, 0.95), {"shortcut": dull})


def test_panel_keeps_its_columns_without_rows():
    assert shortcut_panel([]).table.columns.tolist() == ["analysis", "model", "auc", "ci_low", "ci_high"]
