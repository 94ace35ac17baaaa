"""``review.csv``: what readers said of outlines, alignments and prior regions, one row per decision.

A decision is bound by hash to what the reader saw: an outline and a prior region to their mask file, an alignment to
its row of ``registration.csv``. What has changed since is judged anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated

from radiomics_mammo.core.vocabulary import Decision
from radiomics_mammo.tables.registration import REGISTRATION, RegistrationRow
from radiomics_mammo.tables.schema import Table


@dataclass(frozen=True, kw_only=True)
class ReviewRow:
    """One decision of one reader."""

    id: Annotated[str, "lesion_id, roi_id of a prior region, or patient and view of an alignment (malignant-07_CC)"]
    mask_sha256: Annotated[str, "hash of the mask file, or of the row of registration.csv, that the reader saw"]
    decision: Annotated[Decision, "right or wrong"] = Decision.WRONG
    note: Annotated[str, "what the reader remarked"] = ""
    reader: Annotated[str, "who decided"] = ""
    date: Annotated[str, "when, ISO 8601"] = ""


REVIEW = Table("review.csv", ReviewRow, "decision of a reader")


def alignment_id(row: RegistrationRow) -> str:
    """Under which id an alignment is judged.

    Examples
    --------
    >>> from radiomics_mammo.core.vocabulary import RegistrationMethod, View
    >>> alignment_id(RegistrationRow(patient_id="malignant-07", view=View.CC, method=RegistrationMethod.AFFINE))
    'malignant-07_CC'
    """
    return f"{row.patient_id}_{row.view}"


def alignment_sha256(row: RegistrationRow) -> str:
    """Hash of an alignment: of its row as ``registration.csv`` holds it."""
    line = REGISTRATION.csv(REGISTRATION.of([row])).splitlines()[1]
    return hashlib.sha256(line.encode("utf-8")).hexdigest()
