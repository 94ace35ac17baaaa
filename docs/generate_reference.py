"""Write the pages of the documentation that follow from the code: ``python docs/generate_reference.py [FOLDER]``."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

import radiomics_mammo
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.references import REFERENCES
from radiomics_mammo.release.reading import contract_lines
from radiomics_mammo.tables.new_predictions import NEW_PREDICTIONS
from radiomics_mammo.tables.schema import Table
from radiomics_mammo.tables.study import EVERY

TABLES: tuple[Table[Any], ...] = (*EVERY, NEW_PREDICTIONS)
"""Every output table, in the order of the study."""
_SEE_OUTPUTS = "What is read and measured: [outputs](outputs.md)."
_MEASURED = TABLES[: [table.stem for table in TABLES].index("deltas")]
"""Tables of what is read and measured; the rest is of changes, models and reports."""
_GENERATED = "<!-- Written by `python docs/generate_reference.py`; edit the code, not this page. -->"
_CONTRACT_START, _CONTRACT_END = "<!-- reading contract", "<!-- end of the reading contract"
_OTHER_FILES = (
    ("`masks/<lesion_id>.png`", "one lesion: 8-bit, 0 outside and 255 inside, on the DICOM grid of its image"),
    (
        "`protocol.yaml`",
        "hypothesis, questions and settings, hashed before any label is read; whether results were looked at before",
    ),
    ("`classification/*.csv`", "smaller tables of the models, see [benign or malignant](modeling.md)"),
    ("`splits.json`", "seed, scheme and patient ids of every train and test side"),
    ("`statistics/*.csv`", "statistical tables, see [statistics](statistics.md)"),
    ("`model.skops`", "the primary model, loadable without running code it brings"),
    ("`study.json`", "the journal: versions, settings, inputs, seed, timings, and the stage that left each file"),
    ("`log.txt`", "what commands did: one JSON object a line, with stage, cases done, seconds, warnings"),
    ("`report.html`", "the report: one page that needs no network"),
    ("`tables.xlsx`", "every table, with a first sheet that explains the others"),
    ("`figures/*.svg`", "every drawing of the report"),
    ("`figures/*.png`", "pictures of tissue: lesions, their outlined copies, aligned pairs"),
)
_FURTHER = {
    "features": "further columns, one a feature; each is explained in `dictionary.csv`",
    "deltas": "`delta_`, `relative_`, `logratio_`, `rate_` (per year) and `z_`, each with the name of a feature, which "
    "`dictionary.csv` explains, and `similarity_` columns; see [features](features.md)",
    "patient_deltas": "`mean_`, `largest_` and `extreme_`, each with `recent_` or `prior_` and the name of a feature, "
    "or with the name of a column of `deltas.csv`",
}
"""What the columns of open-ended tables are, by table."""


def reference_pages() -> dict[str, str]:
    """Text of each generated page by its file name.

    Examples
    --------
    >>> sorted(reference_pages())
    ['api.md', 'outputs-results.md', 'outputs.md', 'references.md', 'settings.md', 'the-release.md']
    """
    return {
        "outputs.md": outputs_page(),
        "outputs-results.md": results_page(),
        "settings.md": settings_page(),
        "references.md": references_page(),
        "api.md": api_page(),
        "the-release.md": release_page(),
    }


def release_page() -> str:
    """``the-release.md`` with the reading contract of the code between its two marks.

    Examples
    --------
    >>> "| `PixelPaddingValue`" in release_page()
    True
    """
    page = (Path(__file__).parent / "the-release.md").read_text(encoding="utf-8")
    head, start, rest = page.partition(_CONTRACT_START)
    mark, end, tail = rest.partition(_CONTRACT_END)
    opening = mark.partition("-->")[0]
    return "".join([head, start, opening, "-->\n\n", "\n".join(contract_lines()), "\n\n", end, tail])


def outputs_page() -> str:
    """``outputs.md``: every file, and every column of what is read and measured.

    Examples
    --------
    >>> "## lesions.csv" in outputs_page()
    True
    """
    lines = [
        _GENERATED,
        "",
        "# Outputs",
        "",
        "Everything a run leaves in its folder. CSV files are UTF-8 with commas, a header and decimal points; an empty "
        "cell is a missing value, never zero. Lengths are in mm or in DICOM pixels as the name says; order is always "
        "(row, column), row 0 at the top of the stored image. Columns in mm are empty where the pixel spacing is "
        "unknown and none is assumed in the settings. `features` and `deltas` have a `.parquet` twin.",
        "",
        "```python",
        "import radiomics_mammo as rm",
        "",
        'study = rm.read_study("results")',
        "study.lesions        # every table as a DataFrame",
        'study.statistics["cohort"]',
        "```",
        "",
        "Other readers must take the cells as they stand: the source of a lesion-free place is the word `null`, "
        'which pandas alone reads as missing. `pd.read_csv(file, keep_default_na=False, na_values=[""])` is right.',
        "",
        "## Files that are not tables",
        "",
        "| file | what it is |",
        "|---|---|",
        *(f"| {name} | {meaning} |" for name, meaning in _OTHER_FILES),
        "",
        "Columns of changes, predictions and checks: [outputs of changes, models and reports](outputs-results.md).",
    ]
    for table in _MEASURED:
        lines += _table_section(table)
    return "\n".join(lines) + "\n"


def results_page() -> str:
    """``outputs-results.md``: every column of changes, models and reports.

    Examples
    --------
    >>> "## metrics.csv" in results_page()
    True
    """
    lines = [
        _GENERATED,
        "",
        "# Outputs of changes, models and reports",
        "",
        "Read and measured: [outputs](outputs.md).",
    ]
    for table in TABLES[len(_MEASURED) :]:
        lines += _table_section(table)
    return "\n".join(lines) + "\n"


def api_page() -> str:
    """``api.md``: every public name, from the stub that says which they are.

    Examples
    --------
    >>> "::: radiomics_mammo.pipeline.study.run_study" in api_page()
    True
    """
    stub = (Path(radiomics_mammo.__file__).parent / "__init__.pyi").read_text(encoding="utf-8")
    named = [line for line in ast.parse(stub).body if isinstance(line, ast.ImportFrom)]
    public = sorted(
        (one.asname or one.name, f"radiomics_mammo.{line.module}.{one.name}") for line in named for one in line.names
    )
    lines = [
        _GENERATED,
        "",
        "# Python",
        "",
        "Every name is public: it keeps its meaning within a major version ([what is stable](stability.md)). Each is "
        "a name of `radiomics_mammo` and loads its engine when first used.",
    ]
    for name, place in public:
        lines += (
            []
            if name.startswith("_")
            else ["", f"## {name}", "", f"::: {place}", "    options:", "      show_root_heading: false"]
        )
    return "\n".join(lines) + "\n"


def _table_section(table: Table[Any]) -> list[str]:
    """One file: what a row stands for, and every column."""
    lines = [
        "",
        f"## {table.file}",
        "",
        f"One row per {table.row}.",
        "",
        "| column | kind | meaning |",
        "|---|---|---|",
        *(f"| `{column.name}` | {column.kind} | {column.meaning} |" for column in table.columns),
    ]
    return [*lines, f"| … | number | {_FURTHER[table.stem]} |"] if table.open_ended else lines


def settings_page() -> str:
    """``settings.md``: every setting with default, bounds and meaning.

    Examples
    --------
    >>> "| `seed` |" in settings_page()
    True
    """
    lines = [
        _GENERATED,
        "",
        "# Settings",
        "",
        "A configuration is a YAML file with the keys below; what is left out keeps its default, an unknown key or a "
        "value out of bounds is an error that names it. `radiomics-mammo config show` prints the same, `config check "
        "FILE` checks a file. `features: quick` is short for `features: {preset: quick}`, `modeling: full` for "
        "`modeling: {profile: full}`. The hash of all settings stands in `study.json`.",
        "",
        "| key | default | allowed | meaning |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{key}` | {_word(default)} | {allowed} | {meaning} |" for key, default, allowed, meaning in _settings()
    ]
    return "\n".join(lines) + "\n"


def references_page() -> str:
    """``references.md``: the works the methods rest on, numbered as in the report.

    Examples
    --------
    >>> "1. Breast masses dataset" in references_page()
    True
    """
    listed = [f"{number}. {text}" for number, text in enumerate(REFERENCES.values(), 1)]
    return "\n".join([_GENERATED, "", "# References", "", "Numbered as in the report.", "", *listed]) + "\n"


def _settings(section: Any = None, prefix: str = "") -> Iterator[tuple[str, object, str, str]]:  # noqa: ANN401 - any section
    section = StudyConfig() if section is None else section
    described: dict[str, FieldInfo] = type(section).__pydantic_fields__
    for field in fields(section):
        value, info = getattr(section, field.name), described[field.name]
        if is_dataclass(value):
            yield from _settings(value, f"{field.name}.")
        else:
            yield f"{prefix}{field.name}", value, _allowed(info), str(info.description or "")


def _allowed(info: FieldInfo) -> str:
    bounds = [
        f"{sign} {getattr(rule, name)}"
        for rule in info.metadata
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if hasattr(rule, name)
    ]
    if bounds:
        return ", ".join(bounds)
    choices = getattr(info.annotation, "__args__", None) or getattr(info.annotation, "__members__", {}).values()
    words = [f"`{choice}`" for choice in choices if isinstance(choice, str)]
    return ", ".join(words)


def _word(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, tuple):
        return ", ".join(_word(part) for part in value)
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, text in reference_pages().items():
        (folder / name).write_text(text, encoding="utf-8")
