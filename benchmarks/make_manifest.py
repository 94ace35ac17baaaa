"""Write the table of expected files: ``python benchmarks/make_manifest.py data_manifest/files.csv``."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from radiomics_mammo.core.vocabulary import View, Visit
from radiomics_mammo.release import release_facts

COLUMNS = ("case_class", "folder", "view", "visit", "kind", "name")


def expected_files() -> Iterator[tuple[str, ...]]:
    """Rows of ``files.csv`` for the patients that the public release states."""
    for case_class, count in release_facts().patients.items():
        for folder, view, visit in product(range(1, count + 1), View, Visit):
            key = (case_class, str(folder), view, visit)
            stem = f"{case_class.capitalize()}_cases/{folder}/{view}_{visit}"
            yield (*key, "mammogram", f"{stem}.dcm")
            yield (*key, "outlined copy", f"{stem}_GT.jpg")


if __name__ == "__main__":
    with Path(sys.argv[1]).open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(expected_files())
