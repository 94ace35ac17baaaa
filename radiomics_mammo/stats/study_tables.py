"""Every statistical table of a study, in the order of the report."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from radiomics_mammo.config.statistics import StatisticsConfig
from radiomics_mammo.core.results import MeasuredStudy, NamedTable
from radiomics_mammo.core.vocabulary import PriorPolicy
from radiomics_mammo.stats.by_class import class_by_half
from radiomics_mammo.stats.by_strata import strata_descriptive, strata_pairs, strata_tests
from radiomics_mammo.stats.captions import caption_of
from radiomics_mammo.stats.clusters import cluster_tables
from radiomics_mammo.stats.cohort import cohort_table, differences_table, flow_table, patient_characteristics
from radiomics_mammo.stats.confounders import confounder_table
from radiomics_mammo.stats.fairness import fairness_table, primary_scores
from radiomics_mammo.stats.interactions import interaction_table
from radiomics_mammo.stats.lesion_models import lesion_models, lesion_values
from radiomics_mammo.stats.measurements import SIMILARITY, Measurements, lesion_measurements, tissue_measurements
from radiomics_mammo.stats.methods import statement_table
from radiomics_mammo.stats.mixed_models import KEYS as MIXED_KEYS
from radiomics_mammo.stats.mixed_models import mixed_models
from radiomics_mammo.stats.paired_change import paired_change_table
from radiomics_mammo.stats.patient_models import patient_models
from radiomics_mammo.stats.power import power_table
from radiomics_mammo.stats.rows import stack_tables
from radiomics_mammo.stats.strata import stratifications, stratify
from radiomics_mammo.stats.strip_points import strip_points
from radiomics_mammo.stats.univariate import univariate_table

RECENT, PRIOR, DELTA = "recent", "prior", "delta"


@dataclass(frozen=True, eq=False)
class Analysis:
    """A measured study, laid out for the tests: women with strata, values of lesions and of tissue by quantity."""

    study: MeasuredStudy = field(repr=False)
    patients: pd.DataFrame = field(repr=False)
    characteristics: pd.DataFrame = field(repr=False)
    lesion: dict[str, Measurements] = field(repr=False)
    tissue: dict[str, Measurements] = field(repr=False)
    config: StatisticsConfig = field(repr=False)

    def by_strata(self) -> list[Measurements]:
        """What is compared between strata: recent, prior and change of tissue and of lesions."""
        change = self.config.primary_change
        return [*self.tissue.values(), *(self.lesion[name] for name in (RECENT, PRIOR, change))]

    def by_class(self) -> list[Measurements]:
        """What models and interactions use: recent values, the primary change and similarity of lesions."""
        return [self.lesion[name] for name in (RECENT, self.config.primary_change, SIMILARITY)]


def lay_out(study: MeasuredStudy, config: StatisticsConfig) -> Analysis:
    """The measured study as values by patient."""
    kinds = dict.fromkeys((RECENT, PRIOR, DELTA, config.primary_change, *config.change_kinds, SIMILARITY))
    patients = stratify(study, config)
    return Analysis(
        study,
        patients,
        patient_characteristics(study, patients),
        {kind: lesion_measurements(study, kind, config=config) for kind in kinds},
        {kind: tissue_measurements(study, kind) for kind in (RECENT, PRIOR, DELTA)},
        config,
    )


def statistics_tables(
    study: MeasuredStudy, *, predictions: pd.DataFrame | None, config: StatisticsConfig, seed: int
) -> tuple[NamedTable, ...]:
    """All tables of ``statistics/``, in the order of the report.

    Parameters
    ----------
    study : MeasuredStudy
    predictions : DataFrame or None
        ``predictions.csv``; without it fairness says so in words.
    config : StatisticsConfig
    seed : int
        Of the permutations, bootstraps and simulations; same seed, same tables.

    Returns
    -------
    tuple of NamedTable
        Every table has n, effect, ci_low, ci_high, p_value and q_value; see ``docs/statistics.md``.
    """
    analysis = lay_out(study, config)
    tables = {
        **_cohort_tables(analysis, np.random.default_rng([seed, 0])),
        **_univariate_tables(analysis),
        **_strata_tables(analysis),
        **_model_tables(analysis),
        **_prediction_tables(analysis, predictions, np.random.default_rng([seed, 1])),
    }
    univariate = tables["univariate"]
    largest = int(univariate.groupby("family").size().max()) if len(univariate) else 1
    rng = np.random.default_rng([seed, 2])
    tables["power"] = power_table(analysis.patients, tests_in_family=largest, config=config, rng=rng)
    clusters, heat = cluster_tables(analysis.lesion[RECENT], config=config)
    tables |= {"feature_clusters": clusters, "cluster_correlation": heat}
    tables["strip_points"] = strip_points(analysis.by_strata(), analysis.patients, config=config)
    tables["statistical_methods"] = statement_table(study, config)
    return tuple(NamedTable(name, caption_of(name, table, config), table) for name, table in tables.items())


def _cohort_tables(analysis: Analysis, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    characteristics = analysis.characteristics
    differences = differences_table(characteristics, analysis.patients, config=analysis.config, rng=rng)
    cohort = cohort_table(characteristics, analysis.patients, differences, config=analysis.config)
    return {"cohort": cohort, "cohort_differences": differences, "flow": flow_table(analysis.study.flow)}


def _univariate_tables(analysis: Analysis) -> dict[str, pd.DataFrame]:
    kinds = dict.fromkeys((RECENT, PRIOR, *analysis.config.change_kinds, SIMILARITY))
    config, policy = analysis.config, PriorPolicy.OUTLINED_FIRST
    others = [
        lesion_measurements(analysis.study, kind, config=config, policy=policy) for kind in kinds if kind != RECENT
    ]
    return {
        "univariate": univariate_table([analysis.lesion[kind] for kind in kinds], analysis.patients, config=config),
        "univariate_outlined_first": univariate_table(others, analysis.patients, config=config, policy=policy),
    }


def _strata_tables(analysis: Analysis) -> dict[str, pd.DataFrame]:
    measured, patients, config = analysis.by_strata(), analysis.patients, analysis.config
    tables: dict[str, pd.DataFrame] = {}
    for by in stratifications(config):
        tests = strata_tests(measured, patients, by, config=config)
        tables |= {
            f"{by.name}_descriptive": strata_descriptive(measured, patients, by, config=config),
            f"{by.name}_tests": tests,
            f"{by.name}_pairs": strata_pairs(measured, patients, tests, by=by, config=config),
            f"class_by_{by.name}": class_by_half(analysis.by_class(), patients, by, config=config),
        }
    return tables


def _model_tables(analysis: Analysis) -> dict[str, pd.DataFrame]:
    patients, config = analysis.patients, analysis.config
    changes = [analysis.lesion[DELTA], analysis.tissue[DELTA]]
    lesions = [lesion_values(analysis.study, kind) for kind in (RECENT, config.primary_change)]
    mixed = [
        mixed_models(values[RECENT], values[PRIOR], patients, config=config)
        for values in (analysis.lesion, analysis.tissue)
    ]
    return {
        "interactions": interaction_table(analysis.by_class(), patients, config=config),
        "paired_change": paired_change_table(changes, patients, config=config),
        "models_patient": patient_models(analysis.by_class(), patients, config=config),
        "models_lesion": lesion_models(lesions, patients, config=config),
        "models_mixed": stack_tables(mixed, MIXED_KEYS),
    }


def _prediction_tables(
    analysis: Analysis, predictions: pd.DataFrame | None, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    patients, config = analysis.patients, analysis.config
    scores = primary_scores(predictions)
    return {
        "fairness": fairness_table(predictions, patients, config=config, rng=rng),
        "confounders": confounder_table(analysis.characteristics, patients, scores, config=config, rng=rng),
    }
