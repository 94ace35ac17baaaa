"""Who was lost at which step, and why: the rows of ``flow.csv``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from radiomics_mammo.core.batch import Dropped
from radiomics_mammo.core.cases import Release
from radiomics_mammo.core.tables_cohort import FLOW
from radiomics_mammo.core.vocabulary import LesionLabel, OutlineQuality, PriorPolicy
from radiomics_mammo.pipeline.pair_records import PairRecord


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

    def rows(self) -> list[dict[str, object]]:
        """One row a reason; one row without a reason where nothing was lost.

        Examples
        --------
        >>> [row["n_out"] for row in FlowStep("read", "image", 8, (("truncated", 1), ("no file", 2))).rows()]
        [7, 5]
        """
        rows: list[dict[str, object]] = []
        left = self.n_in
        for reason, count in self.losses:
            rows.append({"step": self.step, "unit": self.unit, "n_in": left, "n_out": left - count, "reason": reason})
            left -= count
        nothing = {"step": self.step, "unit": self.unit, "n_in": left, "n_out": left, "reason": ""}
        return rows or [nothing]


def counted(reasons: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Reasons with their counts, in alphabetical order; empty reasons are no loss.

    Examples
    --------
    >>> counted(["open", "", "open"])
    (('open', 2),)
    """
    return tuple(sorted(Counter(reason for reason in reasons if reason).items()))


def reading_steps(release: Release, records: Sequence[PairRecord], dropped: Sequence[Dropped]) -> list[FlowStep]:
    """Patients found and images read."""
    outcomes = [outcome for record in records for outcome in (record.outlined.prior, record.outlined.recent)]
    lost_pairs = [f"{case.step}: {case.reason}" for case in dropped for _ in range(2)]
    reasons = counted([outcome.dropped for outcome in outcomes] + lost_pairs)
    found = len({image.key.patient_id for image in release.images})
    no_images = (("no image of the patient was found", len(release) - found),) if found < len(release) else ()
    return [
        FlowStep("found", "patient", len(release), no_images),
        FlowStep("read and outlined", "image", len(outcomes) + len(lost_pairs), reasons),
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
    primary = deltas[deltas["prior_policy"] == PriorPolicy.REGISTERED.value]
    usable = set(rois.loc[rois["trusted"].fillna(False).astype(bool), "roi_id"])
    trusted = primary["prior_roi_id"].isin(usable)
    confirmed = primary.loc[trusted, "label"] != LesionLabel.UNCONFIRMED.value
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
    primary = patient_deltas[patient_deltas["prior_policy"] == PriorPolicy.REGISTERED.value]
    without = ~patients["patient_id"].isin(set(primary["patient_id"]))
    unknown = primary["label"] == LesionLabel.UNCONFIRMED.value
    return [
        FlowStep("with a lesion in the recent exam", "patient", len(patients), lost(without, "no measured lesion")),
        FlowStep("label confirmed", "patient", len(primary), lost(unknown, "label unconfirmed")),
    ]


def flow_table(steps: Iterable[FlowStep]) -> pd.DataFrame:
    """All steps as ``flow.csv``."""
    return FLOW.from_rows([row for step in steps for row in step.rows()])
