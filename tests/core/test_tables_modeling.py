"""Schemas of tables_modeling name the columns of the contract, each once and explained."""

import pytest

from radiomics_mammo.core import tables_modeling
from radiomics_mammo.core.schema import TableSchema

SCHEMAS = [value for value in vars(tables_modeling).values() if isinstance(value, TableSchema)]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.file)
def test_columns_are_named_once_and_explained(schema):
    assert len(set(schema.names)) == len(schema.names)
    assert all(column.meaning and column.name == column.name.lower() for column in schema.columns)
    assert schema.empty().empty


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.file)
def test_lengths_name_their_unit(schema):
    bare = {"spacing", "area", "distance", "shift", "age", "interval", "centroid_row", "centroid_col"}
    assert not bare & set(schema.names)
