import pandas as pd

from radiomics_mammo.report.figures_flow import FlowBox, flow_figure, flow_lanes

FLOW = pd.DataFrame(
    [
        ("found", "patient", 10, 9, "no image"),
        ("read", "image", 36, 35, "truncated"),
        ("read", "image", 35, 33, "misplaced"),
        ("aligned", "image", 33, 33, ""),
    ],
    columns=["step", "unit", "n_in", "n_out", "reason"],
)


def test_losses_of_a_step_add_up() -> None:
    lanes = flow_lanes(FLOW)
    assert list(lanes) == ["patient", "image"]
    assert lanes["image"] == (
        FlowBox("read", 36, 33, (("truncated", 1), ("misplaced", 2))),
        FlowBox("aligned", 33, 33, ()),
    )


def test_diagram_says_who_was_lost_and_why() -> None:
    figure = flow_figure(FLOW)
    assert "read 33 (1 lost, truncated; 2 lost, misplaced)" in figure.alt
    assert "− 2: misplaced" in figure.svg
    assert "images, 36 to begin with" in figure.svg


def test_long_reasons_are_wrapped_not_cut() -> None:
    reason = "an outlined copy does not show its DICOM image and the image is left out of the study"
    figure = flow_figure(FLOW.assign(reason=reason))
    assert all(word in figure.svg for word in reason.split())


def test_step_that_counts_all_again_does_not_follow() -> None:
    again = pd.concat([FLOW, pd.DataFrame([("labelled", "image", 36, 30, "unconfirmed")], columns=FLOW.columns)])
    assert [box.follows for box in flow_lanes(again)["image"]] == [True, True, False]
    assert "of all 36:" in flow_figure(again).svg
