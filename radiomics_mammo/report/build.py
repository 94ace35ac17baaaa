"""The whole report from the tables of a study: one function, one tree."""

from __future__ import annotations

from radiomics_mammo.config.report import ReportConfig
from radiomics_mammo.core.results import Classification, MeasuredStudy, NamedTable
from radiomics_mammo.report.blocks import Figure, Section
from radiomics_mammo.report.figures import draw_figures
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.picture_files import Pictures
from radiomics_mammo.report.provenance import Provenance
from radiomics_mammo.report.sections_classification import classification_section
from radiomics_mammo.report.sections_cohort import audit_section, cohort_section, flow_section
from radiomics_mammo.report.sections_features import features_section
from radiomics_mammo.report.sections_masks import alignment_section, masks_section
from radiomics_mammo.report.sections_methods import checklists_section, methods_section, provenance_section
from radiomics_mammo.report.sections_statistics import statistics_section
from radiomics_mammo.report.summary import summary_section

_CHAPTERS = (
    summary_section,
    flow_section,
    audit_section,
    cohort_section,
    masks_section,
    alignment_section,
    features_section,
    classification_section,
    statistics_section,
    methods_section,
    checklists_section,
    provenance_section,
)


def build_report(
    study: MeasuredStudy,
    *,
    classification: Classification | None = None,
    statistics: tuple[NamedTable, ...] = (),
    figures: tuple[Figure, ...] | None = None,
    pictures: Pictures | None = None,
    provenance: Provenance | None = None,
    config: ReportConfig | None = None,
) -> Section:
    """Arrange everything a study left behind.

    Parameters
    ----------
    study : MeasuredStudy
        May hold empty tables.
    classification : Classification, optional
    statistics : tuple of NamedTable, optional
    figures : tuple of Figure, optional
        From `draw_figures`; without them, they are drawn.
    pictures : Pictures, optional
        From `read_pictures`.
    provenance : Provenance, optional
    config : ReportConfig, optional

    Returns
    -------
    Section
        Twelve chapters, always the same; what is absent says why in its place.
    """
    material = ReportMaterial(
        study,
        classification,
        statistics,
        draw_figures(study, classification, statistics) if figures is None else figures,
        pictures or Pictures(),
        provenance or Provenance(),
        config or ReportConfig(),
    )
    return Section(material.config.title, sections=tuple(chapter(material) for chapter in _CHAPTERS))
