"""A change is unusual against normal tissue of similar density and interval."""

import numpy as np
import pytest

from radiomics_mammo.config.features import FeatureConfig
from radiomics_mammo.features.null_changes import NullChanges, robust_location_scale
from radiomics_mammo.features.pairing import pair_lesions, pair_null_places

F = "original_firstorder_Mean"
LESION = "malignant-01_CC_recent_1"


def nulls_of(tables, least=3):
    pairs = pair_null_places(tables.features, tables.rois)
    return NullChanges.measured(pairs, tables.patients, config=FeatureConfig(min_null_places=least))


def z_of(tables, delta, least=3):
    rows = pair_lesions(tables.features, tables.rois).rows
    return nulls_of(tables, least).standardise(np.full((len(rows), 1), delta), rows, tables.patients)[:, 0]


def add_normals(tables, changes, *, view="CC", density="b", interval=2.0, first=1):
    for number, change in enumerate(changes, start=first):
        tables.patient(f"normal-{number:02d}", density=density, interval=interval)
        tables.null(f"normal-{number:02d}_{view}_recent-null-1", {F: 10.0 + change}, {F: 10.0})


@pytest.fixture
def lesion(tables):
    tables.patient("malignant-01", density="b", interval=2.0)
    tables.pair(LESION, {F: 5.0}, {F: 4.0})
    return tables


def test_location_and_scale_are_robust(lesion):
    add_normals(lesion, [-2.0, -1.0, 0.0, 1.0, 500.0])
    np.testing.assert_allclose(z_of(lesion, 1.4826), [1.0, 1.0])


def test_too_few_places_give_nothing(lesion):
    add_normals(lesion, [-1.0, 1.0])
    assert np.isnan(z_of(lesion, 3.0)).all()


def test_another_view_does_not_count(lesion):
    add_normals(lesion, [-1.0, 0.0, 1.0], view="MLO")
    assert np.isnan(z_of(lesion, 3.0)).all()


def test_similar_density_and_interval_come_first(lesion):
    add_normals(lesion, [-1.0, 0.0, 1.0], density="c", interval=3.0)
    add_normals(lesion, [90.0, 100.0, 110.0], density="d", first=11)
    add_normals(lesion, [90.0, 100.0, 110.0], interval=6.0, first=21)
    np.testing.assert_allclose(z_of(lesion, 1.4826), 1.0)


def test_without_similar_ones_all_normals_of_the_view_serve(lesion):
    add_normals(lesion, [9.0, 10.0, 11.0], density="d")
    np.testing.assert_allclose(z_of(lesion, 10.0), 0.0)


def test_unknown_density_and_interval_are_similar_to_any(lesion):
    add_normals(lesion, [-1.0, 0.0, 1.0], density=None, interval=None)
    np.testing.assert_allclose(z_of(lesion, 0.0), 0.0)


def test_the_own_pair_counts_but_not_other_lesion_patients(lesion):
    for number, change in enumerate([-1.0, 0.0, 1.0], start=1):
        lesion.null(f"malignant-01_CC_recent-null-{number}", {F: change}, {F: 0.0})
        lesion.null(f"malignant-02_CC_recent-null-{number}", {F: 50.0 + change}, {F: 0.0})
    lesion.patient("malignant-02")
    np.testing.assert_allclose(z_of(lesion, 0.0), 0.0)


def test_normal_tissue_itself_is_close_to_standard_normal(tables):
    rng = np.random.default_rng(8)
    add_normals(tables, rng.normal(3.0, 7.0, size=300).tolist())
    pairs = pair_null_places(tables.features, tables.rois)
    z = nulls_of(tables).standardise(pairs.recent - pairs.prior, pairs.rows, tables.patients)[:, 0]
    assert abs(z.mean()) < 0.15
    assert 0.85 < z.std() < 1.15
    assert 0.90 < (np.abs(z) < 1.96).mean() < 0.98


def test_no_spread_gives_no_scale_and_missing_values_are_passed_over():
    sample = np.array([[1.0, np.nan], [1.0, 2.0], [1.0, 3.0], [1.0, 4.0]])
    location, scale = robust_location_scale(sample, least=3)
    assert location.tolist() == [1.0, 3.0]
    assert np.isnan(scale[0])
    assert scale[1] == pytest.approx(1.4826)
