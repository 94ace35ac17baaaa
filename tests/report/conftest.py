"""A simulated study: every table by its schema, with pictures, one patient of them named ``<b>``."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core import tables_cohort as cohort
from radiomics_mammo.core import tables_features as features
from radiomics_mammo.core import tables_lesions as lesions
from radiomics_mammo.core import tables_modeling as modeling
from radiomics_mammo.core.geometry import PixelGrid, PlanarTransform
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.images import BreastRegion, Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement
from radiomics_mammo.core.pairs import AlignedPair, Exam, Registration
from radiomics_mammo.core.results import Classification, MeasuredStudy, NamedTable
from radiomics_mammo.core.vocabulary import (
    Laterality,
    LesionLabel,
    OutlineColor,
    OutlineQuality,
    RegistrationMethod,
    View,
    Visit,
)
from radiomics_mammo.report import Figure, Pictures, Provenance, draw_figures, lesion_picture, registration_picture

FEATURES = [
    f"original_{family}_{name}" for family in ("firstorder", "glcm", "glrlm") for name in ("Mean", "Energy", "Contrast")
]
QUALITIES = [str(quality) for quality in OutlineQuality]
PATIENTS = [
    *(f"normal-{n:02d}" for n in range(1, 5)),
    "benign-01",
    "benign-02",
    "malignant-01",
    "malignant-02",
    "malignant-<b>",
]


def patient_rows(rng: np.random.Generator) -> list[dict[str, object]]:
    return [
        {
            "patient_id": name,
            "case_class": name.split("-")[0],
            "folder": name.split("-")[1],
            "laterality": "R" if place % 2 else "L",
            "age_years": float(rng.integers(41, 80)) if place else None,
            "density": "abcd"[place % 4],
            "interval_years": 2.0,
            "interval_source": "workbook",
        }
        for place, name in enumerate(PATIENTS)
    ]


def lesion_rows() -> list[dict[str, object]]:
    rows = []
    for place, name in enumerate(PATIENTS[4:]):
        for view in View:
            for visit in (Visit.RECENT, Visit.PRIOR) if name.startswith("benign") else (Visit.RECENT,):
                image = str(ImageKey(name, view, visit))
                row = {"lesion_id": f"{image}_1", "image_id": image, "patient_id": name, "view": view, "visit": visit}
                row |= {"color": "blue" if "benign" in name else "red", "boxed": False, "label": name.split("-")[0]}
                row |= {
                    "area_px": 900 + place,
                    "area_mm2": 9.0 + place,
                    "centroid_row_px": 50.0,
                    "centroid_col_px": 60.0,
                }
                row |= {
                    "gap_fraction": 0.05 * place,
                    "quality": QUALITIES[place % 7],
                    "mask_sha256": f"{len(rows):064x}",
                }
                rows.append(row)
    return rows


def feature_tables(rng: np.random.Generator, outlined: pd.DataFrame, patients: pd.DataFrame) -> dict[str, pd.DataFrame]:
    recent = outlined[outlined["visit"] == "recent"]
    rois = [
        {"roi_id": row.lesion_id, "recent_lesion_id": row.lesion_id, "patient_id": row.patient_id, "view": row.view}
        | {"visit": "recent", "source": "outlined", "label": row.label}
        for row in recent.itertuples()
    ]
    rois += [
        {"roi_id": f"{name}_{visit}_tissue", "patient_id": name, "view": "CC", "visit": visit, "source": "tissue"}
        for name in patients["patient_id"]
        for visit in ("prior", "recent")
    ]
    values = pd.DataFrame(rng.normal(size=(len(rois), len(FEATURES))), columns=FEATURES)
    deltas = [
        {"recent_lesion_id": row.lesion_id, "patient_id": row.patient_id, "view": row.view, "label": row.label}
        | {
            "prior_policy": policy,
            "prior_source": "registered",
            "interval_years": 2.0,
            "delta_original_glcm_Contrast": 0.1,
        }
        for row in recent.itertuples()
        for policy in ("registered", "outlined-first")
    ]
    per_patient = recent.drop_duplicates("patient_id").merge(patients[["patient_id", "density", "age_years"]])
    per_patient = per_patient[["patient_id", "label", "density", "age_years"]].assign(
        n_lesions=2, prior_policy="registered"
    )
    rows = [
        {"name": name, "unit": "", "family": name.split("_")[1], "image_type": "original", "ibsi_code": ""}
        for name in FEATURES
    ]
    icc = [
        {"feature": name, "view": view, "icc": rng.uniform(0.4, 1), "ci_low": 0.3, "ci_high": 1.0, "n": 8}
        for name in FEATURES
        for view in ("CC", "MLO")
    ]
    return {
        "features": features.FEATURES.conform(pd.concat([pd.DataFrame(rois), values], axis=1)),
        "dictionary": features.DICTIONARY.from_rows(rows),
        "robustness": features.ROBUSTNESS.from_rows(icc),
        "deltas": features.DELTAS.from_rows(deltas),
        "patient_deltas": features.PATIENT_DELTAS.conform(per_patient),
    }


def registration_rows(rng: np.random.Generator) -> list[dict[str, object]]:
    return [
        {"patient_id": name, "view": view, "method": "affine", "trusted": name != "benign-02"}
        | {"similarity_before": 0.5, "similarity_affine": 0.7, "similarity_after": rng.uniform(0.7, 0.9)}
        | {"negative_jacobian_fraction": 0.0, "inverse_consistency_mm": 0.2, "breast_dice": 0.95}
        | {"error_mm": rng.uniform(0.5, 3.0) if name.startswith("benign") else None}
        for name in PATIENTS
        for view in View
    ]


@pytest.fixture(scope="session")
def study() -> MeasuredStudy:
    rng = np.random.default_rng(8)
    patients = cohort.PATIENTS.from_rows(patient_rows(rng))
    outlined = lesions.LESIONS.from_rows(lesion_rows())
    flow = [
        {"step": "found", "unit": "patient", "n_in": 10, "n_out": 9, "reason": "no image of the patient was found"},
        {"step": "read and outlined", "unit": "image", "n_in": 36, "n_out": 36, "reason": ""},
        {"step": "outlined in the recent exam", "unit": "lesion", "n_in": 10, "n_out": 9, "reason": "outline open"},
        {
            "step": "outlined in the recent exam",
            "unit": "lesion",
            "n_in": 9,
            "n_out": 8,
            "reason": "rejected by a reader",
        },
    ]
    audit = [
        {"severity": "error", "code": "GT_GREY", "patient_id": "benign-01", "message": "none found"},
        {"severity": "info", "code": "STRAY_FILES", "patient_id": "", "message": "3 files"},
    ]
    images = [
        {
            "image_id": f"{name}_{view}_{visit}",
            "patient_id": name,
            "view": view,
            "visit": visit,
            "rows": 410,
            "cols": 333,
        }
        | {"bits_stored": 12, "spacing_source": "PixelSpacing", "manufacturer": "Acme"}
        for name in PATIENTS
        for view in View
        for visit in Visit
    ]
    return MeasuredStudy(
        audit=cohort.AUDIT.from_rows(audit),
        flow=cohort.FLOW.from_rows(flow),
        patients=patients,
        images=cohort.IMAGES.from_rows(images),
        lesions=outlined,
        links=lesions.LINKS.empty(),
        registration=lesions.REGISTRATION.from_rows(registration_rows(rng)),
        rois=lesions.ROIS.empty(),
        **feature_tables(rng, outlined, patients),
    )


@pytest.fixture(scope="session")
def empty_study() -> MeasuredStudy:
    schemas = {
        "audit": cohort.AUDIT, "flow": cohort.FLOW, "patients": cohort.PATIENTS, "images": cohort.IMAGES,
        "lesions": lesions.LESIONS, "links": lesions.LINKS, "registration": lesions.REGISTRATION, "rois": lesions.ROIS,
        "features": features.FEATURES, "dictionary": features.DICTIONARY, "robustness": features.ROBUSTNESS,
        "deltas": features.DELTAS, "patient_deltas": features.PATIENT_DELTAS,
    }  # fmt: skip
    return MeasuredStudy(**{name: schema.empty() for name, schema in schemas.items()})


def metric_rows() -> list[dict[str, object]]:
    who = {
        "unit": "patient",
        "view": "both",
        "model": "logistic",
        "prior_policy": "registered",
        "protocol": "grouped-kfold",
    }
    sets = {"recent": 0.74, "recent+delta": 0.79, "shortcut": 0.91, "clinical": 0.6}
    return [
        who
        | {"feature_set": name, "role": "primary" if name == "recent+delta" else "exploratory", "metric": metric}
        | {
            "estimate": value,
            "ci_low": value - 0.1,
            "ci_high": min(1.0, value + 0.1),
            "n_patients": 5,
            "n_malignant": 3,
        }
        for name, value in sets.items()
        for metric in ("auc", "brier")
    ]


def curve_rows() -> list[dict[str, object]]:
    ramp = np.linspace(0, 1, 11)
    shapes = {"roc": ramp**0.4, "pr": 1 - 0.3 * ramp, "calibration": ramp, "decision": 0.6 - ramp}
    return [
        {"curve": curve, "unit": "patient", "model": "logistic", "feature_set": name, "x": x, "y": y}
        | {"y_low": max(0, y - 0.1), "y_high": min(1, y + 0.1)}
        for curve, heights in shapes.items()
        for name in ("recent", "recent+delta")
        for x, y in zip(ramp, heights, strict=True)
    ]


@pytest.fixture(scope="session")
def classification() -> Classification:
    compared = {"a": "recent+delta", "b": "recent", "unit": "patient", "protocol": "grouped-kfold", "role": "primary"}
    compared |= {"prior_policy": "registered", "metric": "auc", "difference": 0.05, "ci_low": -0.04, "ci_high": 0.14}
    compared |= {"p_value": 0.31, "q_value": 0.31, "n_patients": 5}
    sentinels = [{"name": "permuted labels", "expected": "AUC near 0.5", "found": "0.49", "passed": True}]
    kept = [{"model": "logistic", "feature_set": "recent", "feature": name, "frequency": 0.5} for name in FEATURES]
    return Classification(
        predictions=modeling.PREDICTIONS.empty(),
        metrics=modeling.METRICS.from_rows(metric_rows()),
        comparisons=modeling.COMPARISONS.from_rows([compared]),
        sentinels=modeling.SENTINELS.from_rows(sentinels),
        curves=modeling.CURVES.from_rows(curve_rows()),
        selection=modeling.SELECTION.from_rows(kept),
        splits_json="{}",
        model_skops=b"",
        summary=("Five patients were classified.",),
        tables=(NamedTable("shortcut_panel", "Side by side.", pd.DataFrame({"analysis": ["clinical"], "auc": [0.6]})),),
    )


def figures_of(rows: int, rng: np.random.Generator) -> dict[str, object]:
    """The columns every statistical table has."""
    effect = rng.uniform(0.2, 0.8, rows)
    figures = {
        "n": 5,
        "n_per_group": "benign=2; malignant=3",
        "effect_name": "common-language effect",
        "effect": effect,
    }
    figures |= {
        "ci_low": effect - 0.2,
        "ci_high": effect + 0.2,
        "statistic": 3.0,
        "p_value": rng.uniform(size=rows) ** 4,
    }
    return figures | {
        "q_value": np.linspace(0.01, 0.9, rows),
        "q_method": "Benjamini-Hochberg",
        "method": "Mann-Whitney",
    }


@pytest.fixture(scope="session")
def statistics(study: MeasuredStudy) -> tuple[NamedTable, ...]:
    rng = np.random.default_rng(3)
    words = {"source": "outlined", "quantity": ["recent", "delta", "recent"] * 3, "feature": FEATURES}
    univariate = pd.DataFrame(words | figures_of(9, rng))
    odds = pd.DataFrame(
        {"quantity": "recent", "feature": FEATURES} | figures_of(9, rng) | {"effect_name": "odds ratio"}
    )
    density = pd.DataFrame(
        {"feature": list("wxyz"), "stratum": list("abcd")} | figures_of(4, rng) | {"p_value": np.nan}
    )
    age = pd.DataFrame({"feature": ["w", "w"], "test": ["difference", "trend"]} | figures_of(2, rng))
    women = study.patients[["patient_id", "case_class", "density", "age_years"]]
    bands = pd.cut(women["age_years"], [0, 50, 60, 70, 120], right=False, labels=["< 50", "50-59", "60-69", ">= 70"])
    points = [
        women.assign(
            age_band=bands.astype(object), source="tissue", quantity=quantity, feature="original_firstorder_Mean"
        )
        for quantity in ("recent", "delta")
    ]
    strips = pd.concat(points, ignore_index=True).assign(effect=rng.normal(size=2 * len(women)), n=1)
    pairs = [{"feature_a": "x", "feature_b": "y", "position_a": 2, "position_b": 40, "effect": 0.7, "n": 10}]
    return (
        NamedTable("cohort", "Patients by class.", pd.DataFrame({"variable": ["age"], "benign": ["60 (52 to 66)"]})),
        NamedTable("univariate", "Mann-Whitney by patient, n = 5, Benjamini-Hochberg.", univariate),
        NamedTable("models_patient", "Logistic regression by patient, n = 5.", odds),
        NamedTable("density_descriptive", "Medians by density, n = 9.", density),
        NamedTable("age_tests", "Kruskal-Wallis over bands, n = 9, Holm.", age),
        NamedTable("power", "Detectable AUC.", pd.DataFrame({"analysis": ["auc"], "n": [5]})),
        NamedTable("strip_points", "One row a woman and feature.", strips),
        NamedTable("cluster_correlation", "Spearman between medoids, n = 10.", pd.DataFrame(pairs)),
        NamedTable("curiosities", "Nothing here.", pd.DataFrame({"n": []})),
    )


@pytest.fixture(scope="session")
def figures(study, classification, statistics) -> tuple[Figure, ...]:
    return draw_figures(study, classification, statistics)


@pytest.fixture(scope="session")
def provenance() -> Provenance:
    return Provenance.from_json(
        '{"seed": 7, "configuration_sha256": "ab12", "versions": {"numpy": "2.3.0"}, '
        '"configuration": {"masks": {"stroke_policy": "centre"}, "assumed_spacing_mm": null}}'
    )


def made_mammogram(key: ImageKey, rows: int = 410, cols: int = 333) -> Mammogram:
    down, across = np.mgrid[:rows, :cols].astype(np.float32)
    breast = ((down - rows / 2) / (0.45 * rows)) ** 2 + (across / (0.8 * cols)) ** 2 < 1
    texture = 400 + 120 * np.sin(down / 17) * np.cos(across / 23)
    mass = 250 * np.exp(-((down - 200) ** 2 + (across - 120) ** 2) / 900)
    return Mammogram(key, PixelGrid(rows, cols, 0.1, 0.09), np.where(breast, texture + mass, 0).astype(np.float32))


def made_lesion(key: ImageKey, grid: PixelGrid) -> LesionMask:
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    contour = np.stack([200 + 28 * np.sin(angle), 120 + 22 * np.cos(angle)], axis=1)
    label = LesionLabel.MALIGNANT
    return LesionMask(LesionKey(key, 1), grid, OutlineColor.RED, boxed=False, label=label, contour_px=contour)


def made_exam(key: ImageKey) -> Exam:
    mammogram = made_mammogram(key)
    small = mammogram.pixels[::4, ::4] > 0
    region = BreastRegion(key, mammogram.grid, 4, small, np.zeros_like(small), Laterality.LEFT)
    return Exam(mammogram, region, (made_lesion(key, mammogram.grid),))


@pytest.fixture(scope="session")
def aligned_pair() -> AlignedPair:
    prior, recent = (made_exam(ImageKey("malignant-01", View.CC, visit)) for visit in (Visit.PRIOR, Visit.RECENT))
    shift = PlanarTransform(np.array([[1.0, 0.0, 1.5], [0.0, 1.0, 0.6], [0.0, 0.0, 1.0]]))
    back = PlanarTransform(np.array([[1.0, 0.0, -1.5], [0.0, 1.0, -0.6], [0.0, 0.0, 1.0]]))
    registration = Registration(
        "malignant-01", View.CC, shift, back, RegistrationMethod.AFFINE, True, 0.5, 0.8, 0.8, 0.0, 0.0, 0.97
    )
    return AlignedPair(prior, recent, registration)


@pytest.fixture(scope="session")
def pictures(study: MeasuredStudy, aligned_pair: AlignedPair) -> Pictures:
    exam = aligned_pair.recent
    half = exam.mammogram.pixels[::2, ::2] / 4
    rgb = np.repeat(half[..., None], 3, axis=2).astype(np.uint8)
    overlay = OutlineOverlay(exam.mammogram.key, rgb)
    placement = OverlayPlacement(*half.shape, 2.0, 2.0, 0.5, 0.5, 0.99)
    outlined = OutlinedImage(exam.mammogram.key, exam.mammogram.grid, placement, exam.lesions)
    one = lesion_picture(exam.mammogram, overlay, outlined, exam.lesions[0])
    pair = registration_picture(aligned_pair)
    return Pictures(
        tuple(type(one)(name, one.dicom_png, one.contour_svg, one.gt_png) for name in study.lesions["lesion_id"]),
        tuple(
            type(pair)(
                row.patient_id, row.view, pair.before_png, pair.after_png, pair.displacement_png, pair.jacobian_png
            )
            for row in study.registration.itertuples()
        ),
    )
