import numpy as np
import pytest

from radiomics_mammo.modeling.comparing import Comparison
from radiomics_mammo.modeling.intervals import Interval
from radiomics_mammo.modeling.sentences import events_sentence, primary_sentence, protocol_sentence

AUC = Interval(0.8, 0.7, 0.9)


@pytest.mark.parametrize(
    ("gain", "p_value", "answer"),
    [
        (Interval(0.1, 0.02, 0.2), 0.01, "the prior exam helped"),
        (Interval(-0.1, -0.2, -0.02), 0.01, "adding the prior exam made it worse"),
        (Interval(0.1, 0.02, 0.2), 0.2, "no gain from the prior exam was shown"),
        (Interval(0.1, -0.02, 0.2), 0.01, "no gain from the prior exam was shown"),
    ],
)
def test_the_primary_sentence_answers_only_what_was_shown(make_result, gain, p_value, answer):
    result = make_result([0.1, 0.2, 0.9], [False, False, True])
    words = primary_sentence((result, AUC), (result, AUC), Comparison(gain, p_value))
    assert words.endswith(f"{answer}.")
    assert f"permutation p = {p_value:.3f}, 3 patients (2 benign, 1 malignant)" in words
    assert words.count(".") - words.count("0.") == words.count(". ") + 1


def test_few_patients_a_column_are_warned_about(make_result):
    few = make_result([0.1, 0.9], [False, True])
    assert "1 patients of the smaller class for 2 columns" in events_sentence(few)
    labels = np.arange(60) < 30
    assert events_sentence(make_result(np.linspace(0, 1, 60), labels, used=[[1, 0], [1, 0]])) == ""


def test_the_protocol_is_said(make_result):
    assert protocol_sentence(make_result([[0.1, 0.9]] * 3, [False, True])).startswith(
        "1 outer folds of whole patients, 3"
    )
