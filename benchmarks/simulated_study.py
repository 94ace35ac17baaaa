"""Tables of a study that never was, with planted effects; for tests and simulations of the modelling room."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from radiomics_mammo.tables.audit import AUDIT
from radiomics_mammo.tables.deltas import DELTAS
from radiomics_mammo.tables.dictionary import DICTIONARY
from radiomics_mammo.tables.features import FEATURES
from radiomics_mammo.tables.flow import FLOW
from radiomics_mammo.tables.images import IMAGES
from radiomics_mammo.tables.lesions import LESIONS
from radiomics_mammo.tables.links import LINKS
from radiomics_mammo.tables.patient_deltas import PATIENT_DELTAS
from radiomics_mammo.tables.patients import PATIENTS
from radiomics_mammo.tables.registration import REGISTRATION
from radiomics_mammo.tables.robustness import ROBUSTNESS
from radiomics_mammo.tables.rois import ROIS
from radiomics_mammo.tables.study import MeasuredStudy

VIEWS = ("CC", "MLO")
POLICIES = ("regional", "registered", "outlined-first")
SIMILARITY = ("similarity_ncc", "similarity_mi")


@dataclass(frozen=True)
class Planted:
    """What is put into the tables.

    Parameters
    ----------
    benign, malignant : int
        Patients; each has one mass seen in both views.
    features : int
        Features of a lesion; the first is a shape, every second one can be negative.
    informative : int
        How many features carry an effect.
    recent_effect, change_effect : float
        Shift of malignant masses in the recent exam, and of their change, in standard deviations of a feature.
    outlined_before : float
        Share of benign masses that were outlined in the prior exam; malignant ones never are.
    seed : int
    extra_benign : float
        Share of malignant patients with a second mass, which is benign.
    """

    benign: int = 15
    malignant: int = 50
    features: int = 10
    informative: int = 4
    recent_effect: float = 0.0
    change_effect: float = 0.0
    outlined_before: float = 0.8
    seed: int = 1
    extra_benign: float = 0.0


def feature_names(number: int) -> list[str]:
    """Names in the manner of PyRadiomics; the first is a shape."""
    classes = ("firstorder", "glcm", "glrlm", "glszm")
    return ["original_shape2D_Perimeter", *(f"original_{classes[i % 4]}_F{i:03d}" for i in range(1, number))]


def simulated_study(planted: Planted) -> MeasuredStudy:
    """All tables of a simulated study."""
    rng = np.random.default_rng(planted.seed)
    lesions = _lesions(planted, rng)
    names = feature_names(planted.features)
    recent, prior = _values(planted, lesions, rng)
    features = _features(lesions, names, recent, prior)
    deltas = _deltas(lesions, names, recent, prior)
    patients = _patients(lesions, rng)
    links = pd.DataFrame(
        {
            "lesion_id_a": lesions["lesion_id"][::2].to_numpy(),
            "lesion_id_b": lesions["lesion_id"][1::2].to_numpy(),
            "relation": "same-mass-other-view",
        }
    )
    robustness = [{"feature": n, "view": v, "icc": 0.9, "n": len(lesions) // 2} for n in names for v in VIEWS]
    dictionary = [{"name": n, "family": n.split("_")[1], "image_type": "original"} for n in names]
    return MeasuredStudy(
        audit=AUDIT.empty(),
        flow=FLOW.empty(),
        patients=patients,
        images=_images(lesions),
        lesions=LESIONS.conform(lesions.drop(columns=["outlined"])),
        links=LINKS.conform(links),
        registration=REGISTRATION.empty(),
        rois=_rois(lesions),
        features=features,
        dictionary=DICTIONARY.conform(pd.DataFrame(dictionary)),
        robustness=ROBUSTNESS.conform(pd.DataFrame(robustness)),
        deltas=deltas,
        patient_deltas=_patient_deltas(features, deltas, patients, names=names),
    )


def _lesions(planted: Planted, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for label, number in (("benign", planted.benign), ("malignant", planted.malignant)):
        for index in range(1, number + 1):
            patient = f"{label}-{index:02d}"
            outlined = label == "benign" and rng.random() < planted.outlined_before
            more = planted.extra_benign > 0 and label == "malignant" and rng.random() < planted.extra_benign
            for mass, view in product((1, 2) if more else (1,), VIEWS):
                image = f"{patient}_{view}_recent"
                known = "benign" if mass == 2 else label
                area = float(np.exp(rng.normal(4.0, 0.5)))
                rows.append(
                    {
                        "lesion_id": f"{image}_{mass}",
                        "image_id": image,
                        "patient_id": patient,
                        "view": view,
                        "visit": "recent",
                        "color": "blue" if known == "benign" else "red",
                        "label": known,
                        "area_px": int(area * 100),
                        "area_mm2": area,
                        "outlined": outlined,
                    }
                )
    return pd.DataFrame(rows)


def _values(planted: Planted, lesions: pd.DataFrame, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Recent and prior values, shape (lesions, features): the breast and the exam each give part of the noise."""
    patients = lesions["patient_id"].drop_duplicates().tolist()
    owner = lesions["patient_id"].map({name: i for i, name in enumerate(patients)}).to_numpy()
    malignant = (lesions["label"] == "malignant").to_numpy(dtype=float)[:, None]
    shifted = np.zeros(planted.features)
    shifted[1 : 1 + planted.informative] = 1.0
    shape = (len(patients), planted.features)
    breast, now, then = (rng.normal(scale=np.sqrt(0.5), size=shape)[owner] for _ in range(3))
    view = 0.3 * rng.normal(size=(2, len(lesions), planted.features))
    recent = breast + now + view[0] + (planted.recent_effect + planted.change_effect / 2) * malignant * shifted
    prior = breast + then + view[1] - planted.change_effect / 2 * malignant * shifted
    positive = np.arange(planted.features) % 2 == 0
    return np.where(positive, np.exp(0.3 * recent), recent), np.where(positive, np.exp(0.3 * prior), prior)


def _features(lesions: pd.DataFrame, names: list[str], recent: np.ndarray, prior: np.ndarray) -> pd.DataFrame:
    head = lesions[["patient_id", "view", "label"]].assign(recent_lesion_id=lesions["lesion_id"])
    parts = [
        head.assign(roi_id="r-" + lesions["lesion_id"], visit="recent", source="outlined").join(
            pd.DataFrame(recent, columns=names)
        )
    ]
    for policy in POLICIES:
        source = np.where(lesions["outlined"] & (policy == "outlined-first"), "outlined", "registered")
        table = head.assign(
            roi_id=f"p-{policy}-" + lesions["lesion_id"], visit="prior", source=source, prior_policy=policy
        )
        parts.append(table.join(pd.DataFrame(prior, columns=names)))
    return FEATURES.conform(pd.concat(parts, ignore_index=True))


def _rois(lesions: pd.DataFrame) -> pd.DataFrame:
    keep = lesions[["patient_id", "view", "label"]].assign(recent_lesion_id=lesions["lesion_id"], trusted=True)
    parts = [keep.assign(roi_id="r-" + lesions["lesion_id"], visit="recent", source="outlined")]
    parts += [
        keep.assign(
            roi_id=f"p-{policy}-" + lesions["lesion_id"], visit="prior", source="registered", prior_policy=policy
        )
        for policy in POLICIES
    ]
    radius_mm = np.random.default_rng(len(lesions)).uniform(6.0, 16.0, len(lesions))
    parts[1] = parts[1].assign(radius90_mm=radius_mm)
    return ROIS.conform(pd.concat(parts, ignore_index=True))


def _deltas(lesions: pd.DataFrame, names: list[str], recent: np.ndarray, prior: np.ndarray) -> pd.DataFrame:
    both = (recent > 0) & (prior > 0)
    ratio = np.where(both, np.log(np.where(both, recent, 1.0) / np.where(both, prior, 1.0)), np.nan)
    blocks = {"delta": recent - prior, "logratio": ratio}
    for block in blocks.values():
        block[:, 0] = np.nan
    alike = -np.abs(recent - prior)[:, 1:3]
    wide = pd.DataFrame(
        np.hstack([*blocks.values(), alike]), columns=[*(f"{b}_{n}" for b in blocks for n in names), *SIMILARITY]
    )
    parts = []
    for policy in POLICIES:
        source = np.where(lesions["outlined"] & (policy == "outlined-first"), "outlined", "registered")
        head = pd.DataFrame(
            {
                "recent_lesion_id": lesions["lesion_id"],
                "recent_roi_id": "r-" + lesions["lesion_id"],
                "prior_roi_id": f"p-{policy}-" + lesions["lesion_id"],
                "patient_id": lesions["patient_id"],
                "view": lesions["view"],
                "label": lesions["label"],
                "prior_policy": policy,
                "prior_source": source,
                "interval_years": 2.0,
            }
        )
        parts.append(head.join(wide))
    return DELTAS.conform(pd.concat(parts, ignore_index=True))


def _patients(lesions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    table = lesions.drop_duplicates("patient_id")[["patient_id", "label"]].reset_index(drop=True)
    table["case_class"] = table.pop("label")  # the first mass is the malignant one
    table["age_years"] = rng.integers(40, 82, len(table)).astype(float)
    table["density"] = rng.choice(list("abcd"), len(table))
    table["interval_years"] = rng.integers(1, 5, len(table)).astype(float)
    return PATIENTS.conform(table)


def _images(lesions: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "image_id": f"{patient}_{view}_{visit}",
            "patient_id": patient,
            "view": view,
            "visit": visit,
            "rows": 400,
            "cols": 330,
        }
        for patient in lesions["patient_id"].drop_duplicates()
        for view in VIEWS
        for visit in ("prior", "recent")
    ]
    return IMAGES.conform(pd.DataFrame(rows))


def _patient_deltas(
    features: pd.DataFrame, deltas: pd.DataFrame, patients: pd.DataFrame, *, names: list[str]
) -> pd.DataFrame:
    recent = features[features["visit"] == "recent"].groupby("patient_id")[names].mean().add_prefix("mean_recent_")
    parts = []
    for policy in POLICIES:
        prior = features[features["prior_policy"] == policy].groupby("patient_id")[names].mean()
        rows = deltas[deltas["prior_policy"] == policy]
        wide = [c for c in rows.columns if c.startswith(("delta_", "logratio_", "similarity_"))]
        change = rows.groupby("patient_id")[wide].mean().add_prefix("mean_")
        head = pd.DataFrame(
            {
                "label": rows.groupby("patient_id")["label"].first(),
                "n_lesions": rows.groupby("patient_id").size(),
                "prior_policy": policy,
            }
        )
        parts.append(pd.concat([head, recent, prior.add_prefix("mean_prior_"), change], axis=1).reset_index())
    known = patients[["patient_id", "density", "age_years"]]
    return PATIENT_DELTAS.conform(pd.concat(parts, ignore_index=True).merge(known, on="patient_id"))
