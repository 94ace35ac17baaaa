from radiomics_mammo.report.references import REFERENCES


def test_keys_are_unique_and_works_are_dated() -> None:
    keys = [reference.key for reference in REFERENCES]
    assert len(set(keys)) == len(keys)
    assert all(any(year in reference.text for year in ("19", "20", "Zenodo")) for reference in REFERENCES)
