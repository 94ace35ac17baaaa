"""The sample files of other packages: values equal to pydicom's, or a refusal with a name."""

from __future__ import annotations

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import JPEGBaseline8Bit, JPEGExtended12Bit

from radiomics_mammo.config.reading import ReleaseConfig
from radiomics_mammo.core.errors import ImageError
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.release.images import read_mammogram

ANYTHING = ReleaseConfig(
    accepted_modalities=("MG", "CT", "MR", "CR", "DX", "OT", "US", "XA", "NM", "PT"),
    polarity="header",
    max_saturated_fraction=1.0,
)
LOSSY = (JPEGBaseline8Bit, JPEGExtended12Bit)
"""Two conforming decoders of a cosine transform may differ by one grey level (ITU-T T.83); all else is exact."""
LEAST_READ = 17
LEAST_TRIED = 60


def sample_files() -> list[Path]:
    """What comes with pydicom (nothing is fetched) and with highdicom where its tests are installed."""
    found = sorted((Path(pydicom.__file__).parent / "data" / "test_files").glob("**/*.dcm"))
    highdicom = importlib.util.find_spec("highdicom")
    if highdicom and highdicom.origin:
        found += sorted(Path(highdicom.origin).parents[2].glob("data/test_files/**/*.dcm"))
    return sorted(set(found))


def stored_grey(path: Path) -> np.ndarray | None:
    """Grey values by pydicom: rescaled and, for MONOCHROME1, turned over within the stored range."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(path, force=True)
        grey = dataset.pixel_array.astype(np.float64)
        slope, intercept = float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))
    grey = grey * slope + intercept
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        ends = -1 if dataset.PixelRepresentation else 2**dataset.BitsStored - 1
        grey = ends * slope + 2 * intercept - grey
    return grey


@pytest.mark.nightly
def test_public_sample_files_are_read_as_pydicom_reads_them_or_refused_by_name(make_record):
    read, refused = [], {}
    files = sample_files()
    for path in files:
        try:
            mammogram, findings = read_mammogram(make_record(path.read_bytes()), config=ANYTHING)
        except ImageError as error:
            refused[path.name] = error.code
            continue
        ours, theirs = mammogram.pixels, stored_grey(path)
        padded = "PIXEL_PADDING" in {finding.code for finding in findings}
        lossy = pydicom.dcmread(path, force=True, stop_before_pixels=True).file_meta.get("TransferSyntaxUID") in LOSSY
        same = np.isclose(ours, theirs, rtol=1e-6, atol=1 if lossy else 1e-3)
        assert same.all() or (padded and (ours[~same] == ours.min()).all()), path.name
        read.append(path.name)
    assert set(refused.values()) <= set(AuditCode.__members__)
    print(f"\nsample files: {len(files)} tried, {len(read)} read, {len(refused)} refused by name")  # noqa: T201
    assert set(refused.values()) <= set(AuditCode.__members__)
    assert len(files) >= LEAST_TRIED
    assert len(read) >= LEAST_READ
