import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.report.blocks import ContactSheet, Figure, LesionCard, Picture, Section, TableBlock


def card(quality: str) -> LesionCard:
    picture = Picture("image/png", b"")
    return LesionCard("a_1", "a", "benign", "benign", quality, "recent", "00", (), picture, picture, picture)


def test_table_refuses_rows_of_another_length() -> None:
    with pytest.raises(InvariantError, match="cells for each column"):
        TableBlock("t", ("a", "b"), (("1",),), (True, False))


def test_figure_is_embedded_as_svg() -> None:
    figure = Figure("roc", "<svg/>", "a curve", "A curve.")
    assert figure.picture.uri == "data:image/svg+xml;base64,PHN2Zy8+"


def test_choices_are_unique_and_sorted() -> None:
    assert ContactSheet((card("split"), card("closed"), card("split"))).choices("quality") == ("closed", "split")


def test_anchor_holds_only_letters_digits_and_hyphens() -> None:
    assert Section("By age: <50 & ≥70").anchor == "by-age-50-70"
