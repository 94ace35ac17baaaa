"""Who was lost at which step, and why: counted in the rows of ``flow.csv``, named in those of ``lost.csv``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from radiomics_mammo.config.reading import MaskConfig
from radiomics_mammo.core.batch import Dropped
from radiomics_mammo.core.cases import Release
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.identity import ImageKey
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineQuality, PriorPolicy, Visit
from radiomics_mammo.pipeline.pairs import PairRecord
from radiomics_mammo.tables.flow import FLOW, FlowRow
from radiomics_mammo.tables.lost import LOST, LostRow
from radiomics_mammo.tables.masses import recent_lesions
from radiomics_mammo.tables.origin import is_normal
from radiomics_mammo.tables.trust import under_primary_policy, with_trusted_prior

FOUND, READ, OUTLINED = "found", "read and outlined", "outlined in the recent exam"
PLACED, TRUSTED, CONFIRMED = "registered place trusted", "prior region trusted", "label confirmed"
TISSUE_ONLY, WITH_LESION = "normal, for breast tissue only", "with a lesion in the recent exam"


@dataclass(frozen=True)
class FlowStep:
    """One step of the study and what it lost.

    Parameters
    ----------
    step : str
    unit : str
        patient, image or lesion.
    n_in : int
    lost : tuple of LostRow
        Who did not go on, in the order in which they are taken off.
    """

    step: str
    unit: str
    n_in: int
    lost: tuple[LostRow, ...] = ()

    @property
    def losses(self) -> tuple[tuple[str, int], ...]:
        """Reasons with their counts, in the order in which they are taken off."""
        return tuple(Counter(row.reason for row in self.lost).items())

    def rows(self) -> list[FlowRow]:
        """One row a reason; one row without a reason where nothing was lost.

        Examples
        --------
        >>> gone = [LostRow(unit="image", patient_id="a", step="read", reason=why) for why in ("truncated", "no file")]
        >>> [row.n_out for row in FlowStep("read", "image", 8, (*gone, gone[1])).rows()]
        [7, 5]
        """
        rows: list[FlowRow] = []
        left = self.n_in
        for reason, count in self.losses or (("", 0),):
            rows.append(FlowRow(step=self.step, unit=self.unit, n_in=left, n_out=left - count, reason=reason))
            left -= count
        return rows


def reading_steps(release: Release, records: Sequence[PairRecord], dropped: Sequence[Dropped]) -> list[FlowStep]:
    """Patients and mammograms found, and images read; what no file stands for was never read."""
    there = {image.key for image in release.images if image.dicom is not None}
    with_images = {image.key.patient_id for image in release.images}
    no_images = [
        LostRow(unit="patient", patient_id=one.patient_id, step=FOUND, reason="no image of the patient was found")
        for one in release.patients
        if one.patient_id not in with_images
    ]
    missing = f"{AuditCode.MISSING_DICOM.name}: {AuditCode.MISSING_DICOM.meaning}"
    no_file = [_image(image.key, FOUND, missing) for image in release.images if image.dicom is None]
    outcomes = [outcome for record in records for outcome in record.outlined.outcomes if outcome.key in there]
    lost_pairs = {case.subject: f"{case.step}: {case.reason}" for case in dropped}
    unread = [_image(outcome.key, READ, outcome.dropped) for outcome in outcomes if outcome.dropped]
    unread += [_image(key, READ, lost_pairs[name]) for key in sorted(there) if (name := _pair_of(key)) in lost_pairs]
    return [
        FlowStep(FOUND, "patient", len(release), tuple(no_images)),
        FlowStep(FOUND, "image", len(release.images), tuple(no_file)),
        FlowStep(READ, "image", len(there), tuple(sorted(unread, key=lambda row: (row.reason, row.image_id)))),
    ]


def _pair_of(key: ImageKey) -> str:
    return f"{key.patient_id}_{key.view}"


def _image(key: ImageKey, step: str, reason: str) -> LostRow:
    return LostRow(unit="image", patient_id=key.patient_id, image_id=str(key), step=step, reason=reason)


def outline_steps(lesions: pd.DataFrame, reviewed_out: pd.DataFrame, *, masks: MaskConfig) -> list[FlowStep]:
    """Outlines that become lesions to measure.

    Parameters
    ----------
    lesions : DataFrame
        ``lesions.csv``, without the lesions a reader rejected.
    reviewed_out : DataFrame
        ``reviewed_out.csv``: those.
    masks : MaskConfig
        Which outlines are measured.
    """
    words = {quality.value for quality in OutlineQuality if not quality.measurable and not masks.measure_unreliable}
    recent, by_reader = recent_lesions(lesions), recent_lesions(reviewed_out)
    doubtful = pd.to_numeric(recent["confidence"]) < masks.min_confidence
    told = zip(recent["quality"], doubtful, strict=True)
    why = ["confidence too low" if low else f"outline {word}" if word in words else "" for word, low in told]
    unreliable = recent.assign(why=why)[np.array([bool(word) for word in why], dtype=bool)]
    unreliable = unreliable.sort_values("why", kind="stable")
    gone = _all_lost(by_reader, OUTLINED, "rejected by a reader")
    gone += lost_lesions(unreliable, OUTLINED, list(unreliable["why"]))
    return [FlowStep(OUTLINED, "lesion", len(recent) + len(by_reader), gone)]


def delta_steps(deltas: pd.DataFrame, rois: pd.DataFrame, *, rejected: frozenset[str] = frozenset()) -> list[FlowStep]:
    """Recent lesions with a change that may be used, under the primary prior policy, and their labels.

    Those carried to one place, a sensitivity analysis, are counted before: fewer of them are sure enough. Of the
    lesions in `rejected` a reader called the prior region or the alignment wrong.
    """
    named = deltas.rename(columns={"recent_lesion_id": "lesion_id"})
    points = named[named["prior_policy"] == str(PriorPolicy.REGISTERED)]
    primary = under_primary_policy(named)
    trusted = with_trusted_prior(primary, rois)
    unsure = points[~with_trusted_prior(points, rois)]
    without = primary[~trusted]
    unconfirmed = primary[trusted & (primary["label"] == str(LesionLabel.UNCONFIRMED))]
    return [
        FlowStep(PLACED, "lesion", len(points), _unsure(unsure, PLACED, "registered place not trusted", rejected)),
        FlowStep(TRUSTED, "lesion", len(primary), _unsure(without, TRUSTED, "prior region not trusted", rejected)),
        FlowStep(CONFIRMED, "lesion", int(trusted.sum()), _all_lost(unconfirmed, CONFIRMED, "label unconfirmed")),
    ]


def lost_lesions(rows: pd.DataFrame, step: str, reasons: Sequence[str]) -> tuple[LostRow, ...]:
    """Rows with lesion_id and patient_id as losses of a step.

    Examples
    --------
    >>> rows = pd.DataFrame({"lesion_id": ["benign-01_CC_recent_1"], "patient_id": ["benign-01"]})
    >>> lost_lesions(rows, "read", ["open"])[0].image_id
    'benign-01_CC_recent'
    """
    images = [str(lesion).rpartition("_")[0] for lesion in rows["lesion_id"]]
    if "view" in rows:  # an id that a cohort file gave does not say the image
        shown = zip(rows["patient_id"], rows["view"], rows.get("visit", [str(Visit.RECENT)] * len(rows)), strict=True)
        images = [f"{patient}_{view}_{visit}" for patient, view, visit in shown]
    return tuple(
        LostRow(
            unit="lesion",
            patient_id=str(patient),
            image_id=str(image),
            lesion_id=str(lesion),
            step=step,
            reason=reason,
        )
        for lesion, patient, image, reason in zip(rows["lesion_id"], rows["patient_id"], images, reasons, strict=True)
    )


def _all_lost(rows: pd.DataFrame, step: str, reason: str) -> tuple[LostRow, ...]:
    return lost_lesions(rows, step, [reason] * len(rows))


def _unsure(rows: pd.DataFrame, step: str, reason: str, rejected: frozenset[str]) -> tuple[LostRow, ...]:
    by_reader = rows["lesion_id"].isin(rejected)
    gone = _all_lost(rows[by_reader], step, "prior region rejected by a reader")
    return (*gone, *_all_lost(rows[~by_reader], step, reason))


def patient_steps(patients: pd.DataFrame, patient_deltas: pd.DataFrame, lesions: pd.DataFrame) -> list[FlowStep]:
    """Patients who enter the classification; normal women have no mass to lose and are counted by themselves."""
    primary = under_primary_policy(patient_deltas)
    measured = patients["patient_id"].isin(set(primary["patient_id"]))
    normal = is_normal(patients, lesions) & ~measured
    without = patients.loc[~measured & ~normal, "patient_id"]
    unknown = primary.loc[primary["label"] == str(LesionLabel.UNCONFIRMED), "patient_id"]
    tissue = [FlowStep(TISSUE_ONLY, "patient", int(normal.sum()))] if normal.any() else []
    return [
        *tissue,
        FlowStep(WITH_LESION, "patient", int((~normal).sum()), _patients(without, WITH_LESION, "no measured lesion")),
        FlowStep(CONFIRMED, "patient", len(primary), _patients(unknown, CONFIRMED, "label unconfirmed")),
    ]


def _patients(ids: Iterable[str], step: str, reason: str) -> tuple[LostRow, ...]:
    return tuple(LostRow(unit="patient", patient_id=str(one), step=step, reason=reason) for one in ids)


def flow_table(steps: Iterable[FlowStep]) -> pd.DataFrame:
    """All steps as ``flow.csv``."""
    return FLOW.of(row for step in steps for row in step.rows())


def lost_table(steps: Iterable[FlowStep]) -> pd.DataFrame:
    """All losses as ``lost.csv``, in the order of the steps."""
    return LOST.of(row for step in steps for row in step.lost)
