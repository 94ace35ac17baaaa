"""Measuring writes the tables of its depth, as the contract has them; exclusions and strictness are obeyed."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.config.study import StudyConfig
from radiomics_mammo.core.batch import Batch
from radiomics_mammo.core.cases import Release
from radiomics_mammo.core.errors import ReleaseError
from radiomics_mammo.core.vocabulary import Decision, PriorPolicy
from radiomics_mammo.pipeline.journal import Journal
from radiomics_mammo.pipeline.measuring import (
    Measured,
    RunOptions,
    announce_columns,
    change,
    exclusion_findings,
    images_table,
    lesions_table,
    measured_tables,
    outline_align_measure,
    read_release,
    rejected_priors,
    stop_at,
)
from radiomics_mammo.pipeline.pairs import Depth, pair_name
from radiomics_mammo.pipeline.results import read_study
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.release import Exclusion
from radiomics_mammo.tables.deltas import DELTAS
from radiomics_mammo.tables.registration import REGISTRATION
from radiomics_mammo.tables.review import REVIEW, ReviewRow, alignment_id, alignment_sha256
from radiomics_mammo.tables.study import MEASURED, MODELED


@pytest.fixture
def run(small_study, tmp_path):
    """Take the small study as deep as asked for, going on from its records; folder and what came of it."""

    def measure(depth, **changes):
        out = tmp_path / "out"
        journal = Journal(Store(out if out.exists() else small_study.resume_in(out)))
        options = replace(small_study.options, **changes)
        index = read_release(small_study.release, options, journal)
        measured = outline_align_measure(index, depth, options, journal=journal)
        if depth is Depth.FEATURES:
            change(measured, options, journal=journal)
        else:
            stop_at(depth, measured, options, journal=journal)
        return out, measured

    return measure


def test_every_pair_comes_back_and_is_named(run, small_release):
    _, measured = run(Depth.AUDIT)
    assert measured.batch.complete
    assert [record.name for record in measured.records] == [pair_name(pair) for pair in small_release.pairs()]
    assert len(measured.inputs_sha256) == 4 * len(measured.records)


def test_rejected_lesion_leaves_the_tables_with_a_row_in_flow_and_audit(run, small_study, tmp_path):
    lesion = small_study.result.lesions.query("visit == 'recent'").iloc[0]
    rejected = tmp_path / "rejected.csv"
    rejected.write_text(f"lesion_id,mask_sha256\n{lesion['lesion_id']},{lesion['mask_sha256']}\n")
    out, _ = run(Depth.MASKS)
    assert (out / lesion["mask_file"]).is_file()
    run(Depth.MASKS, exclusions=rejected)
    assert not (out / lesion["mask_file"]).exists()
    exclusions = json.loads((out / "study.json").read_text())["exclusions"]
    assert exclusions == {"rejected.csv": hashlib.sha256(rejected.read_bytes()).hexdigest()}
    assert lesion["lesion_id"] not in set(pd.read_csv(out / "lesions.csv")["lesion_id"])
    flow = pd.read_csv(out / "flow.csv")
    assert flow.loc[flow["reason"] == "rejected by a reader", ["n_in", "n_out"]].diff(axis=1)["n_out"].tolist() == [-1]
    assert "EXCLUSION_APPLIED" in set(pd.read_csv(out / "audit.csv")["code"])


def test_rejected_region_takes_what_was_carried_to_its_place_and_a_rejected_alignment_its_whole_pair():
    rois = pd.DataFrame(
        [
            ("a_CC_1-recent", "a", "CC", "recent", None, "outlined", "a_CC_1"),
            ("a_CC_1-prior", "a", "CC", "prior", "registered", "registered", "a_CC_1"),
            ("a_CC-null-prior", "a", "CC", "prior", "registered", "null", None),
            ("a_MLO_1-prior", "a", "MLO", "prior", "registered", "registered", "a_MLO_1"),
            ("a_MLO_1-zone", "a", "MLO", "prior", "regional", "registered", "a_MLO_1"),
            ("a_MLO_1-drawn", "a", "MLO", "prior", "outlined-first", "outlined", "a_MLO_1"),
            ("a_MLO_2-zone", "a", "MLO", "prior", "regional", "registered", "a_MLO_2"),
            ("a_CC_tissue", "a", "CC", "prior", None, "tissue", None),
        ],
        columns=["roi_id", "patient_id", "view", "visit", "prior_policy", "source", "recent_lesion_id"],
    )

    def gone(*ids):
        return rois.loc[rejected_priors(rois, frozenset(ids)), "roi_id"].tolist()

    assert gone("a_CC") == ["a_CC_1-prior", "a_CC-null-prior"]
    assert gone("a_MLO_1-zone") == ["a_MLO_1-prior", "a_MLO_1-zone"]
    assert gone("a_MLO_1-drawn") == ["a_MLO_1-prior", "a_MLO_1-zone", "a_MLO_1-drawn"]
    assert gone() == []


def review_of(small_study, tmp_path):
    """A review that calls an outline, another woman's alignment and a third one's prior region wrong; who they are."""
    result = small_study.result
    rows = REGISTRATION.rows(result.registration)
    recent = result.lesions.query("visit == 'recent'").drop_duplicates("patient_id")
    outline, aligned, region = (recent.iloc[place] for place in range(3))
    pair = next(row for row in rows if (row.patient_id, row.view) == (aligned["patient_id"], aligned["view"]))
    prior = next(
        roi for roi in result.rois.itertuples() if roi.recent_lesion_id == region["lesion_id"] and roi.visit == "prior"
    )
    mask = hashlib.sha256((small_study.out / prior.mask_file).read_bytes()).hexdigest()
    decisions = [
        ReviewRow(id=outline["lesion_id"], mask_sha256=outline["mask_sha256"], note="a word, not a line", reader="AB"),
        ReviewRow(id=alignment_id(pair), mask_sha256=alignment_sha256(pair)),
        ReviewRow(id=prior.roi_id, mask_sha256=mask),
        ReviewRow(id=region["lesion_id"], mask_sha256=region["mask_sha256"], decision=Decision.RIGHT),
    ]
    file = tmp_path / "review.csv"
    file.write_text(REVIEW.csv(REVIEW.of(decisions)))
    return file, outline["lesion_id"], pair, prior.roi_id


def test_review_leaves_out_outlines_and_empties_the_change_of_rejected_priors(run, small_study, tmp_path):
    file, outline, pair, region = review_of(small_study, tmp_path)
    out, _ = run(Depth.FEATURES, review=file)
    result = read_study(out)
    assert outline not in set(result.lesions["lesion_id"])
    assert result.reviewed_out["lesion_id"].tolist() == [outline]
    assert len(result.review) == 4
    deltas = result.deltas
    values = [name for name in deltas.columns if name not in DELTAS.names]
    empty = deltas[values].isna().all(axis=1)
    of_pair = (deltas["patient_id"] == pair.patient_id) & (deltas["view"] == pair.view)
    assert of_pair.any()
    rejected = result.rois.set_index("roi_id").loc[region, "recent_lesion_id"]
    carried = (deltas["recent_lesion_id"] == rejected) & (deltas["prior_source"] != "outlined")
    assert set(deltas.loc[carried, "prior_policy"]) >= {"regional", "registered"}
    gone = of_pair | carried | (deltas["prior_roi_id"] == region)
    assert empty[gone].all()
    was = small_study.result.deltas.set_index(["recent_lesion_id", "prior_policy"])
    others = deltas[~gone].set_index(["recent_lesion_id", "prior_policy"])
    assert (others[values].notna().any(axis=1) == was.loc[others.index, values].notna().any(axis=1)).all()
    codes = result.audit["code"].value_counts()
    assert (codes["EXCLUSION_APPLIED"], codes["PRIOR_REJECTED"]) == (1, 2)
    lost = result.lost.set_index("reason")["lesion_id"]
    assert lost.loc[["rejected by a reader"]].tolist() == [outline]
    assert rejected in set(lost.loc[["prior region rejected by a reader"]])
    counted = result.flow.groupby(["step", "reason"], dropna=True).agg(n_in=("n_in", "sum"), n_out=("n_out", "sum"))
    named = result.lost.groupby(["step", "reason"]).size()
    assert (counted["n_in"] - counted["n_out"])[named.index].tolist() == named.tolist()


def test_a_later_run_without_a_review_forgets_no_decision_and_a_newer_decision_wins(run, small_study, tmp_path):
    lesion = small_study.result.lesions.query("visit == 'recent'").iloc[0]
    row = ReviewRow(id=lesion["lesion_id"], mask_sha256=lesion["mask_sha256"], date="2026-01-01")
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(REVIEW.csv(REVIEW.of([row])))
    second.write_text(REVIEW.csv(REVIEW.of([replace(row, decision=Decision.RIGHT, date="2026-02-01")])))
    out, _ = run(Depth.MASKS, review=first)
    again, _ = run(Depth.MASKS)
    assert read_study(again).reviewed_out["lesion_id"].tolist() == [lesion["lesion_id"]]
    assert REVIEW.rows(read_study(out).review) == (row,)
    run(Depth.MASKS, review=second)
    assert read_study(out).reviewed_out.empty
    run(Depth.MASKS, review=first)
    assert read_study(out).reviewed_out.empty, "the older decision does not come back"
    run(Depth.MASKS, review=first, fresh=True)
    assert len(read_study(out).reviewed_out) == 1


def test_exclusion_of_another_mask_is_stale_and_keeps_the_lesion(run, small_study, tmp_path):
    lesion = small_study.result.lesions.iloc[0]
    (tmp_path / "stale.csv").write_text(f"lesion_id,mask_sha256\n{lesion['lesion_id']},{'0' * 64}\n")
    out, measured = run(Depth.AUDIT, exclusions=tmp_path / "stale.csv")
    assert lesion["lesion_id"] in set(pd.read_csv(out / "lesions.csv")["lesion_id"])
    found = exclusion_findings([Exclusion(lesion["lesion_id"], "0" * 64)], measured.records)
    assert [finding.code for finding in found] == ["EXCLUSION_STALE"]


def test_strict_ends_the_run_after_the_audit_is_written(run, tmp_path):
    (tmp_path / "stale.csv").write_text(f"lesion_id,mask_sha256\nbenign-01_CC_recent_99,{'0' * 64}\n")
    with pytest.raises(ReleaseError, match="EXCLUSION_STALE"):
        run(Depth.AUDIT, exclusions=tmp_path / "stale.csv", strict=True)
    assert "EXCLUSION_STALE" in (tmp_path / "out" / "audit.csv").read_text()


def test_log_counts_errors_and_warnings_by_code(run, caplog):
    with caplog.at_level("INFO", logger="radiomics_mammo"):
        _, measured = run(Depth.AUDIT)
    told = {
        record.facts["code"]: record.facts["findings"]
        for record in caplog.records
        if "code" in getattr(record, "facts", {})
    }
    grave = [str(one.code) for one in measured.findings if one.severity != "info"]
    assert told == {code: grave.count(code) for code in grave}


def test_columns_are_announced_before_the_first_lesion_and_old_tables_of_others_go(run, small_study, tmp_path):
    tables = ("features.csv", "features.parquet", "deltas.csv", "dictionary.csv")
    out, _ = run(Depth.FEATURES)
    store, same = Store(out), small_study.options.config
    whole = {name: (out / name).read_bytes() for name in tables}
    announce_columns(store, same)
    assert {name: (out / name).read_bytes() for name in tables} == whole
    announce_columns(store, parse_config("features: standard"))
    assert {name for name in tables if (out / name).exists()} == {"dictionary.csv"}
    assert (out / "dictionary.csv").read_bytes() != whole["dictionary.csv"]


def test_columns_of_the_contract_come_first_and_in_order(small_study):
    for table in (*MEASURED, *MODELED):
        header = pd.read_csv(small_study.out / table.file, nrows=0).columns.tolist()
        assert header[: len(table.names)] == table.names, table.file
        assert table.open_ended or header == table.names, table.file


def test_every_row_has_a_unique_key(small_study):
    result = small_study.result
    for table, key in (
        (result.patients, ["patient_id"]),
        (result.images, ["image_id"]),
        (result.lesions, ["lesion_id"]),
        (result.registration, ["patient_id", "view"]),
        (result.rois, ["roi_id"]),
        (result.features, ["roi_id"]),
        (result.deltas, ["recent_lesion_id", "prior_policy"]),
        (result.patient_deltas, ["patient_id", "prior_policy"]),
    ):
        assert len(table)
        assert not table.duplicated(key).any(), key


def test_every_recent_lesion_has_a_delta_row_under_both_policies(small_study):
    result = small_study.result
    recent = result.lesions.loc[result.lesions["visit"] == "recent", "lesion_id"]
    found = set(zip(result.deltas["recent_lesion_id"], result.deltas["prior_policy"], strict=True))
    assert found == {(lesion, policy) for lesion in recent for policy in PriorPolicy}


def test_rows_refer_to_rows_that_are_there(small_study):
    result = small_study.result
    assert set(result.lesions["image_id"]) <= set(result.images["image_id"])
    assert set(result.features["roi_id"]) == set(result.rois["roi_id"])
    assert set(result.deltas["prior_roi_id"].dropna()) <= set(result.rois["roi_id"])
    for name in result.lesions["mask_file"].tolist() + result.rois["mask_file"].dropna().tolist():
        assert (small_study.out / name).is_file()


def test_parquet_twins_hold_the_same_numbers(small_study):
    for name in ("features", "deltas"):
        twin = pd.read_parquet(small_study.out / f"{name}.parquet")
        pd.testing.assert_frame_equal(twin, getattr(small_study.result, name), check_dtype=False)


def test_no_records_are_empty_tables():
    nothing = Measured(release=Release(root=Path("r"), patients=(), images=()), batch=Batch(()), findings=())
    assert images_table([]).empty
    assert lesions_table([]).empty
    frames = measured_tables(nothing, StudyConfig())
    assert [table.file for table, frame in frames.items() if len(frame)] == ["dictionary.csv"]
    assert {table.file for table in frames} < {table.file for table in MEASURED}


def test_depths_are_ordered():
    assert Depth.AUDIT < Depth.MASKS < Depth.FEATURES


def test_default_run_is_local_and_lenient():
    options = RunOptions()
    assert (options.workers.jobs, options.strict, options.fresh) == (1, False, False)
