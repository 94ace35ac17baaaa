"""Depths are ordered as the stages are."""

from radiomics_mammo.pipeline.options import Depth, RunOptions


def test_depths_are_ordered():
    assert Depth.AUDIT < Depth.MASKS < Depth.FEATURES


def test_default_run_is_local_and_lenient():
    options = RunOptions()
    assert (options.workers.jobs, options.strict, options.fresh) == (1, False, False)
