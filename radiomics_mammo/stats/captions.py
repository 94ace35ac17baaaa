"""Captions of the tables: what was tested, on how many, corrected how."""

from __future__ import annotations

import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.errors import InvariantError

FDR = "q: Benjamini-Hochberg within families declared beforehand (table of values x class of features)"
TITLES = {
    "cohort": "Characteristics of the women by class; standardised difference and test malignant against benign",
    "cohort_differences": "Standardised differences between every two classes; q: Benjamini-Hochberg over the table",
    "flow": "From patients found to patients analysed, with reasons",
    "univariate": f"Malignant against benign by patient, Mann-Whitney with common-language effect and Hodges-Lehmann "
    f"shift; {FDR}",
    "univariate_outlined_first": f"Sensitivity analysis with outlined priors where there are any (they tell the class "
    f"by being there); Mann-Whitney; {FDR}",
    "density_descriptive": "Declared features by BI-RADS density: median with interval, quartiles, range",
    "density_tests": f"Features by BI-RADS density: Kruskal-Wallis with epsilon squared, Jonckheere-Terpstra trend "
    f"with Somers' D; {FDR}",
    "density_pairs": "Pairs of densities, Dunn's test; q: Holm within a feature; declared features, and those whose "
    "Kruskal-Wallis q is at most the declared rate",
    "class_by_density": f"Malignant against benign within density a-b and c-d, Mann-Whitney; {FDR}, separately by half",
    "age_descriptive": "Declared features by age band: median with interval, quartiles, range",
    "age_tests": f"Features by age band: Kruskal-Wallis with epsilon squared, Jonckheere-Terpstra trend with "
    f"Somers' D; {FDR}",
    "age_pairs": "Pairs of age bands, Dunn's test; q: Holm within a feature; declared features, and those whose "
    "Kruskal-Wallis q is at most the declared rate",
    "class_by_age": f"Malignant against benign on either side of the age cut, Mann-Whitney; {FDR}, separately by half",
    "interactions": "Does density or age change the effect of a feature? Firth's penalised logistic regression, one "
    "feature per class; q: Benjamini-Hochberg within modifier and table of values",
    "paired_change": f"Recent minus prior within each class by patient, Wilcoxon signed-rank with pseudo-median; {FDR}",
    "models_patient": "Odds ratios per standard deviation, adjusted, by patient; q: Benjamini-Hochberg within table of "
    "values; declared features",
    "models_lesion": "Odds ratios per standard deviation, adjusted, by lesion with covariance clustered by patient; q: "
    "Benjamini-Hochberg within table of values; declared features",
    "models_mixed": "Feature over visit x class, age, density and interval; mixed models by woman and visit; q: "
    "Benjamini-Hochberg within source and term; declared features",
    "fairness": "Out-of-fold performance of the primary model by density and age; differences with p by permutation; "
    "q: Benjamini-Hochberg over the differences",
    "confounders": "Technical characteristics against the label, and the AUC of the primary model among alike pairs; "
    "q: Benjamini-Hochberg within the analysis",
    "power": "Expected width of the AUC interval and detectable effects at the n of this study",
    "feature_clusters": "Clusters of recent lesion features by rank correlation, descriptive",
    "cluster_correlation": "Spearman correlation between the medoids of the largest clusters, descriptive",
    "statistical_methods": "How the statistics were made, and what they cannot show",
    "strip_points": "Values of declared features by woman, for strip and violin plots",
}
"""What every table shows, with test and correction; the keys are the names of all tables."""


def caption_of(name: str, table: pd.DataFrame, config: StatisticsConfig) -> str:
    """Caption of a table: what it shows, how many patients, and the rule for small cells.

    Raises
    ------
    InvariantError
        If no such table is made.

    Examples
    --------
    >>> caption_of("flow", pd.DataFrame({"n": [100, 98], "p_value": [float("nan")] * 2}), StatisticsConfig())
    'From patients found to patients analysed, with reasons. n up to 100.'
    """
    if name not in TITLES:
        raise InvariantError("statistical table", "one of the known names", name, "add its caption")
    sentences = [TITLES[name]]
    if len(table) and name != "strip_points":
        sentences.append(f"n up to {int(table['n'].fillna(0).max())}")
    if table["p_value"].notna().any():
        sentences.append(
            f"{config.confidence:.0%} intervals; cells with fewer than {config.min_cell} patients are not tested"
        )
    return ". ".join(sentences) + "."
