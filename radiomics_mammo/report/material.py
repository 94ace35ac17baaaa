"""Everything a report is built from: the tables of a study, its pictures, where they come from, and shipped texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import pandas as pd
import yaml
from pydantic import TypeAdapter

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.errors import TableError
from radiomics_mammo.core.vocabulary import Decision, LesionLabel
from radiomics_mammo.report.blocks import Block, Figure
from radiomics_mammo.report.pictures import Pictures
from radiomics_mammo.report.wording import named_block
from radiomics_mammo.tables.review import REVIEW
from radiomics_mammo.tables.study import Classification, MeasuredStudy, NamedTable

_SETTINGS = ("configuration", "settings")
"""Groups of study.json that may hold the settings."""
LOOKED = "protocol.results looked at before"
"""Fact of the provenance: whether results were there when the protocol was frozen, ``yes`` or ``no``."""
_ELSEWHERE = ("flow", "strip_points", "cluster_correlation")
"""Statistical tables that are shown as a drawing, or in the chapter on the flow."""


def packaged_text(name: str) -> str:
    """Text of a file shipped in ``report/templates``, also where the package is installed as an archive."""
    return (resources.files("radiomics_mammo.report") / "templates" / name).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Provenance:
    """Facts about a run in groups: versions, configuration, hashes, seed, timings.

    Parameters
    ----------
    groups : tuple of (str, tuple of (str, str))
        Name of the group and its facts, each a dotted name and a value in words.
    settings_yaml : str
        Settings other than the defaults, as a file that ``--config`` takes; empty where none is known.
    """

    groups: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    settings_yaml: str = ""

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
        settings: Mapping[str, Any] = next((tree[name] for name in _SETTINGS if isinstance(tree.get(name), dict)), {})
        text = yaml.safe_dump(_changed(settings), sort_keys=False, allow_unicode=True) if settings else ""
        return cls((("study", single), *nested) if single else nested, text)

    def value(self, name: str) -> str:
        """A fact by its dotted name (``seed``, ``versions.numpy``); empty where it is not known."""
        group, _, rest = name.partition(".")
        wanted = (group, rest) if rest else ("study", group)
        facts = dict(self.groups).get(wanted[0], ())
        return dict(facts).get(wanted[1], "")


def _changed(settings: Mapping[str, Any], defaults: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The settings that are not the defaults, nested alike."""
    known = TypeAdapter(StudyConfig).dump_python(StudyConfig(), mode="json") if defaults is None else defaults
    changed = {}
    for name, value in settings.items():
        inner = known.get(name)
        kept = _changed(value, inner) if isinstance(value, dict) and isinstance(inner, dict) else value
        if kept != inner and kept != {}:
            changed[name] = kept
    return changed


def _flat(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _words(value)


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_words(part) for part in value)
    return "not set" if value is None else str(value)


@dataclass(frozen=True, eq=False, kw_only=True)
class ReportMaterial:
    """Tables, drawings, pictures and provenance of one study; all but the tables may be absent.

    `prior_sha256` has the hash of the mask of every prior region by its id: what a reader's decision on it is bound to.
    """

    study: MeasuredStudy
    classification: Classification | None = None
    statistics: tuple[NamedTable, ...] = ()
    figures: tuple[Figure, ...] = field(default=(), repr=False)
    pictures: Pictures = field(default_factory=Pictures)
    provenance: Provenance = field(default_factory=Provenance)
    config: ReportConfig = field(default_factory=ReportConfig)
    prior_sha256: Mapping[str, str] = field(default_factory=dict, repr=False)

    def drawn(self, *names: str) -> tuple[Figure, ...]:
        """The drawings of these names that exist, in the order asked for."""
        known = {figure.name: figure for figure in self.figures}
        return tuple(known[name] for name in names if name in known)

    def blocks(
        self, tables: Iterable[NamedTable], folder: str = "statistics", *, folded: bool | None = None
    ) -> tuple[Block, ...]:
        """Named tables made readable, as many rows of each at first as configured."""
        return tuple(named_block(table, self.config.table_rows, folder=folder, folded=folded) for table in tables)

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings that the statistical tables name, in their order."""
        return tuple(dict.fromkeys(table.chapter for table in self.statistics if table.name not in _ELSEWHERE))

    def under(self, heading: str, *, folded: bool | None = None) -> tuple[Block, ...]:
        """The statistical tables under one heading."""
        found = (table for table in self.statistics if table.chapter == heading)
        return self.blocks((table for table in found if table.name not in _ELSEWHERE), folded=folded)

    @property
    def study_id(self) -> str:
        """Stands for the images of the study: of a new report of the same images it is the same."""
        inputs = dict(self.provenance.groups).get("inputs_sha256", ())
        known = inputs or tuple((name, "") for name in sorted(self.study.patients["patient_id"]))
        return hashlib.sha256(repr(sorted(known)).encode("utf-8")).hexdigest()[:16]

    @property
    def called_wrong(self) -> frozenset[tuple[str, str]]:
        """Id and hash of everything that a reader called wrong."""
        rows = REVIEW.rows(self.study.review)
        return frozenset((row.id, row.mask_sha256) for row in rows if row.decision is Decision.WRONG)

    @property
    def images_read(self) -> int:
        """Images that exist and were read: those whose size is known."""
        return int(self.study.images["rows"].notna().sum())

    @property
    def trusted_pairs(self) -> pd.Series:
        """Whether each alignment may be used; an empty cell is no trust."""
        return self.study.registration["trusted"].fillna(False).astype(bool)

    def labelled_patients(self) -> tuple[int, int]:
        """Patients with a malignant and with a benign label, counted once each."""
        labels = self.study.patient_deltas.drop_duplicates("patient_id")["label"]
        return int((labels == LesionLabel.MALIGNANT).sum()), int((labels == LesionLabel.BENIGN).sum())
