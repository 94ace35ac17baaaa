"""What the biopsy cell of the workbook says: benign, malignant, nothing, or nothing that is understood.

A cell is cut into statements at commas, semicolons, "and", "with", "but"; each statement is negated, hedged or plain.
"""

from __future__ import annotations

import re
from enum import StrEnum

from radiomics_mammo.core.lettering import as_latin


class BiopsyVerdict(StrEnum):
    """What a biopsy text says."""

    BENIGN = "benign"
    MALIGNANT = "malignant"
    MISSING = "missing"
    UNCLEAR = "unclear"


_MISSING = re.compile(
    r"|n/?a|n\.a\.?|nan|none|null|unknown|missing|tbd|not applicable"
    r"|(?:patient )?(?:refused|declined)"
    r"|(?:(?:biopsy|result|histology|pathology)s? )?(?:is |was )?not (?:yet )?"
    r"(?:available|known|done|performed|recorded|given|reported|taken)"
    r"|(?:(?:biopsy|result|histology|pathology)s? )?(?:is |was )?(?:still )?(?:pending|awaiting|awaited|outstanding)"
    r"|awaiting (?:biopsy|result|histology|pathology)s?"
    r"|no (?:biopsy|result|data|information|histology|pathology|report)s?(?: (?:done|performed|available|taken))?"
    r"|no biops(?:y|ies) results?|no biopsies(?: (?:done|performed|available))?|[-?.–—/]+"
)
_PARTS = re.compile(
    r"[;,.\n|/+&()\[\]]|\b(?:and|with|but|plus|also|however|in)\b(?! situ)"
    r"|:(?!\s*(?:no|none|nil|neg\w*|absent)\b)"
)
_NEGATES = re.compile(
    r"\b(?:no|not|non|without|neither|negative for|free of|absence of|lack(?:s|ing)?"
    r"|excluded?|rules out|ruled out|neg)\b"
)
_HEDGES = re.compile(
    r"\b(?:suspicious|suspected|suspicion|susp|possib\w+|probab\w+|likely|question\w*|cannot|can not|unable|may|might"
    r"|could|consistent with either|versus|vs|or|atypi\w*|uncertain|indeterminate|equivocal|inconclusive|borderline"
    r"|insufficient|inadequate|non ?diagnostic|nondiagnostic|repeat|recommended|b ?[34]|favou?r\w*|suggest\w*"
    r"|concern\w*|presum\w*|apparent\w*|seem\w*|appear\w*|looking|differential|dd|impression"
    r"|history of|previous|prior)\b|\?"
)
_UNSURE = re.compile(
    r"\b(?:rule out|to be (?:excluded|ruled out)|no longer|not (?:clearly|definite\w*|certain\w*|entirely|diagnostic)"
    r"|(?:not|cannot|can not|never) (?:yet )?(?:be )?(?:excluded?|ruled out)|pre-? ?malign\w*|pre-? ?cancer\w*)\b"
)
"""Words that leave a statement open even where it holds a negation."""

_SAID_OTHERWISE = (
    (re.compile(r"\br/o\b"), "rule out"),
    (re.compile(r"\b(?:dd|differential(?: diagnosis)?|impression) ?:|\bsusp\."), "suspected"),
    (re.compile(r"\bnon-? ?(?=malign|cancer|neoplas|benign)"), "not "),
    (re.compile(r"\b(?:of )?no special type\b|\bnot otherwise specified\b|\bnos\b"), " "),
    (re.compile(r"\bbenign\s*/\s*malignant\b|\bmalignant\s*/\s*benign\b"), "benign or malignant"),
    (re.compile(r"\bneither\b(.*?)\bnor\b"), r"no \1 or "),
    (
        re.compile(
            r"((?:negative for|no evidence of|free of|absence of)\b[^;,.]*?)\band\b"
            r"(?=\s+(?:\w+\s+)?(?:malign|cancer|carcin|dcis|lcis|idc|ilc|in[\s-]situ|sarcom|lymphom|metasta))"
        ),
        r"\1or",
    ),
)
"""Turns of phrase, as those that the statements are read by."""

_MALIGNANT = re.compile(
    r"malign|cancer|carcin|sarcom|lymphom|metasta|neoplas|tumou?r cells|invasiv|infiltrat|in[\s-]situ|adenoca"
    r"|\b(?:dcis|lcis|idc|ilc|nst|ca|imc|paget\w*)\b|\bb ?[56]\w?\b|^positive$|\bpositive for\b"
    r"|\bgrade (?:[123]|i{1,3})\b"
)
_BENIGN = re.compile(
    r"benign|fibro ?-?aden|fibrocyst|\bcysts?\b|papilloma\b|hamartoma|adenosis|lipoma|fat necrosis|\bb ?2\b|mastitis"
    r"|usual (?:ductal )?hyperplasia|apocrine|abscess|granuloma|intramammary (?:lymph )?node|scar\b|fibrosis"
    r"|normal (?:breast|tissue|parenchyma|gland)|\bnormal$|^negative$|unremarkable"
    r"|^negative (?:biopsy|result|histology)$"
)
_IN_SITU = re.compile(r"\bin[\s-]situ\b|\b[dl]cis\b")
_ONLY_INVASIVE = re.compile(r"\b(?:invasi\w+|infiltrat\w+)\b")
_DENIED_AFTER = re.compile(
    r"\b(?:ruled out|excluded|not (?:found|seen|identified|detected|present|confirmed)|absent)\b"
    r"|(?:malignancy|malignant(?: cells)?|cancer|carcinoma|tumou?r|dcis|lcis|idc|ilc)"
    r" ?(?:[:=-]|is|was) ?(?:no|none|nil|neg|negative|absent)$"
)
_TUMOUR = re.compile(r"\btumou?rs?\b")
_WITHOUT_ATYPIA = re.compile(r"\b(?:without|no) (?:cellular |cytologic )?atypi\w*")
_SPACES = re.compile(r"[\s_]+")


def read_biopsy(text: str) -> BiopsyVerdict:
    """Classify the biopsy cell of the workbook.

    A plain statement of malignancy outweighs a benign one beside it; a negated word counts for the other side, but no
    *invasive* carcinoma leaves one in situ possible. What is hedged, or says neither, is unclear.

    Examples
    --------
    >>> texts = ("BENIGN", "IDC with benign changes", "No malignancy", "NOT AVAILABLE", "suspicious for DCIS")
    >>> [read_biopsy(text).value for text in texts]
    ['benign', 'malignant', 'benign', 'missing', 'unclear']
    >>> [read_biopsy(text).value for text in ("Negative", "not a benign lesion", "no invasive carcinoma")]
    ['benign', 'malignant', 'unclear']
    """
    plain = _SPACES.sub(" ", as_latin(text).casefold()).strip()
    if _MISSING.fullmatch(plain):
        return BiopsyVerdict.MISSING
    for said_so, meant in _SAID_OTHERWISE:
        plain = said_so.sub(meant, plain)
    said: list[BiopsyVerdict] = []
    for part in map(str.strip, _PARTS.split(plain)):
        found = _statement(part)
        said += [found] if found else []
    if BiopsyVerdict.MALIGNANT in said:
        return BiopsyVerdict.MALIGNANT
    return BiopsyVerdict.BENIGN if said and set(said) == {BiopsyVerdict.BENIGN} else BiopsyVerdict.UNCLEAR


def _statement(part: str) -> BiopsyVerdict | None:
    """What one statement says; None where it says nothing of either side."""
    part = _WITHOUT_ATYPIA.sub(" ", part)
    malignant, benign = _MALIGNANT.search(part), _BENIGN.search(part)
    first = min((match.start() for match in (malignant, benign) if match), default=len(part))
    denied = _NEGATES.search(part)
    negated = (denied is not None and denied.start() < max(first, 1)) or _DENIED_AFTER.search(part) is not None
    if not (malignant or benign):
        if negated and _TUMOUR.search(part):
            return _denied(part, malignant=True, benign=False)
        return BiopsyVerdict.UNCLEAR if _HEDGES.search(part) and not negated else None
    if _UNSURE.search(part):
        return BiopsyVerdict.UNCLEAR
    if negated:
        return _denied(part, malignant=malignant is not None, benign=benign is not None)
    if _HEDGES.search(part):
        return BiopsyVerdict.UNCLEAR
    return BiopsyVerdict.MALIGNANT if malignant else BiopsyVerdict.BENIGN


def _denied(part: str, *, malignant: bool, benign: bool) -> BiopsyVerdict:
    """What the denial of a statement says."""
    if malignant and benign:
        return BiopsyVerdict.UNCLEAR
    if benign:
        return BiopsyVerdict.MALIGNANT if re.search(r"\b(?:not|non)\b", part) else BiopsyVerdict.UNCLEAR
    whole = _ONLY_INVASIVE.sub(" ", part)
    narrowed = whole != part and "cancer or" not in part and not _IN_SITU.search(part)
    doubted = re.search(r"\bresidual\b|\bcan ?not\b|\bunable\b", part)
    return BiopsyVerdict.UNCLEAR if narrowed or doubted else BiopsyVerdict.BENIGN
