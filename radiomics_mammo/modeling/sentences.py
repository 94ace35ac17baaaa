"""What was found, in plain sentences; the primary result is the first."""

from __future__ import annotations

from collections.abc import Sequence

from radiomics_mammo.modeling.comparing import SIGNIFICANCE, Comparison
from radiomics_mammo.modeling.crossval import CvResult
from radiomics_mammo.modeling.explaining import ENOUGH_EVENTS
from radiomics_mammo.modeling.figures import patients_by_class
from radiomics_mammo.modeling.intervals import WIDENING, Interval
from radiomics_mammo.modeling.sentinels import Sentinel


def primary_sentence(
    with_delta: tuple[CvResult, Interval], recent: tuple[CvResult, Interval], comparison: Comparison
) -> str:
    """The one primary result, with its interval and p-value, and the answer it allows.

    Parameters
    ----------
    with_delta, recent : tuple of CvResult and Interval
        Both sides with their AUC.
    comparison : Comparison
    """
    ill, well = patients_by_class(with_delta[0])
    gain = comparison.difference
    shown = comparison.p_value < SIGNIFICANCE and (gain.low > 0 or gain.high < 0)
    answer = "no gain from the prior exam was shown"
    if shown:
        answer = "the prior exam helped" if gain.estimate > 0 else "adding the prior exam made it worse"
    return (
        f"Primary result: AUC {with_delta[1]} with the change since the prior exam and {recent[1]} from the recent "
        f"exam alone; difference {gain.estimate:+.2f} (95 % interval {gain.low:+.2f} to {gain.high:+.2f}), permutation "
        f"p = {comparison.p_value:.3f}, {ill + well} patients ({well} benign, {ill} malignant): {answer}."
    )


def accuracy_sentence(figures: dict[str, Interval]) -> str:
    """Accuracy never stands alone.

    Examples
    --------
    >>> half = Interval(0.5, 0.4, 0.6)
    >>> accuracy_sentence({"accuracy": half, "no_information_rate": half, "balanced_accuracy": half})
    'Accuracy 0.50 (95 % interval 0.40 to 0.60); calling every patient the larger class gives 0.50; balanced ... 0.50.'
    """
    return (
        f"Accuracy {figures['accuracy']}; calling every patient the larger class gives "
        f"{figures['no_information_rate'].estimate:.2f}; balanced accuracy {figures['balanced_accuracy'].estimate:.2f}."
    )


def protocol_sentence(result: CvResult) -> str:
    """How the figures were made."""
    folds, repeats = int(result.fold.max()), len(result.probability)
    return (
        f"{folds} outer folds of whole patients, {repeats} repeats, everything learned inside; intervals resample "
        f"patients and are widened by {WIDENING:g} (measured coverage in docs/modeling.md)."
    )


def sentinel_sentences(sentinels: Sequence[Sentinel]) -> list[str]:
    """How many checks passed, which failed, and what the deliberate mistakes would have claimed.

    Examples
    --------
    >>> sentinel_sentences([Sentinel("a", "x", "y", True), Sentinel("b", "x", "y", False)])
    ['1 of 2 checks passed; failed: b (expected x, found y).']
    """
    judged = [sentinel for sentinel in sentinels if sentinel.passed is not None]
    failed = [f"{s.name} (expected {s.expected}, found {s.found})" for s in judged if not s.passed]
    told = [f"{s.name.replace('-', ' ').capitalize()}: {s.found}." for s in sentinels if s.passed is None]
    said = f"{len(judged) - len(failed)} of {len(judged)} checks passed"
    return [f"{said}; failed: {'; '.join(failed)}." if failed else f"{said}.", *told]


def events_sentence(result: CvResult) -> str:
    """Warning on too few patients per column; empty where there are enough."""
    events = min(patients_by_class(result))
    size = float(result.frequency.sum(axis=1).mean())
    if events / size >= ENOUGH_EVENTS:
        return ""
    return (
        f"Warning: {events} patients of the smaller class for {size:.0f} columns in the primary model on average "
        f"({events / size:.1f} per column; {ENOUGH_EVENTS} are usually asked for)."
    )
