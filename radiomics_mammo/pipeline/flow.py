"""Who was lost at which step, and why: the rows of ``flow.csv``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from radiomics_mammo.core.batch import Dropped
from radiomics_mammo.core.cases import Release
from radiomics_mammo.core.findings import AuditCode
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineQuality
from radiomics_mammo.pipeline.pairs import PairRecord
from radiomics_mammo.tables.flow import FLOW, FlowRow
from radiomics_mammo.tables.trust import under_primary_policy, with_trusted_prior


@dataclass(frozen=True)
class FlowStep:
    """One step of the study and what it lost.

    Parameters
    ----------
    step : str
    unit : str
        patient, image or lesion.
    n_in : int
    losses : tuple of (reason, count)
        In the order in which they are taken off.
    """

    step: str
    unit: str
    n_in: int
    losses: tuple[tuple[str, int], ...] = ()

    def rows(self) -> list[FlowRow]:
        """One row a reason; one row without a reason where nothing was lost.

        Examples
        --------
        >>> [row.n_out for row in FlowStep("read", "image", 8, (("truncated", 1), ("no file", 2))).rows()]
        [7, 5]
        """
        rows: list[FlowRow] = []
        left = self.n_in
        for reason, count in self.losses or (("", 0),):
            rows.append(FlowRow(step=self.step, unit=self.unit, n_in=left, n_out=left - count, reason=reason))
            left -= count
        return rows


def counted(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Reasons with their counts, in alphabetical order; empty reasons are no loss.

    Examples
    --------
    >>> counted(["open", "", "open"])
    (('open', 2),)
    """
    return tuple(sorted(Counter(reason for reason in reasons if reason).items()))


def reading_steps(release: Release, records: Sequence[PairRecord], dropped: Sequence[Dropped]) -> list[FlowStep]:
    """Patients and mammograms found, and images read; what no file stands for was never read."""
    found = [image for image in release.images if image.dicom is not None]
    patients = len({image.key.patient_id for image in release.images})
    no_images = (("no image of the patient was found", len(release) - patients),) if patients < len(release) else ()
    there = {image.key for image in found}
    outcomes = [outcome for record in records for outcome in record.outlined.outcomes if outcome.key in there]
    lost_pairs = {case.subject: f"{case.step}: {case.reason}" for case in dropped}
    reasons = [outcome.dropped for outcome in outcomes]
    reasons += [lost_pairs[name] for key in sorted(there) if (name := f"{key.patient_id}_{key.view}") in lost_pairs]
    missing = AuditCode.MISSING_DICOM
    absent = [f"{missing.name}: {missing.meaning}"] * (len(release.images) - len(found))
    return [
        FlowStep("found", "patient", len(release), no_images),
        FlowStep("found", "image", len(release.images), counted(absent)),
        FlowStep("read and outlined", "image", len(found), counted(reasons)),
    ]


def outline_steps(lesions: pd.DataFrame, rejected: int, *, measure_unreliable: bool) -> list[FlowStep]:
    """Outlines that become lesions to measure.

    Parameters
    ----------
    lesions : DataFrame
        ``lesions.csv``, without the lesions a reader rejected.
    rejected : int
        How many those are.
    measure_unreliable : bool
        Whether outlines of uncertain reading are measured as well.
    """
    words = {quality.value for quality in OutlineQuality if not quality.measurable and not measure_unreliable}
    recent = lesions[lesions["visit"] == "recent"]
    unreliable = counted(f"outline {word}" if word in words else "" for word in recent["quality"])
    by_reader = (("rejected by a reader", rejected),) if rejected else ()
    return [FlowStep("outlined in the recent exam", "lesion", len(recent) + rejected, (*by_reader, *unreliable))]


def delta_steps(deltas: pd.DataFrame, rois: pd.DataFrame) -> list[FlowStep]:
    """Recent lesions with a change that may be used, under the primary prior policy, and their labels."""
    primary = under_primary_policy(deltas)
    trusted = with_trusted_prior(primary, rois)
    confirmed = primary.loc[trusted, "label"] != str(LesionLabel.UNCONFIRMED)
    return [
        FlowStep("prior region trusted", "lesion", len(primary), lost(~trusted, "prior region not trusted")),
        FlowStep("label confirmed", "lesion", int(trusted.sum()), lost(~confirmed, "label unconfirmed")),
    ]


def lost(where: pd.Series, reason: str) -> tuple[tuple[str, int], ...]:
    """One reason with the number of rows it took, or none.

    Examples
    --------
    >>> lost(pd.Series([True, False, True]), "truncated"), lost(pd.Series([False]), "truncated")
    ((('truncated', 2),), ())
    """
    count = int(where.sum())
    return ((reason, count),) if count else ()


def patient_steps(patients: pd.DataFrame, patient_deltas: pd.DataFrame) -> list[FlowStep]:
    """Patients who enter the classification."""
    primary = under_primary_policy(patient_deltas)
    without = ~patients["patient_id"].isin(set(primary["patient_id"]))
    unknown = primary["label"] == str(LesionLabel.UNCONFIRMED)
    return [
        FlowStep("with a lesion in the recent exam", "patient", len(patients), lost(without, "no measured lesion")),
        FlowStep("label confirmed", "patient", len(primary), lost(unknown, "label unconfirmed")),
    ]


def flow_table(steps: Iterable[FlowStep]) -> pd.DataFrame:
    """All steps as ``flow.csv``."""
    return FLOW.of(row for step in steps for row in step.rows())
