from radiomics_mammo.core.references import REFERENCES


def test_works_are_dated_and_listed_once() -> None:
    assert all(any(year in text for year in ("19", "20", "Zenodo")) and text for text in REFERENCES.values())
    assert len({text[:60] for text in REFERENCES.values()}) == len(REFERENCES)
