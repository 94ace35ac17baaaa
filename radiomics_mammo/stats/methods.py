"""The methods paragraph and the limitations, in words, from the configuration and the study."""

from __future__ import annotations

from importlib.metadata import version

import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.results import MeasuredStudy
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel
from radiomics_mammo.stats.rows import DESCRIPTIVE, result_table
from radiomics_mammo.stats.strata import LABELS, age_band_names, stratify

LIBRARIES = ("numpy", "scipy", "statsmodels", "pandas")

REFERENCES = (
    "Mann HB, Whitney DR. Ann Math Stat 1947;18:50-60",
    "Hodges JL, Lehmann EL. Ann Math Stat 1963;34:598-611",
    "Newcombe RG. Stat Med 2006;25:559-573 (interval of the common-language effect)",
    "Benjamini Y, Hochberg Y. J R Stat Soc B 1995;57:289-300",
    "Kruskal WH, Wallis WA. J Am Stat Assoc 1952;47:583-621",
    "Steiger JH. Psychol Methods 2004;9:164-182 (interval of epsilon squared)",
    "Dunn OJ. Technometrics 1964;6:241-252",
    "Holm S. Scand J Stat 1979;6:65-70",
    "Jonckheere AR. Biometrika 1954;41:133-145",
    "Newson R. Stata J 2002;2:45-64 (Somers' D)",
    "Wilcoxon F. Biometrics Bull 1945;1:80-83",
    "Firth D. Biometrika 1993;80:27-38; Heinze G, Schemper M. Stat Med 2002;21:2409-2419",
    "Liang KY, Zeger SL. Biometrika 1986;73:13-22; Mancl LA, DeRouen TA. Biometrics 2001;57:126-134",
    "Laird NM, Ware JH. Biometrics 1982;38:963-974",
    "Hanley JA, McNeil BJ. Radiology 1982;143:29-36",
    "Austin PC. Stat Med 2009;28:3083-3107 (standardised differences)",
    "Wilson EB. J Am Stat Assoc 1927;22:209-212; Newcombe RG. Stat Med 1998;17:873-890",
)
"""Sources of the methods that `methods_paragraph` names, in its order."""


def methods_paragraph(config: StatisticsConfig) -> str:
    """What was done, with the configured choices, versions and references.

    Parameters
    ----------
    config : StatisticsConfig

    Examples
    --------
    >>> "Mann-Whitney" in methods_paragraph(StatisticsConfig())
    True
    """
    bands = ", ".join(age_band_names(config.age_edges_years))
    software = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    sentences = (
        f"The woman is the unit of every test; values of her lesions were aggregated ({config.aggregation}) over the "
        "lesions that carry her label, values of breast tissue averaged over the views.",
        "Benign and malignant patients were compared by the Mann-Whitney test with the common-language effect and the "
        "Hodges-Lehmann shift.",
        f"Tissue and lesion features (recent, prior and change: {config.primary_change}) were described by BI-RADS "
        f"density a to d and by age ({bands} years) and tested by Kruskal-Wallis with epsilon squared, Dunn's "
        "comparisons with Holm's correction, and the Jonckheere-Terpstra trend with Somers' D.",
        f"Within density a-b and c-d, and below and from {config.age_cut_years:g} years, the classes were compared "
        "again; one interaction per class of features was tested by Firth's penalised logistic regression.",
        f"Cells with fewer than {config.min_cell} patients were counted and not tested.",
        "Changes from prior to recent within a class were tested by Wilcoxon's signed-rank test.",
        f"Odds ratios per standard deviation were adjusted for {' and '.join(config.adjust_for) or 'nothing'} by "
        "logistic regression (Firth's where classes were separated), by lesion with estimating equations, independence "
        "working correlation and bias-reduced covariance clustered by patient; visit by class by linear mixed models "
        "with a random intercept per woman. Models used features declared beforehand, at least one of every class.",
        f"p values were adjusted by Benjamini-Hochberg within families declared beforehand, false discovery rate "
        f"{config.false_discovery_rate:.0%}; intervals are {config.confidence:.0%}.",
        f"Software: {software}.",
        "References: " + "; ".join(f"[{number}] {text}" for number, text in enumerate(REFERENCES, 1)) + ".",
    )
    return " ".join(sentences)


def statement_table(study: MeasuredStudy, config: StatisticsConfig) -> pd.DataFrame:
    """The methods paragraph and every limitation as rows, so that they travel with the other tables.

    Parameters
    ----------
    study : MeasuredStudy
    config : StatisticsConfig

    Returns
    -------
    DataFrame
        Columns `kind` (``methods`` or ``limitation``) and `text` before the result columns, which are empty but for n.
    """
    texts = [("methods", methods_paragraph(config)), *(("limitation", text) for text in limitations(study, config))]
    rows = [{"kind": kind, "text": text, "n": len(study.patients), "note": DESCRIPTIVE} for kind, text in texts]
    return result_table(rows, ("kind", "text"))


def limitations(study: MeasuredStudy, config: StatisticsConfig) -> tuple[str, ...]:
    """What a reader must know before believing a number, with the counts of this study.

    Parameters
    ----------
    study : MeasuredStudy
    config : StatisticsConfig
    """
    patients = stratify(study, config)
    benign, malignant = (int((patients["label"] == name).sum()) for name in LABELS)
    normal = int((patients["case_class"] == str(CaseClass.NORMAL)).sum())
    unconfirmed = int((study.lesions["label"] == str(LesionLabel.UNCONFIRMED)).sum())
    sentences = [
        "Benign masses are BI-RADS 2 and were not biopsied: their label is a reading, not histology (verification "
        "bias), and no biopsied benign mass stands between them and the cancers (spectrum bias).",
        "One breast of every woman is included; nothing can be said about the other one.",
        "All exams come from one country; there was no external test.",
        f"{benign} benign against {malignant} malignant patients: intervals are wide, and a comparison that is not "
        "significant does not show equality.",
        f"{normal} women without a mass enter the analyses of breast tissue only.",
        "Women were selected by class, so that shares of classes are not prevalences.",
    ]
    if unconfirmed:
        sentences.append(f"{unconfirmed} outlined lesions are unconfirmed and left out of every comparison by class.")
    for name, word in (("density", "BI-RADS density"), ("age_half", "age"), ("interval_years", "interval")):
        missing = int(((patients[name].astype(object) == "") | patients[name].isna()).sum())
        if missing:
            sentences.append(f"The {word} of {missing} of {len(patients)} women is missing or could not be read.")
    return tuple(sentences)
