"""A worker of a cluster dies in the middle of a study; the tables do not tell."""

from radiomics_mammo.config.loading import load_config
from radiomics_mammo.pipeline.measuring import RunOptions
from radiomics_mammo.pipeline.study import measure_release
from radiomics_mammo.pipeline.workers import Workers
from tests.faults.conftest import table_bytes


def test_tables_are_those_of_an_undisturbed_run_after_a_worker_was_killed(good, local_cluster, tmp_path):
    killed = []

    def disturb(stage, done, total):
        if done == 2:
            local_cluster.kill_a_worker()
            killed.append(total - done)

    workers = Workers(scheduler=local_cluster.address, progress=disturb)
    measure_release(good.release, tmp_path / "out", RunOptions(config=load_config(good.config), workers=workers))
    assert killed
    assert killed[0] > 2
    assert table_bytes(tmp_path / "out") == table_bytes(good.out)
