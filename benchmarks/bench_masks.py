"""How well outlines are read: recall, precision, labels, overlap, placement, time and memory, as one table.

python benchmarks/bench_masks.py --seeds 5 6 --patients 16
python benchmarks/bench_masks.py --release DIR     (made by `radiomics-mammo synthesize DIR`)
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from radiomics_mammo.core.cases import FileRef, ImageRecord, Patient
from radiomics_mammo.core.errors import CaseError
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.lesions import OutlinedImage
from radiomics_mammo.core.vocabulary import CaseClass, Laterality, View, Visit
from radiomics_mammo.masks import outline_image
from radiomics_mammo.release import open_release, read_mammogram, read_overlay
from radiomics_mammo.synthetic import synthesize_release
from radiomics_mammo.synthetic.dicom import Machine, encode_dicom
from radiomics_mammo.synthetic.quirks import ScanQuirks

FULL_SIZE = (4096, 3328)
FULL_KEY = ImageKey("malignant-01", View.CC, Visit.RECENT)
COPY_FACTORS = (1, 2, 5.5)
"""DICOM pixels per pixel of the outlined copies that time and memory are measured on."""

MATCHED_DICE = 0.5
"""A truth and a found lesion are one when their masks overlap at least so much."""


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Dice overlap of two masks, 0..1."""
    return 2 * float((first & second).sum()) / max(float(first.sum() + second.sum()), 1.0)


def compare(image: OutlinedImage, truth: pd.DataFrame, folder: Path) -> tuple[list[dict], int]:
    """One row per true lesion, and the number of found lesions that are none."""
    found = {lesion: lesion.inside for lesion in image.lesions}
    rows = []
    for true in truth.itertuples():
        inside = cv2.imread(str(folder / true.mask_file), cv2.IMREAD_GRAYSCALE) > 0
        best = max(found, key=lambda lesion: overlap(found[lesion], inside), default=None)
        dice = overlap(found[best], inside) if best is not None else 0.0
        hit = dice >= MATCHED_DICE
        row = {"lesion_id": true.lesion_id, "dice": dice, "hit": hit, "scale": image.placement.scale_row}
        if hit:
            same = (best.label, best.color) == (true.label, true.color)
            row |= {"label_right": same, "quality": str(best.quality), "label": f"{true.label}>{best.label}"}
            found.pop(best)
        rows.append(row)
    return rows, len(found)


def read_release(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(lesions, images) of one synthetic release."""
    truth = pd.read_csv(folder / "truth" / "lesions.csv", keep_default_na=False)
    release = open_release(folder / "release")
    lesions, images = [], []
    for record in release.images:
        row = {"image_id": str(record.key), "normal": record.key.patient_id.startswith("normal")}
        try:
            mammogram, overlay = read_mammogram(record)[0], read_overlay(record)
        except CaseError as error:
            images.append(row | {"refused": error.code or type(error).__name__})
            continue
        start = time.process_time()
        try:
            outlined = outline_image(mammogram, overlay, patient=record.patient)
        except CaseError as error:
            images.append(row | {"refused": error.code or type(error).__name__})
            continue
        row |= {"seconds": time.process_time() - start, "similarity": outlined.placement.similarity}
        rows, false = compare(outlined, truth[truth.image_id == str(record.key)], folder / "truth")
        lesions += rows
        images.append(row | {"false": false, "found": len(outlined.lesions)})
    return pd.DataFrame(lesions), pd.DataFrame(images)


def figures(lesions: pd.DataFrame, images: pd.DataFrame) -> list[tuple[str, str]]:
    """The table, as (what, value)."""
    false, hit = int(images["false"].fillna(0).sum()), lesions[lesions.hit]
    rows = [
        ("images read, refused", f"{len(images)}, {dict(Counter(images.get('refused', pd.Series()).dropna()))}"),
        ("true lesions", str(len(lesions))),
        ("recall", f"{lesions.hit.mean():.4f}"),
        ("precision", f"{len(hit) / max(len(hit) + false, 1):.4f}"),
        ("colour and label accuracy", f"{hit.label_right.mean():.4f}"),
        ("false lesions on normal copies", str(int(images[images.normal]["false"].fillna(0).sum()))),
        ("least similarity accepted", f"{images.similarity.min():.3f}"),
    ]
    for name, chosen in (
        ("1:1", hit[hit.scale < 1.2]),
        ("1:1.2 to 1:4", hit[(hit.scale >= 1.2) & (hit.scale < 4)]),
        ("1:4 and smaller", hit[hit.scale >= 4]),
        ("all", hit),
    ):
        if len(chosen):
            low, median = np.percentile(chosen.dice, (10, 50))
            rows.append((f"Dice at copy scale {name}: median, p10, n", f"{median:.4f}, {low:.4f}, {len(chosen)}"))
    rows.append(("quality words", ", ".join(f"{k} {v}" for k, v in hit.quality.value_counts().items())))
    return rows


def texture(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """A breast with texture of several sizes, grey values 0..255."""
    rows, cols = shape
    r, c = np.mgrid[0:rows, 0:cols].astype(np.float32)
    inside = np.clip(1 - ((r - rows / 2) / (0.46 * rows)) ** 2 - (c / (0.72 * cols)) ** 2, 0, 1)
    picture = 40 + 70 * np.sqrt(inside)
    for size, amplitude in ((200, 28), (60, 16), (20, 9), (6, 5)):
        coarse = rng.standard_normal((rows // size + 3, cols // size + 3)).astype(np.float32)
        picture += amplitude * cv2.resize(coarse, (cols, rows), interpolation=cv2.INTER_CUBIC)
    return np.clip(np.clip(3 * inside, 0, 1) * picture + 4, 0, 255).astype(np.float32)


def draw_full_size(folder: Path, rng: np.random.Generator) -> None:
    """One 4096 x 3328 mammogram (12 bit) and outlined copies of three sizes, as files."""
    grey = texture(FULL_SIZE, rng)
    scan, machine = ScanQuirks(bits=12), Machine("BENCH")
    where = {"laterality": Laterality.LEFT, "spacing_mm": 0.07}
    (folder / "image.dcm").write_bytes(encode_dicom(grey / 255, FULL_KEY, scan, machine=machine, seed=1, **where))
    for factor in COPY_FACTORS:
        size = (round(FULL_SIZE[1] / factor), round(FULL_SIZE[0] / factor))
        small = cv2.resize(np.round(255 * (grey / 255) ** 0.7), size, interpolation=cv2.INTER_AREA)
        rgb = np.repeat(np.round(small).astype(np.uint8)[..., None], 3, axis=2)
        centre = (round(900 / factor), round(1500 / factor))
        cv2.circle(rgb, centre, round(240 / factor), (255, 0, 0), max(1, round(8 / factor)))
        cv2.imwrite(str(folder / f"{factor}.jpg"), rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 80])


def outline_files(folder: Path, copy: str) -> dict[str, float]:
    """Read and outline one full-size image in this process; its time, memory and placement error."""
    cv2.setNumThreads(1)
    patient = Patient(
        patient_id=FULL_KEY.patient_id, case_class=CaseClass.MALIGNANT, folder="1", biopsy="invasive ductal carcinoma"
    )
    record = ImageRecord(FULL_KEY, patient, FileRef(folder, "image.dcm"), FileRef(folder, copy))
    loaded = peak_mb()
    mammogram, overlay = read_mammogram(record)[0], read_overlay(record)
    read = peak_mb()
    start = time.process_time()
    outlined = outline_image(mammogram, overlay, patient=patient)
    seconds = time.process_time() - start
    size = overlay.rgb.shape[:2]
    corners = np.array([[0.0, 0.0], [size[0] - 1.0, size[1] - 1.0], [size[0] - 1.0, 0.0]])
    scale = np.divide(FULL_SIZE, size)
    error = np.abs(outlined.placement.to_dicom(corners) - (corners * scale + (scale - 1) / 2)) / scale
    return {
        "rows": size[0], "cols": size[1], "seconds": seconds, "error_px": float(error.max()),
        "lesions": len(outlined.lesions), "loaded_mb": loaded, "read_mb": read, "peak_mb": peak_mb(),
    }  # fmt: skip


def peak_mb() -> float:
    """Largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def full_size() -> list[tuple[str, str]]:
    """Time, peak memory and placement error of one full-size image, each copy in a fresh process."""
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        draw_full_size(folder, np.random.default_rng(1))
        for factor in COPY_FACTORS:
            command = [sys.executable, __file__, "--one", scratch, f"{factor}.jpg"]
            # A process keeps the peak of the memory it was forked from; the shell between them has a small one.
            shell = ["/bin/sh", "-c", '"$@"; exit $?', "sh", *command]
            one = json.loads(subprocess.run(shell, check=True, capture_output=True, text=True).stdout)
            text = (
                f"{one['seconds']:.2f} s, peak {one['peak_mb']:.0f} MB ({one['loaded_mb']:.0f} before reading, "
                f"{one['read_mb']:.0f} after), {one['error_px']:.3f} copy pixels, {one['lesions']} lesion"
            )
            rows.append((f"4096 x 3328, copy {one['rows']} x {one['cols']}: time, memory, placement error", text))
    return rows


def print_table(rows: list[tuple[str, str]]) -> None:
    """Print (what, value) rows as a table."""
    for what, value in rows:
        print(f"| {what} | {value} |")


def main() -> None:
    """Make or read the releases and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[5])
    parser.add_argument("--patients", type=int, default=16)
    parser.add_argument("--rows", type=int, default=1024)
    parser.add_argument("--cols", type=int, default=832)
    parser.add_argument("--release", type=Path, nargs="+")
    parser.add_argument("--full-size", action="store_true", help="only the full-size image")
    parser.add_argument("--one", nargs=2, metavar=("DIR", "COPY"), help="outline one image and print its figures")
    parser.add_argument("--worst", type=int, default=0, help="print so many of the worst lesions and images")
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(outline_files(Path(chosen.one[0]), chosen.one[1])))
        return
    if chosen.full_size:
        print_table(full_size())
        return
    lesions, images = [], []
    with tempfile.TemporaryDirectory() as scratch:
        folders = chosen.release or [Path(scratch) / str(seed) for seed in chosen.seeds]
        for folder, seed in zip(folders, chosen.seeds if not chosen.release else folders, strict=True):
            if not chosen.release:
                synthesize_release(
                    folder, patients=chosen.patients, rows=chosen.rows, cols=chosen.cols, seed=seed, quirks=True
                )
            found, read = read_release(folder)
            lesions.append(found)
            images.append(read)
    every, seen = pd.concat(lesions), pd.concat(images)
    print_table([*figures(every, seen), *full_size()])
    if chosen.worst:
        print(every.sort_values("dice").head(chosen.worst).to_string())
        print(seen[(seen["false"] > 0) | seen.get("refused", pd.Series(index=seen.index)).notna()].to_string())
        print(every[every.label_right == False].to_string())  # noqa: E712


if __name__ == "__main__":
    main()
