"""Names of settings: dotted keys in a file, what a near miss may have meant, all mistakes of a file in one sentence."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from radiomics_mammo.core.errors import ConfigError

SHOW = "see `radiomics-mammo config show`"
_CLOSE = 0.6
"""Likeness (difflib) from which a known key is suggested."""


def nested(tree: Mapping[str, Any], *, name: str = "configuration") -> dict[str, Any]:
    """A tree in which a dotted key stands for the nested one.

    Raises
    ------
    ConfigError
        If a key is given twice, dotted and nested, or under a key that holds no section.

    Examples
    --------
    >>> nested({"features.bin_count": 64, "features": {"preset": "quick"}})
    {'features': {'preset': 'quick', 'bin_count': 64}}
    """
    result: dict[str, Any] = {
        key: dict(value) if isinstance(value, dict) else value for key, value in tree.items() if "." not in str(key)
    }
    for key in (key for key in tree if "." in str(key)):
        *sections, leaf = str(key).split(".")
        place: Any = result
        for section in sections:
            place = place.setdefault(section, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict) or leaf in place:
            raise ConfigError(f"{name}: {key}", "each setting once", "it dotted and under its section", "keep one")
        place[leaf] = tree[key]
    return result


def nearest(key: str, known: Sequence[str]) -> str:
    """What to do about an unknown key: the known one that it may have meant, else where all are listed.

    Examples
    --------
    >>> nearest("features.bin_cuont", ["seed", "features.bin_count"]), nearest("bin_count", ["features.bin_count"])
    ('did you mean features.bin_count?', 'did you mean features.bin_count?')
    >>> nearest("zzz", ["seed"])
    'see `radiomics-mammo config show`'
    """
    leaf = key.rsplit(".", 1)[-1]
    homes = [one for one in known if one.rsplit(".", 1)[-1] == leaf]
    close = difflib.get_close_matches(key, known, n=1, cutoff=_CLOSE)
    leaves = difflib.get_close_matches(leaf, [one.rsplit(".", 1)[-1] for one in known], n=1, cutoff=_CLOSE)
    found = [*homes, *close, *(one for one in known if leaves and one.rsplit(".", 1)[-1] == leaves[0])]
    return f"did you mean {found[0]}?" if found else SHOW


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with a file: the setting, what is allowed, what was there, what to do."""

    key: str
    expected: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.key}: expected {self.expected}, found {self.found} ({self.remedy})"


def all_mistakes(name: str, mistakes: Iterable[Mistake]) -> ConfigError:
    """One error that names every mistake of a file.

    Examples
    --------
    >>> two = [Mistake("seed", "a number", "'x'", SHOW), Mistake("sead", "a known key", "an unknown one", SHOW)]
    >>> all_mistakes("my.yaml", two).found.startswith("2 mistakes; seed: expected a number, found 'x' (see")
    True
    """
    every = list(mistakes)
    if len(every) == 1:
        return ConfigError(f"{name}: {every[0].key}", every[0].expected, every[0].found, every[0].remedy.rstrip("."))
    return ConfigError(
        name, "settings that are known and allowed", f"{len(every)} mistakes; {'; '.join(map(str, every))}", SHOW
    )
