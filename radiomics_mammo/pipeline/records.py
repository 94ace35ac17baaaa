"""Frozen values to plain JSON and back, so that an interrupted run can go on without loading arbitrary code."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from radiomics_mammo.core.errors import InvariantError, StoreError

T = TypeVar("T")


def to_record(value: object) -> str:
    """JSON text of a frozen value; floats are written so that they come back exactly.

    Examples
    --------
    >>> to_record((1, 0.1, None))
    '[1,0.1,null]'
    """
    return json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False)


def from_record(kind: type[T], text: str) -> T:
    """Rebuild a value of a known type from its JSON text.

    Parameters
    ----------
    kind : type
        The dataclass that was written.
    text : str

    Raises
    ------
    StoreError
        If the text is not a record of that type.

    Examples
    --------
    >>> from radiomics_mammo.core.identity import ImageKey
    >>> key = ImageKey.parse("benign-01_CC_prior")
    >>> from_record(ImageKey, to_record(key)) == key
    True
    """
    try:
        rebuilt: T = _rebuild(kind, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, InvariantError) as error:
        raise StoreError("stored record", kind.__name__, str(error)[:120], "run again with --fresh") from error
    return rebuilt


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _rebuild(kind: Any, data: Any) -> Any:  # noqa: ANN401 - a type hint can be anything
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if data is None else _rebuild(next(part for part in arguments if part is not NoneType), data)
    if origin is np.ndarray:
        return np.asarray(data, dtype=get_args(arguments[1])[0] if len(arguments) > 1 else np.float64)
    if origin is tuple:
        parts = arguments[:1] * len(data) if arguments[-1] is Ellipsis else arguments
        return tuple(_rebuild(part, item) for part, item in zip(parts, data, strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return {key: _rebuild(arguments[1], item) for key, item in data.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        make: Any = kind
        return make(**{name: _rebuild(hints[name], item) for name, item in data.items()})
    return _scalar(kind, data)


def _scalar(kind: Any, data: Any) -> Any:  # noqa: ANN401 - a type hint can be anything
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(data)
    if kind is float:
        return math.nan if data is None else float(data)
    return data
