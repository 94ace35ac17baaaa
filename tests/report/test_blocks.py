import pytest

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.report.blocks import Figure, Section, TableBlock
from radiomics_mammo.report.masks import contact_sheet


def test_table_refuses_rows_of_another_length() -> None:
    with pytest.raises(InvariantError, match="cells for each column"):
        TableBlock(caption="t", header=("a", "b"), rows=(("1",),), numeric=(True, False))


def test_figure_is_embedded_as_svg() -> None:
    figure = Figure(name="roc", svg="<svg/>", alt="a curve", caption="A curve.")
    assert figure.picture.uri == "data:image/svg+xml;base64,PHN2Zy8+"


def test_choices_are_unique_and_sorted(material) -> None:
    assert contact_sheet(material).choices("label") == ("benign", "malignant")


def test_anchor_holds_only_letters_digits_and_hyphens() -> None:
    assert Section("By age: <50 & ≥70").anchor == "by-age-50-70"
