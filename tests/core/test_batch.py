"""A batch says what it lost."""

from radiomics_mammo.core.batch import Batch, Dropped


def test_batch_is_complete_only_when_nothing_was_dropped():
    assert Batch((1, 2)).complete
    assert not Batch((1,), (Dropped("a", "read", "truncated"),)).complete
