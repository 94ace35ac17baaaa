"""What was learned keeps its signs: more evidence for a map never speaks against it."""

from radiomics_mammo.registration.error_model import CANDIDATE_WEIGHTS, PLACE_MODEL, PROVENANCE, TOLD_MODEL


def test_no_weight_is_negative():
    for weights in (CANDIDATE_WEIGHTS, PLACE_MODEL.weights, TOLD_MODEL.weights):
        assert min(weights) >= 0
        assert max(weights) > 0


def test_expected_error_is_less_than_the_ninth_decile():
    assert 0 < PLACE_MODEL.expected_share < 1


def test_provenance_names_its_commands():
    assert "fit_places.py" in PROVENANCE
