"""``patients.csv``: one row per patient."""

from __future__ import annotations

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.tables.schema import Table

PATIENTS = Table("patients.csv", Patient, "patient")
