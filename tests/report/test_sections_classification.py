from dataclasses import replace

import pandas as pd

from radiomics_mammo.core.results import NamedTable
from radiomics_mammo.report.blocks import TableBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.sections_classification import classification_section


def test_primary_figures_stand_apart(study, classification) -> None:
    section = classification_section(ReportMaterial(study, classification))
    primary, exploratory, compared = (block for block in section.blocks if isinstance(block, TableBlock))
    assert primary.rows[0] == ("AUC", "0.790 (0.690 to 0.890)", "5 (3)")
    assert "feature set recent+delta" in primary.caption
    assert exploratory.folded
    assert compared.rows[0][-2:] == ("0.310", "5")


def test_shortcuts_have_their_own_panel(study, classification) -> None:
    section = classification_section(ReportMaterial(study, classification))
    panel = next(part for part in section.sections if part.title == "Shortcuts").blocks[-1]
    assert {row[-1] for row in panel.rows} == {"shortcut", "clinical"}
    assert panel.folded


def test_tables_beside_the_metrics_are_shown(study, classification) -> None:
    more = [NamedTable(name, f"{name}.", pd.DataFrame({"n": [1]})) for name in ("stability", "authors_protocol")]
    section = classification_section(
        ReportMaterial(study, replace(classification, tables=(*classification.tables, *more)))
    )
    captions = {part.title: [getattr(block, "caption", "") for block in part.blocks] for part in section.sections}
    assert "Side by side." in captions["Shortcuts"]
    assert captions["Selected features"][-1] == "stability."
    assert captions["Beside the authors' protocol"] == ["authors_protocol."]


def test_one_class_says_why(empty_study, study) -> None:
    why = classification_section(ReportMaterial(empty_study)).blocks[0]
    assert why.tone == "missing"
    assert "both classes are needed" in why.text
    assert "radiomics-mammo classify" in classification_section(ReportMaterial(study)).blocks[0].text


def test_nothing_selected_nothing_run(study, classification) -> None:
    bare = replace(
        classification, selection=classification.selection.head(0), sentinels=classification.sentinels.head(0)
    )
    parts = {part.title: part.blocks[-1] for part in classification_section(ReportMaterial(study, bare)).sections}
    assert parts["Sentinels"].tone == parts["Selected features"].tone == "missing"
