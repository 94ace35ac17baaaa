import matplotlib as mpl
import pandas as pd

from radiomics_mammo.report.drawing import canvas, finished, forest, stacked_bars


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
        forest(axes, rows, ["first", "second"], ["#000000", "#ffffff"])
        assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
        assert axes.yaxis_inverted()
        assert list(axes.lines[2].get_xdata()) == [0.6, 0.9]
