"""The saved model: numbers and known classes only, with a card; nothing in the file runs on loading."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile, ZipInfo

import skops.io
from skops.io.exceptions import UntrustedTypesFoundException

from radiomics_mammo.core.errors import ModelFileError
from radiomics_mammo.modeling.design import Unit
from radiomics_mammo.modeling.search import TunedModel

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


@dataclass(frozen=True)
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


def save_model(model: FittedModel) -> bytes:
    """Content of ``model.skops``; the same model has the same bytes."""
    facts = model.facts
    plain = {
        "format": FORMAT,
        "unit": facts.unit,
        "feature_set": facts.feature_set,
        "prior_policy": facts.prior_policy,
        "aggregation": facts.aggregation,
        "columns": list(facts.columns),
        "features": list(facts.features),
        "measurement_hash": facts.measurement_hash,
        "measurement_settings": facts.measurement_settings,
        "card": facts.card,
        "sigmoid": model.tuned.sigmoid,
        "threshold": model.tuned.threshold,
        "settings": dict(model.tuned.settings),
    }
    return _settled(skops.io.dumps({"facts": json.dumps(plain), "pipeline": model.tuned.pipeline}))


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
    """Read a saved model; nothing in the file is run.

    Parameters
    ----------
    data : bytes
        Content of ``model.skops``.

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


def _fitted(facts: dict[str, object], pipeline: object) -> FittedModel:
    sigmoid, threshold, settings = facts["sigmoid"], facts["threshold"], facts["settings"]
    if not isinstance(settings, dict) or not isinstance(threshold, float):
        raise _refused("a threshold and settings", f"{threshold!r} and {settings!r}"[:120])
    pair = (float(sigmoid[0]), float(sigmoid[1])) if isinstance(sigmoid, list) else None
    lists = {name: tuple(map(str, _as_list(facts[name]))) for name in ("columns", "features")}
    unit: Unit = "patient" if facts["unit"] == "patient" else "mass" if facts["unit"] == "mass" else "lesion"
    known = ModelFacts(
        unit=unit,
        feature_set=str(facts["feature_set"]),
        prior_policy=str(facts["prior_policy"]),
        aggregation=str(facts["aggregation"]),
        columns=lists["columns"],
        features=lists["features"],
        measurement_hash=str(facts["measurement_hash"]),
        measurement_settings=str(facts["measurement_settings"]),
        card=str(facts["card"]),
    )
    return FittedModel(TunedModel(pipeline, pair, threshold, settings), known)


def _as_list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _refused("a list of names", type(value).__name__)
    return value


def _refused(expected: str, found: str) -> ModelFileError:
    return ModelFileError("model file", expected, found, "use a model.skops of this package, from a source you trust")
