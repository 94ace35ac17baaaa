"""What one worker hands back of one exam pair: plain frozen values, no pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from radiomics_mammo.core.findings import Finding
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.lesions import OutlinedImage
from radiomics_mammo.core.pairs import LesionLink, LesionPlace, Registration, Roi, RoiPair

Row = Mapping[str, object]
"""One row of a table: column name to value."""


@dataclass(frozen=True)
class ImageOutcome:
    """What came of one image.

    Parameters
    ----------
    key : ImageKey
    image_row : mapping
        Row of ``images.csv``; empty cells where something could not be read.
    outlined : OutlinedImage or None
        None where mammogram or outlined copy could not be used.
    findings : tuple of Finding
    dropped : str
        Why the image was left out; empty where it was used.
    mask_sha256 : mapping
        Hash of the mask of every lesion by its id.
    """

    key: ImageKey
    image_row: Row
    outlined: OutlinedImage | None
    findings: tuple[Finding, ...]
    dropped: str = ""
    mask_sha256: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OutlinedPair:
    """Both images of one view, outlined."""

    prior: ImageOutcome
    recent: ImageOutcome
    excluded: tuple[str, ...] = ()

    @property
    def mask_sha256(self) -> dict[str, str]:
        """Hash of the mask of every lesion of both images by its id."""
        return {**self.prior.mask_sha256, **self.recent.mask_sha256}


@dataclass(frozen=True)
class AlignedRegions:
    """Everything to measure in one pair, and how the exams fit together.

    `registration` is None where one exam cannot be used; the recent regions are then alone in `single`.
    """

    registration: Registration | None
    lesions: tuple[RoiPair, ...] = ()
    null_places: tuple[RoiPair, ...] = ()
    tissue: tuple[Roi, ...] = ()
    single: tuple[Roi, ...] = ()
    links: tuple[LesionLink, ...] = ()
    places: tuple[LesionPlace, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class MeasuredRegions:
    """Rows of measured values of one pair."""

    features: tuple[Row, ...] = ()
    similarity: tuple[Row, ...] = ()
    perturbed: tuple[Row, ...] = ()
    grey_levels: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class PairRecord:
    """One exam pair after the stages that were asked for."""

    name: str
    inputs_sha256: Mapping[str, str]
    outlined: OutlinedPair
    aligned: AlignedRegions | None = None
    measured: MeasuredRegions | None = None
