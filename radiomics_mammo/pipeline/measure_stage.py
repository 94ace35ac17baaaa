"""PyRadiomics on every region of a pair: recent and prior lesions, lesion-free places, breast tissue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.pairs import AlignedPair, Exam, Roi
from radiomics_mammo.core.vocabulary import RoiSource, Visit
from radiomics_mammo.features import (
    FeatureExtractor,
    RoiFeatures,
    feature_row,
    grey_level_rows,
    measure_perturbed,
    measure_similarity,
    similarity_table,
)
from radiomics_mammo.pipeline.align_stage import aligned_pair, kept_lesions
from radiomics_mammo.pipeline.exam_images import PairImages
from radiomics_mammo.pipeline.outline_stage import lesions_of
from radiomics_mammo.pipeline.pair_records import AlignedRegions, MeasuredRegions, OutlinedPair, Row
from radiomics_mammo.pipeline.warped_prior import warped_exam, warped_rois


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
    ``masks.measure_unreliable`` is set.
    """
    extractor = FeatureExtractor(config.features)
    pair = aligned_pair(images, outlined, aligned)
    unreadable = set() if config.masks.measure_unreliable else unreliable_lesions(outlined)
    measured: list[tuple[Roi, RoiFeatures]] = []
    perturbed: list[Row] = []
    warped = config.features.measure_on == "warped"
    for exam, rois in _work(outlined, aligned, pair=pair, images=images, warped=warped):
        kept = [roi for roi in rois if roi.recent_lesion_id not in unreadable]
        measured += zip(kept, extractor.measure(exam, kept), strict=True)
        measured += [(roi, RoiFeatures(roi.roi_id, "mm", {})) for roi in rois if roi not in kept]
        drawn = [roi for roi in kept if is_recent_lesion(roi)]
        perturbed += measure_perturbed(exam, drawn, config=config.features)
    similarity = measure_similarity(pair, aligned.lesions, config=config.features) if pair else ()
    return MeasuredRegions(
        features=tuple(feature_row(found, roi) for roi, found in measured),
        similarity=tuple(dict(row) for row in similarity_table(similarity).to_dict("records")),
        perturbed=tuple(perturbed),
        grey_levels=grey_level_rows([found for roi, found in measured if roi.source is not RoiSource.NULL]),
        findings=tuple(finding for _, found in measured for finding in found.findings),
    )


def is_recent_lesion(roi: Roi) -> bool:
    """Whether a region is an outline of the recent exam."""
    return bool(roi.recent_lesion_id) and roi.source is RoiSource.OUTLINED and roi.image.visit is Visit.RECENT


def unreliable_lesions(outlined: OutlinedPair) -> set[str]:
    """Ids of outlines whose reading is too uncertain to measure."""
    lesions = (*lesions_of(outlined.prior), *lesions_of(outlined.recent))
    return {str(lesion.key) for lesion in lesions if not lesion.quality.measurable}


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
    prior = tuple(each.prior for each in regions)
    if warped:
        yield pair.prior, (tissue[Visit.PRIOR],)
        yield warped_exam(pair), warped_rois(pair, prior)
    else:
        yield pair.prior, (*prior, tissue[Visit.PRIOR])
