"""Chapter with the statistical tables, by density, by age and beyond, each with its caption and drawing."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from radiomics_mammo.core.vocabulary import CaseClass, Density
from radiomics_mammo.report.blocks import Figure, Section, TextBlock
from radiomics_mammo.report.drawing import ACCENT, CLASS_COLORS, INK, SOFT, Marks, canvas, finished, forest
from radiomics_mammo.report.material import ReportMaterial
from radiomics_mammo.report.titles import shared_sentences, without
from radiomics_mammo.report.wording import RATIO_LIMITS, format_effect, format_number, format_p
from radiomics_mammo.tables.study import NamedTable


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question of the chapter: its headings in the statistical tables, the table that answers, its drawings.

    The first drawing that exists is shown, the others wait behind their title; `what` says what is counted.
    """

    title: str
    chapters: tuple[str, ...]
    answer: str
    drawings: tuple[str, ...] = ()
    what: str = "comparisons"


QUESTIONS = (
    Question(
        title="Does it differ by class?",
        chapters=("Benign against malignant",),
        answer="univariate",
        drawings=("volcano", "effects-models-patient"),
        what="comparisons of malignant with benign",
    ),
    Question(
        title="Does it differ with density?",
        chapters=("By breast density",),
        answer="density_tests",
        drawings=("strip-density-tissue", "strip-density-lesion"),
        what="tests by BI-RADS density",
    ),
    Question(
        title="Does it differ with age?",
        chapters=("By age",),
        answer="age_tests",
        drawings=("strip-age-tissue", "strip-age-lesion"),
        what="tests by age",
    ),
    Question(
        title="Does density or age change what tells the classes apart?",
        chapters=("Interactions with density and age",),
        answer="interactions",
        drawings=("effects-interactions",),
        what="interactions",
    ),
    Question(
        title="Did it change between the exams?",
        chapters=("Change over time",),
        answer="paired_change",
        drawings=("paired-change",),
        what="changes within a class",
    ),
    Question(
        title="Who is served worse by the classifier?",
        chapters=("Fairness of the classifier",),
        answer="fairness",
        drawings=("effects-fairness",),
        what="differences between groups",
    ),
    Question(
        title="Could something dull explain it, and what could n show?",
        chapters=("Confounders and power",),
        answer="confounders",
        what="associations with technical characteristics",
    ),
    Question(
        title="Which features say the same?",
        chapters=("Clusters of features",),
        answer="",
        drawings=("feature-clusters",),
    ),
)
"""Every heading of the statistical tables as a question, in the order of the chapter."""
_ELSEWHERE = ("Cohort", "Flow", "Methods and limitations")
"""Headings of other chapters."""
_EFFECTS = ("models_patient", "interactions", "fairness")
"""Tables whose effects are drawn."""
_TITLES = {
    "models_patient": "Odds of malignancy per standard deviation of a feature",
    "interactions": "Does density or age change the odds of a feature?",
    "fairness": "Performance of the primary model by group",
}
"""What a forest plot shows, by its table."""
_QUANTITIES, _COLUMNS = ("recent", "prior", "delta"), 3
_MOST_EFFECTS = 24
_FEWEST_EFFECTS = 2
"""One row is a sentence, not a picture."""
_MOST_VOLCANOES = 3
_NO_DIFFERENCE = 0.5
"""Common-language effect where the classes do not differ."""
_MARKED_Q = 0.05
"""q below which a point is filled; the declared rate stands in the table."""
_SMALLEST_P = 1e-12
_NAMING = (
    "source", "quantity", "feature", "test", "case_class", "variable", "analysis", "stratification", "stratum",
    "modifier", "term", "metric", "comparison",
)  # fmt: skip
"""Words that name a row of a forest plot; the others repeat them."""


def statistics_section(material: ReportMaterial) -> Section:
    """All statistical tables under their headings; headings not known here come last."""
    if not material.statistics:
        text = "This folder holds no statistical tables; `radiomics-mammo statistics DIR` makes them."
        return Section("Statistics", (TextBlock(text, "missing"),))
    intro = TextBlock(
        "Every question is answered by one sentence with its n and interval, one picture, and the tables behind it. A "
        "stratum with too few patients is printed with its n and not tested. q is p adjusted within a family declared "
        "beforehand."
    )
    shared = shared_sentences(table.caption for table in material.statistics)
    material = _saying_once(material, shared)
    common = (TextBlock(f"Of every table below that does not say otherwise: {' '.join(shared)}"),) if shared else ()
    parts = [part for question in QUESTIONS if (part := _answered(question, material)).blocks]
    asked = {chapter for question in QUESTIONS for chapter in question.chapters}
    for title in material.headings:
        if title not in asked and title not in _ELSEWHERE:
            parts.append(Section(title or "Further tables", material.under(title)))
    return Section("Statistics", (intro, *common), tuple(parts))


def _saying_once(material: ReportMaterial, shared: tuple[str, ...]) -> ReportMaterial:
    """The same without what was said of all tables, in captions of tables and drawings."""
    return replace(
        material,
        statistics=tuple(replace(table, caption=without(table.caption, shared)) for table in material.statistics),
        figures=tuple(replace(figure, caption=without(figure.caption, shared)) for figure in material.figures),
    )


def _answered(question: Question, material: ReportMaterial) -> Section:
    tables = tuple(block for chapter in question.chapters for block in material.under(chapter, folded=True))
    drawn = material.drawn(*question.drawings)
    pictures = tuple(
        replace(figure, folded=place > 0, title=question_of_picture(figure.name)) for place, figure in enumerate(drawn)
    )
    answering = [table for table in material.statistics if table.name == question.answer]
    rate = float(material.provenance.value("configuration.statistics.false_discovery_rate") or _MARKED_Q)
    told = tuple(
        TextBlock(answer_sentence(table.table, question.what, rate=rate), "result-line") for table in answering
    )
    return Section(question.title, (*told, *pictures, *tables) if pictures or tables else ())


def question_of_picture(name: str) -> str:
    """What a drawing shows, from its file stem.

    Examples
    --------
    >>> question_of_picture("strip-age-lesion"), question_of_picture("effects-models-patient")
    ('Women by age, lesion', 'Odds of malignancy per standard deviation of a feature')
    """
    if name.startswith("strip-"):
        _, stratum, source = name.split("-", 2)
        return f"Women by {stratum}, {source}"
    return _TITLES.get(name.removeprefix("effects-").replace("-", "_"), name.replace("-", " ").capitalize())


def answer_sentence(table: pd.DataFrame, what: str, *, rate: float) -> str:
    """A statistical table in one sentence: how many tests, how many hold after correction, the clearest with interval.

    Parameters
    ----------
    table : DataFrame
        With the columns of every statistical table: n, effect_name, effect, ci_low, ci_high, p_value, q_value, note.
    what : str
        What was compared, in the plural.
    rate : float
        Declared false discovery rate.

    Examples
    --------
    >>> row = {"feature": "f", "n": 65, "effect_name": "AUC", "effect": 0.9, "ci_low": 0.8, "ci_high": 0.95}
    >>> answer_sentence(pd.DataFrame([row | {"p_value": 0.001, "q_value": 0.002}]), "comparisons", rate=0.05)
    'Yes, in 1 of 1 comparisons (q at most 0.05); the clearest: f, AUC 0.900 (0.800 to 0.950), n = 65, q = 0.002.'
    """
    tested = table[table["p_value"].notna()]
    if tested.empty:
        notes = table["note"].dropna().value_counts() if "note" in table else pd.Series(dtype="int64")
        why = f": {notes.index[0]} ({notes.iloc[0]} of {len(table)} rows)" if len(notes) else ""
        return f"Not tested{why}."
    adjusted = tested["q_value"].fillna(tested["p_value"])
    held = int((adjusted <= rate).sum())
    clearest = tested[adjusted <= rate] if held else tested
    first = clearest.loc[clearest.sort_values("p_value", kind="stable").index[0]]
    words = ", ".join(
        part for part in (*row_names(tested.loc[[first.name]], among=tested), _effect_words(first)) if part
    )
    untested = len(table) - len(tested)
    rest = f" {untested} further rows were not tested." if untested else ""
    if held:
        return f"Yes, in {held} of {len(tested)} {what} (q at most {rate:g}); the clearest: {words}.{rest}"
    return f"Not shown: none of {len(tested)} {what} has q of at most {rate:g}; the smallest p: {words}.{rest}"


def _effect_words(row: pd.Series) -> str:
    ratio = "ratio" in str(row["effect_name"])
    effect = format_effect(row["effect"], row["ci_low"], row["ci_high"], ratio=ratio)
    q_value = f", q {_equal(row['q_value'])}" if pd.notna(row["q_value"]) else f", p {_equal(row['p_value'])}"
    return f"{str(row['effect_name']).split(',')[0]} {effect}, n = {row['n']}{q_value}"


def _equal(probability: float) -> str:
    words = format_p(float(probability))
    return words if words.startswith("<") else f"= {words}"


def statistics_figures(statistics: tuple[NamedTable, ...]) -> tuple[Figure, ...]:
    """The drawings these tables allow."""
    drawn: list[Figure | None] = []
    known = {table.name: table for table in statistics if len(table.table)}
    if "strip_points" in known:
        points = known["strip_points"].table
        drawn += [*strip_figures(points, "density"), *strip_figures(points, "age_band")]
    if "univariate" in known:
        drawn.append(volcano_figure(known["univariate"]))
    drawn += [effects_figure(known[name]) for name in _EFFECTS if name in known]
    if "paired_change" in known:
        drawn.append(change_figure(known["paired_change"]))
    if "cluster_correlation" in known:
        drawn.append(cluster_figure(known["cluster_correlation"]))
    return tuple(figure for figure in drawn if figure is not None)


def strip_figures(points: pd.DataFrame, stratum: str) -> tuple[Figure, ...]:
    """Recent, prior and change of the first declared features by density or age band, one drawing a source.

    `points` is ``statistics/strip_points.csv``, one point a woman and feature; `stratum` density or age_band.
    """
    known = points[points[stratum].notna() & (points[stratum] != "") & points["effect"].notna()]
    if stratum == "density":
        order = [str(one) for one in Density]
    else:  # age bands by the youngest woman in them
        order = [str(band) for band in known.groupby(stratum)["age_years"].min().sort_values().index]
    parts = known.groupby("source")
    return tuple(_strip_figure(part, stratum, source=str(source), order=order) for source, part in parts)


def _strip_figure(points: pd.DataFrame, stratum: str, *, source: str, order: list[str]) -> Figure:
    quantities = [one for one in _QUANTITIES if (points["quantity"] == one).any()]
    whole = points.groupby("feature", sort=False)["quantity"].nunique().sort_values(ascending=False, kind="stable")
    features = [str(one) for one in whole.index[:_COLUMNS]]
    word, marks = stratum.replace("_", " "), []
    with canvas(2.1 * len(quantities) + 0.4, columns=len(features), rows=len(quantities)) as (drawn, axes):
        for lane, (quantity, feature) in zip(axes, itertools.product(quantities, features), strict=True):
            shown = points[(points["quantity"] == quantity) & (points["feature"] == feature)]
            marks += _strip(lane, shown, stratum=stratum, order=order)
            lane.set_title(f"{source}: {plain_name(feature)}, {quantity}", fontsize=8)
            if quantity == "delta":
                lane.axhline(0, color=SOFT, lw=0.8, ls="--", zorder=0)
        names = axes[0].get_legend_handles_labels()
        drawn.legend(*names, loc="outside lower center", ncols=3, markerscale=1.4)
        women = points.drop_duplicates("patient_id")[stratum].value_counts()
        counts = ", ".join(f"{value} (n = {women.get(value, 0)})" for value in order)
        return finished(
            drawn,
            f"strip-{word.split()[0]}-{source}",
            alt=f"{source.capitalize()} by {word}: {', '.join(features)}, each {', '.join(quantities)}.",
            caption=f"One point is one woman; bars are medians; women by {word}: {counts}. Descriptive; tests, "
            "effects and corrections are in the tables. All points are in statistics/strip_points.csv.",
            marks=marks,
        )


def _strip(axes: Axes, table: pd.DataFrame, *, stratum: str, order: list[str]) -> list[Marks]:
    rng, marks = np.random.default_rng(0), []
    for name in CaseClass:
        part = table[(table["case_class"] == name) & table[stratum].isin(order)]
        if len(part):
            places = part[stratum].map(order.index).to_numpy(dtype=float) + rng.uniform(-0.22, 0.22, len(part))
            axes.scatter(places, part["effect"], s=12, color=CLASS_COLORS[name], alpha=0.7, lw=0, label=str(name))
            told = [f"{row.patient_id}: {format_number(row.effect)}" for row in part.itertuples()]
            marks.append(Marks(axes, places, part["effect"], told))
    for place, value in enumerate(order):
        values = table.loc[table[stratum] == value, "effect"]
        if len(values):
            axes.plot([place - 0.3, place + 0.3], [values.median()] * 2, color=INK, lw=1.8)
    axes.set_xticks(range(len(order)), order)
    axes.set_xlim(-0.6, len(order) - 0.4)
    axes.grid(visible=False, axis="x")
    return marks


def volcano_figure(univariate: NamedTable) -> Figure | None:
    """Volcano plot: common-language effect against p for every feature, one panel a quantity; filled where q is small.

    None where no feature has both.
    """
    table = univariate.table.dropna(subset=["effect", "p_value"])
    panels, marks = list(table.groupby("quantity", sort=False))[:_MOST_VOLCANOES], []
    if not panels:
        return None
    with canvas(2.9, columns=len(panels)) as (drawn, axes):
        for lane, (quantity, part) in zip(axes, panels, strict=True):
            kept = (part["q_value"] <= _MARKED_Q).fillna(False).to_numpy(dtype=bool)
            height = -np.log10(part["p_value"].clip(lower=_SMALLEST_P).to_numpy(dtype=float))
            effect = part["effect"].to_numpy(dtype=float)
            lane.scatter(effect[~kept], height[~kept], s=9, facecolors="none", edgecolors=SOFT, alpha=0.6, lw=0.6)
            lane.scatter(effect[kept], height[kept], s=14, color=CLASS_COLORS["malignant"], alpha=0.85, lw=0)
            lane.axvline(_NO_DIFFERENCE, color=SOFT, lw=0.8, ls="--", zorder=0)
            marks.append(Marks(lane, effect, height, [_pointed(row) for row in part.to_dict("records")]))
            said = f"{quantity}: {int(kept.sum())} of {len(part)} with q ≤ {_MARKED_Q}"
            lane.set(title=said, xlabel="P(malignant > benign)", xlim=(-0.02, 1.02))
        axes[0].set_ylabel("−log10 p")
        total = int((table["q_value"] <= _MARKED_Q).sum())
        return finished(
            drawn,
            "volcano",
            alt=f"Effect against p for {len(table)} features; {total} have q of at most {_MARKED_Q}.",
            caption=f"{univariate.caption} Filled: q at most {_MARKED_Q}, counted in the titles. At an effect of "
            f"{_NO_DIFFERENCE} (dashed) the classes do not differ.",
            marks=marks,
        )


def _pointed(row: Mapping[str, Any]) -> str:
    """What a point of an effect says: its feature, the effect with its interval where known, n and p."""
    effect = format_effect(row["effect"], row["ci_low"], row["ci_high"])
    return f"{plain_name(str(row['feature']))}: {effect}, n = {row['n']}, p {_equal(row['p_value'])}"


def change_figure(named: NamedTable) -> Figure | None:
    """Which features changed between the exams: matched-pairs rank-biserial correlation, one colour a class.

    It has one scale for every feature, which the change in the feature's own unit has not. None without one.
    """
    table = named.table
    if "rank_biserial" not in table or table["rank_biserial"].notna().sum() == 0:
        return None
    known = table.dropna(subset=["rank_biserial", "p_value"]).sort_values("p_value", kind="stable")
    key = ["source", "feature"]
    shown = known[key].drop_duplicates().head(_MOST_EFFECTS).reset_index(drop=True)
    if shown.empty:
        return None
    names = [
        f"{row.feature} ({row.source})" if shown["source"].nunique() > 1 else row.feature for row in shown.itertuples()
    ]
    with canvas(1.2 + 0.24 * len(shown)) as (drawn, (axes,)):
        parts = [(name, shown.reset_index().merge(known[known["case_class"] == name], on=key)) for name in CaseClass]
        marks = [_changed(axes, part, str(name)) for name, part in parts if len(part)]
        axes.axvline(0, color=SOFT, lw=0.8, ls="--", zorder=0)
        axes.set_yticks(range(len(names)), [plain_name(one) for one in names], fontsize=7.5)
        axes.set(xlim=(-1.05, 1.05), ylim=(len(names) - 0.4, -0.6), title="Change from the prior to the recent exam")
        axes.set_xlabel("rank-biserial correlation: -1 all fell, 0 no change, +1 all rose")
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return finished(
            drawn,
            "paired-change",
            alt=f"Direction of change of {len(shown)} features within each class.",
            caption=f"One point is one feature in the women of one class; the {len(shown)} features with the smallest "
            f"p. Filled: q at most {_MARKED_Q}.",
            marks=marks,
        )


def _changed(axes: Axes, part: pd.DataFrame, name: str) -> Marks:
    """The points of one class, filled where q is small; `index` is their line."""
    kept = (part["q_value"] <= _MARKED_Q).fillna(False).to_numpy(dtype=bool)
    fill = [CLASS_COLORS[name] if one else "none" for one in kept]
    x, y = part["rank_biserial"].to_numpy(dtype=float), part["index"].to_numpy(dtype=float)
    label = f"{name} (n up to {int(part['n'].max())})"
    axes.scatter(x, y, s=30, lw=1.2, facecolors=fill, edgecolors=CLASS_COLORS[name], label=label)
    told = [
        f"{plain_name(str(row.feature))}, {name}: {row.rank_biserial:.2f}, n = {row.n}, p {_equal(row.p_value)}"
        for row in part.itertuples()
    ]
    return Marks(axes, x, y, told)


def plain_name(feature: str) -> str:
    """A feature's name without the words that all of them share.

    Examples
    --------
    >>> plain_name("tissue_original_firstorder_Mean")
    'firstorder Mean'
    """
    return feature.removeprefix("tissue_").removeprefix("original_").replace("_", " ")


def effects_figure(named: NamedTable) -> Figure | None:
    """Forest plot: effects of one table with their intervals, smallest p first; a log axis for ratios.

    None where the table holds fewer than two effects with an interval.
    """
    rows = named.table.dropna(subset=["effect", "ci_low", "ci_high"])
    rows = rows[np.isfinite(rows[["effect", "ci_low", "ci_high"]].to_numpy(dtype=float)).all(axis=1)]
    if rows.empty:
        return None
    effect_name = str(rows["effect_name"].astype(str).value_counts().index[0])
    rows = rows[rows["effect_name"] == effect_name].rename(columns={"effect": "estimate"})
    if len(rows) < _FEWEST_EFFECTS:
        return None
    rows = rows.sort_values("p_value", kind="stable").head(_MOST_EFFECTS).reset_index(drop=True)
    ratio = "ratio" in effect_name and bool((rows["ci_low"] > 0).all())
    low, high = RATIO_LIMITS
    with canvas(0.8 + 0.24 * len(rows)) as (drawn, (axes,)):
        marks = forest(axes, rows, [plain_name(name) for name in row_names(rows)], [ACCENT] * len(rows), ratio=ratio)
        axes.tick_params("y", labelsize=7.5)
        axes.axvline(1.0 if ratio else 0.5 if "AUC" in effect_name else 0.0, color=SOFT, lw=0.8, ls="--", zorder=0)
        if ratio:
            axes.set_xscale("log")
            axes.set_xlim(max(rows["ci_low"].min() / 1.5, low), min(rows["ci_high"].max() * 1.5, high))
        n = f"n = {rows['n'].iloc[0]}" if rows["n"].nunique() == 1 else f"n {rows['n'].min()} to {rows['n'].max()}"
        axes.set(title=f"{_TITLES.get(named.name, named.name.replace('_', ' '))}, {n}", xlabel=effect_name)
        shown = f" The {len(rows)} rows with the smallest p." if len(rows) < len(named.table) else ""
        cut = f", cut at {low:g} and {high:g}" if ratio else ""
        return finished(
            drawn,
            f"effects-{named.name.replace('_', '-')}",
            alt=f"{effect_name} with intervals for {len(rows)} rows of {named.name}.",
            caption=f"{named.caption}{shown} Points: {effect_name}; lines: intervals{cut}.",
            marks=[marks],
        )


def row_names(rows: pd.DataFrame, *, among: pd.DataFrame | None = None) -> list[str]:
    """A short name for each row: the naming words that differ between the rows, or `among` more of them."""
    every = rows if among is None else among
    words = [word for word in _NAMING if word in rows]
    telling = [word for word in words if every[word].nunique(dropna=False) > 1] or words[:1]
    return [" · ".join(str(row[word]) for word in telling if pd.notna(row[word])) for _, row in rows.iterrows()]


def cluster_figure(correlation: NamedTable) -> Figure | None:
    """Heat map of the correlations between the features that stand for their clusters; None without one."""
    table = correlation.table.dropna(subset=["position_a", "position_b", "effect"])
    if table.empty:
        return None
    order = {place: rank for rank, place in enumerate(sorted({*table["position_a"], *table["position_b"]}))}
    size = len(order)
    grid = np.full((size, size), np.nan)
    names = [""] * size
    for row in table.itertuples():
        a, b = order[row.position_a], order[row.position_b]
        grid[a, b] = grid[b, a] = row.effect
        names[a], names[b] = plain_name(str(row.feature_a)), plain_name(str(row.feature_b))
    np.fill_diagonal(grid, 1.0)
    with canvas(min(9.5, 2.6 + 0.19 * size)) as (drawn, (axes,)):
        shown = axes.imshow(grid, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
        axes.set_yticks(range(size), names, fontsize=max(3.5, 7 - size / 25))
        axes.set_xticks(range(size), names, fontsize=max(3.5, 7 - size / 25), rotation=90)
        axes.grid(visible=False)
        axes.set_title("Rank correlation between the features that stand for their clusters")
        drawn.colorbar(shown, ax=axes, shrink=0.6, label="Spearman correlation")
        return finished(
            drawn,
            "feature-clusters",
            alt=f"Heat map of rank correlations between {size} features, one for each cluster.",
            caption=correlation.caption,
        )
