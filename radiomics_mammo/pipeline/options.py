"""What a run was asked for, besides the release."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.pipeline.batch import Workers


class Depth(IntEnum):
    """How far a command goes with each exam pair."""

    AUDIT = 0
    MASKS = 1
    FEATURES = 2


@dataclass(frozen=True)
class RunOptions:
    """Options of every command that reads a release.

    Parameters
    ----------
    config : StudyConfig
    description : Path or None
        Workbook, where it is not beside or inside the release.
    exclusions : Path or None
        CSV of lesions a reader rejected.
    workers : Workers
    strict : bool
        Any audit error ends the run.
    fresh : bool
        Ignore the records of an earlier run.
    """

    config: StudyConfig = field(default_factory=StudyConfig)
    description: Path | None = None
    exclusions: Path | None = None
    workers: Workers = field(default_factory=Workers)
    strict: bool = False
    fresh: bool = False
