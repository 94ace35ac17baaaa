"""Pictures of tissue and masks of prior regions, made while the pixels are in memory."""

from __future__ import annotations

from collections.abc import Iterator

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.pairs import Roi
from radiomics_mammo.masks import encode_mask
from radiomics_mammo.pipeline.align_stage import aligned_pair
from radiomics_mammo.pipeline.exam_images import ExamImages, PairImages
from radiomics_mammo.pipeline.pair_records import AlignedRegions, ImageOutcome, OutlinedPair
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.report import PictureFile, lesion_picture, registration_picture

PRIOR_MASKS = "masks/prior"
"""Folder of the masks of carried-over regions; the masks of outlines lie beside it."""


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
    for file in files:
        store.write_bytes(f"figures/{file.name}", file.data)
    return tuple(f"figures/{file.name}" for file in files)


def _lesion_files(image: ExamImages, outcome: ImageOutcome, config: StudyConfig) -> Iterator[PictureFile]:
    if outcome.outlined is None:
        return
    for lesion in outcome.outlined.lesions:
        yield from lesion_picture(image.mammogram, image.overlay, outcome.outlined, lesion, config=config.report).files


def prior_mask_file(roi: Roi) -> str:
    """Name of the mask of a prior region below the output folder."""
    return f"{PRIOR_MASKS}/{roi.roi_id}.png"


def write_prior_masks(aligned: AlignedRegions, store: Store) -> tuple[str, ...]:
    """Write one 0/255 picture per prior region of a lesion; the names written."""
    rois = [pair.prior for pair in aligned.lesions]
    for roi in rois:
        store.write_bytes(prior_mask_file(roi), encode_mask(roi.region.on_grid(roi.grid.shape)))
    return tuple(prior_mask_file(roi) for roi in rois)
