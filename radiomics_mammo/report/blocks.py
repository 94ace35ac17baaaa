"""The report as a tree of frozen values: sections hold blocks, nothing here knows HTML."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

from radiomics_mammo.core.errors import InvariantError

Tone = Literal["plain", "result", "note", "caution", "missing"]
"""What a paragraph is: running text, a result, an explanation, a warning, or why something is not shown."""


@dataclass(frozen=True)
class Picture:
    """A picture to embed.

    Parameters
    ----------
    media_type : str
        ``image/png``, ``image/jpeg`` or ``image/svg+xml``.
    data : bytes
        The file.
    """

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


@dataclass(frozen=True)
class Figure:
    """A drawing: file stem, SVG text, what it shows for those who cannot see it, its caption, whether it is narrow."""

    name: str
    svg: str = field(repr=False)
    alt: str
    caption: str
    narrow: bool = False

    @property
    def picture(self) -> Picture:
        """The drawing as an embeddable picture.

        Examples
        --------
        >>> Figure("roc", "<svg/>", "a curve", "A curve.").picture.media_type
        'image/svg+xml'
        """
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


@dataclass(frozen=True)
class TableBlock:
    """A table already in words.

    Parameters
    ----------
    caption : str
    header : tuple of str
    rows : tuple of tuple of str
        As many cells as `header` each.
    numeric : tuple of bool
        Which columns hold numbers (aligned to the right).
    note : str
        What is left out, and where all of it is.
    folded : bool
        Whether the table waits behind its caption.
    title : str
        A short name before a long caption.
    total : int
        Rows of the whole table, where not all are shown.

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


@dataclass(frozen=True)
class FigureBlock:
    """A drawing in its place."""

    kind: ClassVar[str] = "figure"
    figure: Figure


@dataclass(frozen=True)
class LesionCard:
    """One outlined lesion for the contact sheet; `contour` lies over `dicom`, `outlined` is the GT crop beside it."""

    lesion_id: str
    patient_id: str
    case_class: str
    label: str
    quality: str
    visit: str
    mask_sha256: str
    facts: tuple[str, ...]
    dicom: Picture
    contour: Picture
    outlined: Picture


@dataclass(frozen=True)
class ContactSheet:
    """All lesions, to be looked through, filtered and marked."""

    kind: ClassVar[str] = "contact-sheet"
    cards: tuple[LesionCard, ...]

    def choices(self, name: Literal["case_class", "label", "quality", "visit"]) -> tuple[str, ...]:
        """The values that occur, sorted, for a filter.

        Examples
        --------
        >>> ContactSheet(()).choices("quality")
        ()
        """
        return tuple(sorted({str(getattr(card, name)) for card in self.cards}))


@dataclass(frozen=True)
class AlignmentCard:
    """One exam pair of the alignment gallery."""

    patient_id: str
    view: str
    trusted: str
    facts: tuple[str, ...]
    before: Picture
    after: Picture
    displacement: Picture
    jacobian: Picture


@dataclass(frozen=True)
class AlignmentGallery:
    """Exam pairs before and after alignment."""

    kind: ClassVar[str] = "alignment-gallery"
    cards: tuple[AlignmentCard, ...]


Block: TypeAlias = TextBlock | ListBlock | TileBlock | TableBlock | FigureBlock | ContactSheet | AlignmentGallery


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
