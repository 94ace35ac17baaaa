"""Pixel spacing: what the tags say, whether it can be true of a mammogram, and which of them is believed.

Pixel Spacing comes first, else Imager Pixel Spacing over the magnification. Neither is believed blindly: the matrix
times the spacing must give the field of a mammogram, and the two tags must agree but for the magnification.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from radiomics_mammo.config.reading import DEFAULT_RELEASE, ReleaseConfig
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import SpacingSource
from radiomics_mammo.release.header import DicomHeader, Spacing

Note = tuple[AuditCode, str]
Rival = tuple[float, float, SpacingSource]
"""(row, col) spacing in mm and the tag that states it."""

_PAIR = 2
_SAME = 0.02
"""Relative difference between two spacings that rounding explains."""
_MAGNIFIES = (0.95, 2.5)
"""Magnifications of mammography, contact views to magnification views on a raised stand."""
_THICKNESS = 1.15
"""Ratio of the spacings of two views by one detector that the thickness of the breast explains (magnification)."""
_WHOLE_PX = 256
"""Pictures with a shorter longest side are excerpts: nothing is expected of their field."""


@dataclass(frozen=True)
class _Candidate:
    """A spacing that one tag states, mm, and whether it gives the field of a mammogram."""

    row_mm: float
    col_mm: float
    source: SpacingSource
    misfit: str = ""


def spacing_of(
    header: DicomHeader, *, assumed_spacing_mm: float | None = None, config: ReleaseConfig = DEFAULT_RELEASE
) -> Spacing:
    """Pixel spacing: PixelSpacing, else ImagerPixelSpacing over the magnification, else assumed, else unknown.

    A tag outside the plausible spacings of `config`, or whose matrix would be no mammogram's, is treated as missing.
    Where both tags are there and contradict each other, the one that gives the field of a mammogram is used; where
    both do, ImagerPixelSpacing, which is a property of the detector, while PixelSpacing is filled in by programs.

    Examples
    --------
    >>> found = spacing_of(DicomHeader(imager_spacing=(0.1, 0.1), magnification=(1.25,)))
    >>> found.row_mm, found.source.name
    (0.08, 'IMAGER_MAGNIFIED')
    >>> found = spacing_of(DicomHeader(pixel_spacing=(1, 1), imager_spacing=(0.07, 0.07), rows=4096, cols=3328))
    >>> found.row_mm, [code.name for code, _ in found.notes]
    (0.07, ['SPACING_CONFLICT'])
    """
    notes: list[Note] = []
    pixel = _candidate(header, header.pixel_spacing, SpacingSource.PIXEL_SPACING, config=config, notes=notes)
    imager = _candidate(header, header.imager_spacing, SpacingSource.IMAGER, config=config, notes=notes)
    if pixel and imager and not _explained(header, pixel, imager):
        used = _decided(pixel, imager)
        notes.append((AuditCode.SPACING_CONFLICT, _conflict(header, pixel, imager, used)))
    else:
        used = next((one for one in (pixel, imager) if one and not one.misfit), None)
        refused = [one for one in (pixel, imager) if one and one.misfit and used is None]
        notes += [(AuditCode.SPACING_INVALID, f"{_quoted(header, one.source)} {one.misfit}") for one in refused]
    if used is None:
        source = SpacingSource.UNKNOWN if assumed_spacing_mm is None else SpacingSource.ASSUMED
        return Spacing(assumed_spacing_mm, assumed_spacing_mm, source, tuple(notes))
    if max(header.rows, header.cols) >= _WHOLE_PX:
        notes += _anisotropy(used)
    return Spacing(used.row_mm, used.col_mm, used.source, tuple(notes))


def settled_spacing(
    header: DicomHeader,
    others: Iterable[DicomHeader],
    *,
    assumed_spacing_mm: float | None = None,
    config: ReleaseConfig = DEFAULT_RELEASE,
) -> tuple[Spacing, Rival | None]:
    """As `spacing_of`, where two tags that contradict each other could both be true: the one that other images confirm.

    Parameters
    ----------
    header : DicomHeader
    others : iterable of DicomHeader
        The other images of the patient. Those of the same manufacturer and matrix are heard, if their own tags agree.
    assumed_spacing_mm, config
        As for `spacing_of`.

    Returns
    -------
    spacing : Spacing
    rival : tuple or None
        What the tag that is not used states; None where nothing contradicts `spacing`.
    """
    own = spacing_of(header, assumed_spacing_mm=assumed_spacing_mm, config=config)
    rival = _rival(header, own, config)
    if rival is None or own.row_mm is None or own.col_mm is None:
        return own, None
    alike = [one for one in others if _same_detector(one, header)]
    told = [spacing for one in alike if not (spacing := spacing_of(one, config=config)).notes]
    rows = [one.row_mm for one in told if one.row_mm is not None]
    for_own = sum(nearer_spacing(row, own.row_mm, rival[0]) for row in rows)
    for_rival = sum(nearer_spacing(row, rival[0], own.row_mm) for row in rows)
    if for_rival <= for_own:
        return own, rival
    said = f"{for_rival} other images of the patient by the same detector agree with {rival[2]}, which is used"
    notes = (*own.notes, (AuditCode.SPACING_CONFLICT, said))
    return Spacing(rival[0], rival[1], rival[2], notes), (own.row_mm, own.col_mm, own.source)


def nearer_spacing(mm: float, first_mm: float, second_mm: float) -> bool:
    """Whether a length is that of the first of two pixels, but for the thickness of the breast, and not of the second.

    Examples
    --------
    >>> nearer_spacing(0.072, 0.07, 0.05), nearer_spacing(0.1, 0.07, 0.05)
    (True, False)
    """
    apart = abs(math.log(mm / first_mm))
    return apart < abs(math.log(mm / second_mm)) and apart <= math.log(_THICKNESS)


def _rival(header: DicomHeader, own: Spacing, config: ReleaseConfig) -> Rival | None:
    """What the other tag states, where the two contradict each other and both give the field of a mammogram."""
    silent: list[Note] = []
    pixel = _candidate(header, header.pixel_spacing, SpacingSource.PIXEL_SPACING, config=config, notes=silent)
    imager = _candidate(header, header.imager_spacing, SpacingSource.IMAGER, config=config, notes=silent)
    if not (pixel and imager) or pixel.misfit or imager.misfit or _explained(header, pixel, imager):
        return None
    other = pixel if own.source is imager.source else imager
    return other.row_mm, other.col_mm, other.source


def _same_detector(one: DicomHeader, other: DicomHeader) -> bool:
    return (one.manufacturer, one.rows, one.cols) == (other.manufacturer, other.rows, other.cols)


def _candidate(
    header: DicomHeader,
    values: tuple[float, ...] | None,
    source: SpacingSource,
    *,
    config: ReleaseConfig,
    notes: list[Note],
) -> _Candidate | None:
    """What one tag states; None, and a note, where it states no spacing."""
    if values is None:
        return None
    low, high = config.plausible_spacing_mm
    if len(values) != _PAIR or not all(low <= value <= high for value in values):
        notes.append((AuditCode.SPACING_INVALID, f"{_quoted(header, source)} is no pair of pixel sizes; not used"))
        return None
    factor = 1.0
    if source is SpacingSource.IMAGER and header.magnification is not None:
        said = header.magnification
        if len(said) == 1 and _MAGNIFIES[0] <= said[0] <= _MAGNIFIES[1]:
            source, factor = SpacingSource.IMAGER_MAGNIFIED, said[0]
        else:
            tag = "EstimatedRadiographicMagnificationFactor"
            notes.append((AuditCode.SPACING_INVALID, f"{_quoted(header, tag)} is no magnification; not used"))
    row_mm, col_mm = values[0] / factor, values[1] / factor
    return _Candidate(row_mm, col_mm, source, field_misfit(header, row_mm, col_mm, config=config))


def field_misfit(header: DicomHeader, row_mm: float, col_mm: float, *, config: ReleaseConfig = DEFAULT_RELEASE) -> str:
    """Why matrix times spacing is no mammogram's field; empty where it is, or where the matrix is unknown.

    Examples
    --------
    >>> field_misfit(DicomHeader(rows=4096, cols=3328), 0.7, 0.7)
    'gives a field of 2867 x 2330 mm; not used (0.07 mm would fit)'
    """
    if not (header.rows and header.cols):
        return ""
    low, high = config.plausible_field_mm
    field = header.rows * row_mm, header.cols * col_mm
    whole = max(header.rows, header.cols) >= _WHOLE_PX
    if max(field) <= high and (max(field) >= low or not whole):
        return ""
    fits = [row_mm * step for step in (0.1, 10.0) if whole and low <= max(field) * step <= high]
    hint = f" ({fits[0]:.3g} mm would fit)" if fits else ""
    return f"gives a field of {field[0]:.0f} x {field[1]:.0f} mm; not used{hint}"


def _explained(header: DicomHeader, pixel: _Candidate, imager: _Candidate) -> bool:
    """Whether the two tags agree: equal, equal but for the stated magnification, or calibrated within its range."""
    stated = header.magnification or (1.0,)
    ratios = (imager.row_mm / pixel.row_mm, imager.col_mm / pixel.col_mm)
    if abs(ratios[0] / ratios[1] - 1) > _SAME:
        return False
    if any(abs(ratios[0] * factor - 1) <= _SAME for factor in (1.0, stated[0])):
        return True
    return header.calibrated and math.isclose(*ratios, rel_tol=_SAME) and 1 - _SAME <= ratios[0] <= _MAGNIFIES[1]


def _decided(pixel: _Candidate, imager: _Candidate) -> _Candidate | None:
    fitting = [one for one in (imager, pixel) if not one.misfit]
    return fitting[0] if fitting else None


def _conflict(header: DicomHeader, pixel: _Candidate, imager: _Candidate, used: _Candidate | None) -> str:
    said = " and ".join(_quoted(header, one.source) for one in (pixel, imager))
    misfits = "".join(f"; {one.source} {one.misfit}" for one in (pixel, imager) if one.misfit)
    chosen = "neither is used" if used is None else f"{used.source} is used: {used.row_mm:g} x {used.col_mm:g} mm"
    return f"{said} contradict each other{misfits}; {chosen}"


def _anisotropy(used: _Candidate) -> Iterator[Note]:
    if abs(used.row_mm / used.col_mm - 1) > _SAME:
        said = f"{used.source} {used.row_mm:g} x {used.col_mm:g} mm: no mammography detector has oblong pixels"
        yield AuditCode.SPACING_OBLONG, f"{said}; used as stated"


def _quoted(header: DicomHeader, tag: str) -> str:
    """A tag with its text as it stands in the file."""
    name = tag.partition("/")[0]
    text = dict(header.spacing_texts).get(name, "")
    return f"{name} {text!r}" if text else name
