from radiomics_mammo.report.blocks import Figure
from radiomics_mammo.report.material import ReportMaterial


def test_drawings_are_found_by_name_in_the_order_asked_for(study) -> None:
    figures = tuple(Figure(name, "<svg/>", name, name) for name in ("a", "b"))
    drawn = ReportMaterial(study, figures=figures).drawn("b", "missing", "a")
    assert [block.figure.name for block in drawn] == ["b", "a"]
