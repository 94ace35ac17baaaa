"""Where the figures of a report come from, read from ``study.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from radiomics_mammo.core.errors import TableError


@dataclass(frozen=True)
class Provenance:
    """Facts about a run in groups: versions, configuration, hashes, seed, timings.

    Parameters
    ----------
    groups : tuple of (str, tuple of (str, str))
        Name of the group and its facts, each a dotted name and a value in words.
    """

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()

    @classmethod
    def from_json(cls, text: str) -> Provenance:
        """Read ``study.json``; every nested mapping becomes a group, single values a group of their own.

        Raises
        ------
        TableError
            If the text is not a JSON object.

        Examples
        --------
        >>> Provenance.from_json('{"seed": 7, "versions": {"numpy": "2.3"}}').value("versions.numpy")
        '2.3'
        """
        try:
            tree = json.loads(text)
        except ValueError as error:
            raise TableError("study.json", "JSON", str(error)[:120], "run the study again") from error
        if not isinstance(tree, dict):
            raise TableError("study.json", "a JSON object", type(tree).__name__, "run the study again")
        single = tuple((key, _words(value)) for key, value in tree.items() if not isinstance(value, dict))
        nested = tuple((key, tuple(_flat(value))) for key, value in tree.items() if isinstance(value, dict))
        return cls((("study", single), *nested) if single else nested)

    def value(self, name: str) -> str:
        """A fact by its dotted name (``seed``, ``versions.numpy``); empty where it is not known."""
        group, _, rest = name.partition(".")
        wanted = (group, rest) if rest else ("study", group)
        facts = dict(self.groups).get(wanted[0], ())
        return dict(facts).get(wanted[1], "")


def _flat(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _words(value)


def _words(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, list):
        return ", ".join(_words(part) for part in value)
    return str(value)
