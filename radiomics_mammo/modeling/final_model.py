"""The final model: the primary one refitted on all patients, its card, its file, and new patients predicted by it.

The file holds numbers and known classes only; nothing in it runs on loading.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
import pandas as pd
import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from radiomics_mammo._version import __version__
from radiomics_mammo.core.errors import ModelFileError
from radiomics_mammo.modeling.design import WITH_DELTA, Design
from radiomics_mammo.modeling.evaluation import Evaluation
from radiomics_mammo.modeling.feature_sets import CHANGE_BLOCKS, radiomic_features
from radiomics_mammo.modeling.metrics import Interval
from radiomics_mammo.modeling.nested_cv import TunedModel, tune
from radiomics_mammo.modeling.splitting import deal_patients, smaller_class, stream, whole_seed
from radiomics_mammo.modeling.units import unit_table
from radiomics_mammo.tables.new_predictions import NEW_PREDICTIONS
from radiomics_mammo.tables.primary import PRIMARY, PRIMARY_MODEL, PRIMARY_POLICY, UNITS, Unit
from radiomics_mammo.tables.study import MeasuredStudy

FORMAT = 1
_SCHEMA = "schema.json"
_PLACE = re.compile(r'"__id__": (\d+)')
_NAMED = re.compile(r'("__id__": |"file": ")(\d+)')
TRUSTED_TYPES = (
    "radiomics_mammo.modeling.filters.ColumnScreen",
    "radiomics_mammo.modeling.filters.ColumnSelector",
    "radiomics_mammo.modeling.filters.MedianImputer",
)
"""Our own classes a model file may hold, beside the plain types of NumPy and scikit-learn that skops trusts."""


@dataclass(frozen=True, kw_only=True)
class ModelFacts:
    """What has to be known to use a model.

    Parameters
    ----------
    unit : {'lesion', 'mass', 'patient'}
    feature_set, prior_policy, aggregation : str
    columns : tuple of str
        Columns in the order the model takes them.
    features : tuple of str
        All features of lesions the training study measured: the feature schema.
    measurement_hash : str
        Hash of every setting a feature value depends on.
    measurement_settings : str
        Those settings as text, for measuring new patients in the same way; empty where not given.
    card : str
        Model card, Markdown.
    """

    unit: Unit
    feature_set: str
    prior_policy: str
    aggregation: str
    columns: tuple[str, ...]
    features: tuple[str, ...]
    measurement_hash: str
    measurement_settings: str
    card: str


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A tuned model and its facts."""

    tuned: TunedModel
    facts: ModelFacts

    @property
    def card(self) -> str:
        """Model card, Markdown."""
        return self.facts.card


def fit_final(
    study: MeasuredStudy, found: Evaluation, *, measurement_hash: str = "", measurement_settings: str = ""
) -> FittedModel:
    """Tune and fit the primary model on every labelled patient; its cross-validated AUC goes on the card.

    Hash and text of how the features were measured are kept in the model, so that new patients are measured alike.
    """
    plan = found.plan
    design = plan.design("patient", WITH_DELTA)
    labels = design.patient_labels()
    sides = min(plan.config.inner_folds, smaller_class(labels))
    inner = deal_patients(labels, sides, stream(plan.seed, "final folds"))
    tuned = tune(plan.candidates[PRIMARY_MODEL], design, inner, seed=whole_seed(plan.seed, "final fit"))
    facts = ModelFacts(
        unit="patient",
        feature_set=WITH_DELTA,
        prior_policy=str(PRIMARY_POLICY),
        aggregation=plan.config.aggregation,
        columns=design.columns,
        features=radiomic_features(study),
        measurement_hash=measurement_hash,
        measurement_settings=measurement_settings,
        card=model_card(design, tuned, found.auc(PRIMARY)),
    )
    return FittedModel(tuned, facts)


def model_card(design: Design, tuned: TunedModel, auc: Interval) -> str:
    """Card of the saved model, Markdown: what it is, for what, how good, what not to do with it."""
    labels = design.patient_labels()
    malignant = sum(labels.values())
    return "\n".join(
        (
            "# Benign or malignant: penalised logistic regression by patient",
            "",
            f"- Made by radiomics_mammo {__version__}; feature set {WITH_DELTA}, prior policy {PRIMARY_POLICY}.",
            f"- Fitted on {len(labels)} patients: {malignant} malignant (biopsy), {len(labels) - malignant} benign.",
            f"- Cross-validated AUC {auc}: nested folds of whole patients; the model itself was fitted on all.",
            f"- Columns offered: {len(design.columns)}. Chosen settings: {tuned.settings}. "
            f"Threshold {tuned.threshold:.3f}.",
            "- Benign masses of the training release are BI-RADS 2 and were not biopsied.",
            "- Probabilities hold for the share of malignant patients in training, not for screening.",
            "- For research on change between mammograms. Not a medical device; never externally tested.",
        )
    )


def save_model(model: FittedModel) -> bytes:
    """Content of ``model.skops``; the same model has the same bytes."""
    tuned = model.tuned
    learned = {"sigmoid": tuned.sigmoid, "threshold": tuned.threshold, "settings": dict(tuned.settings)}
    facts = json.dumps({"format": FORMAT, **asdict(model.facts), **learned})
    return _settled(skops.io.dumps({"facts": facts, "pipeline": tuned.pipeline}))


def _settled(data: bytes) -> bytes:
    """The archive without the hour, and with its objects counted instead of named by their places in memory."""
    settled = BytesIO()
    with ZipFile(BytesIO(data)) as archive, ZipFile(settled, "w") as written:
        schema = archive.read(_SCHEMA).decode("utf-8")
        numbers = {place: str(number) for number, place in enumerate(dict.fromkeys(_PLACE.findall(schema)))}
        for place, number in numbers.items():
            if f"{place}.npy" in archive.namelist():
                written.writestr(ZipInfo(f"{number}.npy"), archive.read(f"{place}.npy"))
        written.writestr(ZipInfo(_SCHEMA), _NAMED.sub(lambda found: found[1] + numbers[found[2]], schema))
    return settled.getvalue()


def load_model(data: bytes) -> FittedModel:
    """Read a saved model from the content of ``model.skops``; nothing in the file is run.

    Raises
    ------
    ModelFileError
        If it is damaged, not such a file, holds any type but those known beforehand, or has another format.
    """
    try:
        unknown = sorted(set(skops.io.get_untrusted_types(data=data)) - set(TRUSTED_TYPES))
        if unknown:
            raise _refused("types named in TRUSTED_TYPES only", f"also {unknown[:3]}")
        content = skops.io.loads(data, trusted=list(TRUSTED_TYPES))
        facts = json.loads(content["facts"])
        if facts["format"] != FORMAT:
            raise _refused(f"format {FORMAT}", f"format {facts['format']}")
        return _fitted(facts, content["pipeline"])
    except UntrustedTypesFoundException as error:
        raise _refused("types named in TRUSTED_TYPES only", "others") from error
    except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, ImportError) as error:
        raise _refused("a model this package saved", f"{type(error).__name__}: {error}"[:120]) from error


def _fitted(facts: dict[str, Any], pipeline: object) -> FittedModel:
    sigmoid, threshold, settings = facts["sigmoid"], facts["threshold"], facts["settings"]
    if not isinstance(settings, dict) or not isinstance(threshold, float):
        raise _refused("a threshold and settings", f"{threshold!r} and {settings!r}"[:120])
    if facts["unit"] not in UNITS:
        raise _refused(f"a unit of {UNITS}", repr(facts["unit"])[:120])
    known: dict[str, Any] = {field.name: str(facts[field.name]) for field in fields(ModelFacts)}
    for name in ("columns", "features"):
        if not isinstance(facts[name], list):
            raise _refused("a list of names", type(facts[name]).__name__)
        known[name] = tuple(map(str, facts[name]))
    pair = (float(sigmoid[0]), float(sigmoid[1])) if isinstance(sigmoid, list) else None
    return FittedModel(TunedModel(pipeline, pair, threshold, settings), ModelFacts(**known))


def _refused(expected: str, found: str) -> ModelFileError:
    return ModelFileError("model file", expected, found, "use a model.skops of this package, from a source you trust")


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
    _check_measured_alike(facts, study, measurement_hash)
    table = unit_table(
        study, facts.unit, prior_policy=facts.prior_policy, aggregation=facts.aggregation, columns=facts.columns
    )
    values = table.values.to_numpy(dtype=np.float64)
    probability = np.full(len(values), np.nan)
    if table.measured.any():
        probability[table.measured] = model.tuned.probability(values[table.measured])
    rows = table.keys.assign(probability=probability)
    return NEW_PREDICTIONS.conform(rows[NEW_PREDICTIONS.names].reset_index(drop=True))


def _check_measured_alike(facts: ModelFacts, study: MeasuredStudy, measurement_hash: str) -> None:
    again = "measure the new patients with the configuration stored in the model"
    if measurement_hash != facts.measurement_hash:
        expected = f"those of the model ({facts.measurement_hash[:12]})"
        raise ModelFileError("measurement settings", expected, f"others ({measurement_hash[:12]})", again)
    own, new = set(facts.features), set(radiomic_features(study))
    if own != new:
        lists = {"missing": sorted(own - new), "others": sorted(new - own)}
        found = " and ".join(f"{len(names)} {word} ({', '.join(names[:3])})" for word, names in lists.items())
        raise ModelFileError("feature schema", f"the {len(own)} features of the model", found, again)
    held = set(study.deltas.columns)
    if facts.unit == "patient":
        held = set(study.patient_deltas.columns.str.removeprefix(f"{facts.aggregation}_"))
    absent = [name for name in facts.columns if name.startswith(CHANGE_BLOCKS) and name not in held]
    if absent:
        words = f"{len(absent)} missing ({', '.join(absent[:3])})"
        raise ModelFileError("change columns", "those of the model", words, "run `features` with this version")
