"""The shipped reference data are complete and what the manual prints."""

import numpy as np

from radiomics_mammo.features.columns import plane_features
from radiomics_mammo.features.ibsi import digital_phantom, ibsi_codes, ibsi_references


def test_the_phantom_has_its_known_histogram():
    levels, counts = np.unique(digital_phantom(), return_counts=True)
    assert dict(zip(levels.tolist(), counts.tolist(), strict=True)) == {0: 6, 1: 50, 3: 1, 4: 16, 6: 7}


def test_codes_are_four_characters_and_unique():
    codes = list(ibsi_codes().values())
    assert {len(code) for code in codes} == {4}
    assert len(set(codes)) == len(codes)


def test_references_name_features_we_measure():
    assert {one.feature for one in ibsi_references()} <= set(plane_features())
    assert len(ibsi_references()) == 90
