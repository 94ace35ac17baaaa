"""Two exams of one breast, without a release: align them, carry places between them, find a lesion's prior region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.contours import contour_centroid_px, fill_contour
from radiomics_mammo.core.errors import UsageError
from radiomics_mammo.core.images import Mammogram
from radiomics_mammo.core.lesions import LesionMask
from radiomics_mammo.core.pairs import AlignedPair, Exam, Roi, RoiPair
from radiomics_mammo.core.vocabulary import PriorPolicy, Visit
from radiomics_mammo.features import SIMILARITY_COLUMNS, FeatureExtractor, feature_table, measure_zones
from radiomics_mammo.pipeline.inputs import (
    SOMEONE,
    ImageLike,
    MaskLike,
    Spacing,
    border_of,
    exam_of,
    image_key,
    inside_of,
    lesion_of,
    mammogram_of,
    settings_of,
    tight_region,
)
from radiomics_mammo.registration import place_error, prior_regions, register_exams, warp_prior
from radiomics_mammo.report import figure_row, mask_over_image, registration_picture

_POINT = 2


@dataclass(frozen=True, eq=False)
class ExamAlignment:
    """How the recent exam of a breast lies on its prior one.

    Parameters
    ----------
    pair : AlignedPair
        Both exams and the registration between them.
    config : StudyConfig
        Settings it was made with.
    """

    pair: AlignedPair
    config: StudyConfig = field(default_factory=StudyConfig, repr=False)

    def __repr__(self) -> str:
        return f"ExamAlignment({self.method}, trusted={self.trusted}, similarity={self.similarity:.2f})"

    @property
    def trusted(self) -> bool:
        """Whether the alignment may be used; where not, places are carried by anatomical coordinates."""
        return self.pair.registration.trusted

    @property
    def method(self) -> str:
        """Which candidate was kept: identity, affine, deformable or anatomical."""
        return str(self.pair.registration.method)

    @property
    def similarity(self) -> float:
        """Correlation (-1..1) of the structure of both exams after alignment."""
        return self.pair.registration.similarity_after

    @property
    def findings(self) -> tuple[str, ...]:
        """What was noticed, in words."""
        return tuple(finding.message for finding in self.pair.registration.findings)

    def carry(self, places: NDArray[np.generic] | Sequence[Sequence[float]] | MaskLike) -> NDArray[np.generic]:
        """Where places of the recent exam lie in the prior one, by the alignment alone.

        Parameters
        ----------
        places : ndarray or list of shape (n, 2), one (row, col), or mask
            (row, col) pixels of the recent image, or a mask on its grid.

        Returns
        -------
        ndarray
            float64 of shape (n, 2), (row, col) pixels of the prior image; or bool on the grid of the prior image.

        Raises
        ------
        ImageError
            If a mask is empty or of another size.
        """
        recent, prior = self.pair.recent.mammogram.grid, self.pair.prior.mammogram.grid
        if isinstance(places, list | tuple) or (isinstance(places, np.ndarray) and places.shape[-1:] == (_POINT,)):
            return self.pair.prior_px(_points(places))
        inside = inside_of(places, recent, config=self.config)
        return fill_contour(self.pair.prior_px(border_of(places, inside)), prior.shape).on_grid(prior.shape)

    def radius90_mm(self, points_px: NDArray[np.generic] | Sequence[Sequence[float]]) -> NDArray[np.float64] | None:
        """Radius around carried places that holds the true one nine times in ten, mm.

        Parameters
        ----------
        points_px : ndarray or list of shape (n, 2), or one (row, col)
            Pixels of the recent image.

        Returns
        -------
        ndarray of shape (n,), or None
            None where the spacing is unknown.

        Raises
        ------
        UsageError
            If these are no points.
        """
        points = _points(points_px)
        return place_error(self.pair, points).radius90_mm if self.pair.in_mm else None

    def warp(self, image: ImageLike | None = None) -> NDArray[np.float32]:
        """An image on the grid of the prior exam as it looks on that of the recent one (cubic), the prior by default.

        Returns
        -------
        ndarray of float32, shape of the recent image
            0 where the prior image has no pixel.

        Raises
        ------
        ImageError
            If the image has another size than the prior one.
        """
        if image is None:
            return warp_prior(self.pair)
        own = self.pair.prior.mammogram
        given = mammogram_of(image, key=own.key, spacing_mm=None, config=self.config)
        if given.grid.shape != own.grid.shape:
            raise UsageError(
                "warp", f"an image of {own.grid.shape}", str(given.grid.shape), "give one on the prior grid"
            )
        prior = replace(self.pair.prior, mammogram=Mammogram(own.key, own.grid, given.pixels, own.acquisition))
        return warp_prior(replace(self.pair, prior=prior))

    def _repr_html_(self) -> str:
        drawn = registration_picture(self.pair, config=self.config.report)
        names = ("recent", "prior, aligned", "prior as it was", "how far each place moved", "change of area")
        facts = [("method", self.method), ("trusted", "yes" if self.trusted else "no")]
        facts += [("similarity", f"{self.similarity:.2f}"), *(("noticed", words) for words in self.findings)]
        return figure_row(tuple(zip(names, drawn.pngs, strict=True)), facts)


@dataclass(frozen=True, eq=False, kw_only=True)
class PriorPlace:
    """Where a lesion of the recent exam lies, or would lie, in the prior one.

    Parameters
    ----------
    mask : ndarray of bool, shape of the prior image
        The region to measure under the policy ``registered``: the contour at the one most likely place.
    zone : ndarray of bool, shape of the prior image
        Where the true place may be: the disc of `radius90_mm`, 3 to 20 mm, around the carried place. Under
        ``regional``, the primary policy, windows of the shape of the lesion are measured all over it (`measure`).
    roi : Roi
        The mask as a region with its contour, source and search score.
    regional : RoiPair
        The lesion with its zone.
    alignment : ExamAlignment
    lesion : LesionMask
        The lesion it belongs to.
    """

    mask: NDArray[np.bool_] = field(repr=False)
    zone: NDArray[np.bool_] = field(repr=False)
    roi: Roi = field(repr=False)
    regional: RoiPair = field(repr=False)
    alignment: ExamAlignment = field(repr=False)
    lesion: LesionMask = field(repr=False)

    def __repr__(self) -> str:
        radius = "unknown" if self.radius90_mm is None else f"{self.radius90_mm:.1f}"
        return f"PriorPlace(centre_px={self.centre_px}, radius90_mm={radius}, trusted={self.trusted})"

    @property
    def trusted(self) -> bool:
        """Whether the region may be used."""
        return self.roi.trusted

    @property
    def centre_px(self) -> tuple[float, float]:
        """(row, col) of the middle of the region, pixels of the prior image."""
        row, col = contour_centroid_px(np.asarray(self.roi.contour_px))
        return round(row, 1), round(col, 1)

    @property
    def expected_error_mm(self) -> float | None:
        """How far off the place is expected to be, mm; None where the spacing is unknown."""
        return self.roi.expected_error_mm

    @property
    def radius90_mm(self) -> float | None:
        """Radius around the place that holds the true one nine times in ten, mm; None where the spacing is unknown."""
        return self.roi.radius90_mm

    @property
    def source(self) -> str:
        """``registered``, or ``fallback`` where the alignment was refused."""
        return str(self.roi.source)

    @property
    def search_score(self) -> float | None:
        """Correlation (-1..1) of the surroundings at the place that was found; None where there was too little."""
        return self.roi.search_score

    def measure(self, *, config: StudyConfig | None = None) -> ZoneTable:
        """Features all over the zone, as under the policy ``regional`` of the command ``features``.

        Parameters
        ----------
        config : StudyConfig, optional
            Its `features`; by default the settings of the alignment.

        Returns
        -------
        ZoneTable
            `row` for `changes` as the prior rows, `spread` as their reference.
        """
        extractor = FeatureExtractor(settings_of(config or self.alignment.config).features)
        (found,) = measure_zones(self._known, [self.regional], extractor=extractor)
        spread = pd.DataFrame([found.spread])
        row = feature_table([found.features], config=extractor.config)
        row.attrs["findings"] = found.features.findings
        alike = {name: getattr(found.similarity, name, np.nan) for name in SIMILARITY_COLUMNS}
        return ZoneTable(row=row, spread=spread, similarity=pd.DataFrame([alike]), windows=found.windows)

    @property
    def _known(self) -> AlignedPair:
        pair = self.alignment.pair
        return AlignedPair(
            pair.prior, Exam(pair.recent.mammogram, pair.recent.breast, (self.lesion,)), pair.registration
        )

    def _repr_html_(self) -> str:
        pair = self.alignment.pair
        radius, spacing = self.radius90_mm, pair.prior.mammogram.grid.unit_spacing
        circles = [] if radius is None else [(*self.centre_px, radius / max(spacing))]
        shown = [tight_region(self.mask)] if self.mask.any() else []
        pictures = (
            ("recent", mask_over_image(pair.recent.mammogram, [self.lesion.region])),
            ("prior", mask_over_image(pair.prior.mammogram, shown, circles_px=circles)),
        )
        score = "none" if self.search_score is None else f"{self.search_score:.2f}"
        facts = [("trusted", "yes" if self.trusted else "no"), ("source", self.source), ("search score", score)]
        return figure_row(pictures, facts)


@dataclass(frozen=True, eq=False, kw_only=True)
class ZoneTable:
    """What was measured all over the zone of a lesion in the prior exam.

    Parameters
    ----------
    row : DataFrame
        One row, with the columns of ``features.csv``: the median over the windows.
    spread : DataFrame
        One row: the robust standard deviation of every feature over the windows (1.4826 times the median absolute
        deviation), what ``z_`` is measured in.
    similarity : DataFrame
        One row with the ``similarity_`` columns of ``deltas.csv``, of the best match in the zone.
    windows : int
        Windows that were measured.
    """

    row: pd.DataFrame = field(repr=False)
    spread: pd.DataFrame = field(repr=False)
    similarity: pd.DataFrame = field(repr=False)
    windows: int

    def _repr_html_(self) -> str:
        shown = pd.concat([self.row.select_dtypes("number"), self.spread], keys=["median", "spread"]).droplevel(1).T
        return f"<p>{self.windows} windows</p>{shown.dropna(how='all').to_html(max_rows=12, float_format='%.4g')}"


def align(
    prior: ImageLike,
    recent: ImageLike,
    *,
    spacing_mm: Spacing = None,
    prior_spacing_mm: Spacing = None,
    view: str = "CC",
    lesions: Sequence[MaskLike] = (),
    breasts: tuple[MaskLike | None, MaskLike | None] = (None, None),
    config: StudyConfig | None = None,
) -> ExamAlignment:
    """Align two exams of one breast in one view.

    Identity, affine and deformable maps are candidates; a more complex one replaces a simpler one only when it earns
    its place, and a map that convinces by nothing is not trusted: by the code and defaults of the command ``features``.

    Parameters
    ----------
    prior, recent : array of shape (rows, cols), SimpleITK image, or path
        Whole mammograms; they may differ in size and spacing.
    spacing_mm : float or (row, col), optional
        Pixel spacing in mm of both; by default that of the files.
    prior_spacing_mm : float or (row, col), optional
        That of the prior exam, where it has another.
    view : str
        ``CC``, ``MLO``, ...; the pectoral muscle is looked for in MLO.
    lesions : sequence of masks
        Lesions of the recent exam: they and their prior places are hidden, so that a mass that was there already and
        a new one leave the same trace in the alignment, namely none.
    breasts : tuple of two masks, optional
        What is breast in the prior and in the recent image; by default it is found.
    config : StudyConfig, optional

    Returns
    -------
    ExamAlignment
        ``carry(points or mask)``, ``warp(image)``, ``trusted``.

    Raises
    ------
    ImageError
        If an image or mask cannot be used.
    RegistrationError
        If no breast is found in a picture.

    Notes
    -----
    How maps are found and judged: ``docs/registration.md``.
    """
    settings = settings_of(config)
    spacings = prior_spacing_mm if prior_spacing_mm is not None else spacing_mm, spacing_mm
    images = [
        mammogram_of(image, key=image_key(SOMEONE, view, visit), spacing_mm=spacing, config=settings)
        for image, spacing, visit in zip((prior, recent), spacings, Visit, strict=True)
    ]
    older, newer = (exam_of(image, breast, config=settings) for image, breast in zip(images, breasts, strict=True))
    grid = newer.mammogram.grid
    borders = [border_of(mask, inside_of(mask, grid, config=settings)) for mask in lesions]
    masks = tuple(lesion_of(border, newer.mammogram, number) for number, border in enumerate(borders, start=1))
    newer = Exam(newer.mammogram, newer.breast, masks)
    found = register_exams(older, newer, config=settings.registration)
    return ExamAlignment(AlignedPair(older, newer, found), settings)


def find_prior(pair: ExamAlignment, mask: MaskLike, *, mask_value: int | None = None) -> PriorPlace:
    """The region of the prior exam that a lesion of the recent one stands for.

    The contour is carried by the alignment, then its surroundings are looked for around that place (the lesion itself
    is not looked at): `mask`, by the code of the command ``features`` under the prior policy ``registered``. `zone` is
    that of ``regional``, the primary policy: ``place.measure()`` gives its features.

    Parameters
    ----------
    pair : ExamAlignment
        Best made with ``lesions=[mask]``, as in a study.
    mask : mask on the grid of the recent image
    mask_value : int, optional
        Value of the lesion in a labelled mask.

    Raises
    ------
    ImageError
        If the mask is empty, of another size, or holds several labels and none is named.

    Notes
    -----
    Regional search of the surroundings: ``docs/registration.md``; errors published for such places are 8 to 9 mm on
    average, so a place is never a point.
    """
    mammogram = pair.pair.recent.mammogram
    inside = inside_of(mask, mammogram.grid, value=mask_value, config=pair.config)
    lesion = lesion_of(border_of(mask, inside), mammogram)
    known = AlignedPair(pair.pair.prior, Exam(mammogram, pair.pair.recent.breast, (lesion,)), pair.pair.registration)
    regions = {one.prior.prior_policy: one for one in prior_regions(known, config=pair.config.registration)}
    roi, regional = regions[PriorPolicy.REGISTERED].prior, regions[PriorPolicy.REGIONAL]
    return PriorPlace(
        mask=roi.region.on_grid(roi.grid.shape),
        zone=_zone_mask(regional.prior),
        roi=roi,
        regional=regional,
        alignment=pair,
        lesion=lesion,
    )


def _zone_mask(roi: Roi) -> NDArray[np.bool_]:
    """The pixels of the zone of a prior region; none where it has no zone."""
    shape = roi.grid.shape
    if roi.zone is None:
        return np.zeros(shape, dtype=np.bool_)
    return roi.zone.holds(np.indices(shape).reshape(_POINT, -1).T.astype(np.float64)).reshape(shape)


def _points(places: NDArray[np.generic] | Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Points of shape (n, 2), whatever they were given as."""
    try:
        points = np.atleast_2d(np.asarray(places, dtype=np.float64))
    except (TypeError, ValueError):
        points = np.empty((0, 0))
    if points.ndim != _POINT or points.shape[1] != _POINT or not np.isfinite(points).all():
        raise UsageError("points", "(row, col) pixels, shape (n, 2)", _named(places), "give numbers, row before column")
    return points


def _named(places: object) -> str:
    return f"shape {places.shape}" if isinstance(places, np.ndarray) else repr(places)[:60]
