"""Work on pools and clusters: results, failures, deaths, cancels."""

import os
import time
from pathlib import Path

import pytest

from chart_hero_core.base.errors import Cancelled, DatasetError
from chart_hero_core.base.progress import CallbackProgress, SilentProgress
from chart_hero_core.dataset.parallel import Died, cluster, processes, run_parallel
from chart_hero_core.tasks.build_dataset import BuildOptions, build_dataset
from tests.core.dataset.libraries import play, take, write_folder


def work(job: int) -> int:
    """Doubles; fails at 3, dies at 99."""
    if job == 99:
        os._exit(1)
    if job == 3:
        raise ValueError("three")
    return job * 2


def test_results_and_failures_come_with_their_jobs() -> None:
    with processes(1) as pool:
        found = dict(run_parallel(pool, 1, work, range(10), SilentProgress()))
    assert isinstance(found.pop(3), ValueError)
    assert found == {job: job * 2 for job in range(10) if job != 3}


def test_a_death_is_told_for_every_job_left() -> None:
    with processes(1, apart=True) as pool:
        found = dict(run_parallel(pool, 1, work, [99, 1, 2, 4, 5], SilentProgress()))
    assert set(found) == {99, 1, 2, 4, 5}
    assert isinstance(found[99], Died)


def test_a_cancel_ends_it() -> None:
    seen: list[int] = []

    def slow(job: int) -> int:
        time.sleep(0.01)
        seen.append(job)
        return job

    progress = CallbackProgress(None, lambda: len(seen) > 2)
    with processes(1) as pool, pytest.raises(Cancelled):
        list(run_parallel(pool, 1, slow, range(1_000), progress))
    assert len(seen) < 100


def test_a_cluster_that_is_not_there_gives_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(DatasetError, match="pip install"), cluster("127.0.0.1:1"):
        pass


def test_two_workers_of_a_dask_cluster_build_the_same(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    for seed in (1, 2):
        made = take(seed, 12.0)
        sound = play(made.times_s + 0.1, made.drums, 13, seed)
        write_folder(tmp_path / f"songs/{seed}", made.song, stems={"drums": sound})
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as local:
        report = build_dataset(
            [tmp_path / "songs"],
            tmp_path / "dataset",
            BuildOptions(),
            SilentProgress(),
            scheduler=local.scheduler_address,
        )
    assert [row.verdict for row in report.rows] == ["used", "used"]
    alone = build_dataset(
        [tmp_path / "songs"], tmp_path / "alone", BuildOptions(), SilentProgress(), workers=1
    )
    assert [row.offset_ms for row in alone.rows] == [row.offset_ms for row in report.rows]
