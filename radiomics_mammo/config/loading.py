"""YAML to `StudyConfig`; every mistake is one sentence naming key, value and what is allowed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from radiomics_mammo.config.keys import SHOW, Mistake, all_mistakes, nearest, nested
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.config.yaml_core import RepeatedKeyError, read_yaml
from radiomics_mammo.core.errors import ConfigError

_STUDY = TypeAdapter(StudyConfig)
_BOUNDS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}


def load_config(path: str | Path) -> StudyConfig:
    """Read a configuration file.

    Parameters
    ----------
    path : str or Path
        YAML; missing keys keep their defaults.

    Raises
    ------
    ConfigError
        If the file cannot be read, is not YAML, holds an unknown key or a value out of bounds.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path.name, "a readable UTF-8 file", type(error).__name__, "check the path") from error
    return parse_config(text, name=path.name)


def shipped_config(name: str) -> StudyConfig:
    """One of the configurations shipped with the package: ``study``, ``demo``.

    Examples
    --------
    >>> shipped_config("study") == StudyConfig()
    True
    """
    file = resources.files("radiomics_mammo.config") / "defaults" / f"{name}.yaml"
    return parse_config(file.read_text(encoding="utf-8"), name=f"{name}.yaml")


def parse_config(text: str, *, name: str = "configuration") -> StudyConfig:
    """Check configuration text.

    Raises
    ------
    ConfigError
        As `load_config`.

    Examples
    --------
    >>> parse_config("modeling: full").modeling.profile
    'full'
    """
    try:
        tree: Any = read_yaml(text)
    except RepeatedKeyError as error:
        raise ConfigError(name, "every key once", str(error), "remove one of them, or join the sections") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = " ".join(str(error).split())[:200]
        raise ConfigError(name, "YAML", problem, "correct the syntax") from error
    if tree is None:
        return StudyConfig()
    if not isinstance(tree, dict):
        raise ConfigError(name, "settings as 'key: value'", type(tree).__name__, "see `radiomics-mammo config show`")
    return config_from(tree, name=name)


def config_from(tree: dict[str, Any], *, name: str = "configuration") -> StudyConfig:
    """Check settings given as nested mappings.

    Raises
    ------
    ConfigError
        Naming every mistake: key, value and what is allowed.

    Examples
    --------
    >>> config_from({"features": {"bin_count": 64}}).features.bin_count
    64
    >>> config_from({"features.bin_count": 64}).features.bin_count
    64
    """
    try:
        return _STUDY.validate_python(nested(tree, name=name))
    except ValidationError as error:
        raise all_mistakes(name, [_mistake(one) for one in error.errors()]) from error


def _mistake(error: Any) -> Mistake:  # noqa: ANN401 - pydantic's ErrorDetails
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "unexpected_keyword_argument":
        return Mistake(key, "a known key", "an unknown one", nearest(key, known_keys()))
    return Mistake(key, error["msg"].removeprefix("Input should be "), repr(error["input"])[:80], SHOW)


def known_keys() -> tuple[str, ...]:
    """Dotted names of all settings, in file order.

    Examples
    --------
    >>> known_keys()[:3]
    ('seed', 'assumed_spacing_mm', 'release.max_image_pixels')
    """
    names: list[str] = []
    for key, value in _STUDY.dump_python(StudyConfig(), mode="json").items():
        names.extend([f"{key}.{leaf}" for leaf in value] if isinstance(value, dict) else [key])
    return tuple(names)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting as `config show` prints it."""

    key: str
    value: str
    default: str
    allowed: str
    meaning: str


def describe_settings(config: StudyConfig) -> tuple[Setting, ...]:
    """Every setting of a configuration with default, bounds and meaning, in file order.

    Examples
    --------
    >>> describe_settings(StudyConfig())[0].key
    'seed'
    """
    schema = _STUDY.json_schema()
    defined = schema["$defs"]
    values = _STUDY.dump_python(config, mode="json")
    defaults = _STUDY.dump_python(StudyConfig(), mode="json")
    rows: list[Setting] = []
    for key, entry in schema["properties"].items():
        parts = _resolved(entry, defined).get("properties")
        if parts is None:
            rows.append(_setting(key, entry, (values[key], defaults[key]), defined))
            continue
        rows += [_setting(f"{key}.{n}", parts[n], (values[key][n], defaults[key][n]), defined) for n in parts]
    return tuple(rows)


def settings_yaml(config: StudyConfig) -> str:
    """Every setting as a file that `load_config` reads back: value, and its meaning and bounds as a comment.

    Examples
    --------
    >>> parse_config(settings_yaml(StudyConfig(seed=7))) == StudyConfig(seed=7)
    True
    """
    lines: list[str] = []
    section = ""
    for setting in describe_settings(config):
        own, _, leaf = setting.key.rpartition(".")
        if own != section and own:
            lines.append(f"{own}:")
        section, indent = own, "  " if own else ""
        changed = "" if setting.value == setting.default else f"; default {setting.default}"
        lines.append(f"{indent}# {setting.meaning}; allowed: {setting.allowed}{changed}")
        lines.append(f"{indent}{leaf}: {setting.value}")
    return "\n".join(lines) + "\n"


def _setting(key: str, entry: dict[str, Any], values: tuple[object, object], defined: dict[str, Any]) -> Setting:
    value, default = (json.dumps(one) for one in values)
    return Setting(
        key=key, value=value, default=default, allowed=_allowed(entry, defined), meaning=entry.get("description", "")
    )


def _resolved(entry: dict[str, Any], defined: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = defined[entry["$ref"].rsplit("/", 1)[-1]] if "$ref" in entry else entry
    return found


def _allowed(entry: dict[str, Any], defined: dict[str, Any]) -> str:
    entry = _resolved(entry, defined)
    if "anyOf" in entry:
        return " or ".join(_allowed(part, defined) for part in entry["anyOf"])
    if "enum" in entry or "const" in entry:
        return ", ".join(str(word) for word in entry.get("enum", [entry.get("const")]))
    if entry["type"] == "array":
        items = entry.get("prefixItems") or [entry["items"]]
        return "list of " + "; ".join(dict.fromkeys(_allowed(part, defined) for part in items))
    bounds = [f"{sign} {entry[word]:g}" for word, sign in _BOUNDS.items() if word in entry]
    return " ".join([{"null": "empty"}.get(entry["type"], entry["type"]), *bounds])
