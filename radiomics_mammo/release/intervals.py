"""Years between screenings brought to one precision, so that it cannot tell the class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.vocabulary import CaseClass
from radiomics_mammo.release.dates import ExamDate
from radiomics_mammo.release.values import decimals_shown, round_to

_MAX_DISAGREEMENT_YEARS = 1.0
_WORDS = {0: "whole years", 1: "one decimal", 2: "two decimals"}


@dataclass(frozen=True)
class ExamTiming:
    """When one patient was examined, as the workbook gives it."""

    patient_id: str
    case_class: CaseClass | None
    interval_years: Decimal | None
    prior_date: ExamDate | None = None
    recent_date: ExamDate | None = None


def common_intervals(timings: Sequence[ExamTiming]) -> tuple[dict[str, float], tuple[Finding, ...]]:
    """Intervals of all patients, rounded to the coarsest precision that any class of the workbook shows.

    Parameters
    ----------
    timings : sequence of ExamTiming

    Returns
    -------
    intervals : dict of str to float
        Years by patient id; a patient without a positive interval is absent.
    findings : tuple of Finding

    Examples
    --------
    >>> two = [ExamTiming("malignant-01", CaseClass.MALIGNANT, Decimal("2.4")),
    ...        ExamTiming("benign-01", CaseClass.BENIGN, Decimal("3"))]
    >>> common_intervals(two)[0]
    {'malignant-01': 2.0, 'benign-01': 3.0}
    """
    places = _places_by_class(timings)
    coarsest = min(places.values(), default=0)
    intervals: dict[str, float] = {}
    findings: list[Finding] = []
    for timing in timings:
        rounded = 0.0 if timing.interval_years is None else round_to(timing.interval_years, coarsest)
        if rounded > 0:
            intervals[timing.patient_id] = rounded
        else:
            findings.append(_missing(timing))
        findings.extend(_date_findings(timing))
    if any(Decimal(repr(intervals[t.patient_id])) != t.interval_years for t in timings if t.patient_id in intervals):
        findings.insert(0, Finding.of(AuditCode.INTERVAL_ROUNDED, _rounding_message(places, coarsest)))
    return intervals, tuple(findings)


def _places_by_class(timings: Sequence[ExamTiming]) -> Mapping[CaseClass | None, int]:
    values: dict[CaseClass | None, list[Decimal]] = {}
    for timing in timings:
        if timing.interval_years is not None:
            values.setdefault(timing.case_class, []).append(timing.interval_years)
    return {case_class: decimals_shown(given) for case_class, given in values.items()}


def _rounding_message(places: Mapping[CaseClass | None, int], coarsest: int) -> str:
    shown = ", ".join(f"{case_class or 'cases'} {_words(count)}" for case_class, count in places.items())
    return f"years between screenings are given as: {shown}; all were rounded to {_words(coarsest)}"


def _words(places: int) -> str:
    return _WORDS.get(places, f"{places} decimals")


def _missing(timing: ExamTiming) -> Finding:
    if timing.interval_years is None:
        return Finding.of(AuditCode.INTERVAL_MISSING, patient_id=timing.patient_id)
    message = f"{timing.interval_years} years round to 0 at the common precision; yearly rates stay empty"
    return Finding.of(AuditCode.INTERVAL_MISSING, message, patient_id=timing.patient_id)


def _date_findings(timing: ExamTiming) -> list[Finding]:
    prior, recent = timing.prior_date, timing.recent_date
    if prior is None or recent is None:
        return []
    if _certainly_before(recent, prior):
        message = f"the prior exam ({prior.iso}) is dated after the recent one ({recent.iso})"
        return [Finding.of(AuditCode.INTERVAL_NEGATIVE, message, patient_id=timing.patient_id)]
    if timing.interval_years is None:
        return []
    between = recent.ordinal_years - prior.ordinal_years
    if abs(float(timing.interval_years) - between) <= _MAX_DISAGREEMENT_YEARS:
        return []
    message = f"{timing.interval_years} years given, exams {prior.iso} and {recent.iso}"
    return [Finding.of(AuditCode.INTERVAL_DISAGREES, message, patient_id=timing.patient_id)]


def _certainly_before(first: ExamDate, second: ExamDate) -> bool:
    """Whether `first` lies before `second` as far as both are known."""
    if not (first.month and second.month):
        return first.year < second.year
    if not (first.day and second.day):
        return (first.year, first.month) < (second.year, second.month)
    return first < second
