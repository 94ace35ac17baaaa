"""Measuring writes the tables of its depth; exclusions and strictness are obeyed."""

from dataclasses import replace

import pandas as pd
import pytest

from radiomics_mammo.config.loading import parse_config
from radiomics_mammo.core.batch import Batch
from radiomics_mammo.core.errors import ReleaseError
from radiomics_mammo.pipeline.batch import Workers
from radiomics_mammo.pipeline.measuring import Measuring, exclusion_findings, pair_name
from radiomics_mammo.pipeline.options import Depth
from radiomics_mammo.pipeline.store import Store
from radiomics_mammo.release import Exclusion


@pytest.fixture
def run(small_study, tmp_path):
    def measure(depth, **changes):
        out = tmp_path / "out"
        store = Store(out if out.exists() else small_study.resume_in(out))
        options = replace(small_study.options, **changes)
        measuring = Measuring.open(small_study.release, store=store, options=options)
        return store.root, measuring.work(depth), measuring

    return measure


def test_every_pair_comes_back_and_is_named(run, small_release):
    _, batch, measuring = run(Depth.AUDIT)
    assert batch.complete
    assert [record.name for record in batch.done] == [pair_name(pair) for pair in small_release.pairs()]
    assert len(measuring.inputs) == 4 * len(batch.done)


def test_rejected_lesion_leaves_the_tables_with_a_row_in_flow_and_audit(run, small_study, tmp_path):
    lesion = small_study.result.lesions.query("visit == 'recent'").iloc[0]
    rejected = tmp_path / "rejected.csv"
    rejected.write_text(f"lesion_id,mask_sha256\n{lesion['lesion_id']},{lesion['mask_sha256']}\n")
    out, _, _ = run(Depth.MASKS, exclusions=rejected)
    assert lesion["lesion_id"] not in set(pd.read_csv(out / "lesions.csv")["lesion_id"])
    flow = pd.read_csv(out / "flow.csv")
    assert flow.loc[flow["reason"] == "rejected by a reader", ["n_in", "n_out"]].diff(axis=1)["n_out"].tolist() == [-1]
    assert "EXCLUSION_APPLIED" in set(pd.read_csv(out / "audit.csv")["code"])


def test_exclusion_of_another_mask_is_stale_and_keeps_the_lesion(run, small_study, tmp_path):
    lesion = small_study.result.lesions.iloc[0]
    (tmp_path / "stale.csv").write_text(f"lesion_id,mask_sha256\n{lesion['lesion_id']},{'0' * 64}\n")
    out, batch, _ = run(Depth.AUDIT, exclusions=tmp_path / "stale.csv")
    assert lesion["lesion_id"] in set(pd.read_csv(out / "lesions.csv")["lesion_id"])
    found = exclusion_findings([Exclusion(lesion["lesion_id"], "0" * 64)], batch.done)
    assert [finding.code for finding in found] == ["EXCLUSION_STALE"]


def test_strict_ends_the_run_after_the_audit_is_written(run, tmp_path):
    (tmp_path / "stale.csv").write_text(f"lesion_id,mask_sha256\nbenign-01_CC_recent_99,{'0' * 64}\n")
    with pytest.raises(ReleaseError, match="EXCLUSION_STALE"):
        run(Depth.AUDIT, exclusions=tmp_path / "stale.csv", strict=True)
    assert "EXCLUSION_STALE" in (tmp_path / "out" / "audit.csv").read_text()


def test_columns_are_announced_before_the_first_lesion_and_old_tables_of_others_go(run, small_study, monkeypatch):
    tables = ("features.csv", "features.parquet", "deltas.csv", "dictionary.csv")
    out, _, _ = run(Depth.FEATURES)
    whole = {name: (out / name).read_bytes() for name in tables}
    seen = []
    monkeypatch.setattr(
        Workers, "each", lambda *_, **__: seen.append({n for n in tables if (out / n).exists()}) or Batch(())
    )
    monkeypatch.setattr(Measuring, "_write_measured", lambda *_: None)
    monkeypatch.setattr(Measuring, "_write_flow", lambda *_: None)
    run(Depth.FEATURES)
    assert {name: (out / name).read_bytes() for name in tables} == whole
    run(Depth.FEATURES, config=parse_config("features: standard"))
    assert seen == [set(tables), {"dictionary.csv"}]
    assert (out / "dictionary.csv").read_bytes() != whole["dictionary.csv"]
