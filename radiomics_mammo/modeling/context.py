"""Dull explanations as columns: age and density, and the shortcuts that could tell the label by themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.vocabulary import PriorPolicy, RoiSource, Visit

_DENSITY_STEPS = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}
_WHOLE = 1e-6


def clinical_values(patients: pd.DataFrame) -> pd.DataFrame:
    """Age in years and density as 1 to 4, by patient id.

    Examples
    --------
    >>> table = pd.DataFrame({"patient_id": ["p"], "age_years": [61.0], "density": ["c"]})
    >>> clinical_values(table).loc["p"].tolist()
    [61.0, 3.0]
    """
    values = pd.DataFrame(
        {
            "clinical_age_years": patients["age_years"].astype("float64").to_numpy(),
            "clinical_density": patients["density"].map(_DENSITY_STEPS).astype("float64").to_numpy(),
        },
        index=patients["patient_id"].to_numpy(),
    )
    return values


def shortcut_values(study: MeasuredStudy) -> pd.DataFrame:
    """What could tell the label without looking at the tissue, one row a recent lesion.

    Parameters
    ----------
    study : MeasuredStudy

    Returns
    -------
    DataFrame
        Sorted by lesion_id, for a sum depends on the order of its terms: lesion_id, patient_id, label, and the columns
        of the ``shortcut`` set: whether the mass was outlined in the prior exam too, log area (mm2, or pixels where any
        spacing is unknown), years between the exams and whether that is a whole number, rows and columns of the recent
        image, whether the prior image has another size.
    """
    recent = study.lesions[study.lesions["visit"] == str(Visit.RECENT)]
    recent = recent.sort_values("lesion_id", kind="stable", ignore_index=True)
    area = recent["area_mm2"].astype("float64")
    if area.isna().any():
        area = recent["area_px"].astype("float64")
    years = recent["patient_id"].map(study.patients.set_index("patient_id")["interval_years"]).astype("float64")
    whole = ((years - years.round()).abs() < _WHOLE).astype("float64").where(years.notna())
    return pd.concat(
        [
            recent[["lesion_id", "patient_id", "label"]],
            pd.DataFrame(
                {
                    "shortcut_prior_outlined": recent["lesion_id"].isin(lesions_outlined_before(study)).astype(float),
                    "shortcut_log_area": np.log(area.clip(lower=np.finfo(float).tiny)),
                    "shortcut_interval_years": years,
                    "shortcut_interval_whole": whole,
                }
            ),
            _matrices(study.images, recent),
        ],
        axis=1,
    )


def lesions_outlined_before(study: MeasuredStudy) -> set[str]:
    """Recent lesions whose mass was outlined in the prior exam."""
    links = study.links[study.links["relation"] == "same-mass-prior"]
    linked = {*links["lesion_id_a"], *links["lesion_id_b"]}
    first = study.deltas["prior_policy"] == str(PriorPolicy.OUTLINED_FIRST)
    drawn = study.deltas["prior_source"] == str(RoiSource.OUTLINED)
    return linked | set(study.deltas.loc[first & drawn, "recent_lesion_id"])


def _matrices(images: pd.DataFrame, recent: pd.DataFrame) -> pd.DataFrame:
    sizes = images.set_index("image_id")[["rows", "cols"]].astype("float64")
    own = sizes.reindex(recent["image_id"]).reset_index(drop=True)
    priors = recent["image_id"].str.replace(r"_recent$", "_prior", regex=True)
    before = sizes.reindex(priors).reset_index(drop=True)
    differs = (own != before).any(axis=1).astype("float64").where(before["rows"].notna())
    return pd.DataFrame(
        {
            "shortcut_matrix_rows": own["rows"],
            "shortcut_matrix_cols": own["cols"],
            "shortcut_matrix_differs": differs,
        }
    )
