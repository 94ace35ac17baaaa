"""The methods paragraph and the limitations, in words, from the configuration and the study."""

from __future__ import annotations

from importlib.metadata import version

from radiomics_mammo.config.analysis import StatisticsConfig
from radiomics_mammo.core.references import listed
from radiomics_mammo.core.vocabulary import CaseClass, LesionLabel
from radiomics_mammo.stats.measurements import Layout
from radiomics_mammo.stats.statistical_table import DESCRIPTIVE, QUESTIONS, Result, StatisticalTable
from radiomics_mammo.stats.strata import LABELS, stratify
from radiomics_mammo.tables.origin import notices
from radiomics_mammo.tables.strata import age_band_names
from radiomics_mammo.tables.study import MeasuredStudy

LIBRARIES = ("numpy", "scipy", "statsmodels", "pandas")

SOURCES = (
    *("mann-whitney", "hodges-lehmann", "common-language", "bh", "kruskal-wallis", "epsilon-squared", "dunn", "holm"),
    *("jonckheere", "somers", "wilcoxon", "firth", "separation", "gee", "mancl-derouen", "mixed", "hanley"),
    *("standardised", "wilson", "newcombe", "treebh", "cr2", "riley"),
)
"""Works behind the methods that `methods_paragraph` names, by their keys in `core.references`."""


def methods_paragraph(config: StatisticsConfig) -> str:
    """What was done, with the configured choices, versions and references.

    Parameters
    ----------
    config : StatisticsConfig
    """
    bands = ", ".join(age_band_names(config.age_edges_years))
    software = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    sentences = (
        f"The woman is the unit of every test; values of her lesions were aggregated ({config.aggregation}) over all "
        "her measured recent lesions, whatever their label, values of breast tissue averaged over the views.",
        "Benign and malignant patients were compared by the Mann-Whitney test with the common-language effect and the "
        "Hodges-Lehmann shift.",
        f"Tissue and lesion features (recent, prior and change: {config.primary_change}) were described by BI-RADS "
        f"density a to d and by age ({bands} years) and tested by Kruskal-Wallis with epsilon squared, Dunn's "
        "comparisons with Holm's correction, and the Jonckheere-Terpstra trend with Somers' D, all within classes.",
        f"Within density a-b and c-d, and below and from {config.age_cut_years:g} years, the classes were compared "
        "again; one interaction per class of features was tested by Firth's penalised logistic regression.",
        f"Cells with fewer than {config.min_cell} patients were counted and not tested.",
        "Changes from prior to recent within a class were tested by Wilcoxon's signed-rank test.",
        f"Odds ratios per standard deviation were adjusted for {' and '.join(config.adjust_for) or 'nothing'} by "
        "logistic regression (Firth's where classes were separated), by lesion with estimating equations, independence "
        "working correlation and bias-reduced covariance clustered by patient; visit by class by linear mixed models "
        "with a random intercept per woman, the change adjusted for the years between the exams, covariance clustered "
        "by woman (CR2) and Satterthwaite degrees of freedom. Models used features declared beforehand, "
        "at least one of every class.",
        f"p values were adjusted by hierarchical Benjamini-Hochberg: {len(QUESTIONS)} questions "
        f"({', '.join(QUESTIONS)}), then classes of features, then features, all declared beforehand; tables "
        "that follow up a question are found "
        f"only where it is; false discovery rate {config.false_discovery_rate:.0%}; intervals are "
        f"{config.confidence:.0%}.",
        f"Software: {software}.",
        f"References: {listed(*SOURCES)}",
    )
    return " ".join(sentences)


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
        *notices(study.patients, study.lesions),
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


def statements(study: Layout) -> list[Result]:
    """The methods paragraph and every limitation as rows, so that they travel with the other tables."""
    words = [("methods", methods_paragraph(study.config))]
    words += [("limitation", text) for text in limitations(study.tables, study.config)]
    n = len(study.tables.patients)
    return [Result(about={"kind": kind, "text": text}, n=n, note=DESCRIPTIVE) for kind, text in words]


STATISTICAL_METHODS = StatisticalTable(
    name="statistical_methods",
    chapter="Methods and limitations",
    caption="How the statistics were made, and what they cannot show",
    keys=("kind", "text"),
    make=statements,
)
