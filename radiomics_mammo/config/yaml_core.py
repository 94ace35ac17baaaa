"""YAML 1.2 core schema: ``off`` is a word, ``010`` is ten, and a key that stands twice is a mistake."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml
from yaml.nodes import MappingNode, ScalarNode


class RepeatedKeyError(yaml.YAMLError):
    """A key stands twice in one mapping."""


class _CoreLoader(yaml.SafeLoader):
    """Safe loader with the tags of the core schema (YAML 1.2.2, 10.3.2) and no merging of mappings."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name


_TAGS = (
    ("tag:yaml.org,2002:null", r"null|Null|NULL|~|", "nN~"),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("tag:yaml.org,2002:int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
)
for _tag, _pattern, _first in _TAGS:
    _CoreLoader.add_implicit_resolver(
        _tag, re.compile(rf"^(?:{_pattern})$"), [*_first, *([""] if "null" in _tag else [])]
    )


def _whole(loader: _CoreLoader, node: ScalarNode) -> int:
    text = loader.construct_scalar(node)
    return int(text, 0 if text[:2] in ("0o", "0x") else 10)


def _number(loader: _CoreLoader, node: ScalarNode) -> float:
    return float(re.sub(r"\.(inf|nan)$", r"\1", loader.construct_scalar(node).casefold()))


def _mapping(loader: _CoreLoader, node: MappingNode) -> dict[Any, Any]:
    """A mapping in which every key stands once."""
    lines: dict[Any, int] = {}
    for key, _ in node.value:
        name, line = loader.construct_object(key, deep=True), key.start_mark.line + 1
        if not isinstance(name, Hashable):
            raise yaml.YAMLError(f"line {line}: a key that is a list or a mapping")
        if name in lines:
            raise RepeatedKeyError(f"{name} stands twice, in lines {lines[name]} and {line}")
        lines[name] = line
    values = (loader.construct_object(value, deep=True) for _, value in node.value)
    return dict(zip(lines, values, strict=True))


_CoreLoader.add_constructor("tag:yaml.org,2002:int", _whole)
_CoreLoader.add_constructor("tag:yaml.org,2002:float", _number)
_CoreLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(text: str) -> Any:  # noqa: ANN401 - whatever the text holds
    """What a YAML text holds.

    Parameters
    ----------
    text : str

    Raises
    ------
    yaml.YAMLError
        If it is none, or a key stands twice in one mapping.
    ValueError, RecursionError
        If a value cannot be made, or the text is nested too deeply.

    Examples
    --------
    >>> read_yaml("{a: off, b: 010, c: 0o10, d: 1e3, e: 12:30, f: yes}")
    {'a': 'off', 'b': 10, 'c': 8, 'd': 1000.0, 'e': '12:30', 'f': 'yes'}
    """
    return yaml.load(text, Loader=_CoreLoader)  # noqa: S506 - a safe loader
