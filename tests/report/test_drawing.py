import matplotlib as mpl
import numpy as np
import pandas as pd

from radiomics_mammo.report.drawing import Marks, canvas, finished, forest, stacked_bars


def drawn(values: list[float]) -> str:
    with canvas(2.0, columns=2) as (figure, axes):
        axes[0].plot(values)
        axes[0].set_title("A < B & C")
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


SETTINGS = {
    "text.usetex": True,
    "figure.dpi": 300,
    "lines.linewidth": 9,
    "axes.prop_cycle": mpl.cycler(color=["red"]),
    "axes.formatter.use_locale": True,
    "savefig.bbox": "tight",
    "font.family": "serif",
    "path.sketch": (9, 9, 9),
}


def test_settings_of_the_user_change_no_drawing() -> None:
    plain = drawn([1, 2, 4])
    for name, value in SETTINGS.items():
        with mpl.rc_context({name: value}):
            assert drawn([1, 2, 4]) == plain, name
            assert mpl.rcParams[name] == mpl.RcParams({name: value})[name]


def test_counts_are_stacked_in_the_order_of_classes_with_whole_ticks() -> None:
    counted = pd.DataFrame({"malignant": [1, 1], "benign": [2, 0]}, index=["a", "b"])
    for horizontal in (False, True):
        with canvas(2.0) as (_, (axes,)):
            assert stacked_bars(axes, counted, horizontal=horizontal).tolist() == [3, 1]
            assert [one.get_label() for one in axes.containers] == ["benign", "malignant"]
            ticks = axes.get_xticks() if horizontal else axes.get_yticks()
            assert all(float(tick).is_integer() for tick in ticks)


def test_forest_runs_from_top_to_bottom() -> None:
    rows = pd.DataFrame({"estimate": [0.5, 0.7], "ci_low": [0.4, 0.6], "ci_high": [0.6, 0.9]})
    with canvas(2.0) as (_, (axes,)):
        marks = forest(axes, rows, ["first", "second"], ["#000000", "#ffffff"])
        assert marks.words == ["first: 0.50 (0.40 to 0.60)", "second: 0.70 (0.60 to 0.90)"]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
        assert axes.yaxis_inverted()
        assert list(axes.lines[2].get_xdata()) == [0.6, 0.9]


def test_marks_lie_where_they_are_drawn_on_both_layouts() -> None:
    with canvas(2.0, columns=2) as (figure, axes):
        for lane in axes:
            lane.set(xlim=(0, 10), ylim=(1, 1000), yscale="log")
            lane.scatter([5.0], [10.0])
        values = np.array([5.0, 5.0, 50.0, np.nan])
        marks = Marks(axes[1], values, np.array([10.0, 100.0, 10.0, 10.0]), ["a", "b", "outside", "unknown"])
        made = finished(figure, "x", alt="two", caption="Two.", marks=[marks])
    for tips in (made.tips, made.phone_tips):
        assert [words for _, _, words in tips] == ["a", "b"]
        assert all(0 < across < 1 and 0 < down < 1 for across, down, _ in tips)
        assert tips[0][0] == tips[1][0], "one abscissa"
        assert tips[0][1] > tips[1][1], "the larger value lies higher"
    assert made.tips[0][0] > 0.5, "the second panel is on the right"
    assert made.phone_tips[0][1] > 0.5, "and below the first on a phone"


def test_a_phone_gets_long_names_wrapped_and_a_picture_no_second_drawing() -> None:
    with canvas(2.0) as (figure, (axes,)):
        axes.scatter([1.0], [0.0])
        axes.set_yticks([0.0], ["log-sigma-1-0-mm-2D glszm SmallAreaLowGrayLevelEmphasis"])
        made = finished(figure, "x", alt="one", caption="One.")
    assert "log-sigma-1-0-mm-2D glszm SmallAreaLowGrayLevelEmphasis" in made.svg
    assert "SmallAreaLowGrayLevelEmphasis" not in made.phone_svg, "broken where it is longer than a line"
    assert made.phone.size[0] < made.picture.size[0]
    with canvas(2.0) as (figure, (axes,)):
        axes.imshow(np.eye(3))
        assert finished(figure, "x", alt="one", caption="One.").phone is None
