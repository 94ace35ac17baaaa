"""``links.csv``: one row per pair of outlines."""

from __future__ import annotations

from radiomics_mammo.core.pairs import LesionLink
from radiomics_mammo.tables.schema import Table

LINKS = Table("links.csv", LesionLink, "pair of outlines")
