"""The report as a tree of frozen values: sections hold blocks, nothing here knows HTML."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

from PIL import Image

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.tables.lesions import LesionRow
from radiomics_mammo.tables.registration import RegistrationRow
from radiomics_mammo.tables.rejected import RejectedRow
from radiomics_mammo.tables.review import alignment_id, alignment_sha256

Tone = Literal["plain", "result", "note", "caution", "missing", "result-line"]
"""What a paragraph is: running text, a result (of the study, or of one question), an explanation, a warning, or why
something is not shown."""


_SVG_SIDE = {side: re.compile(rb'<svg[^>]*? %s="([0-9.]+)(pt)?' % side.encode()) for side in ("width", "height")}
_PIXELS_PER_POINT = 4 / 3
"""CSS pixels."""


def _pixels(length: re.Match[bytes]) -> int:
    return round(float(length[1]) * (_PIXELS_PER_POINT if length[2] else 1))


@dataclass(frozen=True)
class Picture:
    """A picture to embed: ``image/png``, ``image/jpeg`` or ``image/svg+xml``, and the file."""

    media_type: str
    data: bytes = field(repr=False)

    @property
    def uri(self) -> str:
        """The picture as a ``data:`` address, so that the page needs no other file.

        Examples
        --------
        >>> Picture("image/png", b"abc").uri
        'data:image/png;base64,YWJj'
        """
        return f"data:{self.media_type};base64,{base64.b64encode(self.data).decode('ascii')}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, so that a page keeps the place of a picture it has not decoded; zeros where unknown.

        Examples
        --------
        >>> Picture("image/svg+xml", b'<svg width="619.2pt" height="90pt"/>').size
        (826, 120)
        """
        if self.media_type == "image/svg+xml":
            width, height = (_SVG_SIDE[side].search(self.data) for side in ("width", "height"))
            return (0, 0) if width is None or height is None else (_pixels(width), _pixels(height))
        with Image.open(io.BytesIO(self.data)) as opened:
            return opened.size


Tip: TypeAlias = tuple[float, float, str]
"""What a reader is told at a place of a drawing: across and down as shares of its sides, and the words."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A drawing: file stem, SVG text, what it shows for those who cannot see it, its caption, whether it is narrow.

    A `folded` drawing waits behind its `title`. `phone_svg` is the same for a narrow screen, with one panel a row.
    `tips` and `phone_tips` say the value, and whose it is, at the marks of either.
    """

    kind: ClassVar[str] = "figure"
    name: str
    svg: str = field(repr=False)
    alt: str
    caption: str
    narrow: bool = False
    title: str = ""
    folded: bool = False
    phone_svg: str = field(default="", repr=False)
    tips: tuple[Tip, ...] = field(default=(), repr=False)
    phone_tips: tuple[Tip, ...] = field(default=(), repr=False)

    @property
    def phone(self) -> Picture | None:
        """The drawing for a narrow screen, where it has one of its own."""
        return Picture("image/svg+xml", self.phone_svg.encode("utf-8")) if self.phone_svg else None

    @property
    def picture(self) -> Picture:
        """The drawing as an embeddable picture."""
        return Picture("image/svg+xml", self.svg.encode("utf-8"))


@dataclass(frozen=True)
class TextBlock:
    """One paragraph."""

    kind: ClassVar[str] = "text"
    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Pointer:
    """A sentence that leads to the section with this anchor; `word` in front of it is the link."""

    word: str
    anchor: str
    text: str

    def __str__(self) -> str:
        return f"{self.word}: {self.text}"


@dataclass(frozen=True)
class ListBlock:
    """A list of sentences, numbered where their order is cited; a `Pointer` is one that leads to its section."""

    kind: ClassVar[str] = "list"
    items: tuple[str | Pointer, ...]
    numbered: bool = False


@dataclass(frozen=True)
class PasteBlock:
    """Text to be taken over elsewhere, with a button that copies it; `code` is for a terminal or a file."""

    kind: ClassVar[str] = "paste"
    text: str
    code: bool = False


@dataclass(frozen=True)
class Tile:
    """One figure a reader should remember, and what it counts."""

    value: str
    label: str


@dataclass(frozen=True)
class TileBlock:
    """Figures side by side."""

    kind: ClassVar[str] = "tiles"
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, kw_only=True)
class TableBlock:
    """A table already in words, with as many cells in each row as the header has.

    Columns that are `numeric` are aligned to the right; `note` says what is left out and where all of it is; a `folded`
    table waits behind its caption; `title` is a short name before a long caption; `total` counts all rows where not
    all are here; the page opens with the first `shown` of the rows (0: all) and a button for the others.

    Raises
    ------
    InvariantError
        If a row or `numeric` has another length than the header.
    """

    kind: ClassVar[str] = "table"
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    numeric: tuple[bool, ...]
    note: str = ""
    folded: bool = False
    title: str = ""
    total: int = 0
    shown: int = 0

    @property
    def stem(self) -> str:
        """File name under which a reader saves it.

        Examples
        --------
        >>> TableBlock(caption="Patients by class, all", header=(), rows=(), numeric=()).stem
        'patients-by-class-all'
        """
        return anchor_of(self.title or self.caption)[:60].strip("-")

    def __post_init__(self) -> None:
        lengths = {len(self.header), len(self.numeric), *(len(row) for row in self.rows)}
        if len(lengths) != 1:
            raise InvariantError(f"table {self.caption!r}", "cells for each column", str(lengths), "rebuild the table")


@dataclass(frozen=True, kw_only=True)
class LesionCard:
    """One outlined lesion for the contact sheet; `contour` lies over `dicom`, `outlined` is the GT crop beside it.

    A `rejected` one was left out of this study by a reader and is shown grey.
    """

    lesion: LesionRow
    case_class: str
    dicom: Picture
    contour: Picture
    outlined: Picture
    rejected: bool = False

    @property
    def facts(self) -> tuple[str, ...]:
        """Pen, area, what is missing of the line, and whether a box marks it."""
        one = self.lesion
        area = f"{one.area_px} px" if one.area_mm2 is None else f"{one.area_mm2:.0f} mm²"
        missing = () if one.gap_fraction is None else (f"{one.gap_fraction:.0%} of the line missing",)
        return (f"{one.color} pen", area, *missing, *(("boxed",) if one.boxed else ()))


@dataclass(frozen=True)
class ContactSheet:
    """All lesions, to be looked through, filtered and judged.

    Parameters
    ----------
    cards : tuple of LesionCard
    decisions : tuple of mapping
        Every decision the study was made with, as rows of ``review.csv``.
    study : str
        Stands for the images of the study; a browser keeps decisions under it.
    """

    kind: ClassVar[str] = "contact-sheet"
    cards: tuple[LesionCard, ...]
    decisions: tuple[Mapping[str, str], ...] = field(default=(), repr=False)
    study: str = ""

    def choices(self, name: Literal["case_class", "label", "quality", "visit"]) -> tuple[str, ...]:
        """The values that occur, sorted, for a filter."""
        return tuple(sorted({str(getattr(card if name == "case_class" else card.lesion, name)) for card in self.cards}))


@dataclass(frozen=True, kw_only=True)
class ZoneCard:
    """The zone of one recent lesion: the lesion in the recent exam, and the zone in the prior at the same scale.

    It is judged by its `roi_id` and the hash of its mask, empty where no mask is known.
    """

    lesion_id: str
    recent: Picture
    prior: Picture
    radius90_mm: float | None = None
    expected_error_mm: float | None = None
    roi_id: str = ""
    sha256: str = ""
    rejected: bool = False

    @property
    def words(self) -> str:
        """How well its place is known."""
        if self.radius90_mm is None:
            return "no pixel spacing: the radius is not known in mm"
        expected = "" if self.expected_error_mm is None else f", expected error {self.expected_error_mm:.1f} mm"
        return f"radius {self.radius90_mm:.1f} mm holds the place 9 times in 10{expected}"


@dataclass(frozen=True, kw_only=True)
class AlignmentCard:
    """One exam pair of the alignment gallery, and the zones of its lesions.

    `prior` lies over `recent` at the places the alignment gives, `unaligned` as it would lie without one.
    """

    pair: RegistrationRow
    recent: Picture
    prior: Picture
    unaligned: Picture
    displacement: Picture
    jacobian: Picture
    zones: tuple[ZoneCard, ...] = ()
    rejected: bool = False

    @property
    def name(self) -> str:
        """Id under which the alignment is judged."""
        return alignment_id(self.pair)

    @property
    def sha256(self) -> str:
        """Hash of what is judged."""
        return alignment_sha256(self.pair)

    @property
    def facts(self) -> tuple[str, ...]:
        """Kept alignment, trust, similarity before and after, radius, and the error where it was measured."""
        one = self.pair
        ends = [f"{value:.2f}" for value in (one.similarity_before, one.similarity_after) if value is not None]
        similarity = (f"similarity {' to '.join(ends)}",) if ends else ()
        radius = () if one.radius90_mm is None else (f"radius {one.radius90_mm:.1f} mm",)
        error = () if one.error_mm is None else (f"measured error {one.error_mm:.1f} mm",)
        return (str(one.method), "trusted" if one.trusted else "not trusted", *similarity, *radius, *error)


@dataclass(frozen=True)
class AlignmentGallery:
    """Exam pairs before and after alignment."""

    kind: ClassVar[str] = "alignment-gallery"
    cards: tuple[AlignmentCard, ...]


@dataclass(frozen=True, kw_only=True)
class RejectedCard:
    """One rejected region of an outlined copy."""

    region: RejectedRow
    outlined: Picture

    @property
    def words(self) -> str:
        """Its class in words and what was measured."""
        return f"{self.region.code.lower().replace('_', ' ')}: {self.region.reason}"


@dataclass(frozen=True)
class RejectedSheet:
    """Rejected regions that have pictures.

    Parameters
    ----------
    cards : tuple of RejectedCard
    total : int
        Rows of ``rejected.csv``.
    study : str
        Stands for the images of the study; a browser keeps what was brought back under it.
    """

    kind: ClassVar[str] = "rejected-sheet"
    cards: tuple[RejectedCard, ...]
    total: int
    study: str = ""

    @property
    def classes(self) -> tuple[tuple[str, str], ...]:
        """The codes that occur and their meanings."""
        codes = sorted({card.region.code for card in self.cards})
        return tuple((code, AuditCode[code].meaning) for code in codes)


Block: TypeAlias = (
    TextBlock
    | ListBlock
    | PasteBlock
    | TileBlock
    | TableBlock
    | Figure
    | ContactSheet
    | RejectedSheet
    | AlignmentGallery
)


@dataclass(frozen=True)
class Section:
    """A headed part of the report: its blocks, then its subsections."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()

    @property
    def anchor(self) -> str:
        """Name to link to.

        Examples
        --------
        >>> Section("Masks & their quality").anchor
        'masks-their-quality'
        """
        return anchor_of(self.title)


def anchor_of(title: str) -> str:
    """The name under which a section of this title is linked to.

    Examples
    --------
    >>> anchor_of("By age: <50")
    'by-age-50'
    """
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
