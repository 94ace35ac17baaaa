import pytest


def test_all_checks_are_on_and_pass_on_honest_tables(classification):
    table = classification.sentinels.set_index("name")
    assert table.index.tolist() == [
        "permuted-labels",
        "random-integer-per-patient",
        "random-column",
        "patients-apart",
        "patients-distinct",
        "optimism-gap-selection-outside",
        "optimism-gap-ungrouped-kfold",
    ]
    assert table["passed"].iloc[1:5].all()
    assert table["passed"].iloc[5:].isna().all()


@pytest.mark.parametrize("protocol", ["selection-outside", "ungrouped-kfold"])
def test_what_would_have_been_claimed_stands_in_the_metrics(classification, protocol):
    rows = classification.metrics[classification.metrics["protocol"] == protocol]
    assert rows["metric"].tolist() == ["auc"]
    assert (
        f"AUC {rows['estimate'].item():.2f}"
        in classification.sentinels.set_index("name").loc[f"optimism-gap-{protocol}", "found"]
    )
