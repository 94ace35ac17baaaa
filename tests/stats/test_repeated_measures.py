from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from radiomics_mammo.stats.repeated_measures import RandomIntercept

FOLDER = Path(__file__).parents[1] / "baselines" / "r"


def fitted():
    rows = pd.read_csv(FOLDER / "mixed_models_input.csv")
    visit, malignant = rows["visit"], rows["malignant"]
    terms = [visit, malignant, rows["age"], rows["interval"], visit * malignant, visit * rows["years"]]
    design = np.column_stack([np.ones(len(rows)), *terms]).astype(float)
    return RandomIntercept(rows["value"].to_numpy(float), design, rows["woman"].to_numpy())


def agree_with(table):
    fit = fitted()
    np.testing.assert_allclose(fit.estimate, table["estimate"], rtol=1e-5)
    np.testing.assert_allclose(fit.robust[1], table["freedom"], rtol=1e-4)
    assert fit.between_share == pytest.approx(table["share"].iloc[0], abs=1e-5)
    np.testing.assert_allclose(fit.robust[0], table["error"], rtol=2e-3)  # Cholesky against symmetric root
    p_values = [fit.wald(term, confidence=0.95)[3] for term in range(len(table))]
    np.testing.assert_allclose(p_values, table["p"], rtol=1e-2)


def test_it_agrees_with_r():
    agree_with(pd.read_csv(FOLDER / "mixed_models_output.csv"))


@pytest.mark.nightly
def test_r_says_it_again(tmp_path):
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    for name in ("mixed_models.R", "mixed_models_input.csv"):
        shutil.copy(FOLDER / name, tmp_path)
    ran = subprocess.run(["Rscript", "mixed_models.R"], cwd=tmp_path, capture_output=True, text=True, check=False)
    if "there is no package" in ran.stderr:
        pytest.skip(f"a package of R is not installed: {ran.stderr.strip()[:80]}")
    assert ran.returncode == 0, ran.stderr
    agree_with(pd.read_csv(tmp_path / "mixed_models_output.csv"))


def test_estimates_are_those_of_statsmodels():
    fit = fitted()
    found = sm.MixedLM(fit.value, fit.design, groups=fit.women).fit(reml=True)
    np.testing.assert_allclose(fit.estimate, found.fe_params, rtol=1e-3)


def test_one_row_a_woman_is_least_squares_with_hc2():
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(30), rng.normal(size=30)])
    value = rng.normal(size=30) * (1 + design[:, 1] ** 2)
    fit = RandomIntercept(value, design, np.arange(30))
    plain = sm.OLS(value, design).fit(cov_type="HC2")
    np.testing.assert_allclose(fit.estimate, plain.params)
    np.testing.assert_allclose(fit.robust[0], plain.bse)
