import matplotlib as mpl

from radiomics_mammo.report.drawing import canvas, count_axis, finished


def drawn(values: list[float]) -> str:
    with canvas(2.0, columns=2) as (figure, axes):
        axes[0].plot(values)
        axes[0].set_title("A < B & C")
        count_axis(axes[0].yaxis)
        return finished(figure, "x", alt="a line", caption="A line.").svg


def test_same_drawing_same_text_and_no_date() -> None:
    first = drawn([1, 2, 4])
    assert first == drawn([1, 2, 4])
    assert "<dc:date>" not in first
    assert "A &lt; B &amp; C" in first


def test_style_stays_inside() -> None:
    before = dict(mpl.rcParams)
    drawn([1, 2])
    assert dict(mpl.rcParams) == before


def test_counts_are_whole() -> None:
    with canvas(2.0) as (_, axes):
        axes[0].plot([0, 1], [0, 3])
        count_axis(axes[0].yaxis)
        assert all(float(tick).is_integer() for tick in axes[0].get_yticks())
