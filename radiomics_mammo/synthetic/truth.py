"""What is known about a synthetic release, and the tables it is written as."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, View, Visit


@dataclass(frozen=True, order=True)
class TrueLesion:
    """One drawn outline; a row of ``truth/lesions.csv``. `mass` is the same for one mass in every picture."""

    lesion_id: str
    image_id: str
    patient_id: str
    view: View
    visit: Visit
    mass: str
    color: OutlineColor
    boxed: bool
    label: LesionLabel
    area_px: int
    area_mm2: float
    centroid_row_px: float
    centroid_col_px: float
    width_px: float
    gap_fraction: float
    mask_file: str
    quirks: str = ""


@dataclass(frozen=True, order=True)
class PlantedQuirk:
    """One oddity; a row of ``truth/quirks.csv``. `code` is the audit code expected for it, empty where none is due."""

    quirk: str
    code: str
    patient_id: str = ""
    image_id: str = ""
    file: str = ""
    detail: str = ""


@dataclass(frozen=True)
class SyntheticTruth:
    """A written synthetic release and what is known about it.

    Parameters
    ----------
    release : Path
        Folder to hand to ``open_release``.
    truth : Path
        Folder with masks, tables and warps.
    patients : tuple of Patient
        As a reader must find them.
    lesions : tuple of TrueLesion
    quirks : tuple of PlantedQuirk
    """

    release: Path
    truth: Path
    patients: tuple[Patient, ...]
    lesions: tuple[TrueLesion, ...]
    quirks: tuple[PlantedQuirk, ...]

    def lesion_table(self) -> pd.DataFrame:
        """``truth/lesions.csv`` as a table."""
        return pd.DataFrame([asdict(row) for row in self.lesions], columns=[f.name for f in fields(TrueLesion)])

    def quirk_table(self) -> pd.DataFrame:
        """``truth/quirks.csv`` as a table."""
        return pd.DataFrame([asdict(row) for row in self.quirks], columns=[f.name for f in fields(PlantedQuirk)])

    def patient_table(self) -> pd.DataFrame:
        """``truth/patients.csv`` as a table."""
        return pd.DataFrame([asdict(row) for row in self.patients], columns=[f.name for f in fields(Patient)])
