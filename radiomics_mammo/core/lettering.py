"""Letters of other alphabets that look like Latin ones: what a keyboard or a copied cell puts in their place."""

from __future__ import annotations

import re
import unicodedata

_SIMILAR = {
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7": "ABEZHIKMNOPTYX",
    "\u03b1\u03b2\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9": "abeikvoptuxw",
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406\u0405\u0408": "ABEKMHOPCTYXISJ",
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441": "abekmhopc",
    "\u0442\u0443\u0445\u0456\u0455\u0458\u0501": "tyxisjd",
    "\u0131\u0251\u0261\u2010\u2011\u2012\u2013\u2014\u2212": "iag------",
}
"""Greek, Cyrillic and other letters (and hyphens) by the Latin ones they look like (Unicode UTS 39, confusables)."""
_LATIN = str.maketrans(
    {other: latin for others, as_latin in _SIMILAR.items() for other, latin in zip(others, as_latin, strict=True)}
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Soft hyphens, marks of direction, joiners: they take no room and are kept by copying."""


def as_latin(text: str) -> str:
    """Text with look-alike letters written as the Latin ones, in compatibility form, without invisible characters.

    Words of another language turn into nonsense, as they would be anyway: only fixed Latin words are looked for in it.

    Examples
    --------
    >>> as_latin("\u0392enign"), as_latin("\u0421\u0421_prior"), as_latin("\uff22\uff29\u200b\uff32\uff21\uff24\uff33")
    ('Benign', 'CC_prior', 'BIRADS')
    """
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).translate(_LATIN)
