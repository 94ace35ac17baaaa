"""The pixels of one exam pair, decoded at most once and only when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import ExamPair, ImageRecord
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.findings import Finding
from radiomics_mammo.core.images import BreastRegion, Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import Exam
from radiomics_mammo.core.vocabulary import Visit
from radiomics_mammo.registration import find_breast
from radiomics_mammo.release import read_mammogram, read_overlay


@dataclass(frozen=True, eq=False)
class ExamImages:
    """One image record and its decoded pixels."""

    record: ImageRecord
    config: StudyConfig

    @cached_property
    def _read(self) -> tuple[Mammogram, tuple[Finding, ...]]:
        if self.record.dicom is None:
            raise ImageError(str(self.record.key), "a DICOM file", "none", "add the file", code="MISSING_DICOM")
        return read_mammogram(
            self.record, assumed_spacing_mm=self.config.assumed_spacing_mm, config=self.config.release
        )

    @property
    def mammogram(self) -> Mammogram:
        """The decoded mammogram.

        Raises
        ------
        ImageError
            If it is missing or cannot be read.
        """
        return self._read[0]

    @property
    def header_findings(self) -> tuple[Finding, ...]:
        """What was noticed in the DICOM header."""
        return self._read[1]

    @cached_property
    def overlay(self) -> OutlineOverlay:
        """The outlined copy.

        Raises
        ------
        ImageError
            If it is missing or cannot be read.
        """
        if self.record.overlay is None:
            raise ImageError(str(self.record.key), "an outlined copy", "none", "add the file", code="MISSING_GT")
        return read_overlay(self.record, config=self.config.release)

    @cached_property
    def breast(self) -> BreastRegion:
        """The breast found in the mammogram.

        Raises
        ------
        RegistrationError
            If there is none to be found.
        """
        return find_breast(self.mammogram, config=self.config.registration)

    def exam(self, lesions: tuple[LesionMask, ...]) -> Exam:
        """Mammogram, breast and the lesions outlined on it."""
        return Exam(self.mammogram, self.breast, lesions)


@dataclass(frozen=True, eq=False)
class PairImages:
    """Both exams of one view."""

    prior: ExamImages
    recent: ExamImages

    @classmethod
    def of(cls, pair: ExamPair, config: StudyConfig) -> PairImages:
        """Images of a pair; nothing is decoded yet."""
        return cls(ExamImages(pair.prior, config), ExamImages(pair.recent, config))

    def at(self, visit: Visit) -> ExamImages:
        """Images of one visit."""
        return self.prior if visit is Visit.PRIOR else self.recent
