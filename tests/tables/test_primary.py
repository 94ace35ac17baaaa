"""One primary analysis, recognised by all five words that name it."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from radiomics_mammo.tables.primary import PRIMARY, REFERENCE, Analysis


def test_the_default_analysis_is_the_hypothesis_of_the_contract():
    assert (PRIMARY.unit, PRIMARY.model, PRIMARY.protocol) == ("patient", "logistic-regression", "grouped-kfold")
    assert (PRIMARY.feature_set, REFERENCE.feature_set) == ("recent+delta", "recent")
    assert PRIMARY.is_primary
    assert REFERENCE.role == "primary"


def test_any_other_word_makes_an_analysis_exploratory():
    others = {
        "unit": "mass", "model": "my-logistic-regression", "feature_set": "all", "prior_policy": "outlined-first",
        "protocol": "leave-one-patient-out",
    }  # fmt: skip
    for name, word in others.items():
        assert replace(PRIMARY, **{name: word}).role == "exploratory", name


def test_rows_of_an_analysis_agree_in_every_word():
    table = pd.DataFrame([vars(PRIMARY), vars(REFERENCE), vars(Analysis(unit="mass"))]).astype(str)
    assert PRIMARY.of(table).index.tolist() == [0]
    assert REFERENCE.of(table).index.tolist() == [1]
