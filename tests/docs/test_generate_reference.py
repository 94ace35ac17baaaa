import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import radiomics_mammo
from docs.generate_reference import TABLES, api_page, outputs_page, reference_pages, results_page, settings_page
from radiomics_mammo.config.loading import known_keys

DOCS = Path(__file__).parents[2] / "docs"
FILES = {
    *("audit.csv", "flow.csv", "patients.csv", "images.csv", "lesions.csv", "links.csv", "registration.csv"),
    *("rois.csv", "features.csv", "dictionary.csv", "grey_levels.csv", "robustness.csv", "deltas.csv"),
    *("patient_deltas.csv", "predictions.csv", "metrics.csv", "comparisons.csv", "sentinels.csv", "curves.csv"),
    *("selection.csv", "checklists.csv", "new_predictions.csv"),
    *("lost.csv", "rejected.csv", "review.csv", "reviewed_out.csv"),
}
"""What a study and `predict` leave as tables with a fixed head; a file more or less is a breaking change."""


@pytest.mark.parametrize("name", sorted(reference_pages()))
def test_page_is_up_to_date(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == reference_pages()[name], "run `python docs/generate_reference.py`"


def test_every_column_and_every_key_is_there() -> None:
    page = outputs_page() + results_page()
    assert {table.file for table in TABLES} == FILES
    assert all(f"| `{column.name}` |" in page for table in TABLES for column in table.columns)
    assert all(f"| `{key}` |" in settings_page() for key in known_keys())


def test_every_public_name_has_its_section():
    sections = [line[3:] for line in api_page().splitlines() if line.startswith("## ")]
    assert sections == sorted(name for name in radiomics_mammo.__all__ if not name.startswith("_"))


def test_the_advice_for_other_readers_keeps_the_word_null(tmp_path: Path) -> None:
    (tmp_path / "rois.csv").write_text("roi_id,source,label\na,null,\n", encoding="utf-8")
    advice = outputs_page().split("`pd.read_csv(file, ")[1].split(")`")[0]
    assert advice == 'keep_default_na=False, na_values=[""]'
    row = pd.read_csv(tmp_path / "rois.csv", keep_default_na=False, na_values=[""]).iloc[0]
    assert row["source"] == "null"
    assert pd.isna(row["label"])


def test_bounds_and_choices_are_said() -> None:
    page = settings_page()
    assert "| `report.crop_px` | `220` | ≥ 64, ≤ 1024 |" in page
    assert "| `masks.stroke_policy` | `centre` | `inner`, `centre`, `outer` |" in page
    assert "| `features.preset` | `standard` | `quick`, `standard`, `full` |" in page


def test_command_writes_the_pages(tmp_path) -> None:
    command = [sys.executable, str(DOCS / "generate_reference.py"), str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    assert {path.name for path in tmp_path.iterdir()} == set(reference_pages())
