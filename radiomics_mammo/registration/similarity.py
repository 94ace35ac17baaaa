"""How alike two working pictures are under a map: correlation of structure, overlap of the breasts."""

from __future__ import annotations

import numpy as np

from radiomics_mammo.core.geometry import PlanarTransform
from radiomics_mammo.registration.preprocessing import WorkingPicture, resample


def structure_similarity(fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform) -> float:
    """Pearson correlation (-1..1) of the structure of two exams where both breasts overlap, guarded lesions left out.

    The same measure judges every candidate; 0 where nothing overlaps or either is constant.
    """
    both = fixed.usable & (resample(moving.usable, moving, fixed, transform) > 0.5)
    one, other = fixed.structure[both], resample(moving.structure, moving, fixed, transform)[both]
    if one.size < 2 or one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.clip(np.corrcoef(one.astype(np.float64), other.astype(np.float64))[0, 1], -1, 1))


def breast_dice(fixed: WorkingPicture, moving: WorkingPicture, transform: PlanarTransform) -> float:
    """Overlap (Dice coefficient, 0..1) of the two breasts, over places that both pictures show.

    What lies behind the chest wall edge of `moving` was not in its field: positioning differs by centimetres there,
    and a correct map must not be blamed for it.
    """
    field = np.zeros(moving.breast.shape, dtype=np.bool_)
    field[:, int(moving.breast.any(axis=0).argmax()) :] = True
    there, shown = (resample(mask, moving, fixed, transform) > 0.5 for mask in (moving.breast, field))
    here = fixed.breast & shown
    return float(2 * (there & here).sum() / max(1, there.sum() + here.sum()))
