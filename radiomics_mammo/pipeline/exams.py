"""The pixels of one exam pair, decoded at most once and only when asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import CohortImage, ExamPair, ImageRecord
from radiomics_mammo.core.errors import CaseError, ImageError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.images import BreastRegion, Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage
from radiomics_mammo.core.pairs import AlignedPair, Exam, Roi
from radiomics_mammo.core.vocabulary import SpacingSource, Visit
from radiomics_mammo.masks import spacing_of_copy
from radiomics_mammo.pipeline.layouts import read_lesions
from radiomics_mammo.registration import find_breast, warp_prior
from radiomics_mammo.release import nearer_spacing, read_overlay, read_record


@dataclass(frozen=True, eq=False)
class ExamImages:
    """One image record and its decoded pixels."""

    record: ImageRecord
    config: StudyConfig

    @cached_property
    def _read(self) -> tuple[Mammogram, tuple[Finding, ...]]:
        if self.record.dicom is None:
            raise ImageError(str(self.record.key), "a DICOM file", "none", "add the file", code="MISSING_DICOM")
        read = read_record(self.record, assumed_spacing_mm=self.config.assumed_spacing_mm, config=self.config.release)
        measured = self.config.masks.spacing_from_ruler and not read[0].grid.spacing_known
        if self.record.overlay is None or not (measured or read[0].acquisition.spacing_rival):
            return read
        try:
            ruled = spacing_of_copy(read[0], self.overlay, config=self.config.masks)
        except CaseError:
            return read  # reading the outlines says why
        if ruled is None:
            return read
        return self._ruled(*read, ruled) if measured else self._settled(*read, ruled)

    def _settled(
        self, mammogram: Mammogram, findings: tuple[Finding, ...], ruled: tuple[float, float]
    ) -> tuple[Mammogram, tuple[Finding, ...]]:
        """The mammogram with that of two contradicting tags that the ruler in its copy confirms."""
        grid, rival = mammogram.grid, mammogram.acquisition.spacing_rival
        if rival is None or not grid.spacing_known or not nearer_spacing(ruled[0], rival[0], grid.unit_spacing[0]):
            return mammogram, findings
        own = (*grid.unit_spacing, mammogram.acquisition.spacing_source)
        acquisition = replace(mammogram.acquisition, spacing_source=rival[2], spacing_rival=own)
        grid = replace(grid, row_spacing_mm=rival[0], col_spacing_mm=rival[1])
        message = f"a ruler in the copy implies {ruled[0]:.4f} x {ruled[1]:.4f} mm; {rival[2]} is used"
        said = Finding.of(AuditCode.SPACING_CONFLICT, message, image_id=str(mammogram.key))
        return replace(mammogram, grid=grid, acquisition=acquisition), (*findings, said)

    def _ruled(
        self, mammogram: Mammogram, findings: tuple[Finding, ...], spacing: tuple[float, float]
    ) -> tuple[Mammogram, tuple[Finding, ...]]:
        """The mammogram with the spacing that a ruler in its copy implies."""
        grid = replace(mammogram.grid, row_spacing_mm=spacing[0], col_spacing_mm=spacing[1])
        acquisition = replace(mammogram.acquisition, spacing_source=SpacingSource.RULER)
        kept = (finding for finding in findings if finding.code != AuditCode.SPACING_UNKNOWN.name)
        message = (
            f"no pixel spacing in the header; {spacing[0]:.4f} x {spacing[1]:.4f} mm taken from a ruler in the copy"
        )
        said = Finding.of(AuditCode.RULER_SPACING, message, image_id=str(mammogram.key))
        return replace(mammogram, grid=grid, acquisition=acquisition), (*kept, said)

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
        if self.record.overlay is None and isinstance(self.record, CohortImage):
            return grey_copy(self.mammogram)
        if self.record.overlay is None:
            raise ImageError(str(self.record.key), "an outlined copy", "none", "add the file", code="MISSING_GT")
        return read_overlay(self.record, config=self.config.release)

    def outlined(self, included: Collection[str] = ()) -> OutlinedImage:
        """The lesions of the image: outlined on its copy, or given by the masks of a cohort file.

        `included` are the hashes of rejected outlines that a reader brought back.

        Raises
        ------
        ImageError
            If copy or mask is missing or cannot be read.
        OutlineError
            If the copy does not show the mammogram.
        """
        return read_lesions(self, included)

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


def read_image(record: ImageRecord, *, config: StudyConfig | None = None) -> Mammogram:
    """Decode one mammogram.

    Parameters
    ----------
    record : ImageRecord
        Such as ``release["malignant-07", "CC", "recent"]``.
    config : StudyConfig, optional

    Raises
    ------
    ImageError
        If it is missing or cannot be read.
    """
    return ExamImages(record, config or StudyConfig()).mammogram


def outline_lesions(record: ImageRecord, *, config: StudyConfig | None = None) -> tuple[LesionMask, ...]:
    """The lesions outlined on one image, as masks on its DICOM grid.

    Parameters
    ----------
    record : ImageRecord
        Such as ``release["malignant-07", "CC", "recent"]``.
    config : StudyConfig, optional

    Returns
    -------
    tuple of LesionMask
        Top to bottom, then left to right; none where nothing is outlined.

    Raises
    ------
    ImageError
        If the mammogram or its outlined copy is missing or cannot be read.
    OutlineError
        If the copy does not show the mammogram.
    """
    return ExamImages(record, config or StudyConfig()).outlined().lesions


def grey_copy(mammogram: Mammogram) -> OutlineOverlay:
    """A copy of a mammogram without any outline, for pictures of what was never drawn on one."""
    low, high = np.percentile(mammogram.pixels, (0.5, 99.5))
    grey = np.clip((mammogram.pixels - low) / max(float(high - low), 1e-9), 0, 1) * 255
    return OutlineOverlay(mammogram.key, np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2))


def warped_exam(pair: AlignedPair) -> Exam:
    """The prior exam as it looks on the recent grid: pixels, breast and muscle; no outlines."""
    recent, prior = pair.recent.breast, pair.prior.breast
    pixels = warp_prior(pair)
    mammogram = Mammogram(prior.key, recent.grid, pixels, pair.prior.mammogram.acquisition)
    where = _reduced_prior_places(pair)
    breast, pectoral = (_sampled(part, where, recent.breast.shape) for part in (prior.breast, prior.pectoral))
    region = BreastRegion(
        key=prior.key,
        grid=recent.grid,
        step_px=recent.step_px,
        breast=breast,
        pectoral=pectoral,
        chest_wall=recent.chest_wall,
    )
    return Exam(mammogram, region)


def warped_rois(pair: AlignedPair, rois: Iterable[Roi]) -> tuple[Roi, ...]:
    """Prior regions on the recent grid; a propagated contour comes back to where it was taken from."""
    grid = pair.recent.mammogram.grid
    return tuple(replace(roi, grid=grid, contour_px=pair.recent_px(roi.contour_px)) for roi in rois)


def _reduced_prior_places(pair: AlignedPair) -> NDArray[np.int64]:
    step, shape = pair.recent.breast.step_px, pair.recent.breast.breast.shape
    centres = np.indices(shape).reshape(2, -1).T.astype(np.float64) * step + (step - 1) / 2
    return np.floor(pair.prior_px(centres) / pair.prior.breast.step_px).astype(np.int64)


def _sampled(part: NDArray[np.bool_], where: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    inside = ((where >= 0) & (where < part.shape)).all(axis=1)
    found = np.zeros(len(where), dtype=np.bool_)
    found[inside] = part[where[inside, 0], where[inside, 1]]
    return found.reshape(shape)
