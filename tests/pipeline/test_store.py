"""Files of a store are complete or absent; tables and records come back as they went in."""

import multiprocessing
import os
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pandas as pd
import pytest

from radiomics_mammo.core.errors import StoreError, TableError
from radiomics_mammo.core.findings import AuditCode, Finding
from radiomics_mammo.core.geometry import DisplacementField, PixelGrid, PlanarTransform
from radiomics_mammo.core.identity import ImageKey, LesionKey
from radiomics_mammo.core.lesions import LesionMask, OutlinedImage, OverlayPlacement, PenEdge, RejectedOutline
from radiomics_mammo.core.pairs import PlaceEvidence, Registration
from radiomics_mammo.core.vocabulary import (
    LesionLabel,
    OutlineColor,
    RegistrationMethod,
    RoiSource,
    StrokePolicy,
    View,
    Visit,
)
from radiomics_mammo.features import RoiFeatures
from radiomics_mammo.pipeline.stages import ImageOutcome, MeasuredRegions, OutlinedPair
from radiomics_mammo.pipeline.store import RECORDS, Store, from_record, key_of, to_record
from radiomics_mammo.tables.features import FeatureRow
from radiomics_mammo.tables.flow import FLOW, FlowRow
from radiomics_mammo.tables.images import ImageRow
from radiomics_mammo.tables.schema import Table, csv_text


@dataclass(frozen=True)
class Thing:
    name: Annotated[str, "name"] = ""
    n: Annotated[int | None, "count"] = None
    ok: Annotated[bool | None, "yes"] = None


THINGS = Table("t.csv", Thing, "thing", open_ended=True)


def test_table_comes_back_as_it_went_in(tmp_path):
    values = pd.DataFrame({"x": [0.1 + 0.2, 1e-300]})
    store, table = Store(tmp_path), THINGS.of([Thing("NA", 3, True), Thing()], values)
    store.write_table(THINGS, table, parquet=True)
    pd.testing.assert_frame_equal(store.read_table(THINGS), table)
    assert pd.read_parquet(tmp_path / "t.parquet")["x"].tolist() == [0.1 + 0.2, 1e-300]


def test_absent_table_is_empty_only_where_asked(tmp_path):
    assert Store(tmp_path).read_or_empty(THINGS).empty
    with pytest.raises(TableError, match="no such file"):
        Store(tmp_path).read_table(THINGS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a CSV table"),
        ("n,ok\n1,True\n", "no name"),
        ("name,n,ok\na,many,True\n", "integer"),
        ("name,n,ok,x\na,1,True,high\n", "text in x"),
        ('name,n,ok\n"a,1,True\n', "t.csv"),
    ],
)
def test_damaged_table_is_named(tmp_path, text, words):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(TableError, match=words):
        Store(tmp_path).read_table(THINGS)


def test_failed_write_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.write_text("a.txt", "old")

    def full_disk(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(StoreError, match="No space left"):
        store.write_text("a.txt", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_leftover_part_of_a_killed_run_is_swept(tmp_path):
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / ".a.png.123.part").write_bytes(b"half")
    with Store(tmp_path).locked():
        assert not list(tmp_path.rglob("*.part"))


def try_to_lock(path, answers):
    try:
        with Store(path).locked():
            answers.put("locked")
    except StoreError as error:
        answers.put(str(error))


def test_two_runs_in_one_folder_exclude_each_other(tmp_path):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    with Store(tmp_path).locked():
        other = context.Process(target=try_to_lock, args=(tmp_path, answers))
        other.start()
        assert "no other run" in answers.get(timeout=60)
        other.join()


def test_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="choose another --out"), Store(tmp_path / "file" / "out").locked():
        pass


def test_record_is_made_once(tmp_path):
    store, made = Store(tmp_path), []

    def make():
        made.append(1)
        return ImageKey.parse("a_CC_prior")

    first = store.recall_or_make(ImageKey, "stage", "k", make=make)
    assert store.recall_or_make(ImageKey, "stage", "k", make=make) == first
    assert len(made) == 1


def test_damaged_record_is_made_again(tmp_path):
    path = tmp_path / RECORDS / "stage" / "k.json"
    path.parent.mkdir(parents=True)
    path.write_text("{half")
    assert Store(tmp_path).recall(ImageKey, "stage", "k") is None


def test_fresh_forgets_records(tmp_path):
    store = Store(tmp_path)
    store.record("stage", "k", ImageKey.parse("a_CC_prior"))
    with store.locked(fresh=True):
        assert store.recall(ImageKey, "stage", "k") is None


def test_keys_depend_on_every_part_and_their_borders():
    assert len({key_of("a", "b"), key_of("ab"), key_of("b", "a"), key_of("a", "b", "")}) == 4


def test_csv_writes_shortest_exact_floats():
    assert csv_text(pd.DataFrame({"x": [0.1, 1 / 3]})) == "x\n0.1\n0.3333333333333333\n"


KEY = ImageKey.parse("malignant-07_CC_recent")


def outcome():
    rng = np.random.default_rng(1)
    contour = rng.normal(size=(5, 2)) * 100 / 3
    lesion = LesionMask(
        key=LesionKey(KEY, 1), grid=PixelGrid(7, 9, 0.1, 0.07), color=OutlineColor.RED, boxed=True,
        label=LesionLabel.MALIGNANT, contour_px=contour,
        other_edges=(PenEdge(StrokePolicy.INNER, contour / 7), PenEdge(StrokePolicy.OUTER, contour * 1.1)),
    )  # fmt: skip
    placement = OverlayPlacement(
        gt_rows=7, gt_cols=9, scale_row=1.1, scale_col=1 / 3, offset_row_px=0.0, offset_col_px=-0.5, similarity=0.99
    )
    ruler = RejectedOutline(code=AuditCode.RULER, reason="ticks", color=OutlineColor.GREEN, contour_px=contour)
    outlined = OutlinedImage(
        key=KEY, grid=lesion.grid, placement=placement, lesions=(lesion,), rejected=(ruler,),
        findings=(Finding.of(AuditCode.GT_SCALED),),
    )  # fmt: skip
    return ImageOutcome(key=KEY, row=replace(ImageRow.of(KEY), rows=7), outlined=outlined, findings=())


def test_outlined_pair_comes_back_with_exact_contours():
    lost = ImageOutcome(key=KEY, row=ImageRow.of(KEY), outlined=None, findings=(), dropped="truncated")
    pair = OutlinedPair(outcome(), lost, ("a_CC_recent_1",))
    back = from_record(OutlinedPair, to_record(pair))
    before, after = pair.prior.outlined.lesions[0], back.prior.outlined.lesions[0]
    np.testing.assert_array_equal(after.contour_px, before.contour_px)
    for edge, stored in zip(after.other_edges, before.other_edges, strict=True):
        assert edge.policy is stored.policy
        np.testing.assert_array_equal(edge.contour_px, stored.contour_px)
    assert (after.key, after.color, after.label, after.boxed) == (before.key, before.color, before.label, before.boxed)
    (ruler,) = back.prior.outlined.rejected
    assert (ruler.code, ruler.color) == (AuditCode.RULER, OutlineColor.GREEN)
    assert back.prior.outlined.placement == pair.prior.outlined.placement
    assert back.prior.outlined.findings == pair.prior.outlined.findings
    assert back.recent == pair.recent
    assert back.excluded == pair.excluded


def test_registration_comes_back_with_its_displacement():
    field = DisplacementField((0.0, 1.0), (2.0, 3.0), np.random.default_rng(2).normal(size=(3, 4, 2)))
    bent = PlanarTransform(np.array([[1, 0.01, 3], [0, 1, 4], [0, 0, 1.0]]), field)
    registration = Registration(
        patient_id="a", view=View.CC, recent_to_prior=bent, prior_to_recent=PlanarTransform.identity(),
        method=RegistrationMethod.DEFORMABLE, trusted=True,
        similarity_before=0.1, similarity_affine=0.2, similarity_after=0.3, negative_jacobian_fraction=0.0,
        inverse_consistency_mm=None, breast_dice=0.9,
        evidence=PlaceEvidence(
            similarity=0.3, rank_similarity=0.5, block_score=0.4, agreement=0.6, dice=0.9,
            candidates=(PlanarTransform(bent.matrix),), weights=(1.0,),
        ),
    )  # fmt: skip
    back = from_record(Registration, to_record(registration))
    points = np.random.default_rng(3).uniform(0, 9, size=(6, 2))
    np.testing.assert_array_equal(back.recent_to_prior.apply(points), bent.apply(points))
    assert back.prior_to_recent.is_identity
    assert back.inverse_consistency_mm is None
    assert back.evidence.weights == (1.0,)
    assert back.evidence.agreement == 0.6
    np.testing.assert_array_equal(back.evidence.candidates[0].matrix, bent.matrix)


def test_missing_values_stay_missing():
    row = FeatureRow(roi_id="a", patient_id="b", view=View.CC, visit=Visit.RECENT, source=RoiSource.TISSUE)
    measured = MeasuredRegions(features=(RoiFeatures(row=row, values={"x": float("nan")}),))
    back = from_record(MeasuredRegions, to_record(measured))
    assert np.isnan(back.features[0].values["x"])
    assert back.features[0].row == row


@pytest.mark.parametrize("text", ["", "{", "[]", '{"nothing": 1}', '{"key": 3}'])
def test_damaged_record_is_named(text):
    with pytest.raises(StoreError, match="--fresh"):
        from_record(ImageOutcome, text)


def test_a_table_is_parsed_once_and_its_readers_share_nothing(tmp_path, monkeypatch):
    asked = []
    plain = Table.parse
    monkeypatch.setattr(Table, "parse", lambda self, data: asked.append(self.file) or plain(self, data))
    store = Store(tmp_path)
    store.write_table(FLOW, FLOW.of([FlowRow(step="found", unit="patient", n_in=811, n_out=811)]))
    first = store.read_table(FLOW)
    first.loc[0, "n_in"] = 5
    assert store.read_table(FLOW).loc[0, "n_in"] == 811
    assert asked == ["flow.csv"]
    store.write_table(FLOW, FLOW.of([FlowRow(step="found", unit="patient", n_in=812, n_out=812)]))
    assert store.read_table(FLOW).loc[0, "n_in"] == 812
