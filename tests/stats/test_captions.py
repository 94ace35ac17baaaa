from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.stats.captions import TITLES, caption_of

TESTED = pd.DataFrame({"n": [65, 12], "p_value": [0.2, np.nan]})


@pytest.mark.parametrize("name", TITLES)
def test_every_caption_says_n_and_the_rule_for_small_cells(name):
    caption = caption_of(name, TESTED, StatisticsConfig(min_cell=7, confidence=0.9))
    assert "90% intervals; cells with fewer than 7 patients are not tested." in caption
    assert ("n up to 65" in caption) == (name != "strip_points")


def test_tests_name_their_correction():
    for name in ("univariate", "density_tests", "age_pairs", "models_mixed", "fairness"):
        assert "q: " in TITLES[name]


def test_unknown_table_is_refused():
    with pytest.raises(InvariantError, match="add its caption"):
        caption_of("surprise", TESTED, StatisticsConfig())
