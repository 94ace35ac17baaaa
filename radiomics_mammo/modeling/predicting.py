"""A saved model applied to patients never seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from radiomics_mammo.core.errors import ModelFileError
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.tables_modeling import NEW_PREDICTIONS
from radiomics_mammo.modeling.feature_sets import CHANGE_BLOCKS, radiomic_features
from radiomics_mammo.modeling.model_file import FittedModel
from radiomics_mammo.modeling.units import unit_table


def predict_cases(model: FittedModel, study: MeasuredStudy, *, measurement_hash: str) -> pd.DataFrame:
    """Probability of malignant for every patient (or lesion) of a study; its labels are not looked at.

    Parameters
    ----------
    model : FittedModel
        As `load_model` gives it.
    study : MeasuredStudy
        Measured with the settings of the model.
    measurement_hash : str
        Hash of the settings the study was measured with.

    Returns
    -------
    DataFrame
        ``new_predictions.csv``; for a model of patients `view` is ``both`` and `recent_lesion_id` is empty. The
        probability is empty where nothing could be measured in the recent exam.

    Raises
    ------
    ModelFileError
        If the settings or the measured features differ from those of the model.
    """
    facts = model.facts
    if measurement_hash != facts.measurement_hash:
        raise ModelFileError(
            "measurement settings",
            f"those of the model ({facts.measurement_hash[:12]})",
            f"others ({measurement_hash[:12]})",
            "measure the new patients with the configuration stored in the model",
        )
    _check_schema(facts.features, radiomic_features(study))
    held = study.patient_deltas.columns.str.removeprefix(f"{facts.aggregation}_")
    _check_changes(facts.columns, set(held if facts.unit == "patient" else study.deltas.columns))
    table = unit_table(
        study, facts.unit, prior_policy=facts.prior_policy, aggregation=facts.aggregation, columns=facts.columns
    )
    values = table.values.to_numpy(dtype=np.float64)
    probability = np.full(len(values), np.nan)
    if table.measured.any():
        probability[table.measured] = model.tuned.probability(values[table.measured])
    rows = table.keys.assign(probability=probability)
    return NEW_PREDICTIONS.conform(rows[NEW_PREDICTIONS.names].reset_index(drop=True))


def _check_changes(columns: tuple[str, ...], held: set[str]) -> None:
    missing = [name for name in columns if name.startswith(CHANGE_BLOCKS) and name not in held]
    if missing:
        found = f"{len(missing)} missing ({', '.join(missing[:3])})"
        raise ModelFileError("change columns", "those of the model", found, "run `features` with this version")


def _check_schema(expected: tuple[str, ...], found: tuple[str, ...]) -> None:
    missing, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    if missing or extra:
        raise ModelFileError(
            "feature schema",
            f"the {len(expected)} features of the model",
            f"{len(missing)} missing ({', '.join(missing[:3])}) and {len(extra)} others ({', '.join(extra[:3])})",
            "measure the new patients with the configuration stored in the model",
        )
