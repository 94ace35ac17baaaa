"""A simulated study: every table by its rows, with pictures, one patient of them named ``<b>``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.cases import Patient
from radiomics_mammo.core.contours import contour_centroid_px
from radiomics_mammo.core.findings import Finding
from radiomics_mammo.core.geometry import PixelGrid, PlanarTransform
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.images import BreastRegion, Mammogram, OutlineOverlay
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement
from radiomics_mammo.core.pairs import AlignedPair, Exam, PlaceEvidence, Registration, Roi, RoiPair, Zone
from radiomics_mammo.core.vocabulary import (
    CaseClass,
    Density,
    Laterality,
    LesionLabel,
    OutlineColor,
    OutlineQuality,
    PriorPolicy,
    RegistrationMethod,
    RoiSource,
    Severity,
    SpacingSource,
    View,
    Visit,
)
from radiomics_mammo.report import (
    Figure,
    Pictures,
    Provenance,
    Section,
    build_report,
    draw_figures,
    lesion_picture,
    registration_picture,
    zone_picture,
)
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.tables.audit import AUDIT
from radiomics_mammo.tables.comparisons import COMPARISONS, ComparisonRow
from radiomics_mammo.tables.curves import CURVES, CurveRow
from radiomics_mammo.tables.deltas import DELTAS, DeltaRow
from radiomics_mammo.tables.dictionary import DICTIONARY, DictionaryRow
from radiomics_mammo.tables.features import FEATURES, FeatureRow
from radiomics_mammo.tables.flow import FLOW, FlowRow
from radiomics_mammo.tables.images import IMAGES, ImageRow
from radiomics_mammo.tables.lesions import LESIONS, LesionRow
from radiomics_mammo.tables.metrics import METRICS, MetricRow
from radiomics_mammo.tables.patient_deltas import PATIENT_DELTAS, PatientDeltaRow
from radiomics_mammo.tables.patients import PATIENTS
from radiomics_mammo.tables.predictions import PREDICTIONS
from radiomics_mammo.tables.primary import PRIMARY
from radiomics_mammo.tables.registration import REGISTRATION, RegistrationRow
from radiomics_mammo.tables.robustness import ROBUSTNESS, RobustnessRow
from radiomics_mammo.tables.rois import ROIS, RoiRow
from radiomics_mammo.tables.selection import SELECTION, SelectionRow
from radiomics_mammo.tables.sentinels import SENTINELS, SentinelRow
from radiomics_mammo.tables.study import MEASURED, Classification, MeasuredStudy, NamedTable

NAMES = [
    f"original_{family}_{name}" for family in ("firstorder", "glcm", "glrlm") for name in ("Mean", "Energy", "Contrast")
]
QUALITIES = list(OutlineQuality)
WITH_MASS = ["benign-01", "benign-02", "malignant-01", "malignant-02", "malignant-<b>"]
IDS = [*(f"normal-{n:02d}" for n in range(1, 5)), *WITH_MASS]


def patients(rng: np.random.Generator) -> list[Patient]:
    return [
        Patient(
            patient_id=name,
            case_class=CaseClass(name.split("-")[0]),
            folder=name.split("-")[1],
            laterality=Laterality("R" if place % 2 else "L"),
            age_years=float(rng.integers(41, 80)) if place else None,
            density=list(Density)[place % 4],
            interval_years=2.0,
            interval_source="workbook",
        )
        for place, name in enumerate(IDS)
    ]


def lesions() -> list[LesionRow]:
    rows: list[LesionRow] = []
    for place, name in enumerate(WITH_MASS):
        benign = name.startswith("benign")
        for view in View:
            for visit in (Visit.RECENT, Visit.PRIOR) if benign else (Visit.RECENT,):
                image = ImageKey(name, view, visit)
                row = LesionRow(
                    lesion_id=f"{image}_1",
                    image_id=str(image),
                    patient_id=name,
                    view=view,
                    visit=visit,
                    color=OutlineColor.BLUE if benign else OutlineColor.RED,
                    boxed=False,
                    label=LesionLabel(name.split("-")[0]),
                    area_px=900 + place,
                    area_mm2=9.0 + place,
                    gap_fraction=0.05 * place,
                    quality=QUALITIES[place % 7],
                    mask_sha256=f"{len(rows):064x}",
                )
                rows.append(row)
    return rows


def feature_tables(
    rng: np.random.Generator, outlined: list[LesionRow], women: list[Patient]
) -> dict[str, pd.DataFrame]:
    recent = [one for one in outlined if one.visit == Visit.RECENT]
    rois = [
        FeatureRow(
            roi_id=one.lesion_id,
            recent_lesion_id=one.lesion_id,
            patient_id=one.patient_id,
            view=one.view,
            visit=Visit.RECENT,
            source=RoiSource.OUTLINED,
            label=one.label,
        )
        for one in recent
    ]
    tissue = {"view": View.CC, "source": RoiSource.TISSUE}
    rois += [
        FeatureRow(roi_id=f"{woman.patient_id}_{visit}_tissue", patient_id=woman.patient_id, visit=visit, **tissue)
        for woman in women
        for visit in Visit
    ]
    values = pd.DataFrame(rng.normal(size=(len(rois), len(NAMES))), columns=NAMES)
    deltas = [
        DeltaRow(
            recent_lesion_id=one.lesion_id,
            patient_id=one.patient_id,
            view=one.view,
            label=one.label,
            prior_policy=policy,
            prior_source=RoiSource.REGISTERED,
            interval_years=2.0,
        )
        for one in recent
        for policy in PriorPolicy
    ]
    change = pd.DataFrame({"delta_original_glcm_Contrast": [0.1] * len(deltas)})
    per_patient = [
        PatientDeltaRow(
            patient_id=woman.patient_id,
            label=LesionLabel(str(woman.case_class)),
            density=woman.density,
            age_years=woman.age_years,
            n_lesions=2,
            prior_policy=PriorPolicy.REGIONAL,
        )
        for woman in women
        if woman.patient_id in WITH_MASS
    ]
    icc = [
        RobustnessRow(feature=name, view=view, icc=rng.uniform(0.4, 1), ci_low=0.3, ci_high=1.0, n=8)
        for name in NAMES
        for view in View
    ]
    words = [DictionaryRow(name=name, unit="", family=name.split("_")[1], image_type="original") for name in NAMES]
    return {
        "features": FEATURES.of(rois, values),
        "dictionary": DICTIONARY.of(words),
        "robustness": ROBUSTNESS.of(icc),
        "deltas": DELTAS.of(deltas, change),
        "patient_deltas": PATIENT_DELTAS.of(per_patient),
    }


def registrations(rng: np.random.Generator) -> list[RegistrationRow]:
    return [
        RegistrationRow(
            patient_id=name,
            view=view,
            method=RegistrationMethod.AFFINE,
            trusted=name != "benign-02",
            similarity_before=0.5,
            similarity_affine=0.7,
            similarity_after=rng.uniform(0.7, 0.9),
            error_mm=rng.uniform(0.5, 3.0) if name.startswith("benign") else None,
        )
        for name in IDS
        for view in View
    ]


def flow() -> list[FlowRow]:
    outlined = "outlined in the recent exam"
    return [
        FlowRow(step="found", unit="patient", n_in=10, n_out=9, reason="no image of the patient was found"),
        FlowRow(step="read and outlined", unit="image", n_in=36, n_out=36),
        FlowRow(step=outlined, unit="lesion", n_in=10, n_out=9, reason="outline open"),
        FlowRow(step=outlined, unit="lesion", n_in=9, n_out=8, reason="rejected by a reader"),
    ]


@pytest.fixture(scope="session")
def empty_study() -> MeasuredStudy:
    return MeasuredStudy(**{table.stem: table.empty() for table in MEASURED})


@pytest.fixture(scope="session")
def study(empty_study: MeasuredStudy) -> MeasuredStudy:
    rng = np.random.default_rng(8)
    women, outlined = patients(rng), lesions()
    images = [
        replace(
            ImageRow.of(ImageKey(name, view, visit)),
            rows=410,
            cols=333,
            bits_stored=12,
            spacing_source=SpacingSource.PIXEL_SPACING,
            manufacturer="Acme",
        )
        for name in IDS
        for view in View
        for visit in Visit
    ]
    audit = [
        Finding(
            severity=Severity.ERROR, code="GT_GREY", patient_id="benign-01", image_id="", file="", message="none found"
        ),
        Finding(severity=Severity.INFO, code="STRAY_FILES", patient_id="", image_id="", file="", message="3 files"),
    ]
    return replace(
        empty_study,
        audit=AUDIT.of(audit),
        flow=FLOW.of(flow()),
        patients=PATIENTS.of(women),
        images=IMAGES.of(images),
        lesions=LESIONS.of(outlined),
        registration=REGISTRATION.of(registrations(rng)),
        **feature_tables(rng, outlined, women),
    )


def metrics() -> list[MetricRow]:
    return [
        MetricRow(
            unit=PRIMARY.unit,
            view="both",
            model=PRIMARY.model,
            feature_set=name,
            prior_policy=PRIMARY.prior_policy,
            protocol=PRIMARY.protocol,
            role="primary" if name == "recent+delta" else "exploratory",
            metric=metric,
            estimate=value,
            ci_low=value - 0.1,
            ci_high=min(1.0, value + 0.1),
            n_patients=5,
            n_malignant=3,
        )
        for name, value in {"recent": 0.74, "recent+delta": 0.79, "shortcut": 0.91, "clinical": 0.6}.items()
        for metric in ("auc", "brier")
    ]


def curves() -> list[CurveRow]:
    ramp = np.linspace(0, 1, 11)
    shapes = {"roc": ramp**0.4, "pr": 1 - 0.3 * ramp, "calibration": ramp, "decision": 0.6 - ramp}
    who = {"unit": PRIMARY.unit, "model": PRIMARY.model}
    return [
        CurveRow(curve=curve, feature_set=name, x=x, y=y, y_low=max(0, y - 0.1), y_high=min(1, y + 0.1), **who)
        for curve, heights in shapes.items()
        for name in ("recent", "recent+delta")
        for x, y in zip(ramp, heights, strict=True)
    ]


@pytest.fixture(scope="session")
def classification() -> Classification:
    compared = ComparisonRow(
        a="recent+delta",
        b="recent",
        unit=PRIMARY.unit,
        protocol=PRIMARY.protocol,
        prior_policy=PRIMARY.prior_policy,
        role="primary",
        metric="auc",
        difference=0.05,
        ci_low=-0.04,
        ci_high=0.14,
        p_value=0.31,
        q_value=0.31,
        n_patients=5,
    )
    sentinel = SentinelRow(name="permuted labels", expected="AUC near 0.5", found="0.49", passed=True)
    kept = [SelectionRow(model=PRIMARY.model, feature_set="recent", feature=name, frequency=0.5) for name in NAMES]
    panel = pd.DataFrame({"analysis": ["clinical"], "auc": [0.6]})
    return Classification(
        predictions=PREDICTIONS.empty(),
        metrics=METRICS.of(metrics()),
        comparisons=COMPARISONS.of([compared]),
        sentinels=SENTINELS.of([sentinel]),
        curves=CURVES.of(curves()),
        selection=SELECTION.of(kept),
        splits_json="{}",
        model_skops=b"",
        summary=("Five patients were classified.",),
        tables=(NamedTable(name="shortcut_panel", caption="Side by side.", table=panel),),
    )


def results(rows: int, rng: np.random.Generator, **words: object) -> pd.DataFrame:
    """Words, and the columns every statistical table has."""
    effect = rng.uniform(0.2, 0.8, rows)
    common = {"n": 5, "n_per_group": "benign=2; malignant=3", "effect_name": "common-language effect", "effect": effect}
    found = pd.DataFrame(words | common).assign(ci_low=effect - 0.2, ci_high=effect + 0.2, statistic=3.0)
    found = found.assign(p_value=rng.uniform(size=rows) ** 4, q_value=np.linspace(0.01, 0.9, rows))
    return found.assign(q_method="Benjamini-Hochberg", method="Mann-Whitney")


@pytest.fixture(scope="session")
def statistics(study: MeasuredStudy) -> tuple[NamedTable, ...]:
    rng = np.random.default_rng(3)
    univariate = results(9, rng, source="outlined", quantity=["recent", "delta", "recent"] * 3, feature=NAMES)
    odds = results(9, rng, quantity="recent", feature=NAMES).assign(effect_name="odds ratio")
    density = results(4, rng, feature=list("wxyz"), stratum=list("abcd")).assign(p_value=np.nan)
    age = results(2, rng, feature=["w", "w"], test=["difference", "trend"])
    women = study.patients[["patient_id", "case_class", "density", "age_years"]]
    bands = pd.cut(women["age_years"], [0, 50, 60, 70, 120], right=False, labels=["< 50", "50-59", "60-69", ">= 70"])
    women = women.assign(age_band=bands.astype(object), source="tissue", feature="original_firstorder_Mean", n=1)
    strips = pd.concat([women.assign(quantity=name) for name in ("recent", "delta")], ignore_index=True)
    strips["effect"] = rng.normal(size=len(strips))
    pairs = [{"feature_a": "x", "feature_b": "y", "position_a": 2, "position_b": 40, "effect": 0.7, "n": 10}]
    told = pd.DataFrame({"kind": ["methods"], "text": ["All women were counted."]})
    described = {
        "cohort": ("Cohort", pd.DataFrame({"variable": ["age"], "benign": ["60 (52 to 66)"]})),
        "univariate": ("Benign against malignant", univariate),
        "models_patient": ("Benign against malignant", odds),
        "density_descriptive": ("By breast density", density),
        "age_tests": ("By age", age),
        "power": ("Confounders and power", pd.DataFrame({"analysis": ["auc"], "n": [5]})),
        "strip_points": ("Drawings", strips),
        "cluster_correlation": ("Clusters of features", pd.DataFrame(pairs)),
        "statistical_methods": ("Methods and limitations", told),
        "novelties": ("Of tomorrow", pd.DataFrame({"n": [1]})),
        "curiosities": ("", pd.DataFrame({"n": []})),
    }
    return tuple(
        NamedTable(name=name, caption=f"Caption of {name}.", table=table, chapter=chapter)
        for name, (chapter, table) in described.items()
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


@pytest.fixture(scope="session")
def material(study, classification, statistics, pictures, provenance) -> ReportMaterial:
    """Everything a report can be built from, but the drawings."""
    return ReportMaterial(
        study=study, classification=classification, statistics=statistics, pictures=pictures, provenance=provenance
    )


@pytest.fixture(scope="session")
def report(study, classification, statistics, figures, pictures, provenance) -> Section:
    return build_report(
        study,
        classification=classification,
        statistics=statistics,
        figures=figures,
        pictures=pictures,
        provenance=provenance,
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
    return LesionMask(
        key=LesionKey(key, 1), grid=grid, color=OutlineColor.RED, boxed=False, label=label, contour_px=contour
    )


def made_exam(key: ImageKey) -> Exam:
    mammogram = made_mammogram(key)
    small = mammogram.pixels[::4, ::4] > 0
    region = BreastRegion(
        key=key, grid=mammogram.grid, step_px=4, breast=small, pectoral=np.zeros_like(small), chest_wall=Laterality.LEFT
    )
    return Exam(mammogram, region, (made_lesion(key, mammogram.grid),))


@pytest.fixture(scope="session")
def aligned_pair() -> AlignedPair:
    prior, recent = (made_exam(ImageKey("malignant-01", View.CC, visit)) for visit in (Visit.PRIOR, Visit.RECENT))
    shift = PlanarTransform(np.array([[1.0, 0.0, 1.5], [0.0, 1.0, 0.6], [0.0, 0.0, 1.0]]))
    back = PlanarTransform(np.array([[1.0, 0.0, -1.5], [0.0, 1.0, -0.6], [0.0, 0.0, 1.0]]))
    other = PlanarTransform(np.array([[1.0, 0.0, 4.5], [0.0, 1.0, 3.6], [0.0, 0.0, 1.0]]))
    evidence = PlaceEvidence(
        similarity=0.8,
        rank_similarity=0.8,
        block_score=0.8,
        agreement=0.7,
        dice=0.97,
        candidates=(shift, other),
        weights=(0.7, 0.3),
    )
    registration = Registration(
        patient_id="malignant-01",
        view=View.CC,
        recent_to_prior=shift,
        prior_to_recent=back,
        method=RegistrationMethod.AFFINE,
        trusted=True,
        told_apart=True,
        similarity_before=0.5,
        similarity_affine=0.8,
        similarity_after=0.8,
        negative_jacobian_fraction=0.0,
        inverse_consistency_mm=0.0,
        breast_dice=0.97,
        evidence=evidence,
    )
    return AlignedPair(prior, recent, registration)


@pytest.fixture(scope="session")
def pictures(study: MeasuredStudy, aligned_pair: AlignedPair) -> Pictures:
    exam = aligned_pair.recent
    half = exam.mammogram.pixels[::2, ::2] / 4
    rgb = np.repeat(half[..., None], 3, axis=2).astype(np.uint8)
    overlay = OutlineOverlay(exam.mammogram.key, rgb)
    placement = OverlayPlacement(
        gt_rows=half.shape[0],
        gt_cols=half.shape[1],
        scale_row=2.0,
        scale_col=2.0,
        offset_row_px=0.5,
        offset_col_px=0.5,
        similarity=0.99,
    )
    outlined = OutlinedImage(
        key=exam.mammogram.key, grid=exam.mammogram.grid, placement=placement, lesions=exam.lesions
    )
    one = lesion_picture(exam.mammogram, overlay, outlined, exam.lesions[0])
    pair = registration_picture(aligned_pair)
    return Pictures(
        tuple(replace(one, lesion_id=name) for name in study.lesions["lesion_id"]),
        tuple(replace(pair, patient_id=row.patient_id, view=row.view) for row in study.registration.itertuples()),
    )


def with_zone(pair: AlignedPair, radius_mm: float = 6.0) -> RoiPair:
    """The lesion of the drawn pair with a zone where the registration carries it."""
    lesion = pair.recent.lesions[0]
    grid = pair.prior.mammogram.grid
    centre = pair.prior_px(np.array([contour_centroid_px(lesion.contour_px)]))[0]
    recent = Roi(
        roi_id="recent",
        image=pair.recent.mammogram.key,
        grid=pair.recent.mammogram.grid,
        source=RoiSource.OUTLINED,
        contour_px=lesion.contour_px,
        recent_lesion_id=str(lesion.key),
    )
    radii = tuple(radius_mm / spacing for spacing in grid.unit_spacing)
    prior = replace(
        recent,
        roi_id="prior",
        image=pair.prior.mammogram.key,
        grid=grid,
        contour_px=pair.prior_px(lesion.contour_px),
        prior_policy=PriorPolicy.REGIONAL,
        zone=Zone(tuple(centre), radii),
    )
    return RoiPair(recent, prior)


def with_zones(material: ReportMaterial, pair: AlignedPair) -> ReportMaterial:
    """The same with a zone of its own radius, a picture and a judged mask for every recent lesion."""
    drawn = zone_picture(pair, with_zone(pair))
    recent = material.study.lesions[material.study.lesions["visit"] == "recent"]
    rows = [
        RoiRow(
            roi_id=f"{one.lesion_id}-prior-regional",
            patient_id=one.patient_id,
            view=View(one.view),
            visit=Visit.PRIOR,
            recent_lesion_id=one.lesion_id,
            source=RoiSource.REGISTERED,
            prior_policy=PriorPolicy.REGIONAL,
            trusted=True,
            expected_error_mm=4.0,
            radius90_mm=5.0 + number,
        )
        for number, one in enumerate(recent.itertuples())
    ]
    return replace(
        material,
        study=replace(material.study, rois=ROIS.of(rows)),
        pictures=replace(
            material.pictures, zones=tuple(replace(drawn, lesion_id=name) for name in recent["lesion_id"])
        ),
        prior_sha256={row.roi_id: f"{number:064x}" for number, row in enumerate(rows)},
    )
