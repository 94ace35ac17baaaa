import pytest
from pydantic import ValidationError

from radiomics_mammo.config.report import ReportConfig


def test_defaults_are_within_their_bounds() -> None:
    settings = ReportConfig()
    assert settings.max_page_megabytes == 20
    assert (settings.crop_px, settings.alignment_px) == (220, 280)


@pytest.mark.parametrize(
    "wrong",
    [{"crop_px": 10}, {"crop_margin": -1}, {"alignment_px": 5000}, {"max_page_megabytes": 0}, {"table_rows": 1}],
)
def test_values_out_of_bounds_are_refused(wrong) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ReportConfig(**wrong)


def test_unknown_keys_are_refused() -> None:
    with pytest.raises(ValidationError, match="colour"):
        ReportConfig(colour="red")
