"""Candidate maps between two working pictures: several affine ones from several starts, weighed; then a local step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from radiomics_mammo.config.registration import RegistrationConfig
from radiomics_mammo.core.geometry import PlanarTransform, Points
from radiomics_mammo.core.vocabulary import RegistrationMethod
from radiomics_mammo.registration.block_matching import BlockGrid, match_blocks
from radiomics_mammo.registration.coarse import coarse_starts
from radiomics_mammo.registration.error_model import CANDIDATE_WEIGHTS
from radiomics_mammo.registration.intensity import informed_affine
from radiomics_mammo.registration.preprocessing import WorkingPair, WorkingPicture, resample
from radiomics_mammo.registration.refinement import (
    REFINE_REACH_SHARE,
    fit_affine,
    proves_itself,
    refine_affine,
    refine_locally,
)
from radiomics_mammo.registration.similarity import breast_dice, structure_similarity
from radiomics_mammo.registration.transforms import invert

REDUCTION = 2
"""Working pixels per pixel of the pictures on which candidates are found."""

COARSE_BLOCK_MM, COARSE_STRIDE_MM = 40.0, 9.6
"""Blocks of the candidates: of 40 mm they tell the woman and the place, of 19 mm they match at the level of chance."""

COARSE_REACHES_MM, COARSE_INLIER_MM, COARSE_SCORE = (16.0, 9.6), 4.0, 0.2
"""Reach of the two matchings, and when a large block agrees with a map and is used."""

SMALL_BLOCK_SCORE = 0.6
"""Median correlation of blocks of 19 mm below which they are not fitted to: they reach 0.49 to 0.51 in another woman's
prior and 0.53 in a real one, where they follow whichever layer of tissue stands out."""

SAME_MM = 4.0
"""Candidates that differ by less than this over the breast are one."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """One map recent -> prior and the independently found map back, in nominal mm."""

    method: RegistrationMethod
    forward: PlanarTransform
    backward: PlanarTransform


@dataclass(frozen=True, kw_only=True)
class CoarseMap:
    """One affine candidate with its figures; `weight` is its share among those of a pair, which sum up to 1."""

    transform: PlanarTransform
    similarity: float
    rank_similarity: float
    block_score: float
    agreement: float
    dice: float
    weight: float = 0.0

    @property
    def figures(self) -> tuple[float, float, float, float, float]:
        """Evidence, in the order of `CANDIDATE_WEIGHTS`."""
        return self.similarity, self.rank_similarity, self.block_score, self.agreement, self.dice


@dataclass(frozen=True, eq=False)
class Search:
    """What was found of a pair: maps from simple to complex, and the coarse candidates behind them, best first."""

    candidates: tuple[Candidate, ...]
    coarse: tuple[CoarseMap, ...]


def find_candidates(
    pair: WorkingPair, *, same_frame: bool, config: RegistrationConfig, known: Sequence[CoarseMap] = ()
) -> Search:
    """Identity (where `same_frame`), affine and deformable map of a pair.

    `known` are candidates of an earlier search between the same exams: they are fitted again instead of searched for.

    `same_frame` says whether equal coordinates can mean the same place; the identity then is a start as well. The
    affine map is the mean of the coarse candidates by their weights, refined where that makes the pictures more alike.
    """
    prior, recent, identity = pair.prior, pair.recent, PlanarTransform.identity()
    starts = [one.transform for one in known] or all_starts(recent, prior, with_identity=same_frame)
    coarse = coarse_maps(recent, prior, config, starts)
    forward = _refined(recent, prior, weighted_mean(coarse), config)
    returned = _from_blocks(reduced(prior), reduced(recent), invert(forward), config).transform
    backward = _refined(prior, recent, returned, config)
    found = [Candidate(RegistrationMethod.IDENTITY, identity, identity)] if same_frame else []
    found.append(Candidate(RegistrationMethod.AFFINE, forward, backward))
    if config.deformable and proves_itself(recent, prior, forward, config):
        smooth = refine_locally(recent, prior, forward, config), refine_locally(prior, recent, backward, config)
        if smooth[0] is not None and smooth[1] is not None:
            found.append(Candidate(RegistrationMethod.DEFORMABLE, smooth[0], smooth[1]))
    return Search(tuple(found), coarse)


def all_starts(fixed: WorkingPicture, moving: WorkingPicture, *, with_identity: bool) -> tuple[PlanarTransform, ...]:
    """Where to look from: the peaks of the wide correlation search, centroid on centroid, by information, identity."""
    centroid = centroid_start(fixed, moving)
    starts = [start.transform for start in coarse_starts(fixed, moving)]
    tiny = reduced(reduced(fixed)), reduced(reduced(moving))
    informed = [informed_affine(*tiny, start) for start in (starts[0] if starts else centroid, centroid)]
    starts += [one for one in informed if one is not None and _believable(one)]
    return (*starts, centroid, PlanarTransform.identity()) if with_identity else (*starts, centroid)


def coarse_maps(
    fixed: WorkingPicture, moving: WorkingPicture, config: RegistrationConfig, starts: Sequence[PlanarTransform]
) -> tuple[CoarseMap, ...]:
    """Affine candidates that differ, with weights, best first; each the fit of large blocks around a start."""
    here, there = reduced(fixed), reduced(moving)
    maps = [_from_blocks(here, there, start, config) for start in starts]
    maps.sort(key=_worth, reverse=True)
    return _weighed(_distinct(maps, fixed))


def reduced(picture: WorkingPicture) -> WorkingPicture:
    """A working picture on a grid coarser by `REDUCTION`."""
    offset, weight = REDUCTION // 2, picture.usable.astype(np.float32)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), REDUCTION / 2), 1e-3)
    every = slice(offset, None, REDUCTION)

    def smaller(values: NDArray[np.float32]) -> NDArray[np.float32]:
        """A plane of the picture on every `REDUCTION`-th pixel, averaged inside the breast."""
        blurred = cv2.GaussianBlur(np.where(picture.usable, values, 0).astype(np.float32), (0, 0), REDUCTION / 2)
        return np.where(picture.usable, blurred / share, 0)[every, every].astype(np.float32)

    to_mm = picture.to_mm.copy()
    to_mm[:2, 2] += picture.to_mm[:2, :2] @ np.array([offset, offset])
    to_mm[:2, :2] *= REDUCTION
    return WorkingPicture(
        structure=smaller(picture.structure),
        ranks=smaller(picture.ranks),
        breast=picture.breast[every, every],
        shown=picture.shown[every, every],
        usable=picture.usable[every, every],
        spacing_mm=picture.spacing_mm * REDUCTION,
        to_mm=to_mm,
    )


def centroid_start(fixed: WorkingPicture, moving: WorkingPicture) -> PlanarTransform:
    """Translation, after turning the chest walls to one side, that puts one breast's centroid on the other's."""
    between = np.eye(3)
    between[:2, 2] = np.argwhere(moving.breast).mean(axis=0) - np.argwhere(fixed.breast).mean(axis=0)
    matrix = moving.to_mm @ between @ np.linalg.inv(fixed.to_mm)
    matrix[2] = (0, 0, 1)
    return PlanarTransform(matrix)


def weighted_mean(coarse: Sequence[CoarseMap]) -> PlanarTransform:
    """Affine map whose places are the means of those of the candidates, by weight: the least expected square error."""
    matrix = np.sum([one.weight * one.transform.matrix for one in coarse], axis=0)
    matrix[2] = (0, 0, 1)
    return PlanarTransform(matrix)


def spread_mm(coarse: Sequence[CoarseMap], kept: PlanarTransform, points_mm: Points) -> NDArray[np.float64]:
    """Weighted root mean square distance of the candidates' places from that of the kept map, shape (n,)."""
    there = kept.apply(points_mm)
    squares = [one.weight * ((one.transform.apply(points_mm) - there) ** 2).sum(axis=1) for one in coarse]
    return np.asarray(np.sqrt(np.sum(squares, axis=0)), dtype=np.float64)


def _coarse_grid(picture: WorkingPicture, config: RegistrationConfig, reach_mm: float) -> BlockGrid:
    share = config.block_mm / RegistrationConfig().block_mm
    side, stride, reach = (
        max(1, round(share * length / picture.spacing_mm)) for length in (COARSE_BLOCK_MM, COARSE_STRIDE_MM, reach_mm)
    )
    return BlockGrid(side | 1, stride, reach)


def _from_blocks(
    here: WorkingPicture, there: WorkingPicture, start: PlanarTransform, config: RegistrationConfig
) -> CoarseMap:
    """The affine map that large blocks agree on around a start; the start itself where they do not."""
    current, loose = start, _loose(config)
    for reach_mm in COARSE_REACHES_MM:
        blocks = match_blocks(here, there, current, _coarse_grid(here, config, reach_mm))
        current = fit_affine(blocks, current, loose) or current
    return _judged(here, there, current, config)


def _loose(config: RegistrationConfig) -> RegistrationConfig:
    """Settings for large blocks."""
    share = config.inlier_mm / RegistrationConfig().inlier_mm
    return replace(config, inlier_mm=share * COARSE_INLIER_MM, min_block_score=COARSE_SCORE)


def _judged(
    here: WorkingPicture, there: WorkingPicture, transform: PlanarTransform, config: RegistrationConfig
) -> CoarseMap:
    blocks = match_blocks(here, there, transform, _coarse_grid(here, config, COARSE_REACHES_MM[-1]))
    both = here.usable & (resample(there.usable, there, here, transform) > 0.5)
    one, other = here.ranks[both], resample(there.ranks, there, here, transform)[both]
    constant = one.size < 2 or one.std() == 0 or other.std() == 0
    return CoarseMap(
        transform=transform,
        similarity=structure_similarity(here, there, transform),
        rank_similarity=0.0 if constant else float(np.corrcoef(one.astype(float), other.astype(float))[0, 1]),
        block_score=float(np.median(np.maximum(blocks.scores, 0))) if len(blocks.scores) else 0.0,
        agreement=blocks.agreement(transform, _loose(config).inlier_mm),
        dice=breast_dice(here, there, transform),
    )


def _worth(one: CoarseMap) -> float:
    """Log odds, up to a constant, that a candidate is the best of its pair."""
    return float(np.dot(CANDIDATE_WEIGHTS, one.figures))


def _believable(transform: PlanarTransform) -> bool:
    stretch = np.linalg.svd(transform.matrix[:2, :2], compute_uv=False)
    return bool(stretch[0] <= 1.4 and stretch[1] >= 0.7)


def _distinct(maps: Sequence[CoarseMap], fixed: WorkingPicture) -> list[CoarseMap]:
    """Candidates that differ, each the best of those like it."""
    places = fixed.mm_from_work(np.argwhere(fixed.usable)[::97].astype(np.float64))
    kept: list[CoarseMap] = []
    for one in maps:
        there = one.transform.apply(places)
        gaps = [np.sqrt(np.mean(np.sum((there - k.transform.apply(places)) ** 2, axis=1))) for k in kept]
        if all(gap > SAME_MM for gap in gaps):
            kept.append(one)
    return kept


def _weighed(maps: Sequence[CoarseMap]) -> tuple[CoarseMap, ...]:
    worth = np.array([_worth(one) for one in maps])
    odds = np.exp(worth - worth.max())
    return tuple(replace(one, weight=float(w)) for one, w in zip(maps, odds / odds.sum(), strict=True))


def _refined(
    fixed: WorkingPicture, moving: WorkingPicture, affine: PlanarTransform, config: RegistrationConfig
) -> PlanarTransform:
    """An affine map fitted again to small blocks, where these match and that makes the pictures more alike."""
    blocks = match_blocks(fixed, moving, affine, BlockGrid.of(config, REFINE_REACH_SHARE))
    if not len(blocks.scores) or np.median(np.maximum(blocks.scores, 0)) < SMALL_BLOCK_SCORE:
        return affine
    fine = refine_affine(fixed, moving, affine, config)
    gain = structure_similarity(fixed, moving, fine) - structure_similarity(fixed, moving, affine)
    return fine if gain > 0 else affine
