"""Tables of one's own through the public functions and the commands."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import radiomics_mammo as rm
from radiomics_mammo.cli.main import app
from radiomics_mammo.core.errors import TableError, UsageError
from radiomics_mammo.pipeline.own_tables import read_table

QUICK = "modeling: {repeats: 1, outer_folds: 3, inner_folds: 2, bootstrap_draws: 100, permutations: 20, trees: 10}"


@pytest.fixture(scope="module")
def table():
    rng, ill = np.random.default_rng(3), np.arange(30) % 3 == 0
    columns = {"contrast": rng.normal(5, 1, 30) + 3 * ill, "size": rng.normal(5, 1, 30)}
    words = {"who": [f"w{i:02d}" for i in range(30)], "ill": ill.astype(int), "age_years": rng.integers(40, 80, 30)}
    return pd.DataFrame({**words, **columns})


@pytest.fixture(scope="module")
def described(table):
    return rm.describe(table, label="ill", groups="who")


def test_statistics_hold_the_features_and_say_what_the_table_lacked(described):
    assert set(described["age_tests"]["feature"]) == {"contrast", "size"}
    row = described["univariate"].set_index("feature").loc["contrast"]
    assert row["p_value"] < 0.001
    assert row["n"] == 30
    assert not [name for name in described.tables if "density" in name]
    assert "No density: nothing is said by breast density." in described.findings
    assert "age_tests" in described._repr_html_()


def test_strata_are_words_that_are_known(table):
    with pytest.raises(UsageError, match="'size'"):
        rm.describe(table, label="ill", groups="who", strata=("size",))


def test_a_command_takes_the_table_and_writes_beside_it(table, tmp_path):
    table.to_csv(tmp_path / "mine.csv", index=False)
    (tmp_path / "quick.yaml").write_text(QUICK, encoding="utf-8")
    options = ["--label", "ill", "--groups", "who", "--config", str(tmp_path / "quick.yaml"), "--jobs", "1"]
    done = CliRunner().invoke(app, ["classify", str(tmp_path / "mine.csv"), *options])
    assert done.exit_code == 0, done.output
    metrics = pd.read_csv(tmp_path / "mine-results" / "metrics.csv")
    assert metrics.query("metric == 'auc'")["estimate"].max() > 0.8
    assert "checks passed" in done.output
    done = CliRunner().invoke(app, ["statistics", str(tmp_path / "mine.csv"), *options, "--out", str(tmp_path / "s")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "s" / "statistics" / "age_tests.csv").is_file()


def test_what_is_no_table_is_one_line(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"no table")
    for name, words in (("gone.csv", "no such file"), ("x.parquet", "x.parquet")):
        with pytest.raises(TableError, match=words):
            read_table(tmp_path / name)
