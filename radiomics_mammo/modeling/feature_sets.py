"""Feature sets: which columns may ever be learned from, a closed list by construction, and those no image gives."""

from __future__ import annotations

import re
from types import MappingProxyType

import numpy as np
import pandas as pd

from radiomics_mammo.core.errors import ModelingError
from radiomics_mammo.core.vocabulary import LinkRelation, PriorPolicy, RoiSource
from radiomics_mammo.modeling.design import Design, Floats
from radiomics_mammo.tables.masses import recent_lesions
from radiomics_mammo.tables.primary import PRIMARY_POLICY
from radiomics_mammo.tables.strata import DENSITIES
from radiomics_mammo.tables.study import MeasuredStudy

_RADIOMIC = re.compile(
    r"(?!tissue_)[A-Za-z0-9-]+(_[A-Za-z0-9-]+)?_(shape2D|firstorder|glcm|glrlm|glszm|gldm|ngtdm)_\w+"
)
_SHAPE = re.compile(r"_shape2D_")
CHANGE_MISSING = "shortcut_change_missing"
"""Share of the change columns of a row without a value: gaps may tell the class, and imputation keeps it."""
WITH_CLINICAL = "recent+delta+clinical"
CLINICAL = ("clinical_age_years", "clinical_density")
RADIUS_COLUMN = "shortcut_radius90_mm"
"""Size of the zone a lesion is compared with: how well the place is known could tell who was measured, not the mass."""
SHORTCUT = (
    "shortcut_prior_outlined",
    "shortcut_log_area",
    "shortcut_interval_years",
    "shortcut_interval_whole",
    "shortcut_matrix_rows",
    "shortcut_matrix_cols",
    "shortcut_matrix_differs",
    RADIUS_COLUMN,
    CHANGE_MISSING,
)
CHANGE_BLOCKS = ("delta_", "logratio_", "similarity_")
FEATURE_SETS = MappingProxyType(
    {
        "recent": ("recent",),
        "prior": ("prior",),
        "recent+prior": ("recent", "prior"),
        "delta": ("delta", "logratio", "similarity"),
        "recent+delta": ("recent", "delta", "logratio", "similarity"),
        WITH_CLINICAL: ("recent", "delta", "logratio", "similarity", "clinical"),
        "clinical": ("clinical",),
        "shortcut": ("shortcut",),
        "all": ("recent", "prior", "delta", "logratio", "similarity", "clinical"),
    }
)
"""Blocks of columns in each feature set; a block is the first word of a column."""
_WHOLE = 1e-6


def radiomic_features(study: MeasuredStudy) -> tuple[str, ...]:
    """Features of lesions that the dictionary knows and ``features.csv`` holds, sorted.

    Sorted, because the order of columns breaks ties and steers a random forest, and the order of a table is no fact.

    Raises
    ------
    ModelingError
        If there is none.
    """
    held = set(study.features.columns)
    names = tuple(sorted(n for n in set(study.dictionary["name"].dropna()) & held if _RADIOMIC.fullmatch(n)))
    if not names:
        raise ModelingError("features", "columns named in dictionary.csv", "none", "run `features` again")
    return names


def change_columns(features: tuple[str, ...], deltas: pd.DataFrame) -> tuple[str, ...]:
    """The one change column of each feature: log ratio where it is always known, else difference.

    A log ratio exists where both values are positive. It is used where no row of ``deltas.csv`` has a difference
    without a log ratio; this looks at no label and is decided once for a whole study. ``shape2D`` has no change
    column: a propagated contour keeps its shape, a drawn one tells who drew it.

    Examples
    --------
    >>> table = pd.DataFrame({"delta_original_glcm_Id": [1.0, 2], "logratio_original_glcm_Id": [0.1, float("nan")]})
    >>> change_columns(("original_glcm_Id",), table)
    ('delta_original_glcm_Id',)
    """
    chosen = []
    for name in features:
        difference, log_ratio = f"delta_{name}", f"logratio_{name}"
        if _SHAPE.search(name) or difference not in deltas:
            continue
        gap = deltas[difference].notna() & deltas[log_ratio].isna() if log_ratio in deltas else pd.Series([True])
        chosen.append(difference if gap.any() else log_ratio)
    return tuple(chosen)


def allowed_columns(study: MeasuredStudy) -> tuple[str, ...]:
    """Every column any model of this study may see; nothing else is ever read from the tables.

    ``shape2D`` enters as recent only: of a prior contour it is the transform or the reader, never the mass.
    """
    features = radiomic_features(study)
    similarity = tuple(sorted(c for c in map(str, study.deltas.columns) if re.fullmatch(r"similarity_[a-z]+", c)))
    recent = (f"recent_{name}" for name in features)
    prior = (f"prior_{name}" for name in features if not _SHAPE.search(name))
    return (*recent, *prior, *change_columns(features, study.deltas), *similarity, *CLINICAL, *SHORTCUT)


def columns_of(feature_set: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Columns of a named set.

    Raises
    ------
    ModelingError
        If the set is not one of `FEATURE_SETS`.

    Examples
    --------
    >>> columns_of("delta", ("recent_a", "delta_a", "similarity_ncc"))
    ('delta_a', 'similarity_ncc')
    """
    if feature_set not in FEATURE_SETS:
        raise ModelingError("feature set", f"one of {list(FEATURE_SETS)}", feature_set, "choose another")
    return tuple(name for name in allowed if name.partition("_")[0] in FEATURE_SETS[feature_set])


def icc_of_columns(columns: tuple[str, ...], robustness: pd.DataFrame) -> Floats:
    """Smallest ICC over the views of the feature behind each column, not-a-number where unknown, shape (p,).

    Examples
    --------
    >>> table = pd.DataFrame({"feature": ["f_glcm_Id"] * 2, "view": ["CC", "MLO"], "icc": [0.9, 0.6]})
    >>> icc_of_columns(("recent_f_glcm_Id", "clinical_age_years"), table).tolist()
    [0.6, nan]
    """
    known = robustness.groupby("feature")["icc"].min().to_dict()
    return np.array([known.get(name.partition("_")[2], np.nan) for name in columns], dtype=np.float64)


def restrict(design: Design, feature_set: str) -> Design:
    """The columns of a named set that hold any value.

    Raises
    ------
    ModelingError
        If none does.
    """
    wanted = set(columns_of(feature_set, design.columns))
    known = np.isfinite(design.values).any(axis=0)
    keep = known & np.array([name in wanted for name in design.columns])
    if not keep.any():
        raise ModelingError(
            f"feature set {feature_set}", "at least one column with a value", "none", "check the tables"
        )
    return design.only_columns(keep)


def clinical_values(patients: pd.DataFrame) -> pd.DataFrame:
    """Age in years and density as 1 to 4, by patient id.

    Examples
    --------
    >>> table = pd.DataFrame({"patient_id": ["p"], "age_years": [61.0], "density": ["c"]})
    >>> clinical_values(table).loc["p"].tolist()
    [61.0, 3.0]
    """
    by_patient = patients.set_index("patient_id")
    steps = {letter: number for number, letter in enumerate(DENSITIES, 1)}
    age, density = by_patient["age_years"], by_patient["density"].map(steps)
    return pd.DataFrame(dict(zip(CLINICAL, (age.astype("float64"), density.astype("float64")), strict=True)))


def shortcut_values(study: MeasuredStudy) -> pd.DataFrame:
    """What could tell the label without looking at the tissue, one row a recent lesion.

    Returns
    -------
    DataFrame
        Sorted by lesion_id, for a sum depends on the order of its terms: lesion_id, patient_id and the columns of the
        ``shortcut`` set: whether the mass was outlined in the prior exam too, log area (mm2, or pixels where any
        spacing is unknown), years between the exams and whether that is a whole number, rows and columns of the recent
        image, whether the prior image has another size, radius that holds the true prior place nine times in ten (mm).
        `CHANGE_MISSING` is that of a row under a prior policy, and set there.
    """
    recent = recent_lesions(study.lesions).sort_values("lesion_id", kind="stable", ignore_index=True)
    area = recent["area_mm2"].astype("float64")
    if area.isna().any():
        area = recent["area_px"].astype("float64")
    years = recent["patient_id"].map(study.patients.set_index("patient_id")["interval_years"]).astype("float64")
    whole = ((years - years.round()).abs() < _WHOLE).astype("float64").where(years.notna())
    sizes = study.images.set_index("image_id")[["rows", "cols"]].astype("float64")
    own = sizes.reindex(recent["image_id"]).reset_index(drop=True)
    priors = recent["image_id"].str.replace(r"_recent$", "_prior", regex=True)
    before = sizes.reindex(priors).reset_index(drop=True)
    return recent[["lesion_id", "patient_id"]].assign(
        shortcut_prior_outlined=recent["lesion_id"].isin(lesions_outlined_before(study)).astype(float),
        shortcut_log_area=np.log(area.clip(lower=np.finfo(float).tiny)),
        shortcut_interval_years=years,
        shortcut_interval_whole=whole,
        shortcut_matrix_rows=own["rows"],
        shortcut_matrix_cols=own["cols"],
        shortcut_change_missing=np.nan,
        shortcut_matrix_differs=(own != before).any(axis=1).astype("float64").where(before["rows"].notna()),
        shortcut_radius90_mm=recent["lesion_id"].map(zone_radii(study)).astype("float64"),
    )


def zone_radii(study: MeasuredStudy) -> pd.Series:
    """``radius90_mm`` of the zone of every recent lesion under the primary policy, by lesion id."""
    zones = study.rois[study.rois["prior_policy"] == str(PRIMARY_POLICY)]
    return zones.drop_duplicates("recent_lesion_id").set_index("recent_lesion_id")["radius90_mm"].astype("float64")


def lesions_outlined_before(study: MeasuredStudy) -> set[str]:
    """Recent lesions whose mass was outlined in the prior exam."""
    links = study.links[study.links["relation"] == str(LinkRelation.PRIOR)]
    linked = {*links["lesion_id_a"], *links["lesion_id_b"]}
    first = study.deltas["prior_policy"] == str(PriorPolicy.OUTLINED_FIRST)
    drawn = study.deltas["prior_source"] == str(RoiSource.OUTLINED)
    return linked | set(study.deltas.loc[first & drawn, "recent_lesion_id"])
