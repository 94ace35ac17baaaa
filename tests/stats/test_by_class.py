from __future__ import annotations

import dataclasses

import numpy as np

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.stats.by_class import class_by_half
from radiomics_mammo.stats.measurements import lesion_measurements
from radiomics_mammo.stats.strata import stratifications, stratify

CONFIG = StatisticsConfig()
DENSITY, AGE = stratifications(CONFIG)


def table_of(study, by, kind="delta"):
    return class_by_half([lesion_measurements(study, kind, config=CONFIG)], stratify(study, CONFIG), by, config=CONFIG)


def test_halves_add_up_to_all_patients(study):
    table = table_of(study, AGE)
    assert table.groupby("feature")["n"].sum().unique().tolist() == [65]
    assert table["stratum"].unique().tolist() == ["< 60", ">= 60"]


def test_planted_effect_is_found_in_both_halves_in_their_own_families(make_study):
    table = table_of(make_study(class_effect=2.5, seed=1), DENSITY)
    rows = table[table["feature"] == "original_firstorder_F000"]
    assert (rows["effect"] > 0.8).all()
    assert (rows["q_value"] < 0.05).all()
    assert set(rows["family"]) == {f"density {half}, lesion delta, firstorder" for half in ("a-b", "c-d")}


def test_small_cell_keeps_its_n_and_loses_its_p(study):
    table = study.patients.copy()
    benign = table.index[table["case_class"] == "benign"]
    table.loc[benign, "density"] = "a"
    table.loc[benign[:4], "density"] = "d"
    rows = table_of(dataclasses.replace(study, patients=table), DENSITY).query("stratum == 'c-d'")
    assert rows["n_per_group"].str.startswith("benign=4;").all()
    assert set(rows["note"]) == {"too few to test"}
    assert np.isnan(rows[["p_value", "q_value", "effect"]].to_numpy()).all()
