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


def test_grey_ranks_tell_no_woman():
    gland_in_the_middle = (0.17, 0.65, 0.31, 0.40, 0.86)  # two women's MLO views, real ones, as alike as any
    score = TOLD_MODEL.intercept + sum(w * f for w, f in zip(TOLD_MODEL.weights, gland_in_the_middle, strict=True))
    assert score < TOLD_MODEL.least < TOLD_MODEL.least_small
