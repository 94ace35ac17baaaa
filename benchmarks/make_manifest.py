"""Write the table of expected files: ``python benchmarks/make_manifest.py data_manifest/files.csv``."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from radiomics_mammo.release.manifest import ManifestFile, expected_files, release_facts

if __name__ == "__main__":
    with Path(sys.argv[1]).open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(ManifestFile._fields)
        table.writerows(expected_files(release_facts().patients))
