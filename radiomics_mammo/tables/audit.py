"""``audit.csv``: one row per finding."""

from __future__ import annotations

from radiomics_mammo.core.findings import Finding
from radiomics_mammo.tables.schema import Table

AUDIT = Table("audit.csv", Finding, "finding")
