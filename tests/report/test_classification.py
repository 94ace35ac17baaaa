from dataclasses import replace

from radiomics_mammo.report.blocks import TableBlock
from radiomics_mammo.report.classification import auc_figures, classification_figures, classification_section


def parts(material, classification):
    section = classification_section(replace(material, classification=classification))
    return {part.title: part.blocks for part in section.sections}


def test_primary_figures_stand_apart(material) -> None:
    blocks = classification_section(material).blocks
    primary, exploratory, compared = (block for block in blocks if isinstance(block, TableBlock))
    assert primary.rows[0] == ("AUC", "0.79 (0.69 to 0.89)", "5 (3)")
    assert "feature set recent+delta" in primary.caption
    assert exploratory.folded
    assert compared.rows[0][-3:] == ("0.310", "5", "–")


def test_shortcuts_have_their_own_panel(material, classification) -> None:
    panel = parts(material, classification)["Shortcuts"][-1]
    assert {row[-1] for row in panel.rows} == {"shortcut", "clinical"}
    assert panel.folded


def test_tables_beside_the_metrics_are_shown(material, classification) -> None:
    (panel,) = classification.tables
    more = [replace(panel, name=name, caption=f"{name}.") for name in ("stability", "authors_protocol", "novelty")]
    more[-1] = replace(more[-1], chapter="Of tomorrow")
    found = parts(material, replace(classification, tables=(panel, *more)))
    captions = {title: [getattr(block, "caption", "") for block in blocks] for title, blocks in found.items()}
    assert "Side by side." in captions["Shortcuts"]
    assert captions["Selected features"][-1] == "stability."
    assert captions["Beside the authors' protocol"] == ["authors_protocol."]
    assert captions["Of tomorrow"] == ["novelty."]


def test_one_class_says_why(material, empty_study) -> None:
    absent = replace(material, classification=None)
    assert "radiomics-mammo classify" in classification_section(absent).blocks[0].text
    (why,) = classification_section(replace(absent, study=empty_study)).blocks
    assert why.tone == "missing"
    assert "both classes are needed" in why.text


def test_nothing_selected_nothing_run(material, classification) -> None:
    nothing = {name: getattr(classification, name).head(0) for name in ("selection", "sentinels")}
    found = parts(material, replace(classification, **nothing))
    assert found["Sentinels"][-1].tone == found["Selected features"][-1].tone == "missing"


def test_auc_of_every_set_is_drawn(classification) -> None:
    (figure,) = auc_figures(classification.metrics)
    assert "recent+delta logistic-regression 0.79" in figure.alt
    assert "5 patients of whom 3 malignant" in figure.caption


def test_no_patient_figures_no_drawing(classification) -> None:
    assert auc_figures(classification.metrics.assign(unit="lesion")) == ()


def test_curves_without_bands_are_lines(classification) -> None:
    figures = {figure.name: figure for figure in classification_figures(classification)}
    assert list(figures) == ["auc-by-set", "roc", "precision-recall", "calibration", "decision"]
    roc = classification.curves["curve"] == "roc"
    bare = classification.curves[roc].assign(y_low=float("nan"), y_high=float("nan"))
    _, drawn = classification_figures(replace(classification, curves=bare))
    assert len(drawn.svg) < len(figures["roc"].svg)
    assert not drawn.narrow


def test_each_set_has_its_own_panel_and_phones_get_one_a_row(classification) -> None:
    roc = classification_figures(classification)[1]
    for name in ("ROC: recent<", "ROC: recent+delta<"):
        assert name in roc.svg
    wide, tall = roc.picture.size, roc.phone.size
    assert wide[0] > 1.5 * wide[1]
    assert tall[1] > 1.2 * tall[0]
