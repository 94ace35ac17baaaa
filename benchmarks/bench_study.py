"""Where the processor time of a default study goes, part by part, and what it takes of memory and disk.

    python benchmarks/bench_study.py --patients 3
    python benchmarks/bench_study.py --release made/release --patients 9 --profile study.prof
    python benchmarks/bench_study.py --patients 16 --rows 1024 --cols 832 --config std.yaml

Runs the whole study in this one process on the hard phantom (made first, unless a release is given) and charges every
function of the table below with its own time, without that of the others it calls. Processor seconds are what the work
needs on idle cores, whatever else runs. Classification needs more patients than a benchmark of full pictures has:
``benchmarks/bench_modeling.py`` measures it on tables of 65 patients.
"""

from __future__ import annotations

import argparse
import cProfile
import functools
import inspect
import platform
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from radiomics_mammo.config.loading import load_config
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.vocabulary import RoiSource
from radiomics_mammo.features import measurement
from radiomics_mammo.features.measurement import FeatureExtractor
from radiomics_mammo.masks import outlines
from radiomics_mammo.pipeline import exams, folder, measuring, pairs, stages
from radiomics_mammo.pipeline.folder import StudyFolder
from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.pipeline.study import run_stages
from radiomics_mammo.pipeline.workers import limit_threads
from radiomics_mammo.synthetic import ClassCounts, synthesize_release

OTHER = "everything else"


@dataclass
class Ledger:
    """Processor seconds by part; a part that calls another is charged with what is left."""

    seconds: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    open: list[str] = field(default_factory=lambda: [OTHER])
    since: float = field(default_factory=time.process_time)

    def _settle(self) -> None:
        now = time.process_time()
        self.seconds[self.open[-1]] += now - self.since
        self.since = now

    @contextmanager
    def charge(self, part: str) -> Iterator[None]:
        """Charge the block to a part."""
        self._settle()
        self.open.append(part)
        self.calls[part] += 1
        try:
            yield
        finally:
            self._settle()
            self.open.pop()

    def watch(self, home: Any, name: str, part: str | Callable[..., str]) -> None:  # noqa: ANN401 - module or class
        """Charge every call of a function to a part, which may depend on what it is called with."""
        plain = getattr(home, name)

        @functools.wraps(plain)
        def charged(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            with self.charge(part(*args, **kwargs) if callable(part) else part):
                answer = plain(*args, **kwargs)
                return list(answer) if inspect.isgenerator(answer) else answer

        setattr(home, name, charged)


def features_part(self: FeatureExtractor, exam: object, rois: Any, **kwargs: object) -> str:  # noqa: ANN401
    """Which regions are measured: one call holds those of one exam, so that places are told by their share."""
    kinds = Counter(roi.source for roi in rois)
    return "features of null places alone" if set(kinds) == {RoiSource.NULL} else "features of lesions and null places"


def watch_everything(ledger: Ledger) -> None:
    """The parts of a study, by the functions that do them."""
    for home, name, part in (
        (pairs, "content_hash", "hashes of the input files"),
        (exams, "read_record", "decoding of DICOM"),
        (exams, "read_overlay", "decoding of copies"),
        (outlines, "place_overlay", "placement of the copy"),
        (outlines, "read_drawing", "reading of the drawing"),
        (exams, "read_lesions", "other of outlines"),
        (pairs, "write_masks", "masks written"),
        (pairs, "write_prior_masks", "masks written"),
        (exams, "find_breast", "breast and muscle"),
        (stages, "register_exams", "alignment"),
        (stages, "prior_regions", "prior regions"),
        (stages, "null_places", "null places chosen"),
        (stages, "measure_error_mm", "prior regions"),
        (stages, "match_lesions", "prior regions"),
        (stages, "measure_zones", "zones: best match"),
        (FeatureExtractor, "measure_windows", "zones: windows"),
        (FeatureExtractor, "measure", features_part),
        (measurement, "measure_tissue", "tissue"),
        (stages, "measure_perturbed", "robustness"),
        (stages, "measure_similarity", "similarity"),
        (stages, "lesion_picture", "pictures of lesions"),
        (stages, "registration_picture", "pictures of alignments"),
        (stages, "zone_picture", "pictures of zones"),
        (Store, "record", "records"),
        (Store, "recall", "records"),
        (Store, "write_table", "tables written"),
        (measuring, "feature_table", "tables made"),
        (measuring, "delta_table", "tables made"),
        (measuring, "patient_delta_table", "tables made"),
        (measuring, "icc_table", "tables made"),
        (StudyFolder, "classify", "classification"),
        (StudyFolder, "describe", "statistics"),
        (StudyFolder, "report", "report"),
        (folder, "draw_figures", "report: drawings"),
        (folder, "write_workbook", "report: workbook"),
    ):
        ledger.watch(home, name, part)
    # one region measured inside another part stays with that part
    plain = FeatureExtractor.measure

    def measure(self: FeatureExtractor, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        inside = ledger.open[-1]
        return plain.__wrapped__(self, *args, **kwargs) if inside == "robustness" else plain(self, *args, **kwargs)

    FeatureExtractor.measure = measure  # type: ignore[method-assign]


def bytes_moved() -> tuple[int, int]:
    """Bytes read from and written to files by this process, where the system tells."""
    told = Path("/proc/self/io")
    lines = dict(line.split(": ") for line in told.read_text().splitlines()) if told.is_file() else {}
    return int(lines.get("rchar", 0)), int(lines.get("wchar", 0))


def machine() -> str:
    """Model and cores."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {len(names)} cores, Python {platform.python_version()}"


def table(ledger: Ledger, n_pairs: int) -> list[str]:
    """The parts in descending order."""
    rows = ["| part | processor s | a pair | calls |", "|---|---|---|---|"]
    total = sum(ledger.seconds.values())
    for part, seconds in [*ledger.seconds.most_common(), ("together", total)]:
        rows.append(f"| {part} | {seconds:.2f} | {seconds / n_pairs:.3f} | {ledger.calls[part] or ''} |")
    return rows


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=3, help="made: one of five normal, two benign, two malignant")
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--cols", type=int, default=3328)
    parser.add_argument("--release", type=Path, help="a release that is there already")
    parser.add_argument("--config", type=Path)
    parser.add_argument("--profile", type=Path, help="write a cProfile of the run to this file")
    parser.add_argument("--out", type=Path, help="keep the results here")
    chosen = parser.parse_args()
    limit_threads()
    with tempfile.TemporaryDirectory() as scratch:
        release = chosen.release
        if release is None:
            normal = chosen.patients // 5
            benign = (chosen.patients - normal) // 2
            counts = ClassCounts(normal, benign, chosen.patients - normal - benign)
            release = synthesize_release(
                Path(scratch), patients=counts, rows=chosen.rows, cols=chosen.cols, quirks=False
            ).release
        config = load_config(chosen.config) if chosen.config else StudyConfig()
        ledger, before = Ledger(), bytes_moved()
        watch_everything(ledger)
        profile = cProfile.Profile(time.process_time) if chosen.profile else None
        start = time.perf_counter()
        with profile or nullcontext():
            found = run_stages(release, chosen.out or Path(scratch) / "results", RunOptions(config=config))
        wall = time.perf_counter() - start
        ledger._settle()
        if profile is not None:
            profile.dump_stats(chosen.profile)
    n_pairs = len(found.registration)
    read, written = (after - was for after, was in zip(bytes_moved(), before, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shape = f"{int(found.images['rows'].max())} x {int(found.images['cols'].max())}"
    print(f"{machine()}\n{n_pairs} pairs of {shape}, {len(found.lesions)} lesions, {len(found.rois)} regions")
    print("\n".join(table(ledger, n_pairs)))
    print(f"wall {wall:.0f} s; peak {peak:.0f} MB; read {read / 1e6:.0f} MB, written {written / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
