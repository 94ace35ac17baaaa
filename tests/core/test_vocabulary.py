"""Words of the output files."""

from radiomics_mammo.core import vocabulary
from radiomics_mammo.core.vocabulary import OutlineQuality, PriorPolicy, RoiSource


def test_words_are_those_of_the_contract():
    assert [policy.value for policy in PriorPolicy] == ["registered", "outlined-first"]
    assert {source.value for source in RoiSource} == {"outlined", "registered", "fallback", "tissue", "null"}
    assert {label.value for label in vocabulary.LesionLabel} == {"benign", "malignant", "unconfirmed"}
    assert {severity.value for severity in vocabulary.Severity} == {"error", "warning", "info"}


def test_only_unreliable_outlines_are_not_measured():
    assert {quality for quality in OutlineQuality if not quality.measurable} == {
        OutlineQuality.OPEN,
        OutlineQuality.AMBIGUOUS,
    }
