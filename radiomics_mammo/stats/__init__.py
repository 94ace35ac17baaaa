"""Statistical tables by class, density and age."""

from radiomics_mammo.stats.methods import limitations, methods_paragraph
from radiomics_mammo.stats.study_tables import key_findings, statistics_tables

__all__ = ["key_findings", "limitations", "methods_paragraph", "statistics_tables"]
