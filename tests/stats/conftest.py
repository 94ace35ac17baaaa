"""Simulated study tables for the statistics: sizes, planted effects and damage are arguments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.stats.measurements import Layout, lay_out
from radiomics_mammo.tables.deltas import DELTAS
from radiomics_mammo.tables.features import FEATURES
from radiomics_mammo.tables.flow import FLOW
from radiomics_mammo.tables.images import IMAGES
from radiomics_mammo.tables.lesions import LESIONS
from radiomics_mammo.tables.patient_deltas import PATIENT_DELTAS
from radiomics_mammo.tables.patients import PATIENTS
from radiomics_mammo.tables.predictions import PREDICTIONS
from radiomics_mammo.tables.primary import PRIMARY
from radiomics_mammo.tables.study import MEASURED, MeasuredStudy

CLASSES = ("firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
POLICIES = ("regional", "registered", "outlined-first")
KINDS = ("recent", "prior", "delta", "relative", "logratio", "rate", "z")


def feature_names(count: int) -> list[str]:
    return [f"original_{CLASSES[number % len(CLASSES)]}_F{number:03d}" for number in range(count)]


def patients_table(sizes: dict[str, int], rng: np.random.Generator) -> pd.DataFrame:
    rows = [
        {
            "patient_id": f"{case_class}-{number:02d}",
            "case_class": case_class,
            "folder": str(number),
            "laterality": rng.choice(["L", "R"]),
            "age_years": float(rng.integers(40, 82)),
            "density": rng.choice(list("abcd"), p=[0.15, 0.35, 0.35, 0.15]),
            "birads": {"normal": "1", "benign": "2", "malignant": "6"}[case_class],
            "interval_years": float(rng.integers(1, 5)),
        }
        for case_class, size in sizes.items()
        for number in range(1, size + 1)
    ]
    return PATIENTS.conform(pd.DataFrame(rows))


def images_table(patients: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for patient_id in patients["patient_id"]:
        size = (4096, 3328) if rng.random() < 0.8 else (3328, 2560)
        image = {"patient_id": patient_id, "rows": size[0], "cols": size[1], "row_spacing_mm": 0.07}
        image |= {
            "manufacturer": rng.choice(["HOLOGIC", "GE", "FUJI"]),
            "gt_rows": size[0] // 5,
            "gt_cols": size[1] // 5,
        }
        for view in ("CC", "MLO"):
            for visit in ("prior", "recent"):
                rows.append({"image_id": f"{patient_id}_{view}_{visit}", "view": view, "visit": visit, **image})
    return IMAGES.conform(pd.DataFrame(rows))


def regions_table(patients: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Lesions of benign and malignant patients and tissue of every woman, in both views and exams (identities only)."""
    rows = []
    for patient_id, case_class in zip(patients["patient_id"], patients["case_class"], strict=True):
        lesions = 0 if case_class == "normal" else int(rng.integers(1, 3))
        for view in ("CC", "MLO"):
            for visit in ("recent", "prior"):
                policy = "" if visit == "recent" else "regional"
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
    recent = regions.loc[regions["source"] == "outlined", ["recent_lesion_id", "patient_id", "view", "visit", "label"]]
    areas = [float(rng.lognormal(4, 0.5)) for _ in range(len(recent))]
    pens = recent["label"].map({"benign": "blue", "malignant": "red"})
    lesions = recent.rename(columns={"recent_lesion_id": "lesion_id"}).assign(area_mm2=areas, color=pens)
    return LESIONS.conform(lesions.reset_index(drop=True))


def patient_deltas_table(features: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """Means over the lesions of a patient, all policies alike, all kinds of change."""
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
    both = [pd.concat([head.assign(prior_policy=policy), wide], axis=1) for policy in POLICIES]
    return PATIENT_DELTAS.conform(pd.concat(both, ignore_index=True))


def deltas_table(features: pd.DataFrame) -> pd.DataFrame:
    """Recent minus prior of every lesion in one view, under every policy."""
    names = [name for name in features.columns if name.startswith("original_")]
    lesion = features[features["source"] != "tissue"].set_index("recent_lesion_id")
    recent, prior = (lesion[lesion["visit"] == visit] for visit in ("recent", "prior"))
    change = (recent[names] - prior[names].reindex(recent.index)).add_prefix("delta_")
    head = recent[["patient_id", "view", "label"]].assign(prior_source="registered")
    rows = pd.concat([head, change], axis=1).rename_axis("recent_lesion_id").reset_index()
    return DELTAS.conform(pd.concat([rows.assign(prior_policy=policy) for policy in POLICIES], ignore_index=True))


def study_of(
    patients: pd.DataFrame, images: pd.DataFrame, features: pd.DataFrame, lesions: pd.DataFrame
) -> MeasuredStudy:
    n_women, n_lesions = len(patients), len(lesions)
    steps = [("open", "patient", n_women, n_women, ""), ("masks", "lesion", n_lesions + 2, n_lesions, "open")]
    tables = {table.stem: table.empty() for table in MEASURED} | {
        "flow": FLOW.conform(pd.DataFrame(steps, columns=FLOW.names)),
        "patients": patients,
        "images": images,
        "lesions": lesions,
        "features": features,
        "deltas": deltas_table(features),
        "patient_deltas": patient_deltas_table(features, patients),
    }
    return MeasuredStudy(**tables)


def simulate_predictions(study: MeasuredStudy, *, seed: int = 0, repeats: int = 3, strength: float = 1.5):
    """Out-of-fold predictions of the primary model by patient."""
    rng = np.random.default_rng(seed)
    labelled = study.patients[study.patients["case_class"].isin(["benign", "malignant"])]
    rows = []
    for patient_id, label in zip(labelled["patient_id"], labelled["case_class"], strict=True):
        score = rng.normal() + strength * (label == "malignant")
        for repeat in range(1, repeats + 1):
            probability = 1 / (1 + np.exp(-(score + 0.2 * rng.normal())))
            rows.append({"patient_id": patient_id, "repeat": repeat, "label": label, "probability": probability})
    return PREDICTIONS.conform(pd.DataFrame(rows).assign(view="both", fold=1, **vars(PRIMARY)))


@pytest.fixture(scope="session")
def make_study():
    return simulate_study


@pytest.fixture(scope="session")
def make_predictions():
    return simulate_predictions


@pytest.fixture(scope="session")
def study() -> MeasuredStudy:
    return simulate_study()


@pytest.fixture(scope="session")
def analysis(study: MeasuredStudy) -> Layout:
    return lay_out(study, StatisticsConfig())


@pytest.fixture(scope="session")
def predictions(study: MeasuredStudy) -> pd.DataFrame:
    return simulate_predictions(study)
