"""How well outlines are told from what viewers and readers leave on copies: one table, pictures drawn here.

python benchmarks/bench_copies.py --pictures 200 --normals 60
python benchmarks/bench_copies.py --pictures 40 --ground ../shared/real-masses   (drawn on mammograms of a folder)
python benchmarks/bench_copies.py --pictures 200 --normals 100 --hand other   (drawn by `other_hand`, not the phantom)
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import other_hand
from sklearn.linear_model import LogisticRegression

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.cases import FileRef, ImageRecord, Patient
from radiomics_mammo.core.contours import contour_area_px, fill_contour
from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import OutlinedImage
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel, OutlineColor
from radiomics_mammo.masks import outline_image
from radiomics_mammo.masks.confidence import confidence_of, evidence_of
from radiomics_mammo.masks.drawing import read_drawing
from radiomics_mammo.masks.placement import place_overlay
from radiomics_mammo.release import read_overlay
from radiomics_mammo.synthetic.copies import PenLine, draw_copy
from radiomics_mammo.synthetic.overlays import VIEWERS
from radiomics_mammo.synthetic.quirks import PENCIL, CopyQuirks, Ring

SIZES = {"645 x 794": ((1588, 1290), 2.0), "1352 x 1664": ((1664, 1352), 1.0), "1:6.3": ((3276, 2662), 6.3)}
"""Rows and columns of the mammogram, and its pixels per pixel of the copy."""
FULL = {"3328 x 4096": ((4096, 3328), 1.0)}
HEIGHT_MM = 4096 * 0.07
DIAMETER_MM = (6.0, 32.0)
MATCHED_DICE = 0.5


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One mammogram, its copy with all that lies on it, and the masks of what was outlined."""

    size: str
    mammogram: Mammogram
    overlay: OutlineOverlay
    patient: Patient
    true: tuple[np.ndarray, ...]
    colors: tuple[OutlineColor, ...]
    facts: str  # How it was drawn.
    things: tuple[tuple[str, np.ndarray], ...]  # What lies beside the outlines: kind, box in the copy.


def ground(rng: np.random.Generator, shape: tuple[int, int], pictures: list[Path]) -> np.ndarray:
    """A breast on the left or right, grey 0..255: texture of several sizes, or one of the pictures of a folder."""
    if pictures:
        grey = cv2.imread(str(pictures[int(rng.integers(len(pictures)))]), cv2.IMREAD_GRAYSCALE)
        grey = cv2.resize(grey, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32)
        return grey[:, :: int(rng.choice((-1, 1)))]
    rows, cols = shape
    r, c = np.mgrid[0:rows, 0:cols].astype(np.float32)
    inside = np.clip(1 - ((r - rows / 2) / (0.46 * rows)) ** 2 - (c / (0.72 * cols)) ** 2, 0, 1)
    picture = 40 + 70 * np.sqrt(inside)
    for share, amplitude in ((0.05, 28), (0.015, 16), (0.005, 9), (0.002, 5)):
        step = max(2, round(share * rows))
        coarse = rng.standard_normal((rows // step + 3, cols // step + 3)).astype(np.float32)
        picture += amplitude * cv2.resize(coarse, (cols, rows), interpolation=cv2.INTER_CUBIC)
    picture = np.clip(np.clip(3 * inside, 0, 1) * picture + 4, 0, 255).astype(np.float32)
    return picture[:, :: int(rng.choice((-1, 1)))]


def outlines(rng: np.random.Generator, grey: np.ndarray, spacing_mm: float, count: int) -> list[np.ndarray]:
    """Up to `count` closed smooth contours on tissue, apart from each other."""
    found: list[np.ndarray] = []
    turn = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    for _ in range(60):
        if len(found) == count:
            break
        radius = float(np.exp(rng.uniform(*np.log(DIAMETER_MM)))) / 2 / spacing_mm
        reach = 1 + sum(0.12 / k * rng.standard_normal() * np.cos(k * turn + rng.uniform(0, 6)) for k in range(2, 6))
        middle = rng.uniform(1.3 * radius, np.array(grey.shape) - 1.3 * radius)
        contour = middle + radius * np.clip(reach, 0.6, 1.6)[:, None] * np.stack([np.sin(turn), np.cos(turn)], 1)
        low, high = contour.min(axis=0) - 8 / spacing_mm, contour.max(axis=0) + 8 / spacing_mm
        on_tissue = grey[tuple(np.clip(np.round(contour).astype(int), 0, np.array(grey.shape) - 1).T)].min() > 40
        apart = all((one.min(axis=0) > high).any() or (one.max(axis=0) < low).any() for one in found)
        if on_tissue and apart:
            found.append(contour)
    return found


def habits(rng: np.random.Generator, shrink: float) -> CopyQuirks:
    """What is on one copy: always a viewer, often marks; pens, tints and JPEGs of all kinds."""
    edited, pencil = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    low = int(rng.integers(70, 91))
    return CopyQuirks(
        shrink=shrink,
        quality=(95, 95) if edited else (low, low + 5),
        subsampling="4:4:4" if edited else "4:2:0",
        palette=PENCIL if pencil else int(rng.integers(PENCIL)),
        ring=Ring.BROKEN if rng.random() < 0.12 else Ring.CLOSED,
        hard_pen=pencil,
        viewer=VIEWERS[int(rng.integers(len(VIEWERS)))],
        marks=int(rng.integers(2, 30)) if rng.random() < 0.5 else 0,
        patch=bool(rng.random() < 0.1),
        edited=edited,
        orientation=int(rng.choice((1, 1, 1, 1, 1, 3, 6, 8))),
    )


def sheet(seed: int, size: str, folder: Path, *, normal: bool, pictures: list[Path]) -> Sheet:
    """Draw one picture; the same for one seed and size."""
    shape, shrink = (SIZES | FULL)[size]
    rng = np.random.default_rng([seed, sorted(SIZES | FULL).index(size), int(normal)])
    spacing = HEIGHT_MM / shape[0]
    grey = ground(rng, shape, pictures)
    case = CaseClass.NORMAL if normal else (CaseClass.BENIGN, CaseClass.MALIGNANT)[int(rng.integers(2))]
    contours = [] if normal else outlines(rng, grey, spacing, int(rng.choice((1, 1, 1, 2, 3))))
    red, blue = (OutlineColor.RED, LesionLabel.MALIGNANT), (OutlineColor.BLUE, LesionLabel.BENIGN)
    kinds = [red if case is CaseClass.MALIGNANT and k == 0 else blue for k in range(len(contours))]
    quirks = habits(rng, shrink)
    key = ImageKey.parse(f"{case}-{seed % 90 + 1:02d}_CC_recent")
    lines = [PenLine(contour_px=c, color=kind[0]) for c, kind in zip(contours, kinds, strict=True)]
    shown = np.round(255 * (grey / 255) ** 0.9).astype(np.uint8)
    copy = draw_copy(rng, shown, lines, quirks=quirks, key=key, spacing_mm=spacing)
    viewer = quirks.viewer.name if quirks.viewer else ""
    return stored_sheet(
        Mammogram(key, PixelGrid(*shape, spacing, spacing), grey),
        copy.jpeg,
        folder,
        size=size,
        contours=contours,
        colors=tuple(kind[0] for kind in kinds),
        facts=f"{viewer}, {quirks.marks} marks, {quirks.ring}",
        things=tuple((str(b.kind), np.array([b.top_px, b.left_px, b.bottom_px, b.right_px])) for b in copy.burned_in),
    )


def other_sheet(seed: int, size: str, folder: Path, *, normal: bool, pictures: list[Path]) -> Sheet:
    """The same by another hand, which shares no code with the package and has its own breasts."""
    del pictures
    (rows, _), shrink = (SIZES | FULL)[size]
    drawn = other_hand.draw(seed, rows=round(rows / shrink), shrink=shrink, normal=normal)
    case = CaseClass.NORMAL if normal else CaseClass.MALIGNANT if "red" in drawn.inks else CaseClass.BENIGN
    key = ImageKey.parse(f"{case}-{seed:02d}_CC_recent")
    return stored_sheet(
        Mammogram(key, PixelGrid(*drawn.pixels.shape, drawn.spacing_mm, drawn.spacing_mm), drawn.pixels),
        drawn.stored,
        folder,
        size=size,
        contours=drawn.contours,
        colors=tuple(OutlineColor(name) for name in drawn.inks),
        facts=f"{drawn.pen}, {', '.join(thing.kind for thing in drawn.things)}",
        things=tuple((thing.kind, np.array(thing.box)) for thing in drawn.things),
    )


def stored_sheet(
    mammogram: Mammogram,
    jpeg: bytes,
    folder: Path,
    *,
    size: str,
    contours: Sequence[np.ndarray],
    colors: tuple[OutlineColor, ...],
    facts: str,
    things: tuple[tuple[str, np.ndarray], ...],
) -> Sheet:
    """A drawn picture as the package reads it from its file."""
    (folder / "copy.jpg").write_bytes(jpeg)
    key, shape = mammogram.key, mammogram.grid.shape
    case = CaseClass(key.patient_id.rsplit("-", 1)[0])
    patient = Patient(patient_id=key.patient_id, case_class=case, folder="1", biopsy="invasive ductal carcinoma")
    record = ImageRecord(key, patient, FileRef(folder, "absent.dcm"), FileRef(folder, "copy.jpg"))
    return Sheet(
        size=size,
        mammogram=mammogram,
        overlay=read_overlay(record),
        patient=patient,
        true=tuple(fill_contour(c, shape).on_grid(shape) for c in contours),
        colors=colors,
        facts=facts,
        things=things,
    )


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Dice overlap of two masks, 0..1."""
    return 2 * float((first & second).sum()) / max(float(first.sum() + second.sum()), 1.0)


def score(drawn: Sheet, read: OutlinedImage) -> tuple[list[float], list[int]]:
    """Dice of every true outline (0 where not found), and the positions of the lesions that are none."""
    left = {k: lesion.inside for k, lesion in enumerate(read.lesions)}
    dices = []
    for true, color in zip(drawn.true, drawn.colors, strict=True):
        right = {k: overlap(inside, true) for k, inside in left.items() if read.lesions[k].color is color}
        best = max(right, key=lambda k: right[k], default=None)
        if best is None or right[best] < MATCHED_DICE:
            dices.append(0.0)
            continue
        dices.append(right[best])
        left.pop(best)
    return dices, list(left)


def sheets(chosen: argparse.Namespace, size: str, first_seed: int, folder: Path) -> Iterator[tuple[Sheet, bool]]:
    """Pictures of one size with outlines, then without; and whether it is one without."""
    pictures = sorted(p for p in chosen.ground.glob("*.png") if "mask" not in p.name) if chosen.ground else []
    maker = other_sheet if chosen.hand == "other" else sheet
    for normal, count in ((False, chosen.pictures), (True, chosen.normals)):
        for seed in range(first_seed, first_seed + count):
            yield maker(seed, size, folder, normal=normal, pictures=pictures), normal


def closed_lines(drawn: Sheet) -> Iterator[tuple[tuple[float, ...], bool, float]]:
    """(evidence, whether it is an outline, confidence) of every closed red or blue line, before any is rejected."""
    drawing = read_drawing(drawn.overlay, config=MaskConfig())
    placement = place_overlay(drawn.mammogram, drawn.overlay, painted=drawing.painted, config=MaskConfig())
    grid, rows = drawn.mammogram.grid, placement.gt_rows
    for ring in drawing.rings:
        if ring.color is OutlineColor.GREEN:
            continue
        contour = placement.to_dicom(ring.contour_px)
        inside = fill_contour(contour, grid.shape).on_grid(grid.shape)
        own = [true for true, color in zip(drawn.true, drawn.colors, strict=True) if color is ring.color]
        size = 2 * float(np.sqrt(contour_area_px(contour) / np.pi)) * float(grid.row_spacing_mm or 1)
        where = {"diameter_mm": size, "copy_rows": rows}
        right = any(overlap(inside, true) >= MATCHED_DICE for true in own)
        yield evidence_of(ring, **where), right, confidence_of(ring, **where)


def calibrate(chosen: argparse.Namespace) -> None:
    """Fit the weights of the confidence, then compare promised and found shares on as many other pictures."""
    read: list[list[tuple[tuple[float, ...], bool, float]]] = []
    for first in (chosen.first_seed, chosen.first_seed + 5000):
        with tempfile.TemporaryDirectory() as scratch:
            drawings = (drawn for size in chosen.sizes for drawn, _ in sheets(chosen, size, first, Path(scratch)))
            read.append([line for drawn in drawings for line in closed_lines(drawn)])
    values, right = np.array([line[0] for line in read[0]]), np.array([line[1] for line in read[0]])
    model = LogisticRegression(C=1.0, max_iter=2000).fit(values, right)
    print("INTERCEPT, WEIGHTS =", round(float(model.intercept_[0]), 3), tuple(np.round(model.coef_[0], 3).tolist()))
    promised = model.predict_proba(np.array([line[0] for line in read[1]]))[:, 1]
    found = np.array([line[1] for line in read[1]])
    stored = np.array([line[2] for line in read[1]])
    print("| confidence | closed lines | promised | found | found by the weights in the package, n |")
    for low, high in pairwise((0, 0.1, 0.5, 0.9, 0.99, 1.0001)):
        there, kept = (promised >= low) & (promised < high), (stored >= low) & (stored < high)
        share = f"{found[there].mean():.3f}" if there.any() else "-"
        own = f"{found[kept].mean():.3f}, {kept.sum()}" if kept.any() else "-, 0"
        mean = f"{promised[there].mean():.3f}" if there.any() else "-"
        print(f"| {low:g} to {min(high, 1):g} | {there.sum()} | {mean} | {share} | {own} |")


def measure(chosen: argparse.Namespace, size: str) -> None:
    """Read every picture of one size and print its row, and under it what the false ones were."""
    dices, false, normal_false, seconds, codes, kinds = [], 0, 0, [], Counter(), Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for drawn, normal in sheets(chosen, size, chosen.first_seed, Path(scratch)):
            start = time.process_time()
            read = outline_image(drawn.mammogram, drawn.overlay, patient=drawn.patient, config=MaskConfig())
            seconds.append(time.process_time() - start)
            hits, wrong = score(drawn, read)
            dices += hits
            false += len(wrong)
            normal_false += len(wrong) if normal else 0
            codes.update(finding.code for finding in read.findings)
            kinds.update(thing_at(drawn, read, k) for k in wrong)
            if chosen.show and (wrong or 0.0 in hits):
                show(chosen.show, drawn, read, wrong=wrong, hits=hits)
    hit = [dice for dice in dices if dice]
    low, median = np.percentile(hit, (10, 50)) if hit else (0, 0)
    rejected = ", ".join(f"{k} {v}" for k, v in sorted(codes.items()) if k in REJECTIONS)
    print(
        f"| {size}: {chosen.pictures} + {chosen.normals} | {len(dices)} | {len(hit) / max(len(dices), 1):.4f} | "
        f"{len(hit) / max(len(hit) + false, 1):.4f} ({false} false) | {normal_false} | {median:.4f}, {low:.4f} | "
        f"{np.median(seconds):.2f} | {rejected} |",
        flush=True,
    )
    if kinds:
        print("# false:", ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))


def main() -> None:
    """Draw, read, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=60, help="pictures with outlines, of every size")
    parser.add_argument("--normals", type=int, default=20, help="pictures without, of every size")
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=[*SIZES, *FULL])
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--hand", choices=("phantom", "other"), default="phantom", help="who draws")
    parser.add_argument("--ground", type=Path, help="folder of PNG mammograms that the phantom draws on")
    parser.add_argument("--show", type=Path, help="folder for pictures that were read wrong")
    parser.add_argument("--calibrate", action="store_true", help="fit and check the confidence instead")
    chosen = parser.parse_args()
    if chosen.calibrate:
        calibrate(chosen)
        return
    print("| pictures | outlines | recall | precision | false on normals | Dice median, p10 | seconds | rejected |")
    print("|---|---|---|---|---|---|---|---|")
    for size in chosen.sizes:
        measure(chosen, size)


REJECTIONS = {"FILLED_MARK", "RULER", "OVERLAY_TEXT", "TOO_SMALL"}


def on_copy(read: OutlinedImage, k: int) -> np.ndarray:
    """Contour of a lesion in pixels of the copy."""
    where = read.placement
    back = read.lesions[k].contour_px - (where.offset_row_px, where.offset_col_px)
    return np.asarray(back / (where.scale_row, where.scale_col))


def thing_at(drawn: Sheet, read: OutlinedImage, k: int) -> str:
    """What stands where a false lesion was found."""
    row, col = on_copy(read, k).mean(axis=0)
    here = [kind for kind, box in drawn.things if box[0] - 3 <= row <= box[2] + 3 and box[1] - 3 <= col <= box[3] + 3]
    return here[0] if here else "part of an outline"


def show(folder: Path, drawn: Sheet, read: OutlinedImage, *, wrong: list[int], hits: list[float]) -> None:
    """Write a picture that was read wrong: what is no outline in yellow; its facts in one line."""
    folder.mkdir(parents=True, exist_ok=True)
    rgb, facts = drawn.overlay.rgb.copy(), []
    for k in wrong:
        points, lesion = on_copy(read, k), read.lesions[k]
        cv2.polylines(rgb, [np.round(points[:, ::-1]).astype(np.int32)], True, (255, 255, 0), 1)
        kind = f"{thing_at(drawn, read, k)}, {lesion.color} {lesion.quality}, confidence {lesion.confidence:.2f}"
        facts.append(f"{kind}, at {points.mean(axis=0).round()}, size {np.ptp(points, axis=0).round()}")
    name = f"{drawn.size.replace(' ', '').replace(':', '')}_{drawn.mammogram.key}"
    cv2.imwrite(str(folder / f"{name}.png"), rgb[..., ::-1])
    missed = [np.round(np.argwhere(t).mean(axis=0) / read.placement.scale_row).tolist()
              for t, dice in zip(drawn.true, hits, strict=True) if not dice]  # fmt: skip
    print(f"# {name}: dice {np.round(hits, 3).tolist()}, missed at {missed}, false {facts}; {drawn.facts}", flush=True)


if __name__ == "__main__":
    main()
