"""Confidence: the chance that a closed line is an outline of a mass, from what was measured of it."""

from __future__ import annotations

import numpy as np

from radiomics_mammo.masks.drawing import Ring

MEASURED = ("ink_share", "gap_fraction", "row_mates", "log_diameter", "unreliable")
"""What is measured of a closed line, in the order of `WEIGHTS`; see `evidence_of`."""
INTERCEPT, WEIGHTS = -3.848, (-0.504, -0.295, -0.636, 2.537, -0.626)
_MOST_MATES = 4  # More pieces in a row say no more.
_COPY_HEIGHT_MM = 280.0  # Height of a mammogram, where the pixel spacing is unknown.
_UNUSUAL_MM = (0.3, 60.0)  # Diameters beyond say no more.


def evidence_of(ring: Ring, *, diameter_mm: float | None, copy_rows: int) -> tuple[float, ...]:
    """The measured values of a closed line, in the order of `MEASURED`.

    `ink_share` is the share of its area that is pen, `gap_fraction` that of its perimeter without pen, `row_mates` the
    number of like pieces in its row (at most 4), `log_diameter` the natural logarithm of its diameter in mm, and
    `unreliable` 1 where its quality is ``open`` or ``ambiguous``.
    """
    if diameter_mm is None:
        area = float(np.ptp(ring.contour_px[:, 0]) * np.ptp(ring.contour_px[:, 1]))
        diameter_mm = float(np.sqrt(area)) * _COPY_HEIGHT_MM / copy_rows
    return (
        ring.ink_share,
        ring.gap_fraction,
        float(min(ring.row_mates, _MOST_MATES)),
        float(np.log(np.clip(diameter_mm, *_UNUSUAL_MM))),
        float(not ring.quality.measurable),
    )


def confidence_of(ring: Ring, *, diameter_mm: float | None, copy_rows: int) -> float:
    """Chance, 0..1, that a closed line is an outline of a mass: a logistic model of `evidence_of`.

    Parameters
    ----------
    ring : Ring
    diameter_mm : float or None
        Of a circle of its area; None where the pixel spacing is unknown.
    copy_rows : int
        Rows of the outlined copy.

    Notes
    -----
    The weights were fitted by ``benchmarks/bench_copies.py --calibrate`` on closed lines of drawings of the phantom,
    which shares no code with the reader, before any was rejected; docs/masks.md has the table that compares promised
    and found shares on other drawings.
    """
    measured = evidence_of(ring, diameter_mm=diameter_mm, copy_rows=copy_rows)
    return float(1 / (1 + np.exp(-(INTERCEPT + np.dot(WEIGHTS, measured)))))
