"""What the biopsy text of the workbook says: benign, malignant or nothing."""

from __future__ import annotations

import re
from enum import StrEnum


class BiopsyVerdict(StrEnum):
    """What a biopsy text says."""

    BENIGN = "benign"
    NOT_BENIGN = "not benign"
    MISSING = "missing"


_MISSING = re.compile(
    r"|n/?a|nan|none|null|unknown|pending|missing"
    r"|not (available|known|done|performed|recorded)|no (biopsy|result)s?|[-?.–—]+"
)
_NOT_MALIGNANT = re.compile(
    r"\b(no|not|non|without|negative for|free of|absence of)[\s-]+(evidence of |signs? of |any )?"
    r"(malignan\w*|cancer\w*|carcinoma\w*|neoplas\w*)"
)
_NOT_BENIGN = re.compile(r"\b(not|non)[\s-]+benign\w*")
_MALIGNANT = re.compile(
    r"malignan|cancer|carcinom|sarcom|lymphom|metasta|invasiv|infiltrat|in[\s-]situ|\b(dcis|lcis|idc|ilc)\b|\bb\s?5\w?\b"
)
_BENIGN = re.compile(
    r"benign|fibro-?aden|fibrocyst|\bcysts?\b|papilloma\b|hamartoma|adenosis|lipoma|fat necrosis|\bb\s?2\b"
)


def read_biopsy(text: str) -> BiopsyVerdict:
    """Classify the biopsy cell of the workbook.

    A word for malignancy outweighs one for benign tissue beside it; negated words count for the other side.

    Examples
    --------
    >>> [read_biopsy(text).value for text in ("BENIGN", "IDC with benign changes", "No malignancy", "NOT AVAILABLE")]
    ['benign', 'not benign', 'benign', 'missing']
    """
    plain = " ".join(text.casefold().split())
    if _MISSING.fullmatch(plain):
        return BiopsyVerdict.MISSING
    if _NOT_BENIGN.search(plain):
        return BiopsyVerdict.NOT_BENIGN
    cleared, negated = _NOT_MALIGNANT.subn(" ", plain)
    if _MALIGNANT.search(cleared):
        return BiopsyVerdict.NOT_BENIGN
    return BiopsyVerdict.BENIGN if negated or _BENIGN.search(cleared) else BiopsyVerdict.NOT_BENIGN
