"""Features per lesion against plain and careful PyRadiomics scripts, at full size: one command, one table.

    python benchmarks/bench_features.py [--lesions N] [--peer-python PYTHON]

`--peer-python` is an interpreter (3.12 or newer) of an environment that holds ``pictologics``.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from joblib import Parallel, delayed
from radiomics.featureextractor import RadiomicsFeatureExtractor
from scipy import ndimage

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import BreastRegion, Mammogram
from radiomics_mammo.core.pairs import Exam, Roi
from radiomics_mammo.core.vocabulary import Laterality, RoiSource, View, Visit
from radiomics_mammo.features import FeatureExtractor, measure_perturbed
from radiomics_mammo.features.engine import PLANE_CLASSES, SHAPE_CLASS, class_features, discretise, measure_region
from radiomics_mammo.features.names import plane_features

SHAPE, SPACING_MM, RADIUS_PX, STEP_PX = (4096, 3328), 0.07, 158.6, 8
PEER_SECONDS = 0.035
SAME = FeatureConfig(image_types=("original", "wavelet"), spacing_mm=SPACING_MM, intensity_scale="native")
PEER = """
import sys, time, numpy as np
from pictologics.features import calculate_all_texture_features, calculate_intensity_features
data = np.load(sys.argv[1])
levels, inside = (data[name][..., None].astype(float) for name in ("levels", "inside"))
def run():
    calculate_intensity_features(data["values"])
    calculate_all_texture_features(levels, inside, n_bins=32)
run()
times = []
for _ in range(7):
    wall, processor = time.perf_counter(), time.process_time()
    run()
    times.append((time.perf_counter() - wall, time.process_time() - processor))
print(min(t for t, _ in times), min(t for _, t in times))
"""


def exam(seed: int = 0) -> Exam:
    """A full-size picture of noise and slow texture; everything is breast."""
    rng = np.random.default_rng(seed)
    coarse = ndimage.zoom(rng.normal(size=(SHAPE[0] // 32, SHAPE[1] // 32)), 32, order=1)
    pixels = np.clip(coarse * 300 + rng.normal(size=SHAPE) * 60 + 2000, 0, 4095).astype(np.float32)
    key, grid = ImageKey("malignant-01", View.CC, Visit.RECENT), PixelGrid(*SHAPE, SPACING_MM, SPACING_MM)
    reduced = (SHAPE[0] // STEP_PX, SHAPE[1] // STEP_PX)
    region = BreastRegion(
        key=key,
        grid=grid,
        step_px=STEP_PX,
        breast=np.ones(reduced, bool),
        pectoral=np.zeros(reduced, bool),
        chest_wall=Laterality.LEFT,
    )
    return Exam(Mammogram(key, grid, pixels), region)


def lesion(on: Exam, number: int = 0) -> Roi:
    """A disc of 79,000 pixels, one of eighteen places."""
    angle = np.linspace(0, 2 * np.pi, 361)[:-1]
    centre = np.array([700 + 450 * (number % 6), 800 + 700 * (number % 3)])
    contour = centre + RADIUS_PX * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    return Roi(
        roi_id=f"lesion-{number}",
        image=on.mammogram.key,
        grid=on.mammogram.grid,
        source=RoiSource.OUTLINED,
        contour_px=contour,
    )


def script(pixels: np.ndarray, inside: np.ndarray, **settings: object) -> int:
    """What a researcher would write: whole image and mask into the stock extractor."""
    planes = [sitk.GetImageFromArray(part[None]) for part in (pixels.astype(np.float64), inside.astype(np.uint8))]
    for plane in planes:
        plane.SetSpacing((SPACING_MM, SPACING_MM, 1.0))
    logging.getLogger("radiomics").setLevel(logging.CRITICAL)
    extractor = RadiomicsFeatureExtractor(binCount=32, force2D=True, force2Ddimension=0, **settings)
    extractor.disableAllImageTypes()
    extractor.enableImageTypeByName("Original")
    extractor.enableImageTypeByName("Wavelet")
    extractor.disableAllFeatures()
    extractor.enableFeaturesByName(**{c: list(class_features(c)) for c in (*PLANE_CLASSES, SHAPE_CLASS)})
    return len(extractor.execute(*planes))


def ours(on: Exam, rois: list[Roi], config: FeatureConfig) -> int:
    """The package on the regions of one exam."""
    return len(FeatureExtractor(config).measure(on, rois))


def worker(number: int, config: FeatureConfig, lesions: int) -> float:
    """One task: make an exam and measure its lesions; seconds of the latter."""
    on = exam(number)
    start = time.perf_counter()
    ours(on, [lesion(on, n) for n in range(lesions)], config)
    return time.perf_counter() - start


def seconds(run: Callable[[], object], repeats: int = 3) -> tuple[float, float]:
    """Wall clock and processor seconds of this process, each the best of several runs."""
    found = []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        run()
        found.append((time.perf_counter() - wall, time.process_time() - processor))
    return min(one for one, _ in found), min(one for _, one in found)


def peak_memory_mb(config: FeatureConfig) -> float:
    """Peak of a fresh worker process that makes one exam and measures one lesion."""
    with ProcessPoolExecutor(1) as pool:
        pool.submit(worker, 0, config, 1).result()
        return pool.submit(_own_peak_mb).result()


def _own_peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def peer_seconds(python: str, on: Exam) -> tuple[float, float]:
    """Wall and processor seconds of pictologics, one thread, on one picture of the same lesion, discretised alike."""
    inside = lesion(on).region
    window = on.mammogram.pixels[inside.top_px : inside.bottom_px + 1, inside.left_px : inside.right_px + 1]
    region = discretise(window, inside.inside, bin_count=32)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lesion.npz"
        np.savez(file, levels=region.levels, inside=region.inside, values=region.image[region.inside])
        one_thread = os.environ | {"PICTOLOGICS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        command = [python, "-c", PEER, str(file)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, env=one_thread)
    wall, processor = answer.stdout.split()[-2:]
    return float(wall), float(processor)


def cpu_model() -> str:
    """What the machine calls its processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


Row = tuple[str, float, float | None, str]
"""What, wall seconds, processor seconds (where one process does the work), ratio in words."""


def rows(lesions: int, peer: str | None) -> Iterator[Row]:
    """Cost per lesion, one row after the other."""
    on, cores = exam(), os.cpu_count() or 1
    rois = [lesion(on, n) for n in range(lesions)]
    masks = [roi.region.on_grid(SHAPE) for roi in rois]
    pixels = on.mammogram.pixels
    window = tuple(slice(*bound) for bound in _bounds(masks[0]))
    names = plane_features()
    plane = seconds(lambda: measure_region(discretise(pixels[window], masks[0][window], bin_count=32), names), 7)
    yield "one picture of the lesion, engine alone", *plane, f"{plane[1] / PEER_SECONDS:.1f} times 35 ms"
    if peer:
        other = peer_seconds(peer, on)
        yield "one picture of the lesion, pictologics", *other, f"ours {plane[1] / other[1]:.1f} times this"
    same = _per(lesions, seconds(lambda: ours(on, rois, SAME)))
    yield "ours, Original and Wavelet", *same, "1"
    standard = _per(lesions, seconds(lambda: ours(on, rois, FeatureConfig())))
    yield "ours, standard preset, resampled to 0.1 mm", *standard, f"{standard[1] / same[1]:.1f} times the row above"
    yield "a lesion-free place of this size, standard preset", *standard, "1 lesion"
    robust = seconds(lambda: list(measure_perturbed(on, rois[:1], config=FeatureConfig())), 1)
    yield "robustness: nine outlines, original features", *robust, f"{robust[1] / standard[1]:.1f} lesions"
    careful = seconds(lambda: script(pixels, masks[0], preCrop=True), 2)
    yield "careful script: preCrop", *careful, f"{careful[1] / same[1]:.1f} times ours"
    plain = seconds(lambda: script(pixels, masks[0]), 1)
    yield "plain script: whole image, Original and Wavelet", *plain, f"{plain[1] / same[1]:.1f} times ours"
    with Parallel(cores) as pool:
        pool(delayed(abs)(n) for n in range(cores))
        ours_all = seconds(lambda: pool(delayed(ours)(on, [roi], SAME) for roi in rois), 2)[0] / lesions
        yield f"ours, joblib on {cores} cores, one lesion a task", ours_all, None, "1"
        careful_all = seconds(lambda: pool(delayed(script)(pixels, m, preCrop=True) for m in masks), 1)[0] / lesions
        yield f"careful script, joblib on {cores} cores", careful_all, None, f"{careful_all / ours_all:.1f} times ours"


def _per(lesions: int, spent: tuple[float, float]) -> tuple[float, float]:
    return spent[0] / lesions, spent[1] / lesions


def _bounds(inside: np.ndarray) -> list[tuple[int, int]]:
    places = np.nonzero(inside)
    return [(int(part.min()), int(part.max()) + 1) for part in places]


def scaling(config: FeatureConfig, lesions: int) -> float:
    """Speed-up of two processes over one, whole exams."""
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(worker, range(2), [config] * 2, [1] * 2))
        start = time.perf_counter()
        alone = [pool.submit(worker, n, config, lesions).result() for n in range(2)]
        one = time.perf_counter() - start
        start = time.perf_counter()
        list(pool.map(worker, range(2), [config] * 2, [lesions] * 2))
        return one / (time.perf_counter() - start) if alone else 0.0


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lesions", type=int, default=4)
    parser.add_argument("--peer-python", default=None)
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    print(f"{cpu_model()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}\n")
    print("| per lesion of 79,000 pixels on 4096 x 3328 | wall s | processor s | ratio |\n|---|---|---|---|")
    for what, wall, processor, ratio in rows(arguments.lesions, arguments.peer_python):
        print(f"| {what} | {wall:.3f} | {'' if processor is None else f'{processor:.3f}'} | {ratio} |", flush=True)
    print(f"| two processes over one, standard preset | | | {scaling(FeatureConfig(), arguments.lesions):.2f} |")
    print(f"| peak memory of a worker, standard preset | | | {peak_memory_mb(FeatureConfig()):.0f} MB |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
