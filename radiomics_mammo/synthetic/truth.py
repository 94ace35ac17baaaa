"""What is known about a synthetic release, and the tables it is written as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from radiomics_mammo.config.synthetic import SyntheticConfig
from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineColor, View, Visit
from radiomics_mammo.synthetic.breasts import TRAITS, gland_share
from radiomics_mammo.synthetic.plan import PatientPlan


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
    pen_width_gt_px: float
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


def planted_effects(plans: Sequence[PatientPlan], config: SyntheticConfig) -> dict[str, Any]:
    """What was planted, as plain values for ``truth/effects.yaml``: settings, looks, and each patient's true figures.

    Parameters
    ----------
    plans : sequence of PatientPlan
    config : SyntheticConfig
    """
    patients = {
        plan.patient.patient_id: {
            "gland_share": round(gland_share(plan.patient, config), 6),
            "interval_years": plan.interval_years,
            "strong_warp": plan.strong_warp,
            "precursor": plan.scenario.precursor,
        }
        for plan in plans
    }
    return {
        "settings": TypeAdapter(SyntheticConfig).dump_python(config, mode="json"),
        "look_differences_sd": {name: round(trait.gap * config.class_effect, 6) for name, trait in TRAITS.items()},
        "patients": patients,
    }
