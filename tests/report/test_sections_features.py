from dataclasses import replace

import numpy as np
import pandas as pd

from radiomics_mammo.core.tables_features import GREY_LEVELS
from radiomics_mammo.report.blocks import TableBlock, TextBlock
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.sections_features import features_section


def test_features_are_counted(study) -> None:
    section = features_section(ReportMaterial(study))
    assert section.blocks[0].text.startswith("9 features were measured on 28 regions.")
    family, regions, change = (block for block in section.blocks if isinstance(block, TableBlock))
    assert family.rows[0] == ("firstorder", "3", "3")
    assert ("recent", "outlined", "10", "5", "0.0%") in regions.rows
    assert change.rows[0][:4] == ("outlined-first", "10", "10", "0")


def test_empty_cells_are_told(study) -> None:
    features = study.features.assign(original_glcm_Mean=np.nan)
    regions = [
        b
        for b in features_section(ReportMaterial(replace(study, features=features))).blocks
        if isinstance(b, TableBlock)
    ][1]
    assert regions.rows[0][-1] == "11.1%"


def test_columns_empty_by_design_are_not_counted(study) -> None:
    tissue = study.features["source"] == "tissue"
    features = study.features.assign(tissue_original_firstorder_Mean=np.where(tissue, 1.0, np.nan))
    section = features_section(ReportMaterial(replace(study, features=features)))
    regions = [block for block in section.blocks if isinstance(block, TableBlock)][1]
    assert {row[-1] for row in regions.rows} == {"0.0%"}


def test_grey_levels_are_summed_up_by_image(study) -> None:
    rows = [("a", "original", 32, True), ("b", "original", 12, False), ("a", "lbp-2D", 9, None)]
    levels = GREY_LEVELS.conform(pd.DataFrame(rows, columns=GREY_LEVELS.names))
    section = features_section(ReportMaterial(replace(study, grey_levels=levels)))
    table = next(b for b in section.blocks if isinstance(b, TableBlock) and "Grey levels" in b.caption)
    assert table.rows == (("original", "2", "12", "22", "32", "1"), ("lbp-2D", "1", "9", "9", "9", "0"))


def test_robustness_counts_good_features(study) -> None:
    table = features_section(ReportMaterial(study)).sections[0].blocks[-1]
    good = int((study.robustness["icc"] >= 0.75).sum())
    assert sum(int(row[4]) for row in table.rows) == good


def test_absent_robustness_and_change_say_so(study) -> None:
    bare = replace(study, robustness=study.robustness.head(0), deltas=study.deltas.head(0))
    section = features_section(ReportMaterial(bare))
    assert isinstance(section.blocks[-1], TextBlock)
    assert section.blocks[-1].tone == section.sections[0].blocks[0].tone == "missing"
