import pandas as pd
import pytest

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.modeling.checking import check_tables, patient_labels, recent_rows


def doubled(table):
    return pd.concat([table, table.iloc[[0]]], ignore_index=True)


def relabelled(table):
    table.loc[table.index[0], "label"] = "malignant"
    return table


def test_tables_of_one_run_agree(study):
    check_tables(study)
    assert len(recent_rows(study.features)) == len(study.lesions)


@pytest.mark.parametrize("table", ["lesions", "patients", "features", "deltas", "patient_deltas"])
def test_duplicates_are_refused_by_name(study, changed, table):
    with pytest.raises(ModelingError, match=r"several for (benign-01|r-benign)"):
        check_tables(changed(study, **{table: doubled}))


@pytest.mark.parametrize("table", ["features", "deltas", "patient_deltas"])
def test_labels_that_disagree_with_the_lesions_are_refused(study, changed, table):
    with pytest.raises(ModelingError, match=r"benign-01.* malignant"):
        check_tables(changed(study, **{table: relabelled}))


def test_tissue_and_null_places_are_no_lesions(study, changed):
    def with_tissue(table):
        extra = table.iloc[[0, 0]].assign(source=["tissue", "null"], label=None)
        return pd.concat([table, extra], ignore_index=True)

    other = changed(study, features=with_tissue)
    check_tables(other)
    assert len(recent_rows(other.features)) == len(study.lesions)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["benign", "malignant", "unconfirmed"], "malignant"),
        (["unconfirmed", "benign"], "benign"),
        (["unconfirmed"], "unconfirmed"),
    ],
)
def test_label_of_a_patient(labels, expected):
    table = pd.DataFrame({"patient_id": "p", "visit": "recent", "label": labels})
    prior = pd.DataFrame({"patient_id": ["p"], "visit": ["prior"], "label": ["malignant"]})
    assert patient_labels(pd.concat([table, prior])) == {"p": expected}
