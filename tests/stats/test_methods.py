from __future__ import annotations

import dataclasses

import numpy as np
import scipy

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.core.references import REFERENCES, cite
from radiomics_mammo.stats.methods import SOURCES, STATISTICAL_METHODS, limitations, methods_paragraph


def test_paragraph_follows_the_configuration():
    config = StatisticsConfig(age_edges_years=(45.0, 65.0), age_cut_years=55, min_cell=8, false_discovery_rate=0.1)
    text = methods_paragraph(config)
    assert "over all her measured recent lesions, whatever their label" in text
    for words in ("< 45, 45-64, >= 65 years", "from 55 years", "fewer than 8 patients", "false discovery rate 10%"):
        assert words in text


def test_paragraph_names_versions_and_every_reference():
    text = methods_paragraph(StatisticsConfig())
    assert f"scipy {scipy.__version__}" in text
    assert all(f"{cite(key)} {REFERENCES[key]}" in text for key in SOURCES)


def test_limitations_of_the_release_with_its_counts(study):
    text = " ".join(limitations(study, StatisticsConfig()))
    for words in ("BI-RADS 2", "not biopsied", "One breast", "one country", "no external test", "15 benign against 50"):
        assert words in text
    assert "missing" not in text


def test_missing_facts_and_unconfirmed_lesions_are_counted(study):
    patients, lesions = study.patients.copy(), study.lesions.copy()
    patients.loc[:2, "density"] = "x"
    patients.loc[:3, "age_years"] = np.nan
    lesions.loc[:1, "label"] = "unconfirmed"
    text = limitations(dataclasses.replace(study, patients=patients, lesions=lesions), StatisticsConfig())
    assert any(sentence.startswith("2 outlined lesions are unconfirmed") for sentence in text)
    assert any("BI-RADS density of 3 of 100" in sentence for sentence in text)
    assert any("age of 4 of 100" in sentence for sentence in text)


def test_statements_travel_as_a_table(study, analysis):
    table = STATISTICAL_METHODS.of(analysis)
    assert table["kind"].tolist() == ["methods"] + ["limitation"] * len(limitations(study, StatisticsConfig()))
    assert table["text"].iloc[0] == methods_paragraph(StatisticsConfig())
