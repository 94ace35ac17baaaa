"""The five short scripts of the cookbook run on files such as a reader has."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.synthetic import synthetic_pair

PAGE = Path(__file__).parents[2] / "docs" / "cookbook.md"
SCRIPTS = dict(
    re.findall(r'```python title="([\w-]+)\.py"\n(.*?)```', PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
)
NAMES = ("image-and-mask", "prior-region", "deltas", "metrics", "statistics")


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    """Files of a reader: two exams with a mask, two feature tables, a table with labels, quick settings."""
    folder, rng = tmp_path_factory.mktemp("desk"), np.random.default_rng(7)
    pair = synthetic_pair(rng, rows=320, cols=260, strength=0.5)
    inside = fill_contour(pair.recent_contours_px[0], pair.recent.shape).on_grid(pair.recent.shape)
    for name, values in (("left_cc", pair.recent), ("prior_cc", pair.prior)):
        Image.fromarray(values.astype(np.uint16)).save(folder / f"{name}.png")
    Image.fromarray(inside.astype(np.uint8) * 255).save(folder / "left_cc_mask.png")
    for name in ("recent", "prior"):
        rows = pd.DataFrame(rng.uniform(1, 5, (9, 2)), columns=["original_glcm_Id", "size"])
        rows.assign(lesion=np.arange(9)).to_csv(folder / f"{name}.csv", index=False)
    labels = np.arange(30) % 3 == 0
    table = pd.DataFrame(rng.normal(5, 1, (30, 3)) + labels[:, None], columns=["contrast", "entropy", "prior_contrast"])
    words = {"patient_id": [f"w{i:02d}" for i in range(30)], "label": np.where(labels, "malignant", "benign")}
    context = {"density": rng.choice(list("abcd"), 30), "age_years": rng.integers(40, 80, 30)}
    table.assign(**words, **context).to_csv(folder / "table.csv", index=False)
    settings = (
        "modeling: {repeats: 1, outer_folds: 3, inner_folds: 2, bootstrap_draws: 100, permutations: 20, trees: 10}"
    )
    (folder / "quick.yaml").write_text(settings, encoding="utf-8")
    return folder


def test_there_is_one_for_each_use_and_it_is_short():
    assert tuple(SCRIPTS) == NAMES
    assert all(len(script.splitlines()) <= 15 for script in SCRIPTS.values())


@pytest.mark.parametrize("name", NAMES)
def test_it_runs(name, desk, monkeypatch, capsys):
    monkeypatch.chdir(desk)
    exec(compile(SCRIPTS[name], f"{name}.py", "exec"), {})
    assert capsys.readouterr().out.strip()


def test_every_public_name_stands_in_the_list():
    page = (PAGE.parent / "api.md").read_text(encoding="utf-8")
    stub = (PAGE.parents[1] / "radiomics_mammo" / "__init__.pyi").read_text(encoding="utf-8")
    named = re.findall(r"from \.([\w.]+) import (\w+) as \w+", stub)
    absent = [name for module, name in named if f"::: radiomics_mammo.{module}.{name}\n" not in page]
    assert absent == ["__version__"]
