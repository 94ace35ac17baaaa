"""Results hold the tables the contract names."""

from dataclasses import fields

from radiomics_mammo.core import tables_cohort, tables_features, tables_lesions
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.schema import TableSchema


def test_measured_study_has_one_field_per_table():
    modules = (tables_cohort, tables_lesions, tables_features)
    schemas = [value for module in modules for value in vars(module).values() if isinstance(value, TableSchema)]
    assert {field.name for field in fields(MeasuredStudy)} == {schema.file.removesuffix(".csv") for schema in schemas}
