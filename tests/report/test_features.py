from dataclasses import replace

import numpy as np
import pandas as pd

from radiomics_mammo.report.blocks import TableBlock
from radiomics_mammo.report.features import features_section, robustness_figures
from radiomics_mammo.tables.grey_levels import GREY_LEVELS


def section_of(material, **tables):
    return features_section(replace(material, study=replace(material.study, **tables)))


def tables(section) -> list[TableBlock]:
    return [block for block in section.blocks if isinstance(block, TableBlock)]


def test_features_are_counted(material) -> None:
    section = features_section(material)
    assert section.blocks[0].text.startswith("9 features were measured on 28 regions.")
    family, regions, change = tables(section)
    assert family.rows[0] == ("firstorder", "3", "3")
    assert ("recent", "outlined", "10", "5", "0.0%") in regions.rows
    assert change.rows[0][:4] == ("outlined-first", "10", "10", "0")


def test_empty_cells_are_told(material, study) -> None:
    section = section_of(material, features=study.features.assign(original_glcm_Mean=np.nan))
    assert tables(section)[1].rows[0][-1] == "11.1%"


def test_columns_empty_by_design_are_not_counted(material, study) -> None:
    tissue = study.features["source"] == "tissue"
    features = study.features.assign(tissue_original_firstorder_Mean=np.where(tissue, 1.0, np.nan))
    assert {row[-1] for row in tables(section_of(material, features=features))[1].rows} == {"0.0%"}


def test_grey_levels_are_summed_up_by_image(material) -> None:
    rows = [("a", "original", 32, True, 0.0), ("b", "original", 12, False, 0.2), ("a", "lbp-2D", 9, None, None)]
    levels = GREY_LEVELS.conform(pd.DataFrame(rows, columns=GREY_LEVELS.names))
    (table,) = (t for t in tables(section_of(material, grey_levels=levels)) if "Grey levels" in t.caption)
    assert table.rows == (("original", "2", "12", "22", "32", "1"), ("lbp-2D", "1", "9", "9", "9", "0"))


def test_robustness_counts_good_features(material, study) -> None:
    table = features_section(material).sections[0].blocks[-1]
    good = int((study.robustness["icc"] >= 0.75).sum())
    assert sum(int(row[4]) for row in table.rows) == good


def test_absent_robustness_and_change_say_so(material, study) -> None:
    section = section_of(material, robustness=study.robustness.head(0), deltas=study.deltas.head(0))
    assert section.blocks[-1].tone == section.sections[0].blocks[0].tone == "missing"


def test_features_without_family_are_drawn_too(study) -> None:
    (figure,) = robustness_figures(replace(study, dictionary=study.dictionary.head(0)))
    assert "other" in figure.svg
    assert f"{(study.robustness['icc'] >= 0.75).mean():.0%} of features" in figure.alt
