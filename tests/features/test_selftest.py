"""The self test passes here, and fails when something is wrong."""

from radiomics_mammo.features import selftest
from radiomics_mammo.features.selftest import KNOWN_DEVIATIONS, SelftestRow, printed_tolerance, selftest_values


def test_every_row_passes():
    rows = selftest_values()
    assert [row.name for row in rows if not row.passed] == []
    assert len(rows) > 100
    assert len({row.name for row in rows}) == len(rows)


def test_a_vanished_feature_fails(monkeypatch):
    kept = tuple(name for name in selftest.plane_features() if name != "glcm_Contrast")
    monkeypatch.setattr(selftest, "plane_features", lambda *_: kept)
    failed = {row.name for row in selftest_values() if not row.passed}
    assert "references without a feature" in failed
    assert "IBSI-1 phantom glcm_Contrast (ACUI)" in failed


def test_a_new_feature_without_a_reference_fails(monkeypatch):
    monkeypatch.setattr(selftest, "ibsi_references", lambda: selftest_references()[:-1])
    failed = {row.name for row in selftest_values() if not row.passed}
    assert failed == {"features without a reference"}


def selftest_references(references=selftest.ibsi_references):
    return references()


def test_kurtosis_is_a_known_deviation_and_named_so():
    assert "firstorder_Kurtosis" in KNOWN_DEVIATIONS
    assert any(row.name.endswith("less 3") for row in selftest_values())


def test_a_missing_value_never_passes():
    assert not SelftestRow("a", float("nan"), 0.0, 1e9).passed


def test_tolerance_is_half_the_last_printed_digit():
    assert printed_tolerance(-0.0121) == 0.0000505
    assert printed_tolerance(567.0) == 0.505
