"""Words of the output files."""

import pickle

import pytest

from radiomics_mammo.core import vocabulary
from radiomics_mammo.core.vocabulary import Laterality, OutlineQuality, PriorPolicy, RoiSource, View, is_view


def test_words_are_those_of_the_contract():
    assert [policy.value for policy in PriorPolicy] == ["regional", "registered", "outlined-first"]
    assert {source.value for source in RoiSource} == {"outlined", "registered", "fallback", "tissue", "null"}
    assert {label.value for label in vocabulary.LesionLabel} == {"benign", "malignant", "unconfirmed"}
    assert {severity.value for severity in vocabulary.Severity} == {"error", "warning", "info"}


def test_only_unreliable_outlines_are_not_measured():
    assert {quality for quality in OutlineQuality if not quality.measurable} == {
        OutlineQuality.OPEN,
        OutlineQuality.AMBIGUOUS,
    }


def test_views_of_either_breast_are_views_of_their_own():
    view = View("RMLO")
    assert (view.projection, view.side, str(view)) == (View.MLO, Laterality.RIGHT, "RMLO")
    assert pickle.loads(pickle.dumps(view)) is view
    assert View("RMLO") is view is not View("LMLO")
    assert [str(word) for word in View] == ["CC", "MLO"]
    assert [View(word).projection.value for word in ("LML", "LM", "LMO", "LLMO")] == ["ML", "LM", "LMO", "LMO"]
    assert view.of_side(View.CC) is View("RCC")


def test_other_words_are_no_views():
    assert not is_view("xx")
    with pytest.raises(ValueError, match="SPOT"):
        View("SPOT")
