"""Everything a report is built from, in one value."""

from __future__ import annotations

from dataclasses import dataclass, field

from radiomics_mammo.config.report import ReportConfig
from radiomics_mammo.core.results import Classification, MeasuredStudy, NamedTable
from radiomics_mammo.report.blocks import Figure, FigureBlock
from radiomics_mammo.report.picture_files import Pictures
from radiomics_mammo.report.provenance import Provenance


@dataclass(frozen=True, eq=False)
class ReportMaterial:
    """Tables, drawings, pictures and provenance of one study; all but the tables may be absent."""

    study: MeasuredStudy
    classification: Classification | None = None
    statistics: tuple[NamedTable, ...] = ()
    figures: tuple[Figure, ...] = field(default=(), repr=False)
    pictures: Pictures = field(default_factory=Pictures)
    provenance: Provenance = field(default_factory=Provenance)
    config: ReportConfig = field(default_factory=ReportConfig)

    def drawn(self, *names: str) -> tuple[FigureBlock, ...]:
        """The drawings of these names that exist, in the order asked for."""
        known = {figure.name: figure for figure in self.figures}
        return tuple(FigureBlock(known[name]) for name in names if name in known)
