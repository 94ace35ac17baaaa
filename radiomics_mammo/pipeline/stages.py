"""The stages of one exam pair: outlines to masks, alignment, prior regions, features, pictures.

Each takes the pixels of the pair (`exams.PairImages`) and the values of the stage before, and returns a frozen value
without pixels, which is all that leaves a worker.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.cases import CohortImage, ImageRecord
from radiomics_mammo.core.errors import CaseError, OutlineError, RegistrationError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage
from radiomics_mammo.core.pairs import AlignedPair, Exam, LesionLink, LesionPlace, Registration, Roi, RoiPair
from radiomics_mammo.core.vocabulary import RoiSource, Visit
from radiomics_mammo.features import (
    FeatureExtractor,
    PerturbedFeatures,
    RoiFeatures,
    RoiSimilarity,
    measure_perturbed,
    measure_similarity,
    measure_zones,
)
from radiomics_mammo.masks import encode_mask, is_measured, mask_sha256
from radiomics_mammo.pipeline.exams import ExamImages, PairImages, warped_exam, warped_rois
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.registration import (
    doubtful_regions,
    match_lesions,
    measure_error_mm,
    null_places,
    place_lesions,
    prior_regions,
    recent_roi,
    register_exams,
    tissue_roi,
)
from radiomics_mammo.release import check_laterality, check_visit_order
from radiomics_mammo.report import (
    PictureFile,
    lesion_picture,
    registration_picture,
    rejected_pictures,
    zone_picture,
)
from radiomics_mammo.tables.features import FeatureRow
from radiomics_mammo.tables.images import ImageRow

PRIOR_MASKS = "masks/prior"
"""Folder of the masks of prior regions; the masks of outlines lie beside it."""


@dataclass(frozen=True, kw_only=True)
class ImageOutcome:
    """What came of one image.

    Parameters
    ----------
    key : ImageKey
    row : ImageRow
        Row of ``images.csv``; missing cells where something could not be read.
    outlined : OutlinedImage or None
        None where mammogram or outlined copy could not be used.
    findings : tuple of Finding
    dropped : str
        Why the image was left out; empty where it was used.
    mask_sha256 : mapping
        Hash of the mask of every lesion by its id.
    """

    key: ImageKey
    row: ImageRow
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
    def outcomes(self) -> tuple[ImageOutcome, ImageOutcome]:
        """Both images, prior before recent."""
        return self.prior, self.recent

    @property
    def kept(self) -> tuple[LesionMask, ...]:
        """Lesions of both images that no reader rejected."""
        return tuple(lesion for outcome in self.outcomes for lesion in kept_lesions(outcome, self.excluded))

    @property
    def mask_sha256(self) -> dict[str, str]:
        """Hash of the mask of every lesion of both images by its id."""
        return {**self.prior.mask_sha256, **self.recent.mask_sha256}


@dataclass(frozen=True, kw_only=True)
class AlignedRegions:
    """Everything to measure in one pair, and how the exams fit together.

    `registration` is None where one exam cannot be used; the recent regions are then alone in `single`.
    """

    registration: Registration | None = None
    lesions: tuple[RoiPair, ...] = ()
    null_places: tuple[RoiPair, ...] = ()
    tissue: tuple[Roi, ...] = ()
    single: tuple[Roi, ...] = ()
    links: tuple[LesionLink, ...] = ()
    places: tuple[LesionPlace, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MeasuredRegions:
    """Measured values of one pair; `spreads` of every feature over a zone, by the id of the prior region."""

    features: tuple[RoiFeatures, ...] = ()
    similarity: tuple[RoiSimilarity, ...] = ()
    perturbed: tuple[PerturbedFeatures, ...] = ()
    spreads: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed while measuring."""
        return tuple(finding for one in self.features for finding in one.findings)


def outline_pair(images: PairImages, included: Collection[str] = ()) -> OutlinedPair:
    """Read both images of a pair and outline their lesions; one unreadable image costs that image alone.

    `included` are the hashes of rejected outlines that a reader brought back.
    """
    prior, recent = _outcome(images.prior, included), _outcome(images.recent, included)
    if prior.row.rows is None or recent.row.rows is None:
        return OutlinedPair(prior, recent)
    earlier, later = (image.mammogram.acquisition.study_date for image in (images.prior, images.recent))
    order = check_visit_order(images.recent.record, (earlier, later))
    return OutlinedPair(prior, replace(recent, findings=(*recent.findings, *order)))


def _outcome(image: ExamImages, included: Collection[str]) -> ImageOutcome:
    key = image.record.key
    try:
        mammogram, header = image.mammogram, image.header_findings
    except CaseError as error:
        return _lost(image.record, error, AuditCode.DICOM_UNREADABLE, row=ImageRow.of(key))
    seen = (*header, *_side_findings(image))
    try:
        outlined = image.outlined(included)
    except CaseError as error:
        lost = _lost(image.record, error, AuditCode.GT_UNREADABLE, row=ImageRow.of(key, mammogram=mammogram))
        return replace(lost, findings=(*seen, *lost.findings))
    copied = image.record.overlay is not None
    row = ImageRow.of(key, mammogram=mammogram, placement=outlined.placement if copied else None)
    hashes = {str(lesion.key): mask_sha256(lesion) for lesion in outlined.lesions}
    return ImageOutcome(key=key, row=row, outlined=outlined, findings=(*seen, *outlined.findings), mask_sha256=hashes)


def _side_findings(image: ExamImages) -> tuple[Finding, ...]:
    try:
        return check_laterality(image.record, image.mammogram.acquisition, image.breast)
    except RegistrationError:
        return ()  # the alignment says that no breast was found


def _lost(record: ImageRecord, error: CaseError, code: AuditCode, *, row: ImageRow) -> ImageOutcome:
    code = AuditCode[error.code] if error.code else code
    known = code in (AuditCode.MISSING_DICOM, AuditCode.MISSING_GT)  # the index has said so
    finding = Finding.of(code, str(error), image_id=str(record.key), file=_file(record, error))
    dropped = f"{code.name}: {code.meaning}"
    return ImageOutcome(key=record.key, row=row, outlined=None, findings=() if known else (finding,), dropped=dropped)


def _file(record: ImageRecord, error: CaseError) -> str:
    names = [ref.name for ref in (record.dicom, record.overlay) if ref is not None]
    if error.subject in names:
        return error.subject
    return names[-1] if isinstance(error, OutlineError) and names else names[0] if names else ""


def write_masks(outlined: OutlinedPair, store: Store) -> tuple[str, ...]:
    """Write one 0/255 picture per lesion that no reader rejected, on the DICOM grid; the names written."""
    for lesion in outlined.kept:
        store.write_bytes(mask_file(lesion), encode_mask(lesion.inside))
    return tuple(mask_file(lesion) for lesion in outlined.kept)


def lesions_of(outcome: ImageOutcome) -> tuple[LesionMask, ...]:
    """Lesions of an image, none where it could not be used."""
    return outcome.outlined.lesions if outcome.outlined else ()


def mask_file(lesion: LesionMask) -> str:
    """Name of a lesion's mask below the output folder."""
    return f"masks/{lesion.key}.png"


def align_regions(images: PairImages, outlined: OutlinedPair, config: StudyConfig) -> AlignedRegions:
    """Align the two exams and decide where to measure."""
    prior, prior_findings = _exam(images.prior, outlined.prior, outlined.excluded)
    recent, recent_findings = _exam(images.recent, outlined.recent, outlined.excluded)
    findings = (*prior_findings, *recent_findings)
    if prior is None or recent is None:
        never = isinstance(images.recent.record, CohortImage) and images.prior.record.dicom is None
        alone = _single_exam(prior or recent, outlined, findings)
        return replace(alone, findings=findings) if never else alone  # the index has said so
    settings = config.registration
    registration = register_exams(prior, recent, config=settings)
    if doubted := any(exam.mammogram.acquisition.polarity_doubted for exam in (prior, recent)):
        registration = replace(registration, trusted=False)
    pair = AlignedPair(prior, recent, registration)
    lesions = _untrusted(prior_regions(pair, config=settings)) if doubted else prior_regions(pair, config=settings)
    return AlignedRegions(
        registration=replace(registration, error_mm=measure_error_mm(pair, config=settings)),
        lesions=lesions,
        null_places=null_places(pair, rng=pair_rng(pair, config.seed), config=settings),
        tissue=(tissue_roi(prior), tissue_roi(recent)),
        links=match_lesions(pair, config=settings),
        places=place_lesions(recent),
        findings=(*findings, *registration.findings, *doubtful_regions(lesions)),
    )


def _untrusted(pairs: tuple[RoiPair, ...]) -> tuple[RoiPair, ...]:
    """The same regions, none of them trusted: no change is measured between a picture and a possible negative."""
    return tuple(replace(pair, prior=replace(pair.prior, trusted=False)) for pair in pairs)


def aligned_pair(images: PairImages, outlined: OutlinedPair, aligned: AlignedRegions) -> AlignedPair | None:
    """The aligned pair again, with pixels, or None where one exam cannot be used."""
    if aligned.registration is None:
        return None
    prior = images.prior.exam(kept_lesions(outlined.prior, outlined.excluded))
    recent = images.recent.exam(kept_lesions(outlined.recent, outlined.excluded))
    return AlignedPair(prior, recent, aligned.registration)


def kept_lesions(outcome: ImageOutcome, excluded: tuple[str, ...]) -> tuple[LesionMask, ...]:
    """Lesions that no reader rejected."""
    return tuple(lesion for lesion in lesions_of(outcome) if str(lesion.key) not in excluded)


def pair_rng(pair: AlignedPair, seed: int) -> np.random.Generator:
    """A generator of its own for every pair, whatever worker it runs on."""
    key = pair.recent.mammogram.key
    return np.random.default_rng([seed, zlib.crc32(f"{key.patient_id}_{key.view}".encode())])


def _exam(
    image: ExamImages, outcome: ImageOutcome, excluded: tuple[str, ...]
) -> tuple[Exam | None, tuple[Finding, ...]]:
    if outcome.outlined is None:
        return None, ()
    try:
        return image.exam(kept_lesions(outcome, excluded)), ()
    except RegistrationError as error:
        code = AuditCode[error.code] if error.code else AuditCode.IMAGE_EMPTY
        return None, (Finding.of(code, str(error), image_id=str(outcome.key)),)


def _single_exam(exam: Exam | None, outlined: OutlinedPair, findings: tuple[Finding, ...]) -> AlignedRegions:
    message = "one exam of the pair cannot be used; no change can be measured"
    incomplete = Finding.of(AuditCode.PAIR_INCOMPLETE, message, image_id=str(outlined.recent.key))
    if exam is None:
        return AlignedRegions(findings=(*findings, incomplete))
    recent = exam.mammogram.key == outlined.recent.key
    return AlignedRegions(
        tissue=(tissue_roi(exam),),
        single=tuple(recent_roi(lesion) for lesion in exam.lesions) if recent else (),
        places=place_lesions(exam) if recent else (),
        findings=(*findings, incomplete),
    )


def measure_regions(
    images: PairImages, outlined: OutlinedPair, aligned: AlignedRegions, *, config: StudyConfig
) -> MeasuredRegions:
    """Measure every region of a pair once.

    Parameters
    ----------
    images : PairImages
    outlined : OutlinedPair
    aligned : AlignedRegions
    config : StudyConfig

    Notes
    -----
    Outlines that could not be read reliably keep their regions but are measured only where
    ``masks.measure_unreliable`` is set; those below ``masks.min_confidence`` never are.
    """
    extractor = FeatureExtractor(config.features)
    pair = aligned_pair(images, outlined, aligned)
    unreadable = unmeasured_lesions(outlined, config)
    measured: list[RoiFeatures] = []
    perturbed: list[PerturbedFeatures] = []
    warped = config.features.measure_on == "warped"
    for exam, rois in _work(outlined, aligned, pair=pair, images=images, warped=warped):
        kept = [roi for roi in rois if roi.recent_lesion_id not in unreadable]
        measured += extractor.measure(exam, kept)
        measured += [RoiFeatures(row=FeatureRow.of(roi)) for roi in rois if roi not in kept]
        perturbed += measure_perturbed(exam, [roi for roi in kept if is_recent_lesion(roi)], config=config.features)
    compared = _compared(pair, aligned.lesions, extractor, unreadable) if pair else MeasuredRegions()
    return replace(compared, features=(*measured, *compared.features), perturbed=tuple(perturbed))


def _compared(
    pair: AlignedPair, lesions: Sequence[RoiPair], extractor: FeatureExtractor, unreadable: set[str]
) -> MeasuredRegions:
    """Similarity to the prior places, and what was measured all over the zones."""
    points = [one for one in lesions if one.prior.zone is None]
    regional = [one for one in lesions if one.prior.zone is not None]
    readable = [one for one in regional if one.recent.recent_lesion_id not in unreadable]
    zones = measure_zones(pair, readable, extractor=extractor)
    left_out = (RoiFeatures(row=FeatureRow.of(one.prior)) for one in regional if one not in readable)
    alike = (zone.similarity for zone in zones if zone.similarity)
    return MeasuredRegions(
        features=(*(zone.features for zone in zones), *left_out),
        similarity=(*measure_similarity(pair, points, config=extractor.config), *alike),
        spreads={zone.features.row.roi_id: zone.spread for zone in zones},
    )


def is_recent_lesion(roi: Roi) -> bool:
    """Whether a region is an outline of the recent exam."""
    return bool(roi.recent_lesion_id) and roi.source is RoiSource.OUTLINED and roi.image.visit is Visit.RECENT


def unmeasured_lesions(outlined: OutlinedPair, config: StudyConfig) -> set[str]:
    """Ids of outlines that are kept but not measured: read too uncertainly, or not certain enough to be outlines."""
    lesions = (*lesions_of(outlined.prior), *lesions_of(outlined.recent))
    return {str(lesion.key) for lesion in lesions if not is_measured(lesion, config=config.masks)}


def _work(
    outlined: OutlinedPair, aligned: AlignedRegions, *, pair: AlignedPair | None, images: PairImages, warped: bool
) -> Iterator[tuple[Exam, Sequence[Roi]]]:
    if pair is None:
        for visit in Visit:
            rois = [roi for roi in (*aligned.single, *aligned.tissue) if roi.image.visit is visit]
            if rois:
                outcome = outlined.recent if visit is Visit.RECENT else outlined.prior
                yield images.at(visit).exam(kept_lesions(outcome, outlined.excluded)), rois
        return
    regions = (*aligned.lesions, *aligned.null_places)
    recent = {each.recent.roi_id: each.recent for each in regions}
    tissue = {roi.image.visit: roi for roi in aligned.tissue}
    yield pair.recent, (*recent.values(), tissue[Visit.RECENT])
    prior = tuple(each.prior for each in regions if each.prior.zone is None)
    if warped:
        yield pair.prior, (tissue[Visit.PRIOR],)
        yield warped_exam(pair), warped_rois(pair, prior)
    else:
        yield pair.prior, (*prior, tissue[Visit.PRIOR])


def write_pictures(
    images: PairImages, outlined: OutlinedPair, aligned: AlignedRegions, *, store: Store, config: StudyConfig
) -> tuple[str, ...]:
    """Write the pictures the report shows of a pair; the names written."""
    files = [
        *_lesion_files(images.prior, outlined.prior, config),
        *_lesion_files(images.recent, outlined.recent, config),
    ]
    pair = aligned_pair(images, outlined, aligned)
    if pair is not None:
        files += registration_picture(pair, config=config.report).files
        zones = [one for one in aligned.lesions if one.prior.zone is not None]
        files += [file for one in zones for file in zone_picture(pair, one, config=config.report).files]
    for file in files:
        store.write_bytes(f"figures/{file.name}", file.data)
    return tuple(f"figures/{file.name}" for file in files)


def _lesion_files(image: ExamImages, outcome: ImageOutcome, config: StudyConfig) -> Iterator[PictureFile]:
    if outcome.outlined is None:
        return
    for lesion in outcome.outlined.lesions:
        yield from lesion_picture(image.mammogram, image.overlay, outcome.outlined, lesion, config=config.report).files
    for picture in rejected_pictures(image.overlay, outcome.outlined, config=config.report):
        yield from picture.files


def prior_mask_file(roi: Roi) -> str:
    """Name of the mask of a prior region below the output folder."""
    return f"{PRIOR_MASKS}/{roi.roi_id}.png"


def write_prior_masks(aligned: AlignedRegions, store: Store) -> tuple[str, ...]:
    """Write one 0/255 picture per prior region of a lesion; the names written."""
    rois = [pair.prior for pair in aligned.lesions]
    for roi in rois:
        store.write_bytes(prior_mask_file(roi), encode_mask(roi.region.on_grid(roi.grid.shape)))
    return tuple(prior_mask_file(roi) for roi in rois)
