"""Outlined copies of every kind, given in a cohort file: read right, or refused by name."""

import importlib.util
import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageDraw, ImageOps
from typer.testing import CliRunner

from radiomics_mammo.cli.main import app
from radiomics_mammo.core.contours import fill_contour

_SOURCE = Path(__file__).parents[2] / "benchmarks" / "other_hand.py"
_SPEC = importlib.util.spec_from_file_location("other_hand", _SOURCE)
other_hand = importlib.util.module_from_spec(_SPEC)
sys.modules["other_hand"] = other_hand
_SPEC.loader.exec_module(other_hand)

ROWS, COLS = 480, 390
TURN = np.linspace(0, 2 * np.pi, 200, endpoint=False)
CONTOUR = np.stack([200 + 40 * np.sin(TURN), 120 + 30 * np.cos(TURN)], axis=1)
MARK, TICK_PX, TICKS = (300, 100, 12), 24, 11


def breast(seed):
    grey = other_hand.tissue(np.random.default_rng(seed), (ROWS, COLS))
    return grey if grey[:, 0].mean() > grey[:, -1].mean() else grey[:, ::-1]


def drawn(grey):
    """A copy with a blue outline, a filled red mark and a green ruler of centimetres at the right edge."""
    shown = np.round(np.clip(grey / 3600, 0, 1) * 255).astype(np.uint8)
    picture = Image.fromarray(np.repeat(shown[..., None], 3, axis=2))
    pen = ImageDraw.Draw(picture)
    pen.line([(col, row) for row, col in (*CONTOUR, *CONTOUR[:2])], fill=(0, 54, 255), width=3, joint="curve")
    row, col, radius = MARK
    pen.ellipse((col - radius, row - radius, col + radius, row + radius), fill=(252, 2, 2))
    first = 100
    pen.line([(COLS - 20, first), (COLS - 20, first + TICK_PX * (TICKS - 1))], fill=(74, 203, 74), width=2)
    for k in range(TICKS):
        pen.line([(COLS - 28, first + k * TICK_PX), (COLS - 20, first + k * TICK_PX)], fill=(74, 203, 74), width=2)
    return picture


def stored(picture, **words):
    data = io.BytesIO()
    picture.save(data, **({"format": "JPEG", "quality": 92, "subsampling": 0} | words))
    return data.getvalue()


def turned(picture):
    """Stored lying on its side, with the EXIF orientation that sets it upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return stored(picture.transpose(Image.Transpose.ROTATE_90), exif=exif)


def deep(picture):
    return stored(Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257), format="PNG", quality=None)


READ = {
    "plain": stored,
    "stretched": lambda p: stored(p.resize((COLS, round(0.7 * ROWS)), Image.Resampling.LANCZOS)),
    "smaller": lambda p: stored(p.resize((COLS // 2, ROWS // 2), Image.Resampling.BOX), quality=95),
    "turned": turned,
    "bordered": lambda p: stored(ImageOps.expand(p, (30, 18), fill=(0, 0, 0))),
    "cmyk": lambda p: stored(p.convert("CMYK")),
    "png": lambda p: stored(p, format="PNG", quality=None),
}
REFUSED = {"deep": ("GT_UNREADABLE", deep), "stranger": ("GT_MISPLACED", stored), "cut": ("GT_UNREADABLE", None)}


def mammogram_file(folder, name, grey):
    Image.fromarray(np.round(grey).astype(np.uint16)).save(folder / f"{name}.png")


def masks(folder, *words):
    answer = CliRunner().invoke(app, ["masks", str(folder / "cohort.csv"), "--jobs", "1", "--quiet", *map(str, words)])
    assert answer.exit_code == 0, answer.output


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """A cohort of one picture without a pixel spacing, outlined."""
    folder, grey = tmp_path_factory.mktemp("one"), breast(5)
    mammogram_file(folder, "a", grey)
    (folder / "a.jpg").write_bytes(stored(drawn(grey)))
    (folder / "cohort.csv").write_text("patient_id,image,laterality,view,visit,outlines\np1,a.png,L,CC,recent,a.jpg\n")
    masks(folder, "--out", folder / "out")
    return folder


def test_copies_are_read_right_or_refused_by_name(tmp_path):
    lines = ["patient_id,image,laterality,view,visit,outlines,row_spacing_mm,col_spacing_mm"]
    for seed, name in enumerate([*READ, *REFUSED]):
        grey = breast(30 + seed)
        mammogram_file(tmp_path, name, grey)
        picture = drawn(breast(99) if name == "stranger" else grey)
        data = stored(picture)[:-4000] if name == "cut" else (READ.get(name) or REFUSED[name][1])(picture)
        (tmp_path / f"{name}.jpg").write_bytes(data)
        lines.append(f"{name},{name}.png,L,CC,recent,{name}.jpg,0.4,0.4")
    (tmp_path / "cohort.csv").write_text("\n".join(lines) + "\n")
    masks(tmp_path, "--out", tmp_path / "out")
    lesions = pd.read_csv(tmp_path / "out" / "lesions.csv")
    true = fill_contour(CONTOUR, (ROWS, COLS)).on_grid((ROWS, COLS))
    assert sorted(lesions["patient_id"]) == sorted(READ)
    for row in lesions.itertuples():
        mask = np.asarray(Image.open(tmp_path / "out" / row.mask_file)) > 0
        dice = 2 * (mask & true).sum() / (mask.sum() + true.sum())
        assert dice > 0.95, row.patient_id
    audit = pd.read_csv(tmp_path / "out" / "audit.csv")
    for name, (code, _) in REFUSED.items():
        assert code in set(audit.loc[audit["image_id"].fillna("").str.startswith(f"{name}_"), "code"]), name


def test_a_rejected_region_is_brought_back_by_its_hash(one, tmp_path):
    lesions, rejected = (pd.read_csv(one / "out" / f"{name}.csv") for name in ("lesions", "rejected"))
    assert rejected["code"].tolist().count("FILLED_MARK") == 1
    mark = rejected[rejected["code"] == "FILLED_MARK"].iloc[0]
    (tmp_path / "back.csv").write_text(
        f"image_id,region_sha256\n{mark['image_id']},{mark['region_sha256']}\np1_LCC_recent,{'0' * 64}\n"
    )
    masks(one, "--out", tmp_path / "out", "--inclusions", tmp_path / "back.csv")
    now = pd.read_csv(tmp_path / "out" / "lesions.csv")
    assert now["lesion_id"].tolist() == [*lesions["lesion_id"], f"{mark['image_id']}_{len(lesions) + 1}"]
    assert now["mask_sha256"].tolist()[:-1] == lesions["mask_sha256"].tolist()
    assert now["area_px"].iloc[-1] == pytest.approx(np.pi * MARK[2] ** 2, rel=0.2)
    assert mark["region_sha256"] not in set(pd.read_csv(tmp_path / "out" / "rejected.csv")["region_sha256"])
    assert {"INCLUSION_APPLIED", "INCLUSION_STALE"} <= set(pd.read_csv(tmp_path / "out" / "audit.csv")["code"])


def test_a_missing_spacing_is_taken_from_the_ruler_only_where_asked_for(one, tmp_path):
    assert pd.read_csv(one / "out" / "images.csv")["row_spacing_mm"].isna().all()
    (tmp_path / "ruler.yaml").write_text("masks:\n  spacing_from_ruler: true\n")
    masks(one, "--out", tmp_path / "out", "--config", tmp_path / "ruler.yaml")
    row = pd.read_csv(tmp_path / "out" / "images.csv").iloc[0]
    assert row["row_spacing_mm"] == pytest.approx(10 / TICK_PX, rel=0.01)
    assert row["spacing_source"] == "ruler in the outlined copy"
    lesion = pd.read_csv(tmp_path / "out" / "lesions.csv").iloc[0]
    assert lesion["area_mm2"] == pytest.approx(np.pi * 40 * 30 * (10 / TICK_PX) ** 2, rel=0.05)
