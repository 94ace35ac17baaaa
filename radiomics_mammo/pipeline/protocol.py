"""The frozen protocol: what will be asked, and with which settings, written and hashed before any label is read.

``protocol.yaml`` says what the primary hypothesis is, how it is tested, which questions the statistics ask and every
setting a result depends on. Its hash is printed first of all. A protocol that was written, or changed, when results of
the folder were already there is marked: what comes after a look is exploratory, however it is called.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import StoreError
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.stats.statistical_table import QUESTIONS
from radiomics_mammo.tables.comparisons import COMPARISONS
from radiomics_mammo.tables.metrics import METRICS
from radiomics_mammo.tables.primary import PRIMARY, PRIMARY_SETS, SIGNIFICANCE

PROTOCOL = "protocol.yaml"
NOT_RESULTS = ("report",)
"""Sections of the settings that no result depends on."""
RESULTS = (METRICS.file, COMPARISONS.file, "statistics")
"""Files of a folder after which it has been looked at."""
_HEAD = "# Frozen before any label was read; sha256 is that of the protocol as JSON with sorted keys.\n"


@dataclass(frozen=True)
class Protocol:
    """A protocol as it stands in a folder.

    Parameters
    ----------
    sha256 : str
        Hash of the hypothesis, questions and settings.
    looked_before : bool
        Whether results of the folder were there when it was frozen.
    earlier : tuple of str
        Hashes of the protocols it took the place of, oldest first.
    """

    sha256: str
    looked_before: bool = False
    earlier: tuple[str, ...] = ()

    def __str__(self) -> str:
        """In one line, as the commands print it.

        Examples
        --------
        >>> print(Protocol("ab" * 32))
        protocol abababababab, frozen before any result was looked at
        >>> print(Protocol("ab" * 32, True))
        protocol abababababab, frozen after results were looked at: whatever follows is exploratory
        """
        words = "before any result was" if not self.looked_before else "after results were"
        said = f"protocol {self.sha256[:12]}, frozen {words} looked at"
        return f"{said}: whatever follows is exploratory" if self.looked_before else said

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Name and value, for the report."""
        looked = "yes" if self.looked_before else "no"
        earlier = ", ".join(self.earlier) or "none"
        return (("sha256", self.sha256), ("results looked at before", looked), ("earlier protocols", earlier))


def protocol_text(config: StudyConfig) -> dict[str, Any]:
    """What is declared: hypothesis, test, questions, settings.

    Examples
    --------
    >>> protocol_text(StudyConfig())["hypothesis"]["test"].split(",")[0]
    'conditional permutation of labels by whole patients'
    """
    settings: dict[str, Any] = TypeAdapter(StudyConfig).dump_python(config, mode="json")
    primary = {name: str(value) for name, value in vars(PRIMARY).items() if name != "feature_set"}
    return {
        "hypothesis": {
            "claim": f"AUC of {PRIMARY_SETS[0]} differs from AUC of {PRIMARY_SETS[1]}",
            **primary,
            "test": "conditional permutation of labels by whole patients, two-sided, everything learned anew",
            "level": SIGNIFICANCE,
        },
        "questions": list(QUESTIONS),
        "settings": {name: value for name, value in settings.items() if name not in NOT_RESULTS},
    }


def protocol_hash(config: StudyConfig) -> str:
    """Hash (sha256, hex) of what is declared.

    Examples
    --------
    >>> protocol_hash(StudyConfig()) == protocol_hash(StudyConfig(seed=1))
    False
    """
    plain = TypeAdapter(dict[str, Any]).dump_json(_sorted(protocol_text(config)))
    return hashlib.sha256(plain).hexdigest()


def _sorted(tree: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _sorted(tree[name]) if isinstance(tree[name], dict) else tree[name] for name in sorted(tree)}


def read_protocol(store: Store) -> Protocol | None:
    """The protocol of a folder, or None where there is none.

    Raises
    ------
    StoreError
        If the file is damaged.
    """
    path = store.root / PROTOCOL
    if not path.is_file():
        return None
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Protocol(str(tree["sha256"]), bool(tree["results_looked_at_before"]), tuple(map(str, tree["earlier"])))
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        problem = " ".join(str(error).split())[:120]
        raise StoreError(PROTOCOL, "a protocol this package wrote", problem, "move it away and run again") from error


def next_protocol(store: Store, config: StudyConfig) -> Protocol:
    """What `freeze` would write: the one that stands where nothing changed, else one that knows what came before.

    Raises
    ------
    StoreError
        If ``protocol.yaml`` is damaged.
    """
    known, sha256 = read_protocol(store), protocol_hash(config)
    if known is not None and known.sha256 == sha256:
        return known
    looked = any((store.root / name).exists() for name in RESULTS)
    if known is None:
        return Protocol(sha256, looked)
    return Protocol(sha256, looked or known.looked_before, (*known.earlier, known.sha256))


def freeze(store: Store, config: StudyConfig) -> Protocol:
    """Write the protocol of a run, unless it stands already.

    Parameters
    ----------
    store : Store
        Of the folder, which the caller holds.
    config : StudyConfig

    Raises
    ------
    StoreError
        If ``protocol.yaml`` is damaged, or cannot be written.
    """
    frozen = next_protocol(store, config)
    if frozen != read_protocol(store):
        head = {
            "sha256": frozen.sha256,
            "results_looked_at_before": frozen.looked_before,
            "earlier": list(frozen.earlier),
        }
        text = yaml.safe_dump({**head, "protocol": protocol_text(config)}, sort_keys=False, allow_unicode=True)
        store.write_text(PROTOCOL, _HEAD + text)
    return frozen


def declared(out: Path, config: StudyConfig) -> Protocol:
    """The protocol a run in this folder would freeze, to be said before it starts; nothing is written.

    Raises
    ------
    StoreError
        If ``protocol.yaml`` of the folder is damaged.
    """
    return next_protocol(Store(out), config)
