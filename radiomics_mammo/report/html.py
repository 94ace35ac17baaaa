"""The tree of sections to one HTML page that needs nothing else; every text is escaped."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from jinja2 import BaseLoader, Environment, TemplateNotFound
from markupsafe import Markup

from radiomics_mammo.report.blocks import Section

_TEMPLATES = "radiomics_mammo.report"


class _PackagedTemplates(BaseLoader):
    """Templates shipped with the package, also where it is installed as an archive."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, None]:
        """Text of a template, as Jinja asks for it."""
        file = resources.files(_TEMPLATES) / "templates" / template
        if not file.is_file():
            raise TemplateNotFound(template)
        return file.read_text(encoding="utf-8"), None, None


def packaged_text(name: str) -> str:
    """Text of a file shipped in ``report/templates``.

    Examples
    --------
    >>> packaged_text("page.js").startswith('"use strict"')
    True
    """
    return (resources.files(_TEMPLATES) / "templates" / name).read_text(encoding="utf-8")


def render_html(section: Section) -> str:
    """Render a report.

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
        loader=_PackagedTemplates(), autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    style, script = packaged_text("page.css"), packaged_text("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    template = environment.get_template("page.html.jinja")
    return template.render(
        report=section,
        style=Markup(style),  # noqa: S704 - shipped with the package
        script=Markup(script),  # noqa: S704 - shipped with the package
        script_digest=digest,
    )
