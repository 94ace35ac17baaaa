"""Inputs that people reported, run through the command line: ``python -m tests.faults.cases [NAME ...]``.

Each case is a folder of the smallest input of one kind of fault. A line each says whether the result is right, and what
was found where it is not. The inputs lie beside the repository (``RADIOMICS_MAMMO_CASES`` may name another folder).
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom

from radiomics_mammo.cli.main import main
from tests.conftest import hears_interrupts

CASES = Path(os.environ.get("RADIOMICS_MAMMO_CASES", Path(__file__).parents[3] / "shared" / "cases"))
SETTINGS = """
features: {preset: quick, robustness: original}
registration: {null_places: 1, deformable: false}
report: {crop_px: 64, alignment_px: 96}
"""
"""Every stage runs, none of them finely: what is right or wrong here does not hang on it."""
LESION = "malignant-02_CC_recent_1"
OUTLINED = f"{LESION}-recent"
BREAST_PX_MM = 0.56
"""Pixel spacing of every input."""

TEXTURES = ("glcm", "glrlm", "glszm", "gldm", "ngtdm")

Verdict = str
"""Empty where a result is right, else what was found."""


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it left."""

    status: int
    printed: str
    out: Path

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.out / f"{name}.csv", keep_default_na=False, na_values=[""])

    @property
    def codes(self) -> set[str]:
        return set(self.table("audit")["code"])

    @property
    def readable(self) -> int:
        return int(self.table("images")["rows"].notna().sum())

    def label(self, lesion_id: str = LESION) -> str:
        return str(self.table("lesions").set_index("lesion_id")["label"].get(lesion_id, "no such lesion"))


def run(*words: object, out: Path) -> Ended:
    """Run the command line in this process."""
    argv, hook, printed = sys.argv, sys.excepthook, io.StringIO()
    sys.argv = ["radiomics-mammo", *map(str, words)]
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            main()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        sys.argv, sys.excepthook = argv, hook
    return Ended(status, " ".join(printed.getvalue().split()), out)


def run_apart(*words: object, out: Path, environment: dict[str, str]) -> Ended:
    """Run the command line as a process of its own."""
    command = [sys.executable, "-m", "radiomics_mammo", *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, check=False, env={**os.environ, **environment}
    )
    return Ended(done.returncode, " ".join((done.stdout + done.stderr).split()), out)


def of_release(command: str, folder: Path, work: Path, *more: object) -> Ended:
    """Run a command on the release of a case."""
    config, out = work / "study.yaml", work / "out"
    config.write_text(SETTINGS)
    return run(command, folder / "release", "--out", out, "--jobs", 1, "--config", config, *more, out=out)


@cache
def untouched() -> Ended:
    """Results of the release that all cases start from."""
    work = Path(tempfile.mkdtemp(prefix="untouched-"))
    source = CASES / "copy-jfif" / "release"
    for path in source.rglob("*"):
        if path.is_file():
            target = (work / "release" / path.relative_to(source)).with_suffix(path.suffix.replace("jfif", "jpg"))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return of_release("features", work, work)


def told(*checks: tuple[bool, object]) -> Verdict:
    """What was found where a check fails."""
    return "; ".join(str(found) for right, found in checks if not right)


def delta_of_mean(ended: Ended) -> float:
    deltas = ended.table("deltas")
    own = deltas[(deltas["recent_lesion_id"] == LESION) & (deltas["prior_policy"] == "registered")]
    return float(own["delta_original_firstorder_Mean"].iloc[0])


def outlined_row(ended: Ended) -> pd.Series:
    features = ended.table("features").set_index("roi_id")
    return features.loc[OUTLINED]


def biopsy_negative(folder: Path, work: Path) -> Verdict:
    ended = of_release("masks", folder, work)
    said = bool(ended.codes & {"BIOPSY_BENIGN", "BIOPSY_UNCLEAR"})
    return told((ended.status == 0, ended.printed), (ended.label() == "unconfirmed" or said, ended.label()))


def refused_workbook(*words: str) -> Callable[[Path, Path], Verdict]:
    def check(folder: Path, work: Path) -> Verdict:
        ended = of_release("audit", folder, work)
        right = ended.status == 1 and all(word in ended.printed for word in ("Description.xlsx", *words))
        return told((right and "Traceback" not in ended.printed, ended.printed))

    return check


def class_folder(folder: Path, work: Path) -> Verdict:
    ended = of_release("audit", folder, work, "--strict")
    if ended.status == 0:
        return told(("malignant-02" in set(ended.table("patients")["patient_id"]), "malignant-02 is not there"))
    return told(("Malignant_cases (1)" in ended.printed, ended.printed))


def copy_jfif(folder: Path, work: Path) -> Verdict:
    ended = of_release("audit", folder, work)
    return told((ended.readable == 8, ended.printed), ("MISSING_GT" not in ended.codes, sorted(ended.codes)))


def ctrl_c(folder: Path, work: Path) -> Verdict:
    out = work / "out"
    release = CASES / "copy-jfif" / "release"
    words = [sys.executable, "-m", "radiomics_mammo", "masks", str(release), "--out", str(out), "--jobs", "1"]
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, preexec_fn=hears_interrupts, **piped) as process:
        while process.poll() is None and not (out / ".records").is_dir():
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        printed = " ".join("".join(process.communicate(timeout=120)).split())
    line = "interrupted; run the same command again to go on where it stopped"
    right = process.returncode == 130 and printed.endswith(line) and "Traceback" not in printed
    return told((right, f"status {process.returncode}: {printed}"))


def fill(folder: Path, work: Path) -> Verdict:
    ended = of_release("masks", folder, work)
    lesions = ended.table("lesions")
    recent = lesions[lesions["image_id"].str.endswith("CC_recent")]
    counts = recent.groupby(["image_id", "color"]).size()
    return told((bool((counts <= 1).all()), counts.to_dict()), (ended.status == 0, ended.printed))


def ring_and_fill(folder: Path, work: Path) -> Verdict:
    ended = of_release("masks", folder, work)
    return told((fill(folder, work) == "", "several lesions"), (ended.label() == "malignant", ended.label()))


def green_icon(folder: Path, work: Path) -> Verdict:
    ended = of_release("masks", folder, work)
    return told((ended.label() == "malignant", ended.label()))


def flat_lesion(folder: Path, work: Path) -> Verdict:
    ended = of_release("features", folder, work)
    row = outlined_row(ended)
    texture = [name for name in row.index if any(f"_{family}_" in name for family in TEXTURES)]
    audit = ended.table("audit")
    flat = audit[(audit["code"] == "REGION_FLAT") & audit["message"].str.contains(LESION)]
    return told(
        (ended.status == 0, ended.printed),
        (len(flat) > 0, sorted(ended.codes)),
        (len(texture) > 20 and bool(row[texture].isna().all()), row[texture].dropna().head(3).to_dict()),
    )


def greek_density(folder: Path, work: Path) -> Verdict:
    ended = of_release("audit", folder, work)
    patients = ended.table("patients").set_index("patient_id")
    return told((patients.loc["malignant-02", "density"] == "b", patients["density"].to_dict()))


def readable(n: int) -> Callable[[Path, Path], Verdict]:
    def check(folder: Path, work: Path) -> Verdict:
        ended = of_release("masks", folder, work)
        lost = ended.codes & {"DICOM_UNREADABLE", "IMAGE_EMPTY", "GT_MISPLACED"}
        return told((ended.status == 0 and ended.readable == n and not lost, f"{ended.readable} readable, {lost}"))

    return check


def rescale_slope(folder: Path, work: Path) -> Verdict:
    ended, good = of_release("features", folder, work), untouched()
    lost = ended.codes & {"DICOM_UNREADABLE", "IMAGE_EMPTY", "POLARITY_CONFLICT"}
    same = np.isclose(
        outlined_row(ended)["original_firstorder_Mean"], outlined_row(good)["original_firstorder_Mean"], rtol=1e-6
    )
    return told(
        (ended.readable == 8 and not lost, f"{ended.readable} readable, {lost}"),
        (bool(same), outlined_row(ended)["original_firstorder_Mean"]),
    )


def matplotlibrc(folder: Path, work: Path) -> Verdict:
    """The same figures with the settings of the user as without them."""
    source = untouched().out
    figures = []
    for name, environment in (("plain", {}), ("user", {"MATPLOTLIBRC": str(folder / "matplotlibrc")})):
        copy = Path(shutil.copytree(source, work / name))
        ended = run_apart("report", copy, "--fresh", out=copy, environment=environment)
        if ended.status:
            return f"{name}: {ended.printed[-300:]}"
        figures.append({path.name: path.read_bytes() for path in sorted((copy / "figures").glob("*.svg"))})
    differ = [name for name in figures[0] if figures[0][name] != figures[1].get(name)]
    return told((len(figures[0]) > 0 and not differ, f"{len(figures[0])} figures, differ {differ[:3]}"))


def thrice(folder: Path, work: Path) -> Verdict:
    ended = of_release("features", folder, work)
    if ended.status:
        return ended.printed[-300:]
    table = ended.table("robustness")
    shape = table[table["feature"].str.contains("firstorder_Mean$") & (table["view"] == "CC")]
    return told((len(shape) > 0 and bool(shape["ci_low"].isna().all() or shape["icc"].isna().all()), shape.to_dict()))


def polarity(folder: Path, work: Path) -> Verdict:
    ended, good = of_release("features", folder, work), untouched()
    audit = ended.table("audit")
    said = audit[(audit["code"] == "POLARITY_CONFLICT") & (audit["image_id"] == "malignant-02_CC_recent")]
    change, right = delta_of_mean(ended), delta_of_mean(good)
    empty = bool(np.isnan(change))
    return told(
        (ended.status == 0, ended.printed),
        (len(said) > 0 and said["severity"].iloc[0] in ("warning", "error"), sorted(ended.codes)),
        (empty or np.sign(change) == np.sign(right), f"delta {change} instead of {right}"),
    )


def export_seg(folder: Path, work: Path) -> Verdict:
    ended = of_release("masks", folder, work)
    seg = work / "seg"
    exported = run("export", ended.out, "--format", "seg", "--out", seg, out=seg)
    wanted = {f"{image}.dcm" for image in ended.table("lesions")["image_id"]}
    files = {path.name: pydicom.dcmread(path) for path in seg.glob("*.dcm")} if seg.is_dir() else {}
    bad = [
        name
        for name, one in files.items()
        for uid in (
            one.SOPInstanceUID,
            one.ReferencedSeriesSequence[0].ReferencedInstanceSequence[0].ReferencedSOPClassUID,
        )
        if not uid.is_valid
    ]
    return told((exported.status == 0, exported.printed[-300:]), (set(files) == wanted, sorted(files)), (not bad, bad))


def spacing_contradicted(folder: Path, work: Path) -> Verdict:
    ended = of_release("masks", folder, work)
    audit, lesions = ended.table("audit"), ended.table("lesions").set_index("lesion_id")
    said = audit[audit["code"].str.startswith("SPACING") & audit["severity"].isin(["warning", "error"])]
    area, pixels = lesions.loc[LESION, "area_mm2"], lesions.loc[LESION, "area_px"]
    right = pd.isna(area) or abs(area - pixels * BREAST_PX_MM**2) < 1
    return told((len(said) > 0, sorted(ended.codes)), (right, f"area_mm2 {area}"))


def spacing_read(folder: Path, work: Path) -> Verdict:
    ended = of_release("masks", folder, work)
    own = ended.table("images").query("patient_id == 'malignant-02'")
    conflicts = ended.codes & {"LATERALITY_CONFLICT", "SPACING_UNKNOWN"}
    right = bool(np.allclose(own["row_spacing_mm"], BREAST_PX_MM)) and not conflicts
    return told((right, f"{own['row_spacing_mm'].tolist()}, {conflicts}"))


def functional_groups(folder: Path, work: Path) -> Verdict:
    verdict = spacing_read(folder, work)
    audit = pd.read_csv(work / "out" / "audit.csv", keep_default_na=False)
    missing = audit[(audit["code"] == "TAG_MISSING") & (audit["patient_id"] == "malignant-02")]["message"].tolist()
    lost = [line for line in missing if "Laterality" in line or "View" in line]
    other = audit.loc[audit["code"] == "VIEW_CONFLICT", "image_id"]  # all four headers of the input say CC
    read = len(other) == 2 and other.str.contains("_MLO_").all()
    return told((not verdict, verdict), (not lost, lost), (read, f"views {other.tolist()}"))


def white_frame(folder: Path, work: Path) -> Verdict:
    ended, good = of_release("features", folder, work), untouched()
    ours, theirs = outlined_row(ended), outlined_row(good)
    numbers = [name for name in theirs.index if "_" in name and isinstance(theirs[name], float) and "original" in name]
    apart = {
        name: abs(ours[name] - theirs[name]) / abs(theirs[name])
        for name in numbers
        if np.isfinite(theirs[name]) and abs(theirs[name]) > 1e-9
    }
    far = {name: round(share, 3) for name, share in apart.items() if not share <= 0.02}
    return told(
        (len(numbers) > 50 and not far, f"{len(far)} of {len(numbers)} features apart, {dict(list(far.items())[:4])}")
    )


def section_twice(folder: Path, work: Path) -> Verdict:
    ended = run("config", "check", folder / "study.yaml", out=work)
    return told((ended.status == 2 and "masks" in ended.printed and "twice" in ended.printed, ended.printed))


def robustness_off(folder: Path, work: Path) -> Verdict:
    ended = run("config", "check", folder / "study.yaml", out=work)
    return told((ended.status == 0 or "quote" in ended.printed, ended.printed))


def deflate64(folder: Path, work: Path) -> Verdict:
    ended = run("audit", folder / "Dataset.zip", "--out", work / "out", out=work / "out")
    right = ended.status == 1 and "Deflate64" in ended.printed and "unpack" in ended.printed
    return told((right and ended.printed.count("error:") == 1, f"status {ended.status}: {ended.printed[-300:]}"))


def dot_slash(folder: Path, work: Path) -> Verdict:
    """As many images as the archive holds whole."""
    ended = run("audit", folder / "Dataset.zip", "--out", work / "out", out=work / "out")
    if ended.status:
        return ended.printed
    whole = 0
    with zipfile.ZipFile(folder / "Dataset.zip") as archive:
        for member in archive.infolist():
            try:
                whole += member.filename.endswith(".dcm") and bool(archive.read(member))
            except (zipfile.BadZipFile, zlib.error):
                continue
    missing = ended.codes & {"MISSING_DICOM", "MISSING_GT"}
    return told((ended.readable == whole > 0 and not missing, f"{ended.readable} of {whole} readable, {missing}"))


CHECKS: dict[str, Callable[[Path, Path], Verdict]] = {
    "biopsy-negative": biopsy_negative,
    "book-csv-named-xlsx": refused_workbook("text"),
    "book-password": refused_workbook("password"),
    "class-folder-copy-1": class_folder,
    "copy-jfif": copy_jfif,
    "ctrl-c-message": ctrl_c,
    "fill-translucent-35": fill,
    "flat-lesion-255": flat_lesion,
    "greek-beta-density": greek_density,
    "green-icon-beside-the-picture": green_icon,
    "jpeg-fragment-ff-pad": readable(8),
    "matplotlibrc-usetex": matplotlibrc,
    "one-patient-filed-three-times": thrice,
    "polarity-monochrome1-by-mistake": polarity,
    "rescale-slope-minus-1": rescale_slope,
    "ring-and-fill-30": ring_and_fill,
    "seg-sop-class-hashed": export_seg,
    "seg-study-date-word": export_seg,
    "spacing-1-1-beside-imager": spacing_contradicted,
    "spacing-decimal-comma": spacing_read,
    "spacing-functional-groups": functional_groups,
    "white-frame-padding": white_frame,
    "yaml-robustness-off": robustness_off,
    "yaml-section-twice": section_twice,
    "zip-deflate64": deflate64,
    "zip-dot-slash-names": dot_slash,
}


def verdict_of(name: str) -> Verdict:
    """Run one case in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
        work = Path(folder)
        return CHECKS[name](CASES / name, work)


def show() -> None:
    """Run the cases named, or all, and print a line each."""
    wrong = 0
    for name in sys.argv[1:] or sorted(CHECKS):
        try:
            verdict = verdict_of(name)
        except (OSError, LookupError, ValueError) as error:
            verdict = f"{type(error).__name__}: {error}"
        wrong += bool(verdict)
        print(f"{'wrong' if verdict else 'right':<6} {name:<34} {verdict[:160]}", flush=True)  # noqa: T201
    raise SystemExit(wrong > 0)


if __name__ == "__main__":
    show()
