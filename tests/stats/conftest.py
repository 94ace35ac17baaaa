"""Simulated study tables for the statistics: sizes, planted effects and damage are arguments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.tables_cohort import AUDIT, FLOW, IMAGES, PATIENTS
from radiomics_mammo.core.tables_features import DELTAS, DICTIONARY, FEATURES, PATIENT_DELTAS, ROBUSTNESS
from radiomics_mammo.core.tables_lesions import LESIONS, LINKS, REGISTRATION, ROIS
from radiomics_mammo.core.tables_modeling import PREDICTIONS

CLASSES = ("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
KINDS = ("recent", "prior", "delta", "relative", "logratio", "rate", "z")


def feature_names(count: int) -> list[str]:
    return [f"original_{CLASSES[number % len(CLASSES)]}_F{number:03d}" for number in range(count)]


def patients_table(sizes: dict[str, int], rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for case_class, size in sizes.items():
        for number in range(1, size + 1):
            rows.append(
                {
                    "patient_id": f"{case_class}-{number:02d}",
                    "case_class": case_class,
                    "folder": str(number),
                    "laterality": rng.choice(["L", "R"]),
                    "age_years": float(rng.integers(40, 82)),
                    "density": rng.choice(list("abcd"), p=[0.15, 0.35, 0.35, 0.15]),
                    "birads": {"normal": "1", "benign": "2", "malignant": "6"}[case_class],
                    "interval_years": float(rng.integers(1, 5)),
                    "interval_source": "workbook",
                }
            )
    return PATIENTS.from_rows(rows)


def images_table(patients: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for patient_id in patients["patient_id"]:
        rows_px, cols_px = (4096, 3328) if rng.random() < 0.8 else (3328, 2560)
        maker = rng.choice(["HOLOGIC", "GE", "FUJI"])
        for view in ("CC", "MLO"):
            for visit in ("prior", "recent"):
                rows.append(
                    {
                        "image_id": f"{patient_id}_{view}_{visit}",
                        "patient_id": patient_id,
                        "view": view,
                        "visit": visit,
                        "rows": rows_px,
                        "cols": cols_px,
                        "row_spacing_mm": 0.07,
                        "col_spacing_mm": 0.07,
                        "manufacturer": maker,
                        "gt_rows": rows_px // 5,
                        "gt_cols": cols_px // 5,
                    }
                )
    return IMAGES.from_rows(rows)


def regions_table(patients: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Lesions of benign and malignant patients and tissue of every woman, in both views and exams (identities only)."""
    rows = []
    for patient_id, case_class in zip(patients["patient_id"], patients["case_class"], strict=True):
        lesions = 0 if case_class == "normal" else int(rng.integers(1, 3))
        for view in ("CC", "MLO"):
            for visit in ("recent", "prior"):
                policy = "" if visit == "recent" else "registered"
                for number in range(1, lesions + 1):
                    lesion_id = f"{patient_id}_{view}_recent_{number}"
                    source = "outlined" if visit == "recent" else "registered"
                    rows.append((lesion_id, patient_id, view, visit, source, policy, case_class))
                rows.append(("", patient_id, view, visit, "tissue", "", ""))
    names = ["recent_lesion_id", "patient_id", "view", "visit", "source", "prior_policy", "label"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(roi_id=[f"roi-{number}" for number in range(len(table))])


def simulate_study(
    *,
    normal: int = 35,
    benign: int = 15,
    malignant: int = 50,
    features: int = 12,
    seed: int = 0,
    density_effect: float = 0.0,
    age_effect: float = 0.0,
    class_effect: float = 0.0,
) -> MeasuredStudy:
    """Study tables with a woman effect in every feature; planted effects act on the first feature only.

    `density_effect` per density step and `age_effect` per decade on tissue and lesions, `class_effect` on the change
    of malignant lesions, all in standard deviations.
    """
    rng = np.random.default_rng(seed)
    patients = patients_table({"normal": normal, "benign": benign, "malignant": malignant}, rng)
    regions = regions_table(patients, rng)
    names = feature_names(features)
    ids = {patient_id: number for number, patient_id in enumerate(patients["patient_id"])}
    place = regions["patient_id"].map(ids).to_numpy(dtype=int)
    values = rng.normal(size=(len(regions), features)) * 0.5
    for region_kind in ("tissue", "lesion"):
        woman = rng.normal(size=(len(patients), features))
        change = rng.normal(size=(len(patients), features)) * 0.3
        here = ((regions["source"] == "tissue") == (region_kind == "tissue")).to_numpy(dtype=bool)
        recent = (regions["visit"] == "recent").to_numpy(dtype=float)[here, None]
        values[here] += woman[place[here]] + recent * change[place[here]]
    if features:
        step = patients["density"].map({letter: number for number, letter in enumerate("abcd")}).to_numpy(dtype=float)
        decade = (patients["age_years"].to_numpy(dtype=float) - 60) / 10
        values[:, 0] += (density_effect * step + age_effect * decade)[place]
        changed = ((regions["visit"] == "recent") & (regions["label"] == "malignant")).to_numpy(dtype=float)
        values[:, 0] += class_effect * changed
    measured = pd.DataFrame(values, columns=names)
    tissue = regions["source"] == "tissue"
    columns = [regions, measured.mask(tissue), measured.where(tissue).add_prefix("tissue_")]
    table = FEATURES.conform(pd.concat(columns, axis=1))
    return study_of(patients, images_table(patients, rng), table, lesions_table(regions, rng))


def lesions_table(regions: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    recent = regions[(regions["source"] == "outlined")]
    rows = [
        {
            "lesion_id": row.recent_lesion_id,
            "patient_id": row.patient_id,
            "view": row.view,
            "visit": "recent",
            "label": row.label,
            "area_px": 900,
            "area_mm2": float(rng.lognormal(4, 0.5)),
        }
        for row in recent.itertuples()
    ]
    return LESIONS.from_rows(rows)


def patient_deltas_table(features: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """Means over the lesions of a patient, both policies alike, all kinds of change."""
    names = [name for name in features.columns if name.startswith("original_")]
    lesion = features[features["source"] != "tissue"]
    means = {
        visit: lesion[lesion["visit"] == visit].groupby("patient_id")[names].mean() for visit in ("recent", "prior")
    }
    if not names:
        means = {visit: pd.DataFrame(index=pd.Index([], name="patient_id")) for visit in means}
    recent, prior = means["recent"], means["prior"].reindex(means["recent"].index)
    known = patients.set_index("patient_id").reindex(recent.index)
    delta = recent - prior
    kinds = {
        "recent": recent,
        "prior": prior,
        "delta": delta,
        "relative": delta / prior.abs(),
        "logratio": np.log(recent.where(recent > 0) / prior.where(prior > 0)),
        "rate": delta.div(known["interval_years"].to_numpy(dtype=float), axis=0),
        "z": delta / delta.std(),
    }
    wide = pd.concat([table.add_prefix(f"mean_{kind}_") for kind, table in kinds.items()], axis=1)
    wide = wide.assign(mean_similarity_ncc=np.tanh(delta.mean(axis=1)) if names else [])
    head = pd.DataFrame(
        {"patient_id": recent.index, "label": known["case_class"], "density": known["density"]}, index=recent.index
    ).assign(age_years=known["age_years"], n_lesions=1)
    both = [pd.concat([head.assign(prior_policy=policy), wide], axis=1) for policy in ("registered", "outlined-first")]
    return PATIENT_DELTAS.conform(pd.concat(both, ignore_index=True))


def deltas_table(features: pd.DataFrame) -> pd.DataFrame:
    """Recent minus prior of every lesion in one view, under both policies."""
    names = [name for name in features.columns if name.startswith("original_")]
    lesion = features[features["source"] != "tissue"].set_index("recent_lesion_id")
    recent, prior = (lesion[lesion["visit"] == visit] for visit in ("recent", "prior"))
    change = (recent[names] - prior[names].reindex(recent.index)).add_prefix("delta_")
    head = recent[["patient_id", "view", "label"]].assign(prior_source="registered")
    rows = pd.concat([head, change], axis=1).rename_axis("recent_lesion_id").reset_index()
    return DELTAS.conform(
        pd.concat([rows.assign(prior_policy=policy) for policy in ("registered", "outlined-first")], ignore_index=True)
    )


def study_of(
    patients: pd.DataFrame, images: pd.DataFrame, features: pd.DataFrame, lesions: pd.DataFrame
) -> MeasuredStudy:
    flow = FLOW.from_rows(
        [
            {"step": "open", "unit": "patient", "n_in": len(patients), "n_out": len(patients), "reason": ""},
            {"step": "masks", "unit": "lesion", "n_in": len(lesions) + 2, "n_out": len(lesions), "reason": "open"},
        ]
    )
    return MeasuredStudy(
        audit=AUDIT.empty(),
        flow=flow,
        patients=patients,
        images=images,
        lesions=lesions,
        links=LINKS.empty(),
        registration=REGISTRATION.empty(),
        rois=ROIS.empty(),
        features=features,
        dictionary=DICTIONARY.empty(),
        robustness=ROBUSTNESS.empty(),
        deltas=deltas_table(features),
        patient_deltas=patient_deltas_table(features, patients),
    )


def simulate_predictions(study: MeasuredStudy, *, seed: int = 0, repeats: int = 3, strength: float = 1.5):
    """Out-of-fold predictions of the primary model by patient."""
    rng = np.random.default_rng(seed)
    labelled = study.patients[study.patients["case_class"].isin(["benign", "malignant"])]
    rows = []
    for patient_id, label in zip(labelled["patient_id"], labelled["case_class"], strict=True):
        score = rng.normal() + strength * (label == "malignant")
        for repeat in range(1, repeats + 1):
            rows.append(
                {
                    "unit": "patient",
                    "patient_id": patient_id,
                    "view": "both",
                    "model": "logistic",
                    "feature_set": "recent+delta",
                    "prior_policy": "registered",
                    "protocol": "grouped-kfold",
                    "repeat": repeat,
                    "fold": 1,
                    "label": label,
                    "probability": 1 / (1 + np.exp(-(score + 0.2 * rng.normal()))),
                }
            )
    return PREDICTIONS.from_rows(rows)


@pytest.fixture(scope="session")
def make_study() -> Callable[..., MeasuredStudy]:
    return simulate_study


@pytest.fixture(scope="session")
def make_predictions() -> Callable[..., pd.DataFrame]:
    return simulate_predictions


@pytest.fixture(scope="session")
def study() -> MeasuredStudy:
    return simulate_study()


@pytest.fixture(scope="session")
def predictions(study: MeasuredStudy) -> pd.DataFrame:
    return simulate_predictions(study)
