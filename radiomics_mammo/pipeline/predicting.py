"""A saved model on patients never seen: measured as the training study was; class and workbook labels play no part."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import CohortImage, ImageRecord, Patient, Release
from radiomics_mammo.core.errors import ConfigError, ModelFileError
from radiomics_mammo.core.vocabulary import LesionLabel
from radiomics_mammo.modeling import FittedModel, predict_cases
from radiomics_mammo.modeling import load_model as model_of
from radiomics_mammo.pipeline.journal import Journal, measurement_hash
from radiomics_mammo.pipeline.measuring import RunOptions, change, outline_align_measure
from radiomics_mammo.pipeline.pairs import Depth
from radiomics_mammo.pipeline.results import read_study
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.release import open_cases
from radiomics_mammo.tables.new_predictions import NEW_PREDICTIONS


def predict_release(
    cases: Path, model_file: Path, *, out: Path, options: RunOptions, expected: StudyConfig | None = None
) -> pd.DataFrame:
    """Apply a saved model.

    Parameters
    ----------
    cases : Path
        A release, or a folder with ``Cases/<id>/``; no class is needed and none is used.
    model_file : Path
        ``model.skops`` of a study.
    out : Path
        Gets the tables of the new patients and ``new_predictions.csv``.
    options : RunOptions
        Its settings of measurement are replaced by those stored in the model.
    expected : StudyConfig, optional
        Settings the caller takes the model to be measured with.

    Returns
    -------
    DataFrame
        ``new_predictions.csv``.

    Raises
    ------
    ModelFileError
        If the model cannot be read or does not fit what was measured.
    ConfigError
        If other settings of measurement are expected than the model's.
    ReleaseError
        If the cases cannot be read.
    """
    model = load_model(model_file)
    config = _stored_config(model)
    if expected is not None and measurement_hash(expected) != measurement_hash(config):
        remedy = "leave --config out: cases are measured as the model's study was"
        raise ConfigError("--config", "the settings of measurement stored in the model", "others", remedy)
    store = Store(out)
    journal, stored = Journal(store), replace(options, config=config)
    with store.locked(fresh=options.fresh):
        release = unlabelled(open_cases(cases, description=options.description, config=config.release))
        pairs = outline_align_measure(release, Depth.FEATURES, stored, journal=journal)
        change(pairs, stored, journal=journal)
        predictions = predict_cases(model, read_study(out).measured, measurement_hash=measurement_hash(config))
        store.write_table(NEW_PREDICTIONS, predictions)
    return predictions


def unlabelled(release: Release) -> Release:
    """The same cases without class and biopsy, which must not reach a prediction."""
    patients = {
        patient.patient_id: replace(patient, case_class=None, birads="", biopsy="") for patient in release.patients
    }
    images = tuple(_unlabelled(image, patients[image.key.patient_id]) for image in release.images)
    return replace(release, patients=tuple(patients.values()), images=images)


def _unlabelled(image: ImageRecord, patient: Patient) -> ImageRecord:
    if not isinstance(image, CohortImage):
        return replace(image, patient=patient)
    drawn = tuple(replace(lesion, label=LesionLabel.UNCONFIRMED) for lesion in image.drawn)
    return replace(image, patient=patient, drawn=drawn)


def load_model(path: str | Path) -> FittedModel:
    """A saved model from its file; loading runs nothing of what the file holds.

    Parameters
    ----------
    path : str or Path
        ``model.skops`` of a study.

    Returns
    -------
    FittedModel
        ``card`` says what it is; `predict_release` applies it to new women.

    Raises
    ------
    ModelFileError
        If it cannot be read or is no model of this package.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        found = error.strerror or type(error).__name__
        raise ModelFileError(path.name, "a readable model file", found, "check the path given with --model") from error
    return model_of(data)


def _stored_config(model: FittedModel) -> StudyConfig:
    try:
        tree = json.loads(model.facts.measurement_settings)
    except ValueError:
        tree = None
    if not isinstance(tree, dict):
        raise ModelFileError(
            "model", "settings of measurement stored in it", "none", "`classify` a folder with its study.json"
        )
    return config_from(tree, name="measurement settings")
