"""The report as a tree of frozen values: sections hold blocks, nothing here knows HTML."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

from radiomics_mammo.core.errors import InvariantError
from radiomics_mammo.tables.lesions import LesionRow
from radiomics_mammo.tables.registration import RegistrationRow

Tone = Literal["plain", "result", "note", "caution", "missing"]
"""What a paragraph is: running text, a result, an explanation, a warning, or why something is not shown."""


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


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A drawing: file stem, SVG text, what it shows for those who cannot see it, its caption, whether it is narrow."""

    kind: ClassVar[str] = "figure"
    name: str
    svg: str = field(repr=False)
    alt: str
    caption: str
    narrow: bool = False

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
class ListBlock:
    """A list of sentences, numbered where their order is cited."""

    kind: ClassVar[str] = "list"
    items: tuple[str, ...]
    numbered: bool = False


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
    all are shown.

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

    def __post_init__(self) -> None:
        lengths = {len(self.header), len(self.numeric), *(len(row) for row in self.rows)}
        if len(lengths) != 1:
            raise InvariantError(f"table {self.caption!r}", "cells for each column", str(lengths), "rebuild the table")


@dataclass(frozen=True, kw_only=True)
class LesionCard:
    """One outlined lesion for the contact sheet; `contour` lies over `dicom`, `outlined` is the GT crop beside it."""

    lesion: LesionRow
    case_class: str
    dicom: Picture
    contour: Picture
    outlined: Picture

    @property
    def facts(self) -> tuple[str, ...]:
        """Pen, area, what is missing of the line, and whether a box marks it."""
        one = self.lesion
        area = f"{one.area_px} px" if one.area_mm2 is None else f"{one.area_mm2:.0f} mm²"
        missing = () if one.gap_fraction is None else (f"{one.gap_fraction:.0%} of the line missing",)
        return (f"{one.color} pen", area, *missing, *(("boxed",) if one.boxed else ()))


@dataclass(frozen=True)
class ContactSheet:
    """All lesions, to be looked through, filtered and marked."""

    kind: ClassVar[str] = "contact-sheet"
    cards: tuple[LesionCard, ...]

    def choices(self, name: Literal["case_class", "label", "quality", "visit"]) -> tuple[str, ...]:
        """The values that occur, sorted, for a filter."""
        return tuple(sorted({str(getattr(card if name == "case_class" else card.lesion, name)) for card in self.cards}))


@dataclass(frozen=True, kw_only=True)
class AlignmentCard:
    """One exam pair of the alignment gallery."""

    pair: RegistrationRow
    before: Picture
    after: Picture
    displacement: Picture
    jacobian: Picture

    @property
    def facts(self) -> tuple[str, ...]:
        """Kept alignment, trust, similarity before and after, and the error where it was measured."""
        one = self.pair
        ends = [f"{value:.2f}" for value in (one.similarity_before, one.similarity_after) if value is not None]
        similarity = (f"similarity {' to '.join(ends)}",) if ends else ()
        error = () if one.error_mm is None else (f"error {one.error_mm:.3g} mm",)
        return (str(one.method), "trusted" if one.trusted else "not trusted", *similarity, *error)


@dataclass(frozen=True)
class AlignmentGallery:
    """Exam pairs before and after alignment."""

    kind: ClassVar[str] = "alignment-gallery"
    cards: tuple[AlignmentCard, ...]


Block: TypeAlias = TextBlock | ListBlock | TileBlock | TableBlock | Figure | ContactSheet | AlignmentGallery


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
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")
