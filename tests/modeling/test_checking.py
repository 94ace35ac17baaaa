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


@pytest.mark.parametrize("table", ["lesions", "patients", "images", "rois", "features", "deltas", "patient_deltas"])
def test_duplicates_are_refused_by_name(study, changed, table):
    with pytest.raises(ModelingError, match=r"several for (benign-01|r-benign)"):
        check_tables(changed(study, **{table: doubled}))


def test_rows_without_their_id_are_refused_as_duplicates_are(study, changed):
    with pytest.raises(ModelingError, match=r"images\.csv.*several for \(empty\)"):
        check_tables(changed(study, images=lambda table: table.assign(image_id=None)))


def test_a_prior_region_measured_twice_is_refused_instead_of_the_first_taken(study, changed):
    def doubled_prior(table):
        return pd.concat([table, table[table["visit"] == "prior"].iloc[[0]]], ignore_index=True)

    with pytest.raises(ModelingError, match=r"features\.csv.*several for p-registered-benign-01"):
        check_tables(changed(study, features=doubled_prior))


def test_a_word_that_is_no_label_is_refused_instead_of_counted_as_benign(study, changed):
    def misspelled(table):
        return table.assign(label=table["label"].replace("malignant", "Malignant"))

    tables = dict.fromkeys(("lesions", "features", "deltas", "patient_deltas"), misspelled)
    with pytest.raises(ModelingError, match="malignant-01_CC_recent_1 Malignant"):
        check_tables(changed(study, **tables))


@pytest.mark.parametrize("table", ["features", "deltas"])
def test_a_lesion_filed_under_another_patient_is_refused(study, changed, table):
    def moved(rows):
        return rows.assign(patient_id=rows["patient_id"].replace("malignant-02", "malignant-01"))

    with pytest.raises(ModelingError, match=rf"{table}\.csv patient_id.*malignant-02_CC_recent_1 malignant-01"):
        check_tables(changed(study, **{table: moved}))


@pytest.mark.parametrize("table", ["features", "deltas", "patient_deltas"])
def test_labels_that_disagree_with_the_lesions_are_refused(study, changed, table):
    with pytest.raises(ModelingError, match=r"benign-01.* malignant"):
        check_tables(changed(study, **{table: relabelled}))


def test_tissue_and_null_places_are_no_lesions(study, changed):
    def with_tissue(table):
        extra = table.iloc[[0, 0]].assign(roi_id=["t", "n"], source=["tissue", "null"], label=None)
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
