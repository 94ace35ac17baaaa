"""Named tables in a reader's words: a title each, and what many captions repeat said once for all of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

TABLE_TITLES = {
    "cohort": "Women by class",
    "cohort_differences": "How the classes differ in age, density and technique",
    "univariate": "Every feature, malignant against benign",
    "univariate_registered": "The same, with the lesion carried to one place in the prior",
    "univariate_outlined_first": "The same, with outlined priors where there are any",
    "models_patient": "Odds of malignancy, adjusted, by woman",
    "models_lesion": "Odds of malignancy, adjusted, by lesion",
    "density_descriptive": "Features by density: medians and spread",
    "density_tests": "Features by density: differences and trends",
    "density_pairs": "Which densities differ from each other",
    "class_by_density": "Malignant against benign within low and high density",
    "age_descriptive": "Features by age: medians and spread",
    "age_tests": "Features by age: differences and trends",
    "age_pairs": "Which age bands differ from each other",
    "class_by_age": "Malignant against benign among younger and older women",
    "interactions": "Density and age as modifiers of each feature",
    "paired_change": "Change of every feature within each class",
    "models_mixed": "Change by class, age, density and interval in one model",
    "fairness": "Performance of the primary model by density and age",
    "confounders": "Technique against the label",
    "power": "What this number of women can show",
    "feature_clusters": "Clusters of features that say the same",
    "shortcut_panel": "Models beside age, density and shortcuts",
    "stability": "How stable the selection is",
    "importance": "What the primary model relies on",
    "coefficients": "Coefficients of the final model",
    "missing_by_class": "What is missing in which class",
    "specification_curve": "The primary result under other reasonable choices",
    "learning_curve": "Performance by number of women learned from",
}
"""Title of each table of ``statistics/`` and ``classification/`` that the page shows."""
_PARTS = re.compile(r"(?<=\.)\s+|;\s+(?=q: )")
"""A caption falls into sentences, and into what it says of q."""
_OWN = "n up to"
"""How the sentence begins that each table says for itself."""
_MANY = 4
"""Captions that say the same, from which it is said once."""


def title_of(name: str) -> str:
    """The title of a table; for one that is not known here, its name in words.

    Examples
    --------
    >>> title_of("paired_change"), title_of("something_new")
    ('Change of every feature within each class', 'Something new')
    """
    plain = name.replace("_", " ")
    return TABLE_TITLES.get(name, plain[:1].upper() + plain[1:])


def shared_sentences(captions: Iterable[str]) -> tuple[str, ...]:
    """What at least four of the captions say alike, in the order of its first mention.

    Examples
    --------
    >>> shared_sentences([f"Table {n}; q: Holm. n up to 9." for n in range(4)])
    ('q: Holm.',)
    """
    counted = Counter(part for caption in captions for part in dict.fromkeys(_PARTS.split(caption.strip())))
    return tuple(part for part, times in counted.items() if times >= _MANY and not part.startswith(_OWN))


def without(caption: str, shared: Iterable[str]) -> str:
    """A caption without what was said for all.

    Examples
    --------
    >>> without("Table 1; q: Holm. n up to 9.", ["q: Holm."])
    'Table 1. n up to 9.'
    """
    said = set(shared)
    kept = [part for part in _PARTS.split(caption.strip()) if part not in said]
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in kept if part)
