"""The primary model refitted on all patients, with its card."""

from __future__ import annotations

from dataclasses import dataclass

from radiomics_mammo._version import __version__
from radiomics_mammo.config.modeling import ModelingConfig
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.modeling.candidates import LOGISTIC
from radiomics_mammo.modeling.design import Design
from radiomics_mammo.modeling.feature_sets import radiomic_features
from radiomics_mammo.modeling.intervals import Interval
from radiomics_mammo.modeling.model_file import FittedModel, ModelFacts
from radiomics_mammo.modeling.plan import REGISTERED, WITH_DELTA, StudyPlan
from radiomics_mammo.modeling.search import tune
from radiomics_mammo.modeling.splitting import deal_patients, smaller_class
from radiomics_mammo.modeling.streams import stream, whole_seed


@dataclass(frozen=True)
class Measurement:
    """How the features of a study were measured: hash of the settings, and the settings as text."""

    settings_hash: str = ""
    settings: str = ""


def fit_final(
    study: MeasuredStudy,
    plan: StudyPlan,
    *,
    config: ModelingConfig,
    seed: int,
    measurement: Measurement,
    auc: Interval,
) -> FittedModel:
    """Tune and fit the primary model on every labelled patient.

    Parameters
    ----------
    study : MeasuredStudy
    plan : StudyPlan
    config : ModelingConfig
    seed : int
    measurement : Measurement
        Kept in the model, so that new patients are measured alike.
    auc : Interval
        Cross-validated AUC, for the card.
    """
    design = plan.design("patient", WITH_DELTA)
    labels = design.patient_labels()
    inner = deal_patients(labels, min(config.inner_folds, smaller_class(labels)), stream(seed, "final folds"))
    tuned = tune(plan.candidates[LOGISTIC], design, inner, seed=whole_seed(seed, "final fit"))
    facts = ModelFacts(
        unit="patient",
        feature_set=WITH_DELTA,
        prior_policy=REGISTERED,
        aggregation=config.aggregation,
        columns=design.columns,
        features=radiomic_features(study),
        measurement_hash=measurement.settings_hash,
        measurement_settings=measurement.settings,
        card=model_card(design, tuned.settings, auc, threshold=tuned.threshold),
    )
    return FittedModel(tuned, facts)


def model_card(design: Design, settings: object, auc: Interval, *, threshold: float) -> str:
    """Card of the saved model, Markdown: what it is, for what, how good, what not to do with it.

    Examples
    --------
    >>> import numpy as np
    >>> design = Design(np.array(["a", "b"]), np.array([True, False]), np.ones((2, 1)), ("x_y",), np.full(1, np.nan))
    >>> print(model_card(design, {}, Interval(0.8, 0.7, 0.9), threshold=0.5).splitlines()[0])
    # Benign or malignant: penalised logistic regression by patient
    """
    labels = design.patient_labels()
    malignant = sum(labels.values())
    return "\n".join(
        (
            "# Benign or malignant: penalised logistic regression by patient",
            "",
            f"- Made by radiomics_mammo {__version__}; feature set {WITH_DELTA}, prior policy {REGISTERED}.",
            f"- Fitted on {len(labels)} patients: {malignant} malignant (biopsy), {len(labels) - malignant} benign.",
            f"- Cross-validated AUC {auc}: nested folds of whole patients; the model itself was fitted on all.",
            f"- Columns offered: {len(design.columns)}. Chosen settings: {settings}. Threshold {threshold:.3f}.",
            "- Benign masses of the training release are BI-RADS 2 and were not biopsied.",
            "- Probabilities hold for the share of malignant patients in training, not for screening.",
            "- For research on change between mammograms. Not a medical device; never externally tested.",
        )
    )
