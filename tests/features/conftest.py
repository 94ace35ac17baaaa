"""Small exams with known content: never square, spacing different along rows and columns where it matters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from radiomics_mammo.core.geometry import PixelGrid
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.images import BreastRegion, Mammogram
from radiomics_mammo.core.pairs import Exam, Roi
from radiomics_mammo.core.vocabulary import Laterality, PriorPolicy, RoiSource, View, Visit
from radiomics_mammo.tables.features import FEATURES
from radiomics_mammo.tables.patients import PATIENTS
from radiomics_mammo.tables.rois import ROIS

SHAPE = (96, 110)


def textured(shape: tuple[int, int] = SHAPE, seed: int = 7) -> np.ndarray:
    """Smooth random texture of grey values around 500."""
    rng = np.random.default_rng(seed)
    smooth = ndimage.gaussian_filter(rng.normal(size=shape), 1.5) * 600 + rng.normal(size=shape) * 20
    return (smooth + 500).astype(np.float32)


@pytest.fixture
def make_exam() -> Callable[..., Exam]:
    """Exam of a texture (or given pixels); the breast is everything unless given."""

    def build(
        pixels: np.ndarray | None = None,
        *,
        spacing: tuple[float, float] | None = (0.1, 0.1),
        visit: Visit = Visit.RECENT,
        patient: str = "malignant-07",
        breast: np.ndarray | None = None,
        step: int = 2,
    ) -> Exam:
        image = textured() if pixels is None else np.asarray(pixels, dtype=np.float32)
        key = ImageKey(patient, View.CC, visit)
        grid = PixelGrid(*image.shape, *(spacing or (None, None)))
        reduced = (-(-image.shape[0] // step), -(-image.shape[1] // step))
        inside = np.ones(reduced, dtype=bool) if breast is None else breast
        region = BreastRegion(
            key=key,
            grid=grid,
            step_px=step,
            breast=inside,
            pectoral=np.zeros(reduced, dtype=bool),
            chest_wall=Laterality.LEFT,
        )
        return Exam(Mammogram(key, grid, image), region)

    return build


@pytest.fixture
def make_roi() -> Callable[..., Roi]:
    """Elliptic region of an exam."""

    def build(
        exam: Exam,
        *,
        centre: tuple[float, float] = (47.0, 55.0),
        radii: tuple[float, float] = (18.0, 22.0),
        name: str = "",
        source: RoiSource = RoiSource.OUTLINED,
        policy: PriorPolicy | None = None,
        lesion: str = "malignant-07_CC_recent_1",
    ) -> Roi:
        angle = np.linspace(0, 2 * np.pi, 181)[:-1]
        contour = np.stack([centre[0] + radii[0] * np.sin(angle), centre[1] + radii[1] * np.cos(angle)], axis=1)
        image = exam.mammogram
        return Roi(
            roi_id=name or f"{image.key}_roi", image=image.key, grid=image.grid, source=source, contour_px=contour,
            recent_lesion_id=lesion, prior_policy=policy, label="malignant",
        )  # fmt: skip

    return build


class MeasuredTables:
    """rois.csv, features.csv and patients.csv of a small study, filled row by row."""

    def __init__(self) -> None:
        self._rois: list[dict[str, object]] = []
        self._features: list[dict[str, object]] = []
        self._patients: list[dict[str, object]] = []

    def patient(self, name: str, *, interval: float | None = 2.0, density: str | None = "b") -> None:
        self._patients.append(
            {"patient_id": name, "case_class": name.split("-")[0], "density": density, "age_years": 60.0,
             "interval_years": interval}
        )  # fmt: skip

    def region(self, roi_id: str, lesion: str, *, visit: str, source: str, policy: str | None = None,
               trusted: bool = True, label: str = "malignant", area: float | None = 9.0,
               **values: float) -> None:  # fmt: skip
        patient = roi_id.split("_")[0]
        head = {"roi_id": roi_id, "patient_id": patient, "view": roi_id.split("_")[1], "visit": visit, "source": source,
                "recent_lesion_id": lesion or None, "prior_policy": policy, "label": label}  # fmt: skip
        self._rois.append(head | {"trusted": trusted, "area_mm2": area})
        self._features.append(head | values)

    def pair(self, lesion: str, recent: dict[str, float], prior: dict[str, float], *, source: str = "registered",
             trusted: bool = True, label: str = "malignant") -> None:  # fmt: skip
        """A recent lesion and its prior region under every policy."""
        self.region(f"{lesion}", lesion, visit="recent", source="outlined", label=label, **recent)
        for policy in ("regional", "registered", "outlined-first"):
            used = source if policy == "outlined-first" else "registered"
            self.region(f"{lesion}-prior-{policy}", lesion, visit="prior", source=used, policy=policy,
                        trusted=trusted, label=label, **prior)  # fmt: skip

    def null(self, place: str, recent: dict[str, float], prior: dict[str, float]) -> None:
        self.region(f"{place}-recent", "", visit="recent", source="null", label="", **recent)
        self.region(f"{place}-prior", "", visit="prior", source="null", policy="registered", label="", **prior)

    @property
    def three(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        return self.features, self.rois, self.patients

    @property
    def rois(self) -> pd.DataFrame:
        return ROIS.conform(pd.DataFrame(self._rois))

    @property
    def features(self) -> pd.DataFrame:
        return FEATURES.conform(pd.DataFrame(self._features))

    @property
    def patients(self) -> pd.DataFrame:
        return PATIENTS.conform(pd.DataFrame(self._patients))


@pytest.fixture
def tables() -> MeasuredTables:
    return MeasuredTables()
