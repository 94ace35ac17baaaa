"""From the tables of a study to its drawings, to one tree of chapters, to one HTML page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from jinja2 import Environment, FunctionLoader
from markupsafe import Markup, escape

from radiomics_mammo.config.analysis import ReportConfig
from radiomics_mammo.report.alignment import alignment_figures, alignment_section
from radiomics_mammo.report.blocks import Figure, Section
from radiomics_mammo.report.classification import classification_figures, classification_section
from radiomics_mammo.report.cohort import audit_section, cohort_figures, cohort_section, flow_section
from radiomics_mammo.report.features import features_section, robustness_figures
from radiomics_mammo.report.masks import masks_section, outline_figures
from radiomics_mammo.report.material import Provenance, ReportMaterial, packaged_text
from radiomics_mammo.report.methods import checklists_section, methods_section, provenance_section
from radiomics_mammo.report.pictures import Pictures
from radiomics_mammo.report.statistics import statistics_figures, statistics_section
from radiomics_mammo.report.summary import summary_section
from radiomics_mammo.tables.study import Classification, MeasuredStudy, NamedTable

_STUDY_FIGURES = (cohort_figures, outline_figures, alignment_figures, robustness_figures)
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


def draw_figures(
    study: MeasuredStudy, classification: Classification | None = None, statistics: tuple[NamedTable, ...] = ()
) -> tuple[Figure, ...]:
    """Draw what there is to draw; absent tables give no drawing.

    Parameters
    ----------
    study, classification, statistics : MeasuredStudy, Classification or None, tuple of NamedTable

    Returns
    -------
    tuple of Figure
        Same tables, same SVG text.
    """
    drawn = [figure for figures in _STUDY_FIGURES for figure in figures(study)]
    if classification is not None:
        drawn += classification_figures(classification)
    return (*drawn, *statistics_figures(statistics))


def build_report(
    study: MeasuredStudy,
    *,
    classification: Classification | None = None,
    statistics: tuple[NamedTable, ...] = (),
    figures: tuple[Figure, ...] | None = None,
    pictures: Pictures | None = None,
    provenance: Provenance | None = None,
    config: ReportConfig | None = None,
    prior_sha256: Mapping[str, str] | None = None,
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
    prior_sha256 : mapping of str to str, optional
        Hash of the mask of each prior region by its id; without it, prior regions are shown but not judged.

    Returns
    -------
    Section
        Twelve chapters, always the same; what is absent says why in its place.
    """
    material = ReportMaterial(
        study=study,
        classification=classification,
        statistics=statistics,
        figures=draw_figures(study, classification, statistics) if figures is None else figures,
        pictures=pictures or Pictures(),
        provenance=provenance or Provenance(),
        config=config or ReportConfig(),
        prior_sha256=prior_sha256 or {},
    )
    return Section(material.config.title, sections=tuple(chapter(material) for chapter in _CHAPTERS))


def render_html(section: Section) -> str:
    """Render a report; every text is escaped.

    Parameters
    ----------
    section : Section
        The whole report; its subsections become the chapters of the table of contents.

    Returns
    -------
    str
        A page with styles, script and pictures inside. A content security policy forbids every request and every
        script but ours.

    Examples
    --------
    >>> page = render_html(Section("Study of <b>"))
    >>> "<title>Study of &lt;b&gt;</title>" in page
    True
    """
    environment = Environment(
        loader=FunctionLoader(packaged_text),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"breakable": breakable, "worded": worded}
    style, script = packaged_text("page.css"), packaged_text("page.js")
    return environment.get_template("page.html.jinja").render(
        report=section,
        style=Markup(style),  # noqa: S704 - shipped with the package
        script=Markup(script),  # noqa: S704 - shipped with the package
        script_digest=base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
    )


def breakable(text: str) -> Markup:
    """A text that may be broken after its underscores, as feature names must be to fit a column.

    Examples
    --------
    >>> breakable("original_glcm<")
    Markup('original_<wbr>glcm&lt;')
    """
    return Markup("_<wbr>").join(escape(part) for part in text.split("_"))


def worded(text: str) -> Markup:
    """A sentence whose words between backticks are commands or names of files.

    Examples
    --------
    >>> worded("run `report DIR` & look")
    Markup('run <code>report DIR</code> &amp; look')
    """
    parts = [escape(part) for part in text.split("`")]
    return Markup().join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )
