"""A thousand patients: memory does not grow with the number of pictures."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from radiomics_mammo.release import open_release
from tests.release.conftest import TinyRelease, encode_dicom, encode_jpeg

INDEX_MEGABYTES_PER_1000 = 60
GROWTH_MEGABYTES = 120
"""What 750 more patients may cost: their records and rows, not their pictures."""
SIDE_ROWS, SIDE_COLS = 96, 80
MEASURE = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def many(root: Path, patients: int) -> Path:
    """A release of tiny pictures, a third of the patients in each class."""
    each = patients // 3
    counts = {"normal": patients - 2 * each, "benign": each, "malignant": each}
    release = TinyRelease({name: [str(n + 1) for n in range(count)] for name, count in counts.items()})
    rng = np.random.default_rng(patients)
    rows, cols = np.mgrid[:SIDE_ROWS, :SIDE_COLS]
    breast = ((rows - SIDE_ROWS / 2) / 40) ** 2 + (cols / 60) ** 2 < 1
    grey = (breast * (90 + rng.normal(0, 20, breast.shape))).clip(0, 255).astype(np.uint8)
    dicom, copy = encode_dicom(grey), encode_jpeg(np.repeat(grey[:, :, None], 3, axis=2))
    release.files = {name: copy if "_GT" in name else dicom for name in release.files}
    return release.write(root)


def peak_megabytes(*words: str) -> float:
    """Peak memory of a command and of its largest worker, whichever is larger.

    Asked of a small process in between: the peak of a child is at least that of the process that forked it.
    """
    command = [sys.executable, "-c", MEASURE, sys.executable, "-m", "radiomics_mammo", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / 1024


def test_peak_is_that_of_the_command_and_not_of_this_process():
    held = np.ones(90_000_000)
    assert 20 < peak_megabytes("--version") < held.nbytes / 2**20


def test_index_of_a_thousand_patients_holds_no_picture(tmp_path):
    root = many(tmp_path / "release", 1000)
    tracemalloc.start()
    release = open_release(root)
    held, peak = (size / 1e6 for size in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    assert len(release) == 1000
    assert len(release.images) == 4000
    assert held < INDEX_MEGABYTES_PER_1000
    assert peak < 4 * INDEX_MEGABYTES_PER_1000


@pytest.mark.nightly
def test_memory_is_flat_over_a_thousand_patients(tmp_path):
    peaks = {}
    for patients in (250, 1000):
        root = many(tmp_path / str(patients), patients)
        out = tmp_path / f"out-{patients}"
        peaks[patients] = peak_megabytes("audit", str(root), "--out", str(out), "--jobs", "2")
    print(f"\npeak memory of the audit, MB, by patients: {peaks}")  # noqa: T201 - the nightly run shows it
    assert peaks[1000] - peaks[250] < GROWTH_MEGABYTES


@pytest.mark.nightly
def test_peak_memory_of_every_stage(small_study, tmp_path):
    out, release = tmp_path / "out", small_study.release
    made = [(stage, str(release), "--out", str(out), "--jobs", "2") for stage in ("audit", "masks", "features")]
    peaks = {words[0]: peak_megabytes(*words) for words in made}
    peaks |= {stage: peak_megabytes(stage, str(out)) for stage in ("classify", "statistics", "report")}
    shown = ", ".join(f"{stage} {peak:.0f}" for stage, peak in peaks.items())
    print(f"\npeak memory of a process by stage, MB: {shown}")  # noqa: T201 - the nightly run shows it
    assert max(peaks.values()) < 1500
