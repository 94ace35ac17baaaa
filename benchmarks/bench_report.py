"""Size of the page for 100 patients: 400 lesions and 200 exam pairs with pictures as grainy as a mammogram.

Run: ``python benchmarks/bench_report.py``
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from scipy import ndimage

from radiomics_mammo.report import LesionPicture, Pictures, RegistrationPicture, build_report, render_html
from radiomics_mammo.report.masks import Window, contour_svg
from radiomics_mammo.report.pictures import ZonePicture, encode_png
from radiomics_mammo.tables.lesions import LESIONS as LESION_TABLE
from radiomics_mammo.tables.registration import REGISTRATION
from radiomics_mammo.tables.rois import ROIS
from radiomics_mammo.tables.study import MEASURED, MeasuredStudy

LESIONS, PATIENTS, RECENT = 400, 100, 200
"""Lesions, women, and lesions of the recent exam, each with a zone in the prior."""


def grain(rng: np.random.Generator, shape: tuple[int, ...]) -> bytes:
    """A PNG of structure at several scales with detector noise."""
    rows, cols = shape[:2]
    picture = sum(ndimage.gaussian_filter(rng.normal(size=(rows, cols)), scale) * scale * 40 for scale in (1, 4, 16))
    picture = 120 + picture + rng.normal(size=(rows, cols)) * 6
    grey = np.clip(picture, 0, 255).astype(np.uint8)
    return encode_png(np.repeat(grey[..., None], 3, axis=2) if len(shape) == 3 else grey)


def contour(rng: np.random.Generator) -> bytes:
    """A spiculated contour of 2000 vertices."""
    angle = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    radius = 150 + 12 * np.sin(9 * angle + rng.uniform(0, 6))
    points = np.stack([250 + radius * np.sin(angle), 250 + radius * np.cos(angle)], axis=1)
    return contour_svg(points, Window(0, 0, 500, 220))


def pictures(rng: np.random.Generator) -> Pictures:
    """All pictures of a full study."""
    lesions = tuple(
        LesionPicture(lesion_name(n), grain(rng, (220, 220)), contour(rng), grain(rng, (220, 220, 3)))
        for n in range(LESIONS)
    )
    big, small = (280, 210, 3), (140, 105, 3)
    pairs = tuple(
        RegistrationPicture(
            patient_id=f"p{n:03d}",
            view=view,
            recent_png=grain(rng, big),
            prior_png=grain(rng, big),
            unaligned_png=grain(rng, big),
            displacement_png=grain(rng, small),
            jacobian_png=grain(rng, small),
        )
        for n in range(PATIENTS)
        for view in ("CC", "MLO")
    )
    side = (220, 220, 3)
    zones = tuple(ZonePicture(lesion_name(n), grain(rng, side), grain(rng, side)) for n in range(RECENT))
    return Pictures(lesions, pairs, zones)


def lesion_name(n: int) -> str:
    """Id of one of the lesions, a few a woman."""
    return f"p{n % PATIENTS:03d}_CC_recent_{n // PATIENTS + 1}"


def study() -> MeasuredStudy:
    """The tables the two chapters with pictures need."""
    base = pd.DataFrame({"lesion_id": [lesion_name(n) for n in range(LESIONS)], "gap_fraction": 0.0, "area_px": 9})
    words = {"quality": "closed", "label": "benign", "color": "blue", "visit": "recent", "view": "CC"}
    lesions = base.assign(patient_id=base["lesion_id"].str[:4], mask_sha256=64 * "0", **words)
    pairs = [
        {"patient_id": f"p{n:03d}", "view": view, "method": "affine", "trusted": True}
        for n in range(PATIENTS)
        for view in ("CC", "MLO")
    ]
    registration = pd.DataFrame(pairs).assign(similarity_before=0.5, similarity_after=0.8)
    tables = {table.stem: table.empty() for table in MEASURED}
    rois = [
        {"roi_id": f"{lesion_name(n)}-prior-regional", "patient_id": f"p{n % PATIENTS:03d}", "view": "CC",
         "visit": "prior", "recent_lesion_id": lesion_name(n), "source": "registered",
         "prior_policy": "regional", "radius90_mm": 12.0}
        for n in range(RECENT)
    ]  # fmt: skip
    tables |= {
        "lesions": LESION_TABLE.conform(lesions),
        "registration": REGISTRATION.conform(registration),
        "rois": ROIS.conform(pd.DataFrame(rois)),
    }
    return MeasuredStudy(**tables)


def main() -> None:
    """Print one line a figure."""
    shown = pictures(np.random.default_rng(1))
    start = time.perf_counter()
    page = render_html(build_report(study(), pictures=shown))
    seconds = time.perf_counter() - start
    on_disk = sum(len(file.data) for one in (*shown.lesions, *shown.registrations, *shown.zones) for file in one.files)
    print(f"lesions {LESIONS}, exam pairs {2 * PATIENTS}")
    print(f"pictures on disk  {on_disk / 1e6:6.1f} MB")
    print(f"report.html       {len(page.encode()) / 1e6:6.1f} MB in {seconds:.1f} s")


if __name__ == "__main__":
    main()
