"""Runs that were stopped, killed or spread over processes are the runs they would have been."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from chart_hero_core.base.errors import Cancelled
from chart_hero_core.base.progress import CallbackProgress
from chart_hero_core.model.checkpoint import load_checkpoint
from chart_hero_core.synthesis.clips import Materials
from chart_hero_core.training.clips.sources import load_materials
from chart_hero_core.training.run import log as run_log
from chart_hero_core.training.run.snapshots import STATE_FILE, WEIGHTS_FILE
from tests.conftest import PROJECT
from tests.core.synthesis.material import write_material
from tests.core.training.small import losses_of, run

pytestmark = pytest.mark.filterwarnings("ignore::Warning:lightning", "ignore::Warning:torch")
# Everything that has a memory of its own.
FULL: dict[str, Any] = {
    "hard_per_step": 1,
    "hard_memory": 3,
    "accumulate": 2,
    "drums_ratio": 0.5,
    "curriculum": 0.9,
    "balance": 1.0,
    "onset_stage": 0.5,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("resume")


@pytest.fixture(scope="module")
def materials(root: Path) -> Materials:
    return load_materials(write_material(root / "material"), heldout=False, cache=root / "cache")


def child(root: Path, folder: Path, values: Mapping[str, object], *more: str) -> Sequence[str]:
    paths = [str(root / "material"), str(root / "cache"), str(folder)]
    return [sys.executable, "-m", "tests.core.training.small", *paths, json.dumps(values), *more]


def environment(**more: str) -> dict[str, str]:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": str(PROJECT), **more}


def stop_after(reports: int) -> CallbackProgress:
    seen: list[float] = []
    return CallbackProgress(lambda f, _: seen.append(f), lambda: len(seen) >= reports)


def assert_same_run(folder: Path, whole: Path) -> None:
    assert np.array(losses_of(folder)) == pytest.approx(np.array(losses_of(whole)), rel=1e-3)
    ours = load_checkpoint(folder / WEIGHTS_FILE).network.state_dict()
    for name, value in load_checkpoint(whole / WEIGHTS_FILE).network.state_dict().items():
        torch.testing.assert_close(ours[name], value, rtol=1e-3, atol=1e-3)


def test_killed_between_snapshots_the_curve_is_the_same(
    materials: Materials, root: Path, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run(materials, whole, **FULL)
    with pytest.raises(Cancelled):  # the last snapshot: after 3 steps of 8
        run(materials, broken, stop_after(3), **FULL)
    command = child(root, broken, FULL, "4")  # takes steps 4 to 7, then is gone
    killed = subprocess.run(command, cwd=PROJECT, env=environment(), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [step for step, _ in losses_of(broken)] == [2, 4, 6]
    assert torch.load(broken / STATE_FILE, weights_only=True)["step"] == 3
    run(materials, broken, **FULL)
    assert [step for step, _ in losses_of(broken)] == [2, 4, 6, 8]
    assert_same_run(broken, whole)


@pytest.mark.parametrize("steps", [4, 3])
def test_a_run_that_is_done_keeps_what_it_learned(
    materials: Materials, tmp_path: Path, steps: int
) -> None:
    folder, again = tmp_path / "run", CallbackProgress()
    learned = load_checkpoint(run(materials, folder, steps=4)).network.state_dict()
    # As a kill between the last state and its weights leaves it.
    (folder / WEIGHTS_FILE).unlink()
    kept = load_checkpoint(run(materials, folder, again, steps=steps))
    assert kept.provenance["step"] == 4
    for name, value in kept.network.state_dict().items():
        torch.testing.assert_close(value, learned[name])
    assert torch.load(folder / STATE_FILE, weights_only=True)["step"] == 4


def _momentum(materials: Materials, folder: Path, **values: Any) -> torch.Tensor:
    """AdamW's mean gradient after a run that hardly moves."""
    run(materials, folder, learning_rate=1e-9, gradient_clip=1e9, **values)
    state = torch.load(folder / STATE_FILE, weights_only=True)["optimiser"]["state"]
    return torch.cat([entry["exp_avg"].flatten() for entry in state.values()])


def test_accumulated_gradients_are_the_mean_of_their_batches(
    materials: Materials, tmp_path: Path
) -> None:
    first = _momentum(materials, tmp_path / "1", steps=1) / 0.1
    both = _momentum(materials, tmp_path / "2", steps=2) / 0.1
    second = both - 0.9 * first
    added = _momentum(materials, tmp_path / "3", steps=1, accumulate=2) / 0.1
    assert added.norm() > 0
    assert (added - (first + second) / 2).norm() < 0.02 * added.norm()


def test_the_log_forgets_what_will_be_done_again(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"step": 2, "loss": 3}\n{"step": 4}\nnonsense\n{"step": 6}\n{"st')
    run_log.shorten(log, 4)
    assert log.read_text() == '{"step": 2, "loss": 3}\n{"step": 4}\n'
    run_log.shorten(tmp_path / "absent.jsonl", 4)


@pytest.mark.slow
def test_two_processes_train_one_network(root: Path, materials: Materials, tmp_path: Path) -> None:
    """Lightning starts the second process itself; gloo carries the gradients."""
    folder = tmp_path / "pair"
    values = {"steps": 4, "devices": 2, "strategy": "ddp"}
    command = child(root, folder, values)
    result = subprocess.run(
        command, cwd=PROJECT, env=environment(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert [step for step, _ in losses_of(folder)] == [2, 4]
    state = torch.load(folder / STATE_FILE, weights_only=True)
    assert state["step"] == 4
    # Another network than one process trains, as each has clips of its own.
    run(materials, tmp_path / "alone", steps=4)
    alone = torch.load(tmp_path / "alone" / STATE_FILE, weights_only=True)
    assert not torch.equal(state["network"]["head.weight"], alone["network"]["head.weight"])
