from radiomics_mammo.report.figures_classification import auc_figure, curve_figures


def test_auc_of_every_set_is_drawn(classification) -> None:
    figure = auc_figure(classification.metrics)
    assert "recent+delta logistic 0.79" in figure.alt
    assert "5 patients of whom 3 malignant" in figure.caption


def test_no_patient_figures_no_drawing(classification) -> None:
    assert auc_figure(classification.metrics.assign(unit="lesion")) is None


def test_curves_without_bands_are_lines(classification) -> None:
    curves = classification.curves
    assert [figure.name for figure in curve_figures(curves)] == ["roc", "precision-recall", "calibration", "decision"]
    bare = curves[curves["curve"] == "roc"].assign(y_low=float("nan"), y_high=float("nan"))
    (roc,) = curve_figures(bare)
    assert len(roc.svg) < len(curve_figures(curves)[0].svg)
    assert roc.narrow
