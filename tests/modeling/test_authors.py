import pytest

from radiomics_mammo.modeling.authors import PUBLISHED, authors_table
from radiomics_mammo.modeling.intervals import Interval


def test_published_figures_stand_last_beside_ours(make_result):
    analysis = {"feature_set": "recent+prior", "protocol": "leave-one-patient-out"}
    result = make_result([0.2, 0.8, 0.9], [False, True, True], **analysis)
    figures = {name: Interval(0.7, 0.6, 0.8) for name in ("accuracy", "no_information_rate", "auc")}
    table = authors_table([(result, figures)], {"recent+prior": 0.41}).table
    assert table.columns[-1] == "published"
    row = table.iloc[0]
    assert row["n_patients"] == 3
    assert row["auc_with_permuted_labels"] == pytest.approx(0.41)
    assert "85.7 %" in row["published"]


def test_every_published_figure_has_a_source():
    assert set(PUBLISHED) == {"recent", "recent+prior", "delta"}
    assert all("doi" in found.source or "zenodo" in found.source for found in PUBLISHED.values())
