import pandas as pd

from radiomics_mammo.tables.origin import notices

RELEASE = pd.DataFrame({"case_class": ["normal", "benign"], "folder": ["1", "1"], "laterality": ["L", "R"]})
BLUE = pd.DataFrame({"label": ["benign"], "color": ["blue"]})


def test_release_has_all_notices() -> None:
    told = " ".join(notices(RELEASE, BLUE))
    for words in ("not biopsied", "One breast", "one country", "no external test"):
        assert words in told


def test_cohort_of_ones_own_has_only_those_that_are_true() -> None:
    own = RELEASE.assign(case_class=None, folder=None)
    told = " ".join(notices(own.assign(laterality=["L", None]), BLUE.assign(color=None)))
    assert told == "There was no external test."
    assert "One breast" in " ".join(notices(own, BLUE))
